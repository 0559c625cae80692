"""The small parts of the stack."""

import base64
import json
import socket
import subprocess

import pytest

from stack import totp
from stack.bootstrap import NPM, OCR, ROOT, wanted
from stack.browser import _Reader
from stack.demo import main
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
