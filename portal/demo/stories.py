"""The demo's stories. Every person, complaint and image in them is invented."""

from imaging.synthetic import Subject
from portal.demo.cases import Story

REPORTED = Story(
    patient="ana",
    question="My surgeon wants to operate on L4/5. Do the images show that I need it?",
    subject=Subject(name="EXAMPLE^ANA", birth_date="19800214", sex="F"),
    answers={
        "question": {
            "reasons": ["surgery_advised"],
            "extra_questions": ["Is it dangerous to go back to running?"],
        },
        "pain": {
            "pain_regions": ["low_back_middle", "buttock_left", "lower_leg_outer_left"],
            "back_or_leg": "mostly_leg",
            "side_worse": "left",
            "pain_now": 5,
            "pain_worst": 8,
            "duration": "weeks_6_to_12",
            "onset": "lifting",
            "worse_with": ["sitting", "bending_forward", "coughing"],
        },
        "first-report": {
            "has_first_report": True,
            "first_report_text": (
                "L4/5: small disc protrusion without contact to a nerve root. "
                "L5/S1: normal. No narrowing of the canal."
            ),
            "first_reader": "Regional hospital, general radiology",
        },
    },
)
READY = Story(
    patient="ben",
    question="Nobody can tell me why my back hurts when I stand. What do you see?",
    subject=Subject(name="EXAMPLE^BEN", birth_date="19570611", sex="M", patient_id="SYN-2026-0204"),
    answers={
        "pain": {
            "back_or_leg": "back_only",
            "worse_with": ["standing", "arching_back"],
            "better_with": ["leaning_forward"],
            "duration": "over_a_year",
        }
    },
    vendor="ge",
    seed="ben-1",
)
READING = Story(
    patient="ben",
    question="Is my slipped disc from last year still pressing on something?",
    subject=Subject(name="EXAMPLE^BEN", birth_date="19570611", sex="M", patient_id="SYN-2026-0204"),
    answers={
        "question": {"reasons": ["follow_up"]},
        "pain": {
            "pain_regions": ["low_back_left", "buttock_left", "lower_leg_outer_left"],
            "back_or_leg": "mostly_leg",
            "side_worse": "left",
            "duration": "over_a_year",
            "worse_with": ["sitting", "coughing"],
        },
        "first-report": {
            "has_first_report": True,
            "first_report_text": (
                "L4/5: small protrusion to the left, unchanged. No contact to a nerve root."
            ),
            "first_reader": "Radiology practice, general radiology",
        },
    },
    seed="ben-3",
    prior_months=14,
)
ASSIGNED = Story(
    patient="ben",
    question="My left foot feels weak since last week. Is a nerve pressed?",
    subject=Subject(name="EXAMPLE^BEN", birth_date="19570611", sex="M", patient_id="SYN-2026-0204"),
    answers={
        "safety": {"red_flags": ["RF9"], "red_flag_override": False},
        "pain": {
            "pain_regions": ["low_back_left", "lower_leg_outer_left"],
            "back_or_leg": "leg_only",
            "side_worse": "left",
            "worse_with": ["walking"],
            "walk_limit": "under_200_m",
            "numb_regions": ["foot_left"],
            "weak_regions": ["foot_left"],
            "duration": "under_6_weeks",
        },
    },
    vendor="philips",
    seed="ben-2",
)
RETURNED = Story(
    patient="ana",
    question="Has my disc changed since last year?",
    subject=Subject(name="EXAMPLE^ANA", birth_date="19800214", sex="F"),
    series=("LOC", "T1 SAG", "T2 SAG", "STIR SAG"),
    seed="ana-2",
)
DRAFT = Story(
    patient="ana",
    question="Should I have an injection?",
    subject=Subject(name="EXAMPLE^ANA", birth_date="19800214", sex="F"),
    send=False,
)
STORIES = (REPORTED, READY, READING, ASSIGNED, RETURNED, DRAFT)
