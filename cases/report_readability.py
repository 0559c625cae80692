"""How hard a text is to read, as a school grade; an estimate, not a verdict."""

import re

_SENTENCE = re.compile(r"[.!?]+(?:\s|$)")
_WORD = re.compile(r"[^\W\d_]+", re.UNICODE)
_VOWELS = re.compile(r"[aeiouyäöü]+", re.IGNORECASE)
_SILENT_E = re.compile(r"[^aeiouyl]e$", re.IGNORECASE)
#: Words that are explained where they stand or cannot be said otherwise.
_SHORTEST_TEXT = 12


def grade(text: str, language: str) -> float:
    """Return the grade of `text`: Flesch-Kincaid, or the first Vienna formula for German."""
    words = _WORD.findall(text)
    if len(words) < _SHORTEST_TEXT:
        return 0.0
    sentences = max(1, len(_SENTENCE.findall(text)))
    syllables = [_syllables(word, language) for word in words]
    length = len(words) / sentences
    if language.startswith("de"):
        return _vienna(words, syllables, length)
    return 0.39 * length + 11.8 * sum(syllables) / len(words) - 15.59


def _vienna(words: list[str], syllables: list[int], length: float) -> float:
    total = len(words)
    many = 100 * sum(count >= 3 for count in syllables) / total
    single = 100 * sum(count == 1 for count in syllables) / total
    long = 100 * sum(len(word) > 6 for word in words) / total
    return 0.1935 * many + 0.1672 * length + 0.1297 * long - 0.0327 * single - 0.875


def _syllables(word: str, language: str) -> int:
    groups = len(_VOWELS.findall(word))
    if not language.startswith("de") and groups > 1 and _SILENT_E.search(word):
        groups -= 1
    return max(1, groups)
