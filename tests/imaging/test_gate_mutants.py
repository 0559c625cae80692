"""Take any one rule out of the gate, and some file is judged otherwise.

A mutant is the source of one module without one `if` that refuses, one call of a function that
refuses, or one clause about the pixel module. It is run on the files that the other tests of the
gate build.
"""

import ast
import copy
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from pydicom.uid import CTImageStorage, JPEG2000Lossless

from imaging import elements, gate, parser, pixels
from tests.imaging.objects import element, insert, item, mr_image, to_bytes
from tests.imaging.test_bad_files import (
    BAD,
    BASE,
    GOOD,
    META_END,
    PIXEL_START,
    changed,
    compressed,
    j2k,
    of_class,
    replaced,
)
from tests.imaging.test_gate import nested

#: Rules whose loss no code shows, and why that is no hole.
EQUIVALENT = {
    "open_admitted: if stamp[1] > MAX_FILE_SIZE:": "judges files, not bytes; has a test of its own",
    "admit_buffer: if header.pixel is None:": "the check of the pixels refuses the same",
    "check_pixels: if pixel is None:": "the gate has refused the same before",
    "fragments: if position > len(buffer):": "the next head cannot be read and refuses the same",
}
REFUSING = ("_refuse", "_require", "_check", "self._spend")


def extra() -> dict[str, bytes]:
    """Return files that break one rule only, where the other tests' files break two."""
    bare = mr_image()
    del bare.ReferencedImageSequence
    after = next(one for one in elements.parse(BASE).elements if one[0] > 0x00082112)
    swallowing = item(b"", after[4] - after[2])
    unclosed = item(element(0x00082112, "SQ", b"", 0xFFFFFFFF))
    jpeg = compressed(JPEG2000Lossless, j2k(16, 16))
    native = element(0x00020010, "UI", b"1.2.840.10008.1.2.1\0")
    return {
        "whole": BASE,
        "21 levels": insert(to_bytes(bare), nested(21, defined=True), 0x00081141),
        "21 open levels": insert(to_bytes(bare), nested(21, defined=False), 0x00081141),
        "CT inside": BASE[:META_END] + of_class(CTImageStorage)[META_END:],
        "CT outside": of_class(CTImageStorage)[:META_END] + BASE[META_END:],
        "no columns": changed(Columns=0),
        "12 bits allocated": changed(BitsAllocated=12),
        "0 bits stored": changed(BitsStored=0),
        "representation 2": changed(PixelRepresentation=2),
        "pixels of unknown VR": BASE[: PIXEL_START + 4] + b"UN" + BASE[PIXEL_START + 6 :],
        "item over the next element": insert(
            BASE, element(0x00082112, "SQ", swallowing), 0x00082112
        ),
        "unclosed sequence in an item": insert(
            replaced(0x00081140, "SQ", b""), element(0x00081250, "SQ", unclosed), 0x00081250
        ),
        "a picture called uncompressed": jpeg.replace(
            element(0x00020010, "UI", b"1.2.840.10008.1.2.4.90"), native
        ),
    }


def files() -> dict[str, bytes]:
    """Return every file of the gate's tests by its kind, small ones first."""
    found = {name: data for name, (data, _) in BAD.items()} | GOOD | extra()
    return dict(sorted(found.items(), key=lambda one: len(one[1])))


FILES = files()


def without(source: str) -> Iterator[tuple[str, ast.Module]]:
    """Yield each mutant of a module with a name that says what is gone."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        for field, at, gone in _removable(node):
            mutant = copy.deepcopy(tree)
            twin = next(
                one
                for one, old in zip(ast.walk(mutant), ast.walk(tree), strict=True)
                if old is node
            )
            block = getattr(twin, field)
            if isinstance(twin, ast.BoolOp):
                block[at] = ast.Constant(isinstance(twin.op, ast.And))  # the clause says nothing
            else:
                block[at] = ast.Pass()
            function = _function_of(tree, node)
            if isinstance(node, ast.BoolOp) and function != "_refuse_impossible":
                continue
            yield f"{function}: {ast.unparse(gone).splitlines()[0]}", mutant


def _removable(node: ast.AST) -> Iterator[tuple[str, int, ast.AST]]:
    if isinstance(node, ast.BoolOp):
        for at, clause in enumerate(node.values):
            yield "values", at, clause
    for field in ("body", "orelse"):
        block = getattr(node, field, None)
        for at, statement in enumerate(block if isinstance(block, list) else []):
            if _refuses(statement):
                yield field, at, statement


def _refuses(statement: ast.AST) -> bool:
    if isinstance(statement, ast.If):
        return any(isinstance(inner, ast.Raise) for inner in statement.body)
    return isinstance(statement, ast.Expr) and ast.unparse(statement).startswith(REFUSING)


def _function_of(tree: ast.Module, node: ast.AST) -> str:
    names = [
        one.name
        for one in ast.walk(tree)
        if isinstance(one, ast.FunctionDef) and any(inner is node for inner in ast.walk(one))
    ]
    return names[-1] if names else ""


def judged(module: ModuleType, data: bytes) -> object:
    try:
        return module.admit(data).code
    except Exception as error:  # what a mutant raises is a difference, too
        return type(error)


@pytest.fixture(scope="module")
def right():
    return {name: gate.admit(data).code for name, data in FILES.items()}


def mutant_of(original: ModuleType, tree: ast.Module) -> ModuleType:
    module = ModuleType(original.__name__)
    module.__dict__.update(original.__dict__)
    exec(compile(ast.fix_missing_locations(tree), str(original.__file__), "exec"), module.__dict__)
    return module


def survivors(
    original: ModuleType,
    put: dict[str, ModuleType],
    monkeypatch: pytest.MonkeyPatch,
    right: dict[str, object],
) -> set[str]:
    """Return the mutants that no file tells from the original."""
    found = set()
    for name, tree in without(Path(str(original.__file__)).read_text("utf-8")):
        module = mutant_of(original, tree)
        with monkeypatch.context() as patch:
            for attribute, owner in put.items():
                patch.setattr(owner, attribute, getattr(module, attribute))
            judge = module if original is gate else gate
            if all(judged(judge, data) == right[kind] for kind, data in FILES.items()):
                found.add(name)
    return found


@pytest.mark.parametrize(
    ("module", "put"),
    [
        (gate, {}),
        (pixels, {"check_pixels": gate, "read_layout": gate}),
        (parser, {"parse_elements": elements}),
    ],
    ids=["gate", "pixels", "parser"],
)
def test_every_rule_of_the_gate_makes_a_difference(module, put, monkeypatch, right):
    assert survivors(module, put, monkeypatch, right) - set(EQUIVALENT) == set()


def test_the_mutants_are_many():
    sources = [Path(str(one.__file__)).read_text("utf-8") for one in (gate, pixels, parser)]
    assert sum(1 for source in sources for _ in without(source)) > 45
