"""What a child that opens strangers' bytes has: asked inside, as each of the three starts it."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from imaging import confinement, sandbox, template, undoing, unpacking
from imaging.coding import Coding
from tests.imaging.test_undoing import bundle_of

#: Stands in for the interpreter that the parent starts: it runs the same module with the same
#: arguments, and asks its questions where the module would open the first file.
PROBE = """#!{python}
import importlib, json, os, resource, socket, sys, tempfile

def attempts():
    for attempt in (socket.socket, lambda: os.system("true"), os.fork):
        try:
            yield str(attempt())
        except PermissionError:
            yield "refused"

def ask(*_arguments):
    kinds = ("AS", "CPU", "NOFILE", "FSIZE", "CORE")
    found = {{
        "environment": dict(os.environ),
        "limits": {{kind: resource.getrlimit(getattr(resource, "RLIMIT_" + kind))
                   for kind in kinds}},
        "temporary": tempfile.gettempdir(),
        "in it": os.listdir(tempfile.gettempdir()),
        "folder": os.getcwd(),
        "attempts": list(attempts()),
        "networks": [line.split(":")[0].strip() for line in list(open("/proc/net/dev"))[2:]],
    }}
    with open({answer!r}, "w") as stream:
        json.dump(found, stream)

name, *arguments = sys.argv[sys.argv.index("-m") + 1:]
module = importlib.import_module(name)
if name == "imaging.child":
    module.TASKS["prepare"] = lambda *_: ask() or "{{}}"
    sys.exit(module.main(*map(int, arguments)))
elif name == "imaging.unpacking":
    module.unpack = ask
    sys.exit(module.main(json.loads(arguments[0])))
module._undo = lambda *_: ask() or b"1"
sys.exit(module.main(json.loads(arguments[0])))
"""


def run_sandbox(folder: Path) -> None:
    source, destination = folder / "in", folder / "out"
    source.mkdir()
    destination.mkdir()
    template.forget()
    try:
        sandbox.run_prepare(source, destination)
    finally:
        template.forget()


def run_unpacking(folder: Path) -> None:
    (folder / "archive").write_bytes(b"")
    (folder / "out").mkdir()
    unpacking.run_unpack(folder / "archive", folder / "out")


def run_undoing(folder: Path) -> None:
    bundle, parts = bundle_of((b"x" * 100, Coding.RAW))
    with undoing.Undoer() as undoer:
        undoer.undo(bundle, parts, folder)


LIMITS = {
    "sandbox": {
        name: getattr(sandbox.Limits(), name)
        for name in ("address_space", "cpu_seconds", "open_files", "file_bytes")
    },
    "unpacking": unpacking.LIMITS,
    "undoing": undoing.LIMITS,
}


@pytest.fixture(scope="module", params=[run_sandbox, run_unpacking, run_undoing])
def found(request, tmp_path_factory):
    """Return what the child says of itself, and the limits it should have."""
    folder = tmp_path_factory.mktemp("child")
    answer, probe = folder / "answer.json", folder / "probe"
    probe.write_text(PROBE.format(python=sys.executable, answer=str(answer)))
    probe.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "executable", str(probe))
        patch.setenv("SECRET_KEY", "a secret of the worker")
        request.param(folder)
    name = request.param.__name__.removeprefix("run_")
    return json.loads(answer.read_text()) | {"expected": LIMITS[name]}


def test_the_environment_holds_the_named_keys_alone(found):
    assert found["environment"] == confinement.environment(Path(found["temporary"]))
    assert not any("SECRET" in name for name in found["environment"])


def test_every_limit_is_taken(found):
    expected = found["expected"]
    cpu = expected["cpu_seconds"]
    assert found["limits"] == {
        "AS": [expected["address_space"]] * 2,
        "CPU": [cpu, cpu + confinement.GRACE_S],
        "NOFILE": [expected["open_files"]] * 2,
        "FSIZE": [expected["file_bytes"]] * 2,
        "CORE": [0, 0],
    }


def test_the_temporary_folder_is_its_own_and_goes_with_it(found):
    assert found["temporary"] != tempfile.gettempdir()
    assert found["folder"] == found["temporary"]
    assert found["in it"] == []
    assert not Path(found["temporary"]).exists()


def test_there_is_no_network_and_no_other_program(found):
    assert found["attempts"] == ["refused"] * 3
    if may_have_a_network_of_its_own():
        assert found["networks"] in (["lo"], [])


def may_have_a_network_of_its_own() -> bool:
    """Say whether this system lets a process leave its network."""
    flags = confinement.CLONE_NEWUSER | confinement.CLONE_NEWNET
    script = f"import ctypes, sys; sys.exit(ctypes.CDLL(None).unshare({flags}) != 0)"
    return subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
