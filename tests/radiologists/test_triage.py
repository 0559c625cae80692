"""MSK or neuro: each hard rule and each row of the score, alone."""

import pytest

from cases.models import Intake
from radiologists.triage import _HARD, _SCORE, assess
from radiologists.triage_table import EITHER, EVIDENCE, HARD_RULES, MSK, NEURO

#: Rule -> answers that raise it and no earlier one.
HARD: dict[str, dict[str, object]] = {
    "T1": {"red_flags": ["RF1"]},
    "T2": {"main_question": "My gait is unsteady. Is it the neck?"},
    "T3": {
        "age_years": 30,
        "duration": "over_a_year",
        "worse_with": ["morning_stiffness"],
        "better_with": ["exercise"],
    },
    "T4": {"main_question": "Is it a stress fracture?"},
    "T5a": {"red_flags": ["RF6"], "weak_regions": ["foot_left"]},
    "T5b": {"red_flags": ["RF6"]},
    "T6a": {"red_flags": ["RF7"], "numb_regions": ["foot_left"]},
    "T6b": {"conditions": {"cancer": "yes"}},
    "T7a": {"prior_surgery": "L4/5 2019", "back_or_leg": "mostly_leg"},
    "T7b": {"prior_surgery": "fusion 2019", "main_question": "Is a screw loose?"},
    "T8a": {"main_question": "I would like a neuroradiologist to look."},
    "T8b": {"main_question": "Please an MSK radiologist."},
}
#: Evidence -> answers that raise it alone.
SCORE: dict[str, dict[str, object]] = {
    "leg": {"back_or_leg": "leg_only"},
    "dermatome": {"pain_regions": ["lower_leg_left"], "numb_regions": ["foot_left"]},
    "weakness": {"weak_regions": ["foot_left"]},
    "claudication": {"walk_limit": "under_200_m", "better_with": ["leaning_forward"]},
    "coughing": {"worse_with": ["coughing"]},
    "surgery_advised": {"reasons": ["surgery_advised"]},
    "first_msk": {"first_reader_subspecialty": "msk"},
    "back": {"back_or_leg": "back_only"},
    "facet": {"worse_with": ["standing"], "better_with": ["sitting"]},
    "hip": {"pain_regions": ["buttock_left"]},
    "bone": {"onset": "fall"},
    "alignment": {"main_question": "Is my scoliosis worse?"},
    "first_neuro": {"first_reader_subspecialty": "neuro"},
}


def test_every_rule_and_row_of_the_table_has_a_function_and_a_test():
    assert list(_HARD) == list(HARD) == [rule.code for rule in HARD_RULES]
    assert list(_SCORE) == list(SCORE) == [row.code for row in EVIDENCE]


@pytest.mark.parametrize("code", HARD)
def test_a_hard_rule_decides_whatever_the_score_says(code):
    rule = next(rule for rule in HARD_RULES if rule.code == code)
    found = assess(Intake(**HARD[code]))
    assert (found.rule, found.choice, found.competence) == (code, rule.choice, rule.competence)


@pytest.mark.parametrize("code", SCORE)
def test_a_row_of_the_score_counts_as_the_table_says(code):
    row = next(row for row in EVIDENCE if row.code == code)
    found = assess(Intake(**SCORE[code]))
    assert found.reasons == (code,)
    assert (found.neuro, found.msk) == (row.neuro, row.msk)


def test_nothing_known_means_either():
    found = assess(Intake())
    assert (found.choice, found.rule, found.reasons) == (EITHER, "", ())


def test_a_difference_of_one_is_either_and_of_two_decides():
    assert assess(Intake(back_or_leg="back_only")).choice == EITHER
    assert assess(Intake(back_or_leg="leg_only")).choice == NEURO
    both = Intake(back_or_leg="leg_only", pain_regions=["buttock_left"], onset="fall")
    assert assess(both).choice == MSK


def test_unknown_codes_and_answers_are_passed_over():
    odd = Intake(red_flags=["RF99"], conditions={"cancer": "unsure"}, pain_regions=["elbow"])
    assert assess(odd).choice == EITHER


def test_a_word_inside_another_word_raises_nothing():
    assert assess(Intake(main_question="I work in a spars shop by the seagate.")).rule == ""
