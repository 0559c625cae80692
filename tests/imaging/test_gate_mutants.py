"""Take any one rule out of the gate, and some file is judged otherwise.

A mutant is the source of one module without one `if` that refuses, one refusing `else`, one call of
a function that refuses, or one clause about the pixel module; of the reader of codestreams, without
any one `if`. It is run on the files that the other tests of the
gate build.
"""

import ast
import copy
import struct
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from pydicom.uid import CTImageStorage, JPEG2000Lossless, JPEGLosslessSV1

from imaging import codestream, elements, gate, parser, pixels
from imaging.synthetic.file_faults import ALLOCATED, COLUMNS, STORED
from imaging.synthetic.raw import element, insert, item, meta_end, pixels_at, replaced, with_frame
from imaging.synthetic.spoiling import j2k, number, of_class
from tests.imaging.objects import mr_image, to_bytes
from tests.imaging.test_bad_files import BAD, BASE, GOOD, META_END
from tests.imaging.test_gate import nested

#: Rules whose loss no code shows, and why that is no hole.
EQUIVALENT = {
    "open_admitted: if stamp[1] > MAX_FILE_SIZE:": "judges files, not bytes; has a test of its own",
    "admit_buffer: if header.pixel is None:": "the check of the pixels refuses the same",
    "check_pixels: if pixel is None:": "the gate has refused the same before",
    "mapped: if os.fstat(descriptor).st_size == 0:": "judges files, not bytes;"
    " has a test of its own",
    "parse: if meta.transfer_syntax_uid in _UNPARSABLE:": "the gate has refused the same before;"
    " has a test of its own",
    "fragments: if position > len(buffer):": "the next head cannot be read and refuses the same",
}
REFUSING = ("_refuse", "_require", "_check", "self._spend")


def extra() -> dict[str, bytes]:
    """Return files that break one rule only, where the other tests' files break two."""
    bare = mr_image()
    del bare.ReferencedImageSequence
    after = next(one for one in elements.parse(BASE).elements if one[0] > 0x00082112)
    at = pixels_at(BASE)
    swallowing = item(b"", after[4] - after[2])
    unclosed = item(element(0x00082112, "SQ", b"", 0xFFFFFFFF))
    jpeg = with_frame(BASE, JPEG2000Lossless, j2k(16, 16))
    ct = of_class(CTImageStorage)(BASE)
    behind_ct = meta_end(ct)
    native = element(0x00020010, "UI", b"1.2.840.10008.1.2.1\0")
    behind_meta = BASE[META_END:]
    return {
        "whole": BASE,
        "no file meta": BASE[:132] + behind_meta,
        "cut behind the length of the file meta": BASE[:144],
        "file meta of 20 kB": BASE[:META_END]
        + element(0x00020102, "OB", bytes(20 * 1024))
        + behind_meta,
        "file meta of 12 kB": BASE[:META_END]
        + element(0x00020102, "OB", bytes(12 * 1024))
        + behind_meta,
        "file meta of an unknown VR": BASE[:META_END]
        + element(0x00020102, "??", b"")
        + behind_meta,
        "21 levels": insert(to_bytes(bare), nested(21, defined=True), 0x00081141),
        "21 open levels": insert(to_bytes(bare), nested(21, defined=False), 0x00081141),
        "CT inside": BASE[:META_END] + ct[behind_ct:],
        "CT outside": ct[:behind_ct] + BASE[META_END:],
        "no columns": number(COLUMNS, 0)(BASE),
        "12 bits allocated": number(ALLOCATED, 12)(BASE),
        "0 bits stored": number(STORED, 0)(BASE),
        "representation 2": number(0x00280103, 2)(BASE),
        "pixels of unknown VR": BASE[: at + 4] + b"UN" + BASE[at + 6 :],
        "item over the next element": insert(
            BASE, element(0x00082112, "SQ", swallowing), 0x00082112
        ),
        "unclosed sequence in an item": insert(
            replaced(BASE, 0x00081140, "SQ", b""), element(0x00081250, "SQ", unclosed), 0x00081250
        ),
        "JPEG 2000": jpeg,
        "JPEG 2000 cut off in its sizes": with_frame(BASE, JPEG2000Lossless, j2k(16, 16)[:16]),
        "JPEG of another size": lossless(jpeg_lossless(16, 32)),
        "JPEG behind a comment": lossless(jpeg_lossless(16, 16, b"\xff\xfe\0\4\xff\xc3")),
        "JPEG behind a fill byte": lossless(jpeg_lossless(16, 16, b"\xff")),
        "JPEG behind a marker alone": lossless(jpeg_lossless(16, 16, b"\xff\x01")),
        "a picture called uncompressed": jpeg.replace(
            element(0x00020010, "UI", b"1.2.840.10008.1.2.4.90"), native
        ),
    }


def lossless(frame: bytes) -> bytes:
    return with_frame(BASE, JPEGLosslessSV1, frame)


def jpeg_lossless(rows: int, columns: int, before: bytes = b"") -> bytes:
    """Return a JPEG that ends behind its frame header; `before` stands in front of that."""
    frame = struct.pack(">2sHBHHB3s", b"\xff\xc3", 11, 16, rows, columns, 1, b"\1\x11\0")
    return b"\xff\xd8" + before + frame + bytes(20)


def files() -> dict[str, bytes]:
    """Return every file of the gate's tests by its kind, small ones first."""
    found = {name: data for name, (data, _) in BAD.items()} | GOOD | extra()
    return dict(sorted(found.items(), key=lambda one: len(one[1])))


FILES = files()


def without(source: str, *, every_if: bool) -> Iterator[tuple[str, ast.Module]]:
    """Yield each mutant of a module with a name that says what is gone."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        for field, at, gone in _removable(node, every_if=every_if):
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
                block[at : at + 1] = getattr(block[at], "orelse", None) or [ast.Pass()]
            function = _function_of(tree, node)
            if isinstance(node, ast.BoolOp) and function != "_refuse_impossible":
                continue
            yield f"{function}: {ast.unparse(gone).splitlines()[0]}", mutant


def _removable(node: ast.AST, *, every_if: bool) -> Iterator[tuple[str, int, ast.AST]]:
    if isinstance(node, ast.BoolOp):
        for at, clause in enumerate(node.values):
            yield "values", at, clause
    for field in ("body", "orelse"):
        block = getattr(node, field, None)
        for at, statement in enumerate(block if isinstance(block, list) else []):
            refuses_else = field == "orelse" and isinstance(statement, ast.Raise)
            if _refuses(statement, every_if=every_if) or refuses_else:
                yield field, at, statement


def _refuses(statement: ast.AST, *, every_if: bool) -> bool:
    if isinstance(statement, ast.If):
        return every_if or any(isinstance(inner, ast.Raise) for inner in statement.body)
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


def mutants_of(original: ModuleType) -> Iterator[tuple[str, ast.Module]]:
    source = Path(str(original.__file__)).read_text("utf-8")
    return without(source, every_if=original is codestream)


def survivors(
    original: ModuleType,
    put: dict[str, ModuleType],
    monkeypatch: pytest.MonkeyPatch,
    right: dict[str, object],
) -> set[str]:
    """Return the mutants that no file tells from the original."""
    found = set()
    for name, tree in mutants_of(original):
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
        (elements, {"parse": gate, "read_meta": gate}),
        (codestream, {"codestream_shape": pixels}),
    ],
    ids=["gate", "pixels", "parser", "elements", "codestream"],
)
def test_every_rule_of_the_gate_makes_a_difference(module, put, monkeypatch, right):
    assert survivors(module, put, monkeypatch, right) - set(EQUIVALENT) == set()


def test_the_mutants_are_many():
    every = (gate, pixels, parser, elements, codestream)
    assert sum(1 for one in every for _ in mutants_of(one)) > 60
