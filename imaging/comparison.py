"""Which of several examinations is read, and which older one it is compared with.

One examination is read: the newest by its study date. One older examination of the same person
and the same part of the body may come along for comparison. Whatever cannot be put in that order
without guessing goes back to the patient.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from imaging.assembly import Study
from imaging.bodypart import NAMES, BodyPart, Proof, judge
from imaging.persons import count_people
from imaging.rules import finding
from imaging.study import Finding

#: How many older examinations may come along.
PRIORS_MAX: Final = 1
DAYS_PER_MONTH: Final = 30.436875


@dataclass(frozen=True, slots=True)
class Choice:
    """What is read and what it is compared with.

    Attributes
    ----------
    current : Study or None
        None when the examinations cannot be told apart, or there is none.
    prior : Study or None
        The older one; its date is earlier than that of `current`.
    findings : tuple of Finding
        Why nothing was chosen, and who is in the upload.
    """

    current: Study | None
    prior: Study | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def months(self) -> int | None:
        """How many months lie between the two, rounded; None without a prior.

        Whole months only: the dates themselves are removed from what is passed on, and an interval
        in days would give them back to whoever knows one of them.
        """
        if self.current is None or self.prior is None:
            return None
        return months_between(self.prior, self.current)


def choose(studies: Sequence[Study]) -> Choice:
    """Choose what is read and what it is compared with.

    Parameters
    ----------
    studies : sequence of Study
        From `imaging.assembly.assemble`: newest first.
    """
    if not studies:
        return Choice(None, findings=(finding("NO-MR-IMAGES"),))
    people = count_people(one.identity for study in studies for one in study.instances)
    who = (finding("SEVERAL-PATIENTS", patients=people),) if people > 1 else ()
    if len(studies) == 1:
        return Choice(studies[0], findings=who)
    why_not = _why_no_pair(studies)
    if who or why_not:
        return Choice(None, findings=(*who, *why_not))
    return Choice(studies[0], studies[1])


def _why_no_pair(studies: Sequence[Study]) -> tuple[Finding, ...]:
    if len(studies) > 1 + PRIORS_MAX:
        return (finding("SEVERAL-STUDIES", studies=len(studies), priors=PRIORS_MAX),)
    current, prior = studies
    bodies = [judge(study) for study in studies]
    others = [body for body in bodies if body.proof is Proof.CONTRARY]
    if others:
        return (_other_body(others[0]),)
    if not prior.date or current.date == prior.date:
        return (finding("STUDIES-UNORDERED"),)
    return ()


def _other_body(body: BodyPart) -> Finding:
    words = ", ".join(body.words)
    return finding("STUDIES-OTHER-BODY", region=NAMES[body.region], words=words)


def months_between(earlier: Study, later: Study) -> int:
    """Return the months between the dates of two studies, rounded to the nearest.

    Raises
    ------
    TypeError
        When a study has no date; `choose` pairs none such.
    """
    days = date.fromisoformat(later.date or "") - date.fromisoformat(earlier.date or "")
    return round(days.days / DAYS_PER_MONTH)
