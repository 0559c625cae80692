"""The small parts of the stack."""

import base64
import json
import re
import shutil
import socket
import subprocess
import sys

import pytest

from stack import bootstrap, testing, totp
from stack.bootstrap import NPM, OCR, REQUIREMENTS, ROOT, wanted
from stack.browser import _Reader
from stack.demo import main
from stack.ports import claimed, draw
from stack.state import State

# RFC 6238, appendix B: the secret "12345678901234567890", SHA-1, the last six digits.
SECRET = base64.b32encode(b"12345678901234567890").decode()


@pytest.mark.parametrize(
    ("module", "options", "has_npm", "sets"),
    [
        ("demo", [], True, ["requirements-demo.txt"]),
        ("demo", ["--ocr"], True, ["requirements-demo.txt", OCR]),
        ("demo", [], False, ["requirements-demo.txt", NPM]),
        ("testing", [], False, ["requirements-dev.txt", NPM]),
    ],
)
def test_npm_is_installed_only_where_the_machine_has_none(module, options, has_npm, sets):
    assert wanted(module, options, has_npm=has_npm) == sets


@pytest.mark.parametrize("name", ["requirements.txt", *REQUIREMENTS.values(), OCR])
def test_the_development_set_holds_the_same_pins(name):
    """So a venv made for tests serves the demo too, and no set undoes another."""
    assert pins(name)
    assert pins(name) <= pins(REQUIREMENTS["testing"])


def pins(name: str) -> set[str]:
    return set(re.findall(r"^\S+==.*(?= \\$)", (ROOT / name).read_text(), re.MULTILINE))


@pytest.mark.parametrize(
    ("at", "code"), [(59, "287082"), (1111111109, "081804"), (2000000000, "279037")]
)
def test_codes_are_those_of_the_standard(at, code):
    assert totp.code(SECRET, at) == code


def test_secrets_and_ports_stay_between_starts(tmp_path):
    first = State.load(tmp_path)
    again = State.load(tmp_path)
    assert (first.secrets, first.ports) == (again.secrets, again.ports)
    assert len(set(first.ports.values())) == len(first.ports)
    assert first.secrets["django"] not in repr(first)


def test_a_port_that_somebody_took_is_replaced(tmp_path):
    state = State.load(tmp_path)
    with socket.socket() as other:
        other.bind(("127.0.0.1", state.ports["s3"]))
        other.listen()
        again = State.load(tmp_path)
    assert again.ports["s3"] != state.ports["s3"]
    assert again.ports["postgres"] == state.ports["postgres"]


def test_the_demo_says_which_address_is_no_account(tmp_path, capsys):
    (tmp_path / "demo.json").write_text(json.dumps({"url": "http://127.0.0.1:1", "accounts": []}))
    assert main(["--var", str(tmp_path), "--code", "x@y.invalid"]) == 1
    assert "no demo account" in capsys.readouterr().err


def test_a_form_is_read_as_a_browser_would_send_it():
    reader = _Reader("http://portal.invalid/a/b/")
    reader.feed(
        """<form action="../c/" method="post" id="one">
        <input name="plain" value="v"><input type="checkbox" name="box" value="1" checked>
        <input type="checkbox" name="box" value="2"><input type="submit" name="go" value="x">
        <select name="pick"><option value="a">A<option value="b" selected>B</select>
        <textarea name="words">\nhello</textarea></form>
        <input name="outside" value="o" form="one">
        <script type="application/json" id="data">{"k": 1}</script>"""
    )
    (form,) = reader.forms
    assert form.action == "http://portal.invalid/a/c/"
    assert form.values == {
        "plain": ["v"], "box": ["1"], "pick": ["b"], "words": ["hello"], "outside": ["o"],
    }  # fmt: skip
    assert form.offered == {"box": ["1", "2"], "pick": ["a", "b"]}
    assert reader.data == {"data": {"k": 1}}


def test_the_demo_runs_its_own_code_wherever_one_stands(tmp_path):
    (tmp_path / "stack").mkdir()
    (tmp_path / "stack" / "__init__.py").write_text("raise SystemExit('another checkout')")
    command = [str(ROOT / "bin" / "demo"), "--var", "here", "--code", "x@y.invalid"]
    finished = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert finished.stderr == "error: There is no demo in here yet: start bin/demo first.\n"


def test_a_port_is_one_stack_s_from_when_it_is_chosen(tmp_path):
    port = draw(set())
    other = draw({port})
    with claimed([port, other]) as first, claimed([port, other]) as second:
        assert (first, second) == (port, other)
        with claimed([port, other]) as third:
            assert third is None
    with claimed([port]) as again:
        assert again == port


def test_a_venv_is_made_where_python_cannot_put_pip_into_it(tmp_path, monkeypatch, capsys):
    """A Debian without python3-venv has the venv module but no ensurepip."""
    (tmp_path / "ensurepip.py").write_text("raise ImportError('as on Debian')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    python = tmp_path / "venv" / "bin" / "python"
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / "venv")
    monkeypatch.setattr(bootstrap, "VENV_PYTHON", python)
    outside = shutil.which("python3", path=f"{sys.base_prefix}/bin")
    monkeypatch.setattr(sys, "executable", outside)
    bootstrap.create_venv()
    listing = [*bootstrap.pip_command(), "list", "--format=json", "--disable-pip-version-check"]
    listed = subprocess.run(listing, check=True, capture_output=True, text=True)
    assert json.loads(listed.stdout) == []


@pytest.mark.parametrize(
    ("there", "named", "found"),
    [
        ([], "", None),
        (["chromium"], "", "chromium"),
        (["chromium", "chromium-headless-shell"], "", "chromium-headless-shell"),
        (["chromium", "mine"], "mine", "mine"),
    ],
)
def test_the_tests_say_how_to_get_a_browser_where_none_is(
    there, named, found, tmp_path, monkeypatch, capsys
):
    for name in there:
        (tmp_path / name).touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CHROMIUM", str(tmp_path / named) if named else "")
    assert testing.find_chromium() == (str(tmp_path / found) if found else "")
    said = capsys.readouterr().out
    assert ("`apt-get install chromium-headless-shell`" in said) == (found is None)
    assert ("CHROMIUM=/path" in said) == (found is None)
