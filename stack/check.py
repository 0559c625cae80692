"""`bin/demo --check`: one generated study through the whole path, as people's browsers take it.

Everything goes over HTTP to the portal and by signed requests to S3; nothing here looks into the
database. Each step is printed with its seconds; the first that fails ends the check.
"""

import html
import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from stack import totp
from stack.browser import Browser, Form
from stack.errors import StackError
from stack.upload_client import upload_folder

Account = dict[str, Any]
Answers = Mapping[str, str | list[str]]

_WAIT_SECONDS = 120.0
_POLL_SECONDS = 0.5
#: htmx's status for "stop polling": the case has come to rest.
_AT_REST = 286
_HOW_TO_GET_THE_VIEWER = "`python manage.py install_viewer` fetches it (docs/viewer.md)"

#: The patient's answers by field; a choice that is not named here takes the first that is offered.
INTAKE: Answers = {
    "red_flags": "none",
    "main_question": "Do the pictures show that I need an operation?",
    "pain_now": "5",
    "pain_worst": "8",
    "age_years": "46",
    "sex": "F",
    "country": "DE",
    "phone": "+49 30 5550100",
    "choice": "none",
}


class Check:
    """One walk through the portal, with the browsers of the people on the way."""

    def __init__(self, url: str, accounts: list[Account], study: Path) -> None:
        self.url = url
        self.accounts = accounts
        self.study = study
        self.patient = Browser(url)
        self.coordinator = Browser(url)
        self.reader = Browser(url)
        self.signer: Account = {}
        self.code = ""

    @property
    def steps(self) -> tuple[Callable[[], str], ...]:
        return (
            self.patient_signs_in,
            self.patient_answers_the_questions,
            self.patient_uploads_the_study,
            self.patient_sends_the_request,
            self.worker_makes_it_ready,
            self.coordinator_signs_in,
            self.coordinator_confirms_the_proposal,
            self.radiologist_signs_in,
            self.radiologist_sees_the_images,
            self.radiologist_opens_the_viewer,
            self.radiologist_writes_the_report,
            self.radiologist_signs_the_report,
            self.patient_reads_the_result,
            self.patient_downloads_the_papers,
        )

    def patient_signs_in(self) -> str:
        return sign_in(self.patient, self.people("patient")[-1])

    def patient_answers_the_questions(self) -> str:
        page = self.patient.open("/cases/start/")
        page = self.patient.submit(page.form(action="/cases/start/"))
        self.code = found(r"/cases/(SR-\w+)/", page.url)
        asked = 0
        while "/answers/" in page.url:
            before, asked = page.url, asked + 1
            page = self.patient.submit(answer(page.form(action=path_of(page.url)), INTAKE))
            if page.url == before:
                raise StackError(f"the answers on {page.url} were refused")
        return f"{self.code}, {asked} pages"

    def patient_uploads_the_study(self) -> str:
        sent = upload_folder(self.patient, self.code, self.study)
        return (
            f"{sent.files} files, {sent.raw_bytes / 1e6:.1f} MB as {sent.sent_bytes / 1e6:.1f} MB"
        )

    def patient_sends_the_request(self) -> str:
        page = self.patient.open(f"/cases/{self.code}/check/")
        page = self.patient.submit(page.form(action="/check/"))
        if not page.url.endswith("/sent/"):
            raise StackError(f"the request was not sent, but led to {page.url}")
        return ""

    def wait_until_processed(self, poll_seconds: float = _POLL_SECONDS) -> None:
        deadline = time.monotonic() + _WAIT_SECONDS
        while self.patient.open(f"/cases/{self.code}/progress/").status != _AT_REST:
            if time.monotonic() > deadline:
                raise StackError(f"still not processed after {_WAIT_SECONDS:.0f} s")
            time.sleep(poll_seconds)

    def worker_makes_it_ready(self) -> str:
        self.wait_until_processed()
        series = self.patient.get_json(f"/cases/{self.code}/images.json")["series"]
        return f"{len(series)} series, {sum(len(each['previews']) for each in series)} images"

    def coordinator_signs_in(self) -> str:
        return sign_in(self.coordinator, self.people("coordinator")[0])

    def coordinator_confirms_the_proposal(self) -> str:
        page = self.coordinator.open("/queue/?tab=unassigned")
        form = page.form(action="/queue/assign/")
        if self.code not in form.offered.get("cases", []):
            raise StackError(f"{self.code} is not in the coordinator's queue")
        form.fill(cases=self.code)
        page = self.coordinator.submit(form, action="confirm")
        if f"assigned={self.code}" not in page.url:
            raise StackError("the proposal could not be confirmed")
        return ""

    def radiologist_signs_in(self) -> str:
        """Find who was assigned: to anybody else the case does not exist."""
        strangers = []
        for account in self.people("radiologist"):
            browser = Browser(self.url)
            how = sign_in(browser, account)
            try:
                browser.open(f"/read/{self.code}/")
            except StackError:
                strangers.append(account["email"])
            else:
                self.reader, self.signer = browser, account
                return f"{how}; not found for {', '.join(strangers) or 'nobody'}"
        raise StackError("no radiologist can open the case")

    def radiologist_sees_the_images(self) -> str:
        page = self.reader.open(f"/read/{self.code}/")
        self.reader.submit(page.form(action="/start/"))
        series = self.reader.get_json(f"/cases/{self.code}/images.json")["series"]
        picture = self.reader.open(series[0]["previews"][0])
        if not picture.body.startswith(b"RIFF"):
            raise StackError("a preview is no WebP picture")
        return f"a preview has {len(picture.body) / 1e3:.0f} kB"

    def radiologist_opens_the_viewer(self) -> str:
        """Fetch the page in the frame beside the report, and the scripts that it begins with."""
        room = self.reader.open(f"/read/{self.code}/")
        frame = re.search(r'<iframe\b[^>]* src="([^"]+)"', room.text)
        if frame is None:
            return f"not installed, previews are shown instead; {_HOW_TO_GET_THE_VIEWER}"
        page = self.reader.open(html.unescape(frame.group(1)))
        scripts = re.findall(r'<script\b[^>]* src="([^"]+)"', page.text)
        if not scripts:
            raise StackError("the viewer's page begins with no script")
        size = sum(len(self.reader.open(address).body) for address in scripts)
        return f"installed; its page with {len(scripts)} scripts, {size / 1e6:.1f} MB"

    def radiologist_writes_the_report(self) -> str:
        page = self.reader.open(f"/read/{self.code}/")
        form = page.form(action="/draft/")
        fill_normal(form, page.data["page-data"]["normal"])
        state = self.reader.submit(form).json()
        adopt(form, state)
        state = self.reader.submit(form).json()
        blocking = [each["text"] for each in state["problems"] if each["severity"] == "block"]
        if blocking:
            raise StackError("the report cannot be signed: " + " ".join(blocking))
        return f"revision {state['revision']}, {len(state['problems'])} hints"

    def radiologist_signs_the_report(self) -> str:
        page = self.reader.open(f"/read/{self.code}/sign/")
        page = self.reader.submit(page.form(having="revision"))
        again = "/reauthenticate/" in page.url
        if again:
            form = page.form(having="password").fill(password=self.signer["password"])
            page = self.reader.submit(form)
        if page.url.endswith("/sign/"):
            page = self.reader.submit(page.form(having="revision"))
        if not page.url.endswith("/report/"):
            raise StackError(f"signing led to {page.url}")
        return "after the password was asked again" if again else ""

    def patient_reads_the_result(self) -> str:
        address = f"/cases/{self.code}/result/"
        page = self.patient.open(address)
        page = self.patient.submit(page.form(action="/result/"), choice="open")
        return f"{len(page.text.split())} words"

    def patient_downloads_the_papers(self) -> str:
        sizes = []
        for kind in ("patient", "clinician"):
            paper = self.patient.open(f"/cases/{self.code}/result/{kind}.pdf").body
            if not paper.startswith(b"%PDF-"):
                raise StackError(f"the {kind}'s paper is no PDF")
            sizes.append(f"{len(paper) / 1e3:.0f} kB")
        return " and ".join(sizes)

    def people(self, role: str) -> list[Account]:
        return [account for account in self.accounts if account["role"] == role]


def run(url: str, accounts: list[Account], study: Path) -> int:
    """Take every step; return 0 when the last one is done, 1 when one failed."""
    check = Check(url, accounts, study)
    began = time.monotonic()
    for step in check.steps:
        name, started = step.__name__.replace("_", " "), time.monotonic()
        try:
            detail = step()
        except (StackError, KeyError, OSError) as error:
            print(f"FAILED  {name:<38} {time.monotonic() - started:6.2f} s  {error}", flush=True)
            return 1
        print(f"ok      {name:<38} {time.monotonic() - started:6.2f} s  {detail}", flush=True)
    print(f"ok      {'the whole path':<38} {time.monotonic() - began:6.2f} s", flush=True)
    return 0


def sign_in(browser: Browser, account: Account) -> str:
    page = browser.open("/accounts/login/")
    form = page.form(having="password").fill(login=account["email"], password=account["password"])
    page = browser.submit(form)
    if account["totp_secret"]:
        form = page.form(having="code").fill(code=totp.code(account["totp_secret"]))
        page = browser.submit(form)
    if "/accounts/" in page.url:
        raise StackError(f"{account['email']} was not let in")
    return f"{account['email']}{', with a code' if account['totp_secret'] else ''}"


def answer(form: Form, answers: Answers) -> Form:
    """Fill in a page of questions."""
    for name, value in answers.items():
        if name in form.values or name in form.offered:
            form.fill(**{name: value})
    for name, offered in form.offered.items():
        if name != "later" and not any(form.values.get(name, [])):
            form.fill(**{name: next(filter(None, offered))})
    return form


def fill_normal(form: Form, normal: Mapping[str, str]) -> None:
    """Press "untouched levels are normal"."""
    for name in [name for name in {*form.values, *form.offered} if name.startswith("level.")]:
        column = name.rsplit(".", 1)[1]
        if column in normal:
            form.fill(**{name: normal[column]})


def adopt(form: Form, state: Mapping[str, Any]) -> None:
    """Take over the texts that the table proposes, and answer the patient."""
    proposals = state["proposals"]
    form.fill(revision=str(state["revision"]), findings=proposals["findings"])
    form.fill(plain=proposals["plain"], recommendations="none")
    form.values["impression.0.text"] = ["No disc herniation and no narrowing at any level."]
    for name in [name for name in form.values if name.startswith("answer.")]:
        form.fill(**{name: "The pictures show nothing that would call for an operation."})


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    if match is None:
        raise StackError(f"{pattern} is not in {text}")
    return match.group(1)


def path_of(url: str) -> str:
    return re.sub(r"^https?://[^/]+|\?.*$", "", url)
