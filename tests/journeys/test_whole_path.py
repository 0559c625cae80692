"""The main job in real browsers: sign up, ask, send, check, assign, read, sign, read the result."""

import re

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from playwright.sync_api import Page, expect

from cases.lifecycle import READY, REPORTED
from cases.models import Case
from imaging.synthetic import build_study
from stack.totp import code as totp_code
from tests.faults.conftest import wait_for
from tests.fixtures.people import PASSWORD
from tests.journeys.uploading import UploadPage

pytestmark = pytest.mark.django_db(transaction=True)
expect.set_options(timeout=60_000)

ANSWERS = {
    "main_question": "Do I need an operation?",
    "pain_now": "5",
    "pain_worst": "8",
    "age_years": "46",
    "sex": "F",
    "country": "DE",
    "phone": "+49 30 5550100",
    "red_flags": "none",
    "choice": "none",
}
#: Fill one question page: what ANSWERS names, else the first choice of each group.
FILL = """answers => {
  const form = document.querySelector("main form[method=post]");
  const seen = new Set();
  for (const control of form.elements) {
    if (!control.name || ["hidden", "submit", "file"].includes(control.type)) continue;
    const wanted = answers[control.name];
    if (control.type === "radio" || control.type === "checkbox") {
      if (wanted !== undefined ? control.value === wanted : !seen.has(control.name)) control.checked = true;
      seen.add(control.name);
    } else if (wanted !== undefined) control.value = wanted;
  }
}"""  # noqa: E501 - a script reads better in its own lines


def test_a_study_goes_in_and_a_signed_opinion_comes_out(
    new_page, live_server, celery_worker, mail_folder, cole, noor, mia, tmp_path, shot, axe
):
    study = build_study(tmp_path / "disc", size="small").folder
    patient = sign_up(new_page())
    case = answer_the_questions(patient)
    axe(patient)
    send(patient, case, study, shot)
    case = wait_for(case, READY)
    expect(patient.locator("#progress")).to_contain_text("Pictures received")

    confirm_the_proposal(staff(new_page(), cole), case)
    case.refresh_from_db()
    reader = {mia.pk: mia, noor.pk: noor}[case.assignee_id]
    stranger = noor if reader == mia else mia
    elsewhere = staff(new_page(), stranger)
    answer = elsewhere.goto(f"/read/{case.code}/")
    assert answer is not None
    assert answer.status == 404

    sign_a_normal_report(staff(new_page(), reader), case)
    case.refresh_from_db()
    assert case.status == REPORTED

    read_the_result(patient, case, axe)
    letters = "".join(letter.read_text() for letter in mail_folder.iterdir()).lower()
    assert case.code.lower() in letters
    for word in ("spine", "mri", "disc", "nerve"):
        assert word not in letters
    told = [event.name for event in case.events.all()]
    assert [name for name in told if name in {"submit", "accept_study", "assign", "report"}] == [
        "submit", "accept_study", "assign", "report",
    ]  # fmt: skip


def sign_up(page: Page) -> Page:
    page.goto("/")
    page.get_by_role("link", name="Start a request").first.click()
    page.get_by_role("link", name=re.compile("[Cc]reate an account")).first.click()
    page.get_by_label("Your name").fill("Pat Patient")
    page.get_by_label("E-mail address").fill("pat@secondread.invalid")
    page.locator('input[name="password1"]').fill("a long and quiet sentence")
    page.get_by_role("button", name="Create my account").click()
    page.wait_for_url(re.compile(r"/(cases|home)/"))
    return page


def answer_the_questions(page: Page) -> Case:
    page.goto("/cases/start/")
    page.locator("main form button[type=submit]").click()
    page.wait_for_url("**/answers/**")
    while "/answers/" in page.url:
        before = page.url
        page.evaluate(FILL, ANSWERS)
        with page.expect_navigation():
            page.locator("main form[method=post] button[type=submit]").first.click()
        assert page.url != before, page.locator("main").inner_text()
    return Case.objects.get()


def send(page: Page, case: Case, study, shot) -> None:
    upload = UploadPage(page, case).open()
    upload.choose_folder(study)
    expect(upload.found()).to_contain_text("lower back")
    shot(page, "upload-found")
    upload.confirm_and_send()
    upload.expect_done(59)
    page.goto(f"/cases/{case.code}/check/")
    page.locator("main form[method=post] button[type=submit]").click()
    page.wait_for_url("**/sent/")
    page.goto(f"/cases/{case.code}/")


def staff(page: Page, user) -> Page:
    """Sign in as a person would: password, then the code of the second factor."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    page.goto("/accounts/login/")
    page.locator('input[name="login"]').fill(user.email)
    page.locator('input[name="password"]').fill(PASSWORD)
    page.keyboard.press("Enter")
    page.locator('input[name="code"]').fill(totp_code(secret))
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/(worklist|queue)/"))
    return page


def confirm_the_proposal(page: Page, case: Case) -> None:
    page.goto("/queue/?tab=unassigned")
    expect(page.locator("main")).to_contain_text(case.code)
    page.get_by_role("button", name=re.compile(f"^Confirm .* for {case.code}$")).click()
    expect(page.locator("main")).to_contain_text("1 case assigned")


def sign_a_normal_report(page: Page, case: Case) -> None:
    page.goto(f"/read/{case.code}/")
    page.get_by_role("button", name="Read this case").click()
    page.wait_for_selector("form[data-report]")
    for level in ("L1-L2", "L2-L3", "L3-L4", "L4-L5", "L5-S1"):
        page.get_by_label(f"{level} Disc", exact=True).focus()
        page.keyboard.press("Alt+n")
    page.keyboard.press("Alt+r")
    page.locator('[name="impression.0.text"]').fill("No disc herniation and no narrowing.")
    page.locator("#answer-0").fill("The images show no reason for an operation.")
    page.get_by_role("checkbox", name="none", exact=False).first.check()
    expect(page.locator("[data-save-state]")).to_contain_text("Draft saved")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/sign/")
    expect(page.get_by_text("Not yet: this must be done first")).to_have_count(0)
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile("/(reauthenticate|report)/"))
    if "reauthenticate" in page.url:
        page.locator('input[type="password"]').fill(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/report/")


def read_the_result(page: Page, case: Case, axe) -> None:
    page.goto(f"/cases/{case.code}/")
    page.get_by_role("link", name="Open the result").click()
    expect(page.get_by_role("button", name="Read it now")).to_be_visible()
    axe(page)
    page.get_by_role("button", name="Read it now").click()
    expect(page.locator("main")).to_contain_text("The images show no reason for an operation.")
    axe(page)
    for name in ("plain words (PDF)", "my doctor (PDF)"):
        with page.expect_download() as download:
            page.get_by_role("link", name=name).click()
        assert download.value.path().read_bytes().startswith(b"%PDF-")
