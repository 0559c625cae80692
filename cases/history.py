"""What the answers say of the past that bears on the pictures (clinical design table E5)."""

from cases.models import Intake
from cases.red_flags import BY_CODE
from imaging.persons import History

YES = "yes"


def history_of(intake: Intake | None) -> frozenset[History]:
    """Return what the patient said; an answer of "not sure" says nothing."""
    if intake is None:
        return frozenset()
    tags = {BY_CODE[code].tag for code in intake.red_flags if code in BY_CODE}
    told = {
        History.OPERATED: bool(intake.prior_surgery.strip()),
        History.INFECTION: "infection" in tags or intake.conditions.get("infection_risk") == YES,
        History.TUMOUR: "malignancy" in tags or intake.conditions.get("cancer") == YES,
    }
    return frozenset(one for one, said in told.items() if said)
