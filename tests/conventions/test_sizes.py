"""A newcomer finds a line's home: files and functions stay short."""

import ast

from tests.conventions.tree import PACKAGES, functions, name, python_files

LONGEST_FILE = 400
LONGEST_FUNCTION = 40


def test_files_stay_short():
    lengths = {name(path): len(path.read_text().splitlines()) for path in python_files(*PACKAGES)}
    assert {path: length for path, length in lengths.items() if length > LONGEST_FILE} == {}


def length_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count the lines of the body, without the docstring's."""
    has_docstring = ast.get_docstring(function) is not None
    body = function.body[1:] if has_docstring else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_functions_stay_short():
    too_long = {
        f"{name(path)}:{function.lineno} {function.name}": length
        for path in python_files(*PACKAGES)
        for function in functions(path)
        if (length := length_of(function)) > LONGEST_FUNCTION
    }
    assert too_long == {}
