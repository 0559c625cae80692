"""``python -m imaging policy``: print docs/deidentification.md from the policy.

A test compares the file with the print, so what people read is what the code does.
"""

import argparse
import sys
from collections.abc import Iterator

from pydicom.datadict import dictionary_VR, tag_for_keyword

from imaging.policy import CLASS_SCOPES, IMAGE, POLICY, Action, Group, Policy, load_document

_INTRODUCTION = """\
# What de-identification removes, replaces and keeps

This page is printed from `imaging/profile/policy.toml` by `python -m imaging policy`; do not edit
it.

Profile: **{version}**. It applies to MR Image, Enhanced MR Image and Legacy Converted Enhanced MR
Image Storage; no other kind of object passes the gate.

**Everything that this page does not name is removed**, at every nesting level: private elements,
unknown and retired elements, group lengths, overlays, curves, icons, comments, orders, people and
places, digital signatures, encrypted parts, and every byte behind the pixels. The preamble and the
file meta information are written anew.

- **Pixels** are handed on byte by byte, in the transfer syntax they came in. Two things may change,
  and the receipt then says so: bits that belong to no stored value are cleared, and bytes behind
  the last pixel are left out. A compressed picture is never changed inside; so a file whose
  codestream carries more than a picture (see Codestreams) is held back (UNSAFE).
- **Text inside the picture** is searched in every series where the extra `ocr` is installed; else
  only the header tells, and a secondary picture that does not say how it was computed is held.
  Such a picture is held (BURNED). A coordinator leaves it out, passes it on,
  or has regions blanked in every frame: then (0028,0301) is NO, code 113101 stands in (0012,0064),
  a compressed file becomes uncompressed, and a second reading proves that the regions are black and
  no other pixel has changed. What a text says is never stored.
- **Identifiers** (UIDs) become `2.25.` and a 128-bit HMAC-SHA256 of the old one under the case's
  key. Inside one case the same UID always becomes the same new one, so references hold, also
  between studies and on a second upload; between cases nothing can be linked. UIDs of the DICOM
  standard itself stay. Without the key, which is deleted with the case, nobody can repeat it.
- **Dates** are removed, or, if a case keeps its time line, all shifted into the past by the same
  number of days (one year or more, made from the case's key); times of day then stay. (0028,0303)
  says which.
- **Texts** that are kept must be short technical terms (see Checks); the rest of them are dropped.
- **Afterwards** each file is read again by another parser (pydicom), each element is held against
  this policy, and the header is searched for the identity of the whole study, as UTF-8, Latin-1,
  Latin-2, Cyrillic and UTF-16. Compressed pictures are decoded by two decoders, which must agree.
  A file with any difference is held back (UNSAFE), one that cannot be decoded is DAMAGED.
"""

_ACTIONS = {
    Action.KEEP: "kept",
    Action.ITEMS: "sequence, rebuilt item by item",
    Action.MAP: "UID replaced",
    Action.EMPTY: "written empty",
    Action.WRITE: "written by us",
    Action.REPLACE: "replaced when present",
    Action.AGE: "kept up to 89 years, else 090Y",
    Action.DATE: "date removed or shifted",
    Action.TIME: "removed with the date, or kept with it",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare no arguments: there is one policy."""
    parser.description = "Print the de-identification policy as a page."


def run(_arguments: argparse.Namespace) -> int:
    """Print the page."""
    sys.stdout.write(render(POLICY))
    return 0


def render(policy: Policy) -> str:
    """Return the page as Markdown."""
    parts = [_INTRODUCTION.format(version=policy.version), *_options(policy), *_checks()]
    parts.append("\n## Attributes of the image itself\n")
    parts += _groups(policy, top_level=True)
    parts.append("\n## Inside sequences\n")
    parts += _groups(policy, top_level=False)
    parts += _type_2()
    parts += _codestreams()
    parts += _identity()
    parts += _warnings()
    return "\n".join(parts) + "\n"


def _options(policy: Policy) -> Iterator[str]:
    yield "## Options of PS3.15\n"
    yield "They are written into every file as (0012,0064), by their codes of PS3.16 CID 7050.\n"
    yield "| code | option | when and why |\n|---|---|---|"
    for option in policy.options.values():
        yield f"| {option.code} | {option.meaning} | {option.why or 'Always.'} |"


def _checks() -> Iterator[str]:
    document = load_document()
    yield "\n## Checks\n"
    yield "Every value of a kept text must match the pattern of its VR, or its own list.\n"
    yield "| VR | pattern of one value |\n|---|---|"
    for vr, pattern in document["checks"].items():
        yield f"| {vr} | `{pattern.replace('|', chr(92) + '|')}` |"
    yield "\n| attribute | allowed values |\n|---|---|"
    for keyword, words in document["vocabulary"].items():
        yield f"| {keyword} | {', '.join(words)} |"


def _groups(policy: Policy, *, top_level: bool) -> Iterator[str]:
    names = {IMAGE, *CLASS_SCOPES.values()}
    for group in policy.groups:
        scopes = [name for name in group.scopes if (name in names) is top_level]
        if scopes:
            yield _section(group, scopes)


def _section(group: Group, scopes: list[str]) -> str:
    facts = [f"*{_ACTIONS[group.action]}*", f"in {', '.join(scopes)}"]
    if group.value:
        facts.append(f"value `{group.value}`")
    if group.removed:
        facts.append(f"when removed `{group.removed}`")
    if group.option:
        facts.append(f"option `{group.option}`")
    attributes = ", ".join(f"{keyword} {_tag_text(keyword)}" for keyword in group.attributes)
    return f"### {group.title}\n\n{group.why}\n\n{'; '.join(facts)}.\n\n{attributes}\n"


def _tag_text(keyword: str) -> str:
    tag = tag_for_keyword(keyword) or 0
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X} {dictionary_VR(tag)})"


def _type_2() -> Iterator[str]:
    yield "## Left empty\n"
    yield "The standard wants these attributes in a file, with or without a value (Type 2). Where a"
    yield "value does not pass its check, they stay without one:\n"
    yield f"{', '.join(load_document()['type_2']['attributes'])}\n"


def _codestreams() -> Iterator[str]:
    yield "## Codestreams\n"
    yield "JPEG, JPEG-LS, JPEG 2000 and HTJ2K can hold text beside the picture. Only these segments"
    yield "may stand there, next to the tables that a decoder needs, and no word of the study's"
    yield "identity may occur in them: the marks of common encoders, and what tells a decoder about"
    yield "colours. Any other comment or application data, also of a tile, a segment of an unknown"
    yield "kind, and, RLE included, bytes behind the end of a picture or between its parts (but for"
    yield "padding) make the file UNSAFE. Tables and entropy-coded data are not searched.\n"
    yield "| segment | pattern of the whole |\n|---|---|"
    for name, patterns in load_document()["codestream"].items():
        for pattern in patterns:
            yield f"| {name} | `{pattern.replace('|', chr(92) + '|')}` |"
    yield ""


def _identity() -> Iterator[str]:
    attributes = load_document()["identity"]["attributes"]
    yield "## What the last search looks for\n"
    yield "The words of every person name, and of these attributes, from all files that came with"
    yield "the study, also from reports, captures and others that are left out. A station that"
    yield "bears the name of its model, as some makers deliver it, names nobody:\n"
    yield ", ".join(attributes)


def _warnings() -> Iterator[str]:
    yield "\n## What a validator says\n"
    yield "Over generated studies of three vendors dciodvfy and dcentvfy (dicom3tools) find no new"
    yield "error in what comes out, and these new warnings only:\n"
    yield "| attribute | warning | why it stays |\n|---|---|---|"
    for one in load_document()["warning"]:
        yield f"| {one['attribute']} {_tag_text(one['attribute'])} | {one['says']} | {one['why']} |"
