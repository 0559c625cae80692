"""The imaging core from a shell: ``python -m imaging inspect`` and ``... deidentify``."""

import argparse
import sys

from imaging import deidentify_command, inspect, policy_page

_COMMANDS = {
    "inspect": (inspect, "show and check patients, studies and series"),
    "deidentify": (deidentify_command, "write clean copies of MR images"),
    "policy": (policy_page, "print what is removed, replaced and kept"),
}


def main(arguments: list[str] | None = None) -> int:
    """Run one sub-command and return its exit code (2 for wrong arguments)."""
    parser = argparse.ArgumentParser(prog="python -m imaging", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, (module, summary) in _COMMANDS.items():
        module.add_arguments(commands.add_parser(name, help=summary))
    parsed = parser.parse_args(arguments)
    code: int = _COMMANDS[parsed.command][0].run(parsed)
    return code


if __name__ == "__main__":
    sys.exit(main())
