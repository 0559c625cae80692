"""Free header text made comparable across languages and vendors' habits."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

_NOT_WORD: Final = re.compile(r"[^\w+]+|_+")
_UNDECOMPOSED: Final = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ß": "ss", "\u0131": "i", "æ": "ae"}
)


def unaccented(text: str) -> str:
    """Return `text` without combining marks."""
    parts = unicodedata.normalize("NFKD", text)
    bare = "".join(char for char in parts if not unicodedata.combining(char))
    return unicodedata.normalize("NFC", bare)


@lru_cache(maxsize=4096)
def folded(text: str) -> str:
    """Return `text` in lower case without accents, its words parted by single spaces."""
    plain = unaccented(text.casefold().translate(_UNDECOMPOSED))
    return _NOT_WORD.sub(" ", plain).strip()
