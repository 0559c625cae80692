"""Demo cases in different states, each from generated DICOM through the real pipeline."""

import hashlib
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from accounts.models import User
from cases import consents, storage
from cases.lifecycle import PROCESSING, SUBMITTED
from cases.models import Case
from cases.services import requests, uploads
from cases.upload_protocol import Declaration, Entry, Plan, PlannedBundle
from imaging.coding import Coding, encode
from imaging.comparison import DAYS_PER_MONTH
from imaging.synthetic import Subject, build_study

NEW_DAYS = 14
SECONDS_PER_DAY = 24 * 3600

Answers = dict[str, dict[str, Any]]


@dataclass(frozen=True, eq=False)
class Story:
    """One demo case: whose, what they ask, which images, how far it goes."""

    patient: str
    question: str
    subject: Subject
    answers: Answers = field(default_factory=dict)
    vendor: str = "siemens"
    seed: str = "spine"
    series: tuple[str, ...] | None = None
    #: How much older the second examination is that comes along; None sends one.
    prior_months: int | None = None
    send: bool = True


def answers_for(story: Story, *, age: int) -> Answers:
    """Return the answers of every page; what a story does not say is unremarkable."""
    plain: Answers = {
        "safety": {"red_flags": [], "red_flag_override": False},
        "question": {
            "main_question": story.question,
            "extra_questions": [],
            "reasons": ["not_explained"],
        },
        "pain": {
            "pain_regions": ["low_back_middle"],
            "back_or_leg": "mostly_back",
            "side_worse": "middle",
            "pain_now": 4,
            "pain_worst": 7,
            "duration": "months_3_to_12",
            "onset": "gradual",
            "worse_with": ["sitting"],
            "better_with": ["walking"],
        },
        "history": {"conditions": {}, "prior_surgery": "", "treatments": ""},
        "about": {"age_years": age, "sex": story.subject.sex, "country": "DE", "phone": ""},
        "first-report": {"has_first_report": False},
    }
    for step, answers in story.answers.items():
        plain[step] |= answers
    return plain


def open_case(story: Story, patient: User) -> Case:
    """Open, answer, upload and, when the story says so, send one case."""
    case = requests.create_request(patient=patient)
    today = time.strftime("%Y%m%d", time.gmtime())
    age = int(story.subject.age_on(today)[:3])
    if not story.send:
        requests.save_answers(
            case=case, step="safety", answers=answers_for(story, age=age)["safety"]
        )
        requests.save_answers(
            case=case, step="question", answers=answers_for(story, age=age)["question"]
        )
        return case
    for step, answers in answers_for(story, age=age).items():
        requests.save_answers(case=case, step=step, answers=answers)
    requests.give_consent(case=case, codes=consents.CODES)
    with tempfile.TemporaryDirectory(prefix="demo-") as folder:
        paths = _build(story, Path(folder, "study"), story.seed, days=NEW_DAYS)
        if story.prior_months is not None:
            days = NEW_DAYS + round(story.prior_months * DAYS_PER_MONTH)
            paths += _build(story, Path(folder, "prior"), f"{story.seed}-prior", days=days)
        send_files(case, patient, paths, has_prior=story.prior_months is not None)
    requests.submit(case=case, by=patient)
    return case


def _build(story: Story, folder: Path, seed: str, *, days: int) -> list[Path]:
    """Write an examination of the story's person, made so many days ago."""
    made_at = time.gmtime(time.time() - days * SECONDS_PER_DAY)
    built = build_study(
        folder,
        story.vendor,
        size="small",
        series=story.series,
        seed=seed,
        patient=story.subject,
        study_date=time.strftime("%Y%m%d", made_at),
    )
    return list(built.paths)


def send_files(case: Case, by: User, paths: list[Path], *, has_prior: bool = False) -> None:
    """Send files as a browser would, but without the network between: plan, store, complete."""
    contents = [path.read_bytes() for path in paths]
    groups = [contents[first : first + 32] for first in range(0, len(contents), 32)]
    fingerprint = hashlib.sha256(b"".join(hashlib.sha256(c).digest() for c in contents))
    upload = uploads.plan_upload(
        case=case,
        by=by,
        plan=Plan(
            fingerprint=fingerprint.hexdigest(),
            bundles=tuple(PlannedBundle(len(group), sum(map(len, group))) for group in groups),
            summary={
                "pictures": len(contents),
                "series": 1,
                "lower_back": True,
                "prior": has_prior,
            },
        ),
    )
    for number, group in enumerate(groups):
        body, entries = b"", []
        for content in group:
            coded = encode(content, Coding.DEFLATE)
            digest = hashlib.sha256(content).hexdigest()
            entries.append(Entry(len(body), len(coded), len(content), digest, Coding.DEFLATE))
            body += coded
        declared = Declaration(len(body), hashlib.sha256(body).hexdigest(), tuple(entries))
        bundle = uploads.declare_bundle(upload=upload, number=number, declared=declared)
        storage.write(storage.ORIGINALS, bundle.key, body)
        uploads.mark_landed(upload=upload, number=number)
    uploads.complete_upload(upload=upload, by=by)


def wait_until_processed(
    cases: list[Case], *, seconds: float = 240.0, say: Callable[[str], None] = print
) -> None:
    """Wait for the workers; say when they do not come."""
    deadline = time.monotonic() + seconds
    waiting = [case.pk for case in cases]
    while waiting and time.monotonic() < deadline:
        waiting = list(
            Case.objects.filter(pk__in=waiting, status__in=[SUBMITTED, PROCESSING]).values_list(
                "pk", flat=True
            )
        )
        time.sleep(0.2)
    if waiting:
        say(f"{len(waiting)} demo cases were not processed within {seconds:.0f} s")
