"""A case with a prior: both studies over DICOMweb, side by side in the viewer, never mistaken."""

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from cases.lifecycle import ASSIGNED
from cases.models import Case, Instance, KeyImage, StudyRole
from cases.services import reports
from imaging.ingest import IngestOptions, ingest_study
from imaging.study import IngestResult
from imaging.synthetic.build import build_study
from tests.dicomweb.conftest import carry_session, put_study, sign_in
from tests.dicomweb.reader import CODE, LOADED_MS, READY, VIEWPORTS, Reader
from tests.dicomweb.test_key_images import png
from tests.factories import make_case

NEW, OLD = "20261105", "20250901"
WORDS = "PRIOR, about 14 months earlier"
BANNERS = """wanted => {
  const { cornerstoneViewportService: c, viewportGridService: g } = secondread.services;
  const shown = [...g.getState().viewports.keys()].map(id =>
    c.getCornerstoneViewport(id).element.querySelector('.secondread-study')?.textContent ?? '');
  return shown.join() === wanted.join();
}"""


#: Letters of the patient's sides, and the viewport's other words, that lie under a banner.
COVERED = """() => [...document.querySelectorAll('.secondread-study')].flatMap(banner => {
  const b = banner.getBoundingClientRect();
  const others = document.querySelectorAll(
    '.orientation-marker, [data-cy^=viewport-overlay] span, g[data-levels] text');
  return [...others].filter(other => {
    const o = other.getBoundingClientRect();
    return o.left < b.right && b.left < o.right && o.top < b.bottom && b.top < o.bottom;
  }).map(other => other.textContent);
})"""


@pytest.fixture(scope="session")
def both(tmp_path_factory) -> tuple[Path, IngestResult]:
    """Return the tree and the result of a study with a prior, from another maker's scanner."""
    source, destination = tmp_path_factory.mktemp("in"), tmp_path_factory.mktemp("out")
    series = ("T1 SAG", "T2 SAG", "STIR SAG", "T2 AX")
    for seed, vendor, date in (("new", "siemens", NEW), ("old", "ge", OLD)):
        folder = tmp_path_factory.mktemp(seed)
        built = build_study(folder, vendor, size="small", seed=seed, study_date=date, series=series)
        for path in built.paths:
            path.rename(source / f"{seed}-{path.name}")
    options = IngestOptions(CODE, b"k" * 32)
    return destination, ingest_study(source, destination, options, opening=lambda _name: None)


@pytest.fixture
def result(both):
    return both[1]


@pytest.fixture
def case(slot, ana, mia, both) -> Case:
    case = make_case(ana, ASSIGNED, code=CODE, assignee=mia)
    put_study(case, *both)
    return case


@pytest.fixture
def reader(viewer_root, new_page, live_server, case, mia) -> Reader:
    page = new_page(viewport={"width": 1600, "height": 1000})
    carry_session(page, live_server, mia)
    return Reader(page)


def uids(result) -> list[str]:
    return [result.study.study_instance_uid, result.prior.study.study_instance_uid]


def get(client, path):
    response = client.get(f"/dicomweb/c/{CODE}/{path}", headers={"Accept": "*/*"})
    return response.status_code, response


def test_a_search_finds_both_studies_the_current_one_first(client, case, mia, result):
    sign_in(client, mia)
    status, answer = get(client, "studies")
    found = json.loads(answer.content)
    assert status == 200
    assert [one["0020000D"]["Value"][0] for one in found] == uids(result)
    descriptions = [one["00081030"]["Value"][0] for one in found]
    assert descriptions == [
        "MRI lumbar spine",
        "MRI lumbar spine (prior, about 14 months earlier)",
    ]
    series = json.loads(get(client, "series")[1].content)
    assert len(series) == len(result.series) + len(result.prior.series)
    for uid, of_study in zip(uids(result), (result.series, result.prior.series), strict=True):
        listed = json.loads(get(client, f"studies/{uid}/series")[1].content)
        assert {one["0020000E"]["Value"][0] for one in listed} == {
            one.series_instance_uid for one in of_study
        }


def test_a_prior_is_reached_by_its_own_path_only(client, case, mia, result):
    sign_in(client, mia)
    current, prior = uids(result)
    series = result.prior.series[0]
    path = f"series/{series.series_instance_uid}/metadata"
    assert get(client, f"studies/{prior}/{path}")[0] == 200
    assert get(client, f"studies/{current}/{path}")[0] == 404
    sop = series.instances[0].sop_instance_uid
    frame = f"series/{series.series_instance_uid}/instances/{sop}/frames/1"
    status, answer = get(client, f"studies/{prior}/{frame}")
    assert status == 200
    assert b"".join(answer)
    assert get(client, f"studies/{current}/{frame}")[0] == 404


@pytest.mark.parametrize("who", ["ben", "noor", "olga"])
def test_a_prior_is_not_there_for_others(client, case, result, request, who):
    sign_in(client, request.getfixturevalue(who))
    for uid in uids(result):
        assert get(client, f"studies/{uid}/metadata")[0] == 404
    assert client.get(f"/cases/{CODE}/images.json").status_code == 404


def test_a_superseded_study_is_closed_to_everybody(client, case, ana, mia, result):
    case.studies.filter(role=StudyRole.PRIOR).update(role=StudyRole.SUPERSEDED)
    sign_in(client, mia)
    current, prior = uids(result)
    assert get(client, f"studies/{current}/metadata")[0] == 200
    assert get(client, f"studies/{prior}/metadata")[0] == 404
    assert len(json.loads(get(client, "studies")[1].content)) == 1


def test_the_viewer_opens_both_and_no_other(client, viewer_root, case, mia, result):
    sign_in(client, mia)
    current, prior = uids(result)
    good = f"/viewer/basic?case={CODE}&StudyInstanceUIDs={current}&StudyInstanceUIDs={prior}"
    assert client.get(f"/viewer/basic?case={CODE}")["Location"] == good
    page = client.get(good)
    assert page.status_code == 200
    b"".join(page)
    for wrong in (
        f"/viewer/basic?case={CODE}&StudyInstanceUIDs={current}",
        f"/viewer/basic?case={CODE}&StudyInstanceUIDs={prior}&StudyInstanceUIDs={current}",
        f"{good}&StudyInstanceUIDs=1.2.3",
        f"{good}&case=SR-OTHER2",
    ):
        assert client.get(wrong).status_code == 404


def test_the_patient_sees_which_pictures_are_older(client, case, ana, result):
    client.force_login(ana)
    listed = client.get(f"/cases/{CODE}/images.json").json()["series"]
    assert [one["prior"] for one in listed] == [False] * 4 + [True] * 4
    assert all(one["label"].startswith("Older pictures: ") == one["prior"] for one in listed)
    addresses = {one["previews"][0] for one in listed}
    answers = [client.get(address) for address in addresses]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer["ETag"] for answer in answers}) == len(addresses) == 8
    assert client.get(f"/cases/{CODE}/previews/1/1.webp?v=000000000000").status_code == 404


def test_a_key_image_of_the_prior_says_so(client, case, mia, result):
    sign_in(client, mia)
    report = reports.start_reading(case=case, by=mia)
    assert report.content["comparison"] == (
        "Older MRI of the lumbar spine, about 14 months earlier."
    )
    for study in case.studies.all():
        one = Instance.objects.filter(series__study=study)[0]
        sent = {"sop": one.sop_instance_uid, "frame": 1, "png": png()}
        answer = client.post(
            f"/read/{CODE}/key-images/", json.dumps(sent), content_type="application/json"
        )
        assert answer.status_code == 201
        assert answer.json()["prior"] == study.is_prior
        assert answer.json()["label"].startswith("Prior: ") == study.is_prior
    assert KeyImage.objects.filter(instance__series__study__role=StudyRole.PRIOR).count() == 1


def test_current_and_prior_hang_side_by_side_and_scroll_together(reader, result, shot):
    reader.open()
    assert studies(reader, result) == ["current"] * 4
    reader.page.wait_for_function(BANNERS, arg=["CURRENT"] * 4)

    assert reader.page.evaluate(COVERED) == []

    reader.page.keyboard.press("c")
    compared(reader.page)
    assert reader.page.evaluate(COVERED) == []
    assert studies(reader, result) == ["current", "prior"] * 2
    assert planes(reader, result) == ["T2 SAG", "T2 SAG", "T2 AX", "T2 AX"]
    reader.page.wait_for_function(BANNERS, arg=["CURRENT", WORDS] * 2)

    scroll_linked_and_alone(reader)
    shot(reader.page, "comparison-layout", full_page=False)

    reader.page.keyboard.press("c")
    reader.page.wait_for_function(
        "() => secondread.services.hangingProtocolService.getState().stageIndex === 0"
    )
    reader.page.wait_for_function(READY, timeout=LOADED_MS)
    assert studies(reader, result) == ["current"] * 4


def scroll_linked_and_alone(reader):
    views = reader.viewports
    current, prior, axial, prior_axial = (one["index"] for one in views)
    reader.activate(views[0])
    reader.scroll(views[0], 2)
    reader.wait_for(current + 2, prior + 2, axial, prior_axial)
    reader.activate(views[3])
    reader.scroll(views[3], -3)
    reader.wait_for(current + 2, prior + 2, axial - 3, prior_axial - 3)

    reader.page.keyboard.press("s")
    reader.scroll(views[0], 1)
    reader.wait_for(current + 3, prior + 2, axial - 3, prior_axial - 3)
    assert reader.viewports[1]["index"] == prior + 2  # nor is another one on its way
    reader.page.keyboard.press("s")
    reader.scroll(views[0], -2)
    reader.wait_for(current + 1, prior, axial - 3, prior_axial - 3)


def compared(page: Page) -> None:
    """Wait until the comparison hangs with its pictures."""
    page.wait_for_function(
        "() => secondread.services.cornerstoneViewportService.getCornerstoneViewport('ax-prior')",
        timeout=LOADED_MS,
    )
    page.wait_for_function(READY, timeout=LOADED_MS)


def studies(reader: Reader, result: Any) -> list[str]:
    names = dict(zip(uids(result), ("current", "prior"), strict=True))
    shown = reader.page.evaluate(VIEWPORTS)
    return [names[one["image"].split("/studies/")[1].split("/")[0]] for one in shown]


def planes(reader: Reader, result: Any) -> list[str]:
    known = {one.series_instance_uid: one.label for one in (*result.series, *result.prior.series)}
    shown = reader.page.evaluate(VIEWPORTS)
    return [known[one["image"].split("/series/")[1].split("/")[0]] for one in shown]
