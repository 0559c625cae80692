"""The receipt: what was removed, replaced and kept, in counts and names of attributes.

It holds no value of the source, so it may be shown to anybody who may see the case.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from pydicom.datadict import dictionary_VR, keyword_for_tag

from imaging.deidentify import DatePolicy, InstanceResult
from imaging.policy import Policy
from imaging.rewrite import option_names

_BY_VR: Final = {
    "PN": "Names of people",
    "UI": "Identifiers of other objects",
    "SQ": "Nested records",
    **dict.fromkeys(["DA", "TM", "DT"], "Dates and times"),
    **dict.fromkeys(["LO", "LT", "SH", "ST", "UC", "UT"], "Texts and numbers"),
}
_HIDING_PLACES: Final = range(0x5000, 0x6100)  # curves and overlays


def build_receipt(
    results: Iterable[InstanceResult], policy: Policy, dates: DatePolicy
) -> dict[str, object]:
    """Sum up what was done to the instances of a study.

    Returns
    -------
    dict
        ``profile`` (name and version of the policy), ``options`` (codes of PS3.16 CID 7050 with
        their meaning), ``dates`` (REMOVED or MODIFIED), ``instances``; then ``removed``,
        ``replaced`` and ``kept``: for each group in plain words ``elements`` (how many, over all
        instances) and ``attributes`` (their keywords); ``pixels``: instances ``unchanged``, with
        ``bits_cleared``, with ``padding_trimmed``, with regions ``blanked``. Plain values, ready
        for JSON.
    """
    results = list(results)
    return {
        "profile": policy.version,
        "options": {policy.options[name].code: policy.options[name].meaning
                    for name in option_names(
                        keep_dates=dates is DatePolicy.SHIFT,
                        clean_pixels=any(one.blanked_regions for one in results))},
        "dates": dates.value,
        "instances": len(results),
        "removed": _grouped(_count(one.tally.removed for one in results), {}),
        "replaced": _grouped(_count(one.tally.replaced for one in results), _titles(policy)),
        "kept": _grouped(_count(one.tally.kept for one in results), _titles(policy)),
        "pixels": {
            "unchanged": sum(
                not (one.cleared_bits or one.trimmed_bytes or one.blanked_regions)
                for one in results
            ),
            "bits_cleared": sum(one.cleared_bits for one in results),
            "padding_trimmed": sum(one.trimmed_bytes > 0 for one in results),
            "blanked": sum(one.blanked_regions > 0 for one in results),
        },
    }  # fmt: skip


def _count(lists: Iterable[list[int]]) -> Counter[int]:
    total: Counter[int] = Counter()
    for tags in lists:
        total.update(tags)
    return total


def _titles(policy: Policy) -> dict[int, str]:
    """Return the title of the first group that names each attribute."""
    titles: dict[int, str] = {}
    for _, rule in policy.rules():
        titles.setdefault(rule.tag, rule.group)
    return titles


def _grouped(counts: Counter[int], titles: Mapping[int, str]) -> dict[str, dict[str, object]]:
    elements: Counter[str] = Counter()
    attributes: dict[str, set[str]] = {}
    for tag, count in counts.items():
        title = titles.get(tag) or removed_group(tag)
        elements[title] += count
        keyword = keyword_for_tag(tag)
        attributes.setdefault(title, set()).update([keyword] if keyword else [])
    return {
        title: {"elements": elements[title], "attributes": sorted(attributes[title])}
        for title in sorted(elements)
    }


@lru_cache(maxsize=4096)
def removed_group(tag: int) -> str:
    """Name the group of a removed attribute in plain words."""
    if tag >> 16 & 1:
        return "Private elements of the vendor"
    if tag >> 16 in _HIDING_PLACES:
        return "Overlays and curves"
    try:
        return _BY_VR.get(dictionary_VR(tag), "Other technical elements")
    except KeyError:
        return "Elements that the standard does not know"
