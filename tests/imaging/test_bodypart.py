"""Words of many languages for and against the low back."""

from dataclasses import replace

import pytest

from imaging.assembly import assemble
from imaging.bodypart import Proof, Region, judge, regions_in
from imaging.headers import Descriptions, read_headers
from tests.dicom import build_study

LUMBAR = [
    "MRI LUMBAR SPINE", "LSPINE", "L_SPINE", "L-SPINE", "LS-SPINE", "L/S SPINE", "LSSPINE",
    "TLSPINE", "Lumbosacral", "MRT LWS nativ", "MRT Lendenwirbelsäule", "IRM du rachis lombaire",
    "IRM lombo-sacrée", "RM colonna lombosacrale", "RM COLONNA LOMBARE", "RM columna lumbar",
    "RM coluna lombar", "RM kręgosłupa lędźwiowego", "MR kr. ledzwiowy", "MRT поясничного отдела",
    "MRT ПКОП", "MR bederní páteř", "LS páteř", "MR ländrygg", "lannerankan MRI", "Lomber MR",
    "腰椎MRI 腰椎", "요추", "t2_tse_sag_LWS", "Whole spine", "thoracolumbar", "L5-S1",
    "MR ágyéki gerinc", "MRI low back",
]  # fmt: skip
OTHERS = {
    Region.CERVICAL: ["C-SPINE", "MRT HWS", "cervical spine", "kręgosłup szyjny", "шейный отдел"],
    Region.THORACIC: ["T_SPINE", "MRT BWS", "thoracic spine", "грудной отдел"],
    Region.HEAD: ["BRAIN", "MRT Kopf", "IRM cérébrale", "encephale", "MRI head w/o", "мозга"],
    Region.KNEE: ["KNEE", "MRT Knie re", "genou droit", "RM ginocchio", "коленный сустав"],
    Region.HIP: ["HIP", "Hüfte", "hanche", "RM anca"],
    Region.SHOULDER: ["SHOULDER", "Schulter links", "épaule", "RM spalla"],
    Region.PELVIS: ["PELVIS", "Becken", "SI joints"],
    Region.ABDOMEN: ["ABDOMEN", "MRCP", "Leber"],
    Region.NECK: ["NECK", "Hals"],
}
NEITHER = [
    "", "t2_tse_sag", "SAG T2", "Routine", "20240317", "Dr. Colombo", "Lombardi^Anna", "Barker^Ben",
    "Kniesel", "Headley", "Glowacki", "Pelvinski", "Legrand", "LSD", "Calumbo",
]  # fmt: skip


@pytest.mark.parametrize("text", LUMBAR)
def test_words_for_the_low_back_are_known_in_many_languages(text):
    assert Region.LUMBAR in regions_in(text)


@pytest.mark.parametrize(
    ("region", "text"), [(region, text) for region, texts in OTHERS.items() for text in texts]
)
def test_words_for_other_regions_are_known(region, text):
    found = regions_in(text)
    assert region in found
    assert Region.LUMBAR not in found


@pytest.mark.parametrize("text", NEITHER)
def test_surnames_and_protocol_words_are_no_evidence(text):
    assert regions_in(text) == {}


def test_spine_alone_names_no_part_of_it():
    assert set(regions_in("MRT Wirbelsäule")) == {Region.SPINE}
    assert set(regions_in("SPINE LUMBAR")) == {Region.LUMBAR}


@pytest.fixture(scope="module")
def headers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    built = build_study(folder, size="tiny", series=["T2 SAG"])
    return [read_headers(path) for path in built.paths]


def evidence(headers, *, code="", study="", series="", requested=(), field=256.0):
    words = Descriptions(code, study, series, series, tuple(requested))
    pixel = field / headers[0].raster.rows
    raster = replace(headers[0].raster, pixel_mm=(pixel, pixel))
    (found,) = assemble(replace(one, descriptions=words, raster=raster) for one in headers)
    return judge(found)


@pytest.mark.parametrize(
    ("evidence_given", "region", "proof"),
    [
        ({"study": "MRI lumbar spine"}, Region.LUMBAR, Proof.PROVEN),
        ({"requested": ["MR kr. ledzwiowy"]}, Region.LUMBAR, Proof.PROVEN),
        ({"code": "LSPINE"}, Region.LUMBAR, Proof.PROVEN),  # with a sagittal field that fits
        ({"code": "LSPINE", "field": 220.0}, Region.LUMBAR, Proof.OPEN),
        ({"code": "LSPINE", "field": 160.0}, Region.LUMBAR, Proof.OPEN),
        ({"series": "LWS sag"}, Region.LUMBAR, Proof.PROVEN),
        ({"code": "KNEE", "study": "MRI lumbar spine"}, Region.LUMBAR, Proof.PROVEN),
        ({"code": "LSPINE", "study": "MRI knee"}, Region.LUMBAR, Proof.OPEN),
        ({"code": "KNEE"}, Region.KNEE, Proof.CONTRARY),
        ({"study": "MRI brain"}, Region.HEAD, Proof.CONTRARY),
        ({"code": "SPINE", "study": "MRI cervical spine"}, Region.CERVICAL, Proof.CONTRARY),
        ({"study": "MRI cervical and lumbar spine"}, Region.LUMBAR, Proof.PROVEN),
        ({"code": "SPINE"}, Region.SPINE, Proof.OPEN),
        ({"code": "SPINE", "series": "neck coil"}, Region.SPINE, Proof.OPEN),
        ({}, Region.UNKNOWN, Proof.OPEN),
    ],
)
def test_evidence_is_weighed(headers, evidence_given, region, proof):
    found = evidence(headers, **evidence_given)
    assert (found.region, found.proof) == (region, proof)


def test_only_words_of_the_vocabulary_are_shown(headers):
    found = evidence(headers, study="MRT Knie Kowalski Zbigniew")
    assert found.words == ("knie",)
