"""The template reads a form into content, and the sentences read content into text."""

from dataclasses import replace

from cases.report_checks import blocking, check
from cases.report_readability import grade
from cases.report_rules import RULES, Context
from cases.report_template import (
    FIELDS,
    canonical,
    content_from_form,
    empty_content,
    fingerprint,
    levels,
    normal_row,
    roots,
)
from cases.report_text import proposals
from tests.cases.report_forms import EXTRUSION, posted

QUESTIONS = ["Do I need an operation?"]


def content(**changes):
    return content_from_form(posted(**changes), QUESTIONS)


PLAIN_CASE = Context(
    content=content(),
    language="en",
    side_worse="left",
    has_first_report=False,
    is_locked=False,
    study_findings=frozenset(),
    has_contrast=False,
)


def context(answers=None, **changes):
    return replace(PLAIN_CASE, content=content(**(answers or {})), **changes)


def codes(found):
    return [problem.code for problem in found]


def test_an_empty_report_states_nothing_about_any_level():
    assert all(not any(row.values()) for row in empty_content()["levels"].values())


def test_unknown_names_and_codes_are_left_out():
    given = content(**{"level.L4-L5.canal": "9", "level.L4-L5.evil": "1", "whole.lordosis": "x"})
    assert given["levels"]["L4-L5"]["canal"] == ""
    assert "evil" not in given["levels"]["L4-L5"]
    assert given["whole"]["lordosis"] == ""


def test_a_number_out_of_range_or_not_finite_is_not_taken():
    for wrong in ("1e999", "nan", "-1", "abc", "41", ""):
        assert content(**{"level.L4-L5.size_mm": wrong})["levels"]["L4-L5"]["size_mm"] is None
    assert content(**{"level.L4-L5.size_mm": "4,5"})["levels"]["L4-L5"]["size_mm"] == 4.5


def test_six_lumbar_vertebrae_give_six_levels_and_a_new_last_one():
    assert levels(content(**{"whole.lumbar_count": "6"}))[-2:] == ("L5-L6", "L6-S1")


def test_the_roots_follow_from_the_level():
    assert roots("L4-L5") == ("L4", "L5")
    assert roots("L5-S1") == ("L5", "S1")


def test_the_fingerprint_does_not_depend_on_the_order_of_keys():
    given = content()
    assert fingerprint(given) == fingerprint(dict(reversed(given.items())))
    assert canonical(given) == canonical(given)


def test_every_default_and_normal_answer_is_an_option():
    for field in FIELDS.values():
        for answer in (field.default, field.normal):
            assert not answer or field.option(answer), field.code
    assert set(normal_row().values()) == {"normal", "0"}


def test_the_narrative_names_level_zone_size_root_and_scale():
    told = proposals(content(), age=46)["findings"]
    line = next(line for line in told.splitlines() if line.startswith("L4-L5"))
    assert "Left subarticular disc extrusion, 9 mm." in line
    assert "Compression of the traversing left L5 root." in line
    assert "Moderate central canal stenosis (Lee 2)." in line
    assert "L1-L2, L2-L3, L3-L4, L5-S1: no relevant finding." in told


def test_the_narrative_is_silent_about_a_level_that_was_not_stated():
    assert "T12-L1" not in proposals(content(), age=46)["findings"]


def test_the_plain_text_avoids_the_words_that_frighten():
    told = proposals(content(**{"level.L3-L4.disc_contour": "bulge"}), age=46)["plain"]
    assert "It presses on the nerve on the left." in told
    assert "About 50 of 100 people of your age without pain have this." in told
    for word in ("slipped", "burst", "tear", "rupture", "disease", "worn out"):
        assert word not in told.lower()


def test_no_figure_is_given_for_an_age_that_was_not_read_in_the_source():
    bulge = {"level.L3-L4.disc_contour": "bulge"}
    for age in (None, 15, 65, 77):
        assert "of 100 people" not in proposals(content(**bulge), age=age)["plain"]


def test_a_generated_plain_text_reads_at_grade_nine_or_lower():
    given = content(**{"level.L3-L4.disc_contour": "bulge", "level.L5-S1.fissure": "yes"})
    assert 0 < grade(proposals(given, age=46)["plain"], "en") <= 9


def test_a_complete_report_meets_every_check():
    assert check(context()) == []


def test_an_empty_report_is_blocked():
    found = check(Context(empty_content(QUESTIONS), "en", "", False, False, frozenset(), False))
    assert set(codes(blocking(found))) == {
        "level-not-stated",
        "question-unanswered",
        "findings-missing",
        "impression-missing",
        "plain-missing",
        "recommendation-missing",
    }


#: Rule -> (change of the form, change of what stands around it); alone they raise that rule.
BREAKS: dict[str, tuple[dict[str, object], dict[str, object]]] = {
    "level-not-stated": ({"level.L2-L3.canal": ""}, {}),
    "herniation-without-zone": ({"level.L4-L5.zone": []}, {"side_worse": ""}),
    "herniation-without-room-lost": (
        {"level.L4-L5.canal": "0", "level.L4-L5.recess_l": "0"},
        {},
    ),
    "bulge-foraminal-only": (
        {"level.L2-L3.disc_contour": "bulge", "level.L2-L3.zone": ["left_foraminal"]},
        {},
    ),
    "severe-without-communication": ({"level.L4-L5.canal": "3"}, {}),
    "critical-without-communication": ({"whole.fracture": "acute"}, {}),
    "communication-incomplete": ({"communication.0.finding": "discitis"}, {}),
    "numbering-assumed": ({"whole.lstv": "sacralised"}, {}),
    "numbering-differs": (
        {"numbering": '{"frame": "2.25.7", "points": [{"name": "L6", "at": [0, 0, 0]}]}'},
        {},
    ),
    "whole-not-reviewed": ({"whole.reviewed": ""}, {}),
    "conus-low": ({"whole.conus_level": "L3"}, {}),
    "modic-1-infection": (
        {"level.L4-L5.modic": "1", "level.L4-L5.infection_signs": "yes"},
        {},
    ),
    "scar-without-contrast": ({"whole.post_op": "scar"}, {}),
    "no-fat-suppression": (
        {"level.L4-L5.modic": "1"},
        {"study_findings": frozenset({"MISSING-SAG-FS"})},
    ),
    "question-unanswered": ({"answer.0": " "}, {}),
    "findings-missing": ({"findings": ""}, {}),
    "impression-missing": ({"impression.0.text": ""}, {}),
    "impression-long": (
        {"impression.1.kind": "urgent", "impression.1.text": "Tell the surgeon today."},
        {},
    ),
    "concordant-not-in-impression": ({"impression.0.text": "An extrusion."}, {}),
    "side-differs-in-impression": ({"impression.0.text": "L4-L5: right extrusion."}, {}),
    "side-differs-from-patient": (
        {"level.L4-L5.symptom_match": "possible"},
        {"side_worse": "right"},
    ),
    "concordant-on-the-other-side": ({}, {"side_worse": "right"}),
    "plain-missing": ({"plain": ""}, {}),
    "plain-hard-to-read": (
        {
            "plain": "Multisegmental degenerative alterations demonstrate circumferential "
            "intervertebral protrusion, accompanied by neuroforaminal compromise bilaterally."
        },
        {},
    ),
    "not-locked": ({}, {"has_first_report": True}),
    "agreement-missing": ({}, {"has_first_report": True, "is_locked": True}),
    "recommendation-missing": ({"recommendations": []}, {}),
    "comparison-missing": ({"comparison": " "}, {"has_prior": True}),
}


def test_every_rule_is_broken_by_one_case_alone():
    assert set(BREAKS) == {rule.code for rule in RULES}
    for code, (answers, around) in BREAKS.items():
        assert set(codes(check(context(answers, **around)))) == {code}, code


def test_communication_lifts_the_block_of_a_severe_stenosis():
    told = {
        "level.L4-L5.canal": "3",
        "communication.0.finding": "severe_stenosis",
        "communication.0.channel": "phone_patient",
        "communication.0.told": "Patient, 14:05",
    }
    assert check(context(told)) == []


def test_a_level_may_be_named_in_several_ways():
    for name in ("L4/5", "L4-5", "L4\u2013L5", "l4-l5"):
        assert check(context({"impression.0.text": f"{name}: left extrusion."})) == []


def test_each_problem_names_a_control_of_the_form():
    given = content()
    names = {"lock", "findings", "plain", "recommendations", "agreement.scale", "comparison"}
    for answers, around in BREAKS.values():
        for problem in check(context(answers, **around)):
            head = problem.control.split(".")[0]
            assert head in names | {"level", "whole", "impression", "answer", "communication"} or (
                problem.control in names
            )
            if head == "level":
                _level, level, field = problem.control.split(".")
                assert field in given["levels"][level]
    assert EXTRUSION["canal"] == "2"
