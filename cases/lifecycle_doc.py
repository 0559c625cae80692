"""Print docs/lifecycle.md from the table, so that the page cannot say anything else."""

from cases import lifecycle
from cases.lifecycle import FORBIDDEN, REQUIRED, TRANSITIONS, Status

HEAD = """# The life-cycle of a case

Printed from `cases/lifecycle.py` by `manage.py print_lifecycle`; a test compares the two.
`advance()` is the only writer of `Case.status`: one conditional UPDATE and one event row in the
same transaction. CHECK constraints and a trigger in PostgreSQL, made from the same table, refuse
everything else (`tests/cases/test_lifecycle.py`).
"""


def render() -> str:
    """Return the page: diagram, transitions, statuses."""
    parts = [HEAD, "## Diagram\n", _diagram(), "## Transitions\n", _transitions()]
    return "\n".join([*parts, "## Statuses\n", _statuses()])


def _diagram() -> str:
    lines = ["```mermaid", "stateDiagram-v2", "    [*] --> draft"]
    for name, row in TRANSITIONS.items():
        lines += [f"    {source} --> {row.target}: {name}" for source in sorted(row.sources)]
    lines += [f"    {status} --> [*]" for status in sorted(lifecycle.TERMINAL)]
    return "\n".join([*lines, "```", ""])


def _transitions() -> str:
    lines = ["| transition | from | to | who | fills | clears | needs a reason |", "|---" * 7 + "|"]
    for name, row in TRANSITIONS.items():
        cells = [
            f"`{name}`",
            ", ".join(sorted(row.sources)),
            row.target,
            ", ".join(sorted(row.actors)),
            row.stamps,
            ", ".join(row.clears),
            "yes" if row.needs_reason else "",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join([*lines, ""])


def _statuses() -> str:
    lines = ["| status | shown as | must be filled | must be empty |", "|---" * 4 + "|"]
    for status in Status:
        filled = [column for column, statuses in REQUIRED.items() if status in statuses]
        empty = [column for column, statuses in FORBIDDEN.items() if status in statuses]
        lines.append(f"| `{status}` | {status.label} | {', '.join(filled)} | {', '.join(empty)} |")
    return "\n".join([*lines, ""])
