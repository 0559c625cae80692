"""A proposal in words: which subspecialty, which reader, why, and who was passed over."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from radiologists.matching import Candidate
from radiologists.models import Proposal
from radiologists.triage_table import EVIDENCE_BY_CODE, RULES_BY_CODE, SKIPPED


@dataclass(frozen=True, slots=True)
class Explanation:
    proposal: Proposal
    choice: str
    reader: str
    reasons: list[str]
    skipped: list[tuple[str, str]]

    @property
    def why(self) -> str:
        return "; ".join(self.reasons)


def explain(proposal: Proposal, names: dict[int, str]) -> Explanation:
    """Return the proposal in the active language; `names` are those of the readers, by id."""
    reader = proposal.radiologist
    return Explanation(
        proposal=proposal,
        choice=proposal.get_choice_display(),
        reader=reader.user.full_name if reader else "",
        reasons=_reasons(proposal),
        skipped=[
            (names.get(pk, _("former radiologist")), str(SKIPPED.get(code, code)))
            for pk, code in proposal.skipped
        ],
    )


def _reasons(proposal: Proposal) -> list[str]:
    told = []
    rule = RULES_BY_CODE.get(proposal.rule)
    if rule:
        told.append(str(rule.words))
    for code in proposal.reasons:
        row = EVIDENCE_BY_CODE.get(code)
        if row:
            told.append(_weighed(str(row.words), row.neuro, row.msk))
    return told or [_("nothing in the answers points to one of them")]


def _weighed(words: str, neuro: int, msk: int) -> str:
    if neuro:
        return _("%(words)s (neuro +%(weight)s)") % {"words": words, "weight": neuro}
    return _("%(words)s (MSK +%(weight)s)") % {"words": words, "weight": msk}


def names_of(candidates: Iterable[Candidate]) -> dict[int, str]:
    return {c.radiologist.pk: c.radiologist.user.full_name for c in candidates}


def obstacle_words(codes: Iterable[str]) -> str:
    return ", ".join(str(SKIPPED.get(code, code)) for code in codes)
