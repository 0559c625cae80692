"""What differs between the first report and ours, word by word."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

_TOKEN = re.compile(r"\S+|\n")
#: difflib is quadratic; reports are short, and a pasted book is not compared.
_LONGEST = 1500


@dataclass(frozen=True, slots=True)
class Piece:
    """`kind` is same, gone (in the first report only) or new (in ours only)."""

    kind: str
    text: str


def word_diff(first: str, second: str) -> list[Piece]:
    """Return the two texts as one, in pieces; nothing for texts too long to compare."""
    before, after = _TOKEN.findall(first), _TOKEN.findall(second)
    if max(len(before), len(after)) > _LONGEST:
        return []
    pieces: list[Piece] = []
    for tag, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(Piece("same", " ".join(before[i:j])))
            continue
        if j > i:
            pieces.append(Piece("gone", " ".join(before[i:j])))
        if m > k:
            pieces.append(Piece("new", " ".join(after[k:m])))
    return pieces
