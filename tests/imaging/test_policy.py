"""The policy against the standard's table, against an oracle, and against itself."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pydicom
import pytest
from dicomanonymizer.dicom_anonymization_databases import dicomfields_2026c as oracle
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from imaging import policy_page
from imaging.deidentify import DatePolicy, DeidentifyContext, deidentify_instance
from imaging.elements import Header, parse
from imaging.errors import Code, ImagingError
from imaging.policy import (
    CLASS_SCOPES,
    POLICY,
    Action,
    Policy,
    Rule,
    Scope,
    build_policy,
    load_document,
    load_profile_table,
)
from imaging.synthetic.raw import element, insert
from tests.imaging.objects import add_pixels, mr_image, to_bytes

ROOT = Path(__file__).parents[2]
EXPECTED = Path(__file__).parent / "expected_output.json"
ACTIONS = {
    "D_TAGS": "D", "Z_TAGS": "Z", "X_TAGS": "X", "U_TAGS": "U", "Z_D_TAGS": "Z/D",
    "X_Z_TAGS": "X/Z", "X_D_TAGS": "X/D", "X_Z_D_TAGS": "X/Z/D", "X_Z_U_STAR_TAGS": "X/Z/U*",
}  # fmt: skip
VOCABULARY = load_document()["vocabulary"]
SAMPLES = {
    "AS": "045Y", "CS": "ANY", "DA": "20240317", "DS": "1.5", "DT": "20240317141523", "FD": 1.5,
    "FL": 1.5, "IS": "3", "LO": "Any words 1", "PN": "KOWALSKI^Z", "SH": "term 1", "SL": 3, "SS": 3,
    "TM": "141523", "UI": "1.2.3.4", "UL": 3, "US": 3, "AT": 0x00200032, "LT": "any", "ST": "any",
}  # fmt: skip


ROWS = {row["tag"]: row for row in load_profile_table()["rows"]}


def test_the_table_is_acknowledged_and_whole():
    table = load_profile_table()
    assert "(c) NEMA" in table["acknowledgement"]
    assert len(table["rows"]) == 656


def test_every_basic_action_is_the_oracles():
    expected = {}
    for name, action in ACTIONS.items():
        for tag in getattr(oracle, name):
            expected[_oracle_tag(tag)] = action
    found = {tag: row["basic"] for tag, row in ROWS.items() if tag != "GGGGEEEE-ODD"}
    assert len(expected) == 655
    assert found == expected


def _oracle_tag(tag: tuple[int, ...]) -> str:
    if len(tag) == 2:
        return f"{tag[0]:04X}{tag[1]:04X}"
    return "50XXXXXX" if tag[0] == 0x5000 else f"60XX{tag[1]:04X}"


def allowed_by_the_table(rule: Rule) -> bool:
    """Tell whether PS3.15 lets a rule do what it does, alone or with the option it names."""
    row = ROWS.get(f"{rule.tag:08X}")
    if row is None:
        return True
    basic: str = row["basic"]
    by_option = rule.option in row["opt"]
    match rule.action:
        case Action.MAP:
            return "U" in basic
        case Action.ITEMS:
            return "U*" in basic or by_option
        case Action.KEEP | Action.AGE:
            return by_option
        case Action.WRITE | Action.REPLACE:
            return basic != "X" or by_option
        case Action.DATE | Action.TIME:
            return "mod_dates" in row["opt"]
    return True


def test_nothing_is_kept_against_the_table_without_an_option():
    assert [(place, rule.keyword) for place, rule in POLICY.rules()
            if not allowed_by_the_table(rule)] == []  # fmt: skip


@pytest.mark.parametrize(
    "keyword", ["StationName", "PatientWeight", "ImageComments", "InstitutionName", "DeviceUID"]
)
def test_the_table_would_object_to_more(keyword):
    tag = tag_of(keyword)
    kept = replace(next(rule for _, rule in POLICY.rules()), tag=tag, action=Action.KEEP)
    assert not allowed_by_the_table(kept)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d["group"][0].update(attributes=["NoSuchAttribute"]), "unknown attribute"),
        (lambda d: d["group"][0].update(attributes=["Rows", "Rows"]), "twice"),
        (lambda d: d["group"][0].update({"in": ["Rows"]}), "no sequence"),
        (lambda d: d["group"][0].update(action="keeep"), "keeep"),
        (lambda d: d["group"][0].update(option="nothing"), "unknown options"),
    ],
)
def test_a_mistake_in_the_policy_is_told(change, message):
    document = load_document()
    change(document)
    with pytest.raises(ValueError, match=message):
        build_policy(document)


def test_the_page_is_what_the_policy_says():
    page = (ROOT / "docs" / "deidentification.md").read_text("utf-8")
    assert page == policy_page.render(POLICY), "run: python -m imaging policy"


def tag_of(keyword: str) -> int:
    tag = pydicom.datadict.tag_for_keyword(keyword)
    assert tag is not None
    return tag


def sample(keyword: str, vr: str) -> object:
    if keyword in VOCABULARY:
        return VOCABULARY[keyword][0]
    if keyword in {"SOPClassUID", "ReferencedSOPClassUID"}:
        return "1.2.840.10008.5.1.4.1.1.4"
    value = SAMPLES[vr.split(" or ", maxsplit=1)[0]]
    most = pydicom.datadict.dictionary_VM(keyword).split("-")[0]
    return [value] * int(most) if most.isdecimal() and int(most) > 1 else value


def full(scope: Scope, policy: Policy, depth: int = 0) -> Dataset:
    """Return an object that has every attribute the policy knows, at every level."""
    ds = Dataset()
    for rule in scope.values():
        if rule.vr == "SQ":
            nested = policy.sequences.get(rule.tag)
            items = [full(nested, policy, depth + 1)] if nested and depth < 6 else []
            setattr(ds, rule.keyword, Sequence(items))
        else:
            gone = rule.action in (Action.WRITE, Action.EMPTY) and rule.vr in {"LO", "SH", "PN"}
            value = "QUARZENIK" if gone else sample(rule.keyword, rule.vr)
            setattr(ds, rule.keyword, value)
    return ds


def full_object(sop_class: str) -> bytes:
    ds = full(POLICY.classes[sop_class], POLICY)
    ds.SOPClassUID = sop_class
    for keyword in ("PixelPaddingValue", "PixelPaddingRangeLimit", "SmallestImagePixelValue",
                    "LargestImagePixelValue"):  # fmt: skip
        ds[keyword].VR = "US"
    ds.NumberOfFrames, ds.LossyImageCompression = "1", "00"
    add_pixels(ds)
    ds.PlanarConfiguration = 0
    return to_bytes(ds)


def outcome(data: bytes, policy: Policy, folder: Path) -> dict[str, str]:
    """De-identify and return every value of the output by its path; the code when refused."""
    (folder / "source").write_bytes(data)
    result: dict[str, str] = {}
    for dates in DatePolicy:
        context = DeidentifyContext("CASE-1234", b"k" * 32, dates=dates, policy=policy)
        try:
            deidentify_instance(folder / "source", folder / "clean", context)
        except ImagingError as error:
            result[dates.value] = str(error)
            continue
        read = pydicom.dcmread(folder / "clean", stop_before_pixels=True)
        for path, value in _values(read, "").items():
            if result.get(path) != value:  # shifted dates add only what differs
                result[path if dates is DatePolicy.REMOVE else f"{dates.value}{path}"] = value
    return result


def _values(ds: Dataset, path: str) -> dict[str, str]:
    found = {}
    for one in ds:
        where = f"{path}/{one.keyword}"
        if one.VR == "SQ":
            found[where] = f"{len(one.value)} items"
            for item in one.value:
                found.update(_values(item, where))
        else:
            found[where] = str(one.value)
    return found


@pytest.fixture(scope="module")
def objects():
    return {sop_class: full_object(sop_class) for sop_class in CLASS_SCOPES}


def test_the_output_of_a_full_object_is_the_expected_one(objects, tmp_path):
    found = {CLASS_SCOPES[sop_class]: outcome(data, POLICY, tmp_path)
             for sop_class, data in objects.items()}  # fmt: skip
    assert found == json.loads(EXPECTED.read_text("utf-8")), "see expected_output.json"


def header_bytes(header: Header, policy: Policy) -> bytes:
    """Return the rewritten data set under both date policies, without the way through a file."""
    sop_class = header.text(0x00080016)
    found = b""
    for dates in DatePolicy:
        context = DeidentifyContext("CASE-1234", b"k" * 32, dates=dates, policy=policy)
        written = context.written(sop_class, explicit=True)
        elements, _ = context.rewriter(explicit=True).data_set(header, policy.classes[sop_class])
        found += b"".join(data for _, data in sorted({**written, **elements}.items()))
    return found


def less(scope: Scope, tag: int) -> Scope:
    return Scope({known: rule for known, rule in scope.items() if known != tag})


def mutants() -> Iterator[tuple[str, list[str], Policy]]:
    """Yield the policy without one rule, and the classes in which that must show."""
    for sop_class, scope in POLICY.classes.items():
        for tag, rule in scope.items():
            classes = {**POLICY.classes, sop_class: less(scope, tag)}
            yield rule.keyword, [sop_class], replace(POLICY, classes=classes)
    for sequence, scope in POLICY.sequences.items():
        for tag, rule in scope.items():
            sequences = {**POLICY.sequences, sequence: less(scope, tag)}
            name = f"{pydicom.datadict.keyword_for_tag(sequence)}/{rule.keyword}"
            yield name, list(POLICY.classes), replace(POLICY, sequences=sequences)


def test_every_rule_makes_a_difference(objects):
    """The mutation test: take any one rule away, and the output is no longer the expected one."""
    headers = {sop_class: parse(data) for sop_class, data in objects.items()}
    right = {sop_class: header_bytes(header, POLICY) for sop_class, header in headers.items()}
    survivors = [
        name
        for name, classes, policy in mutants()
        if all(header_bytes(headers[one], policy) == right[one] for one in classes)
    ]
    assert survivors == []


@pytest.mark.parametrize("vr", load_document()["checks"])
def test_every_check_makes_a_difference(vr, objects):
    document = load_document()
    del document["checks"][vr]
    changed = build_policy(document)
    headers = [parse(data) for data in objects.values()]
    assert any(header_bytes(one, changed) != header_bytes(one, POLICY) for one in headers)


@pytest.mark.parametrize("keyword", VOCABULARY)
def test_every_list_of_words_makes_a_difference(keyword):
    document = load_document()
    del document["vocabulary"][keyword]
    changed = build_policy(document)
    tag = tag_of(keyword)
    rules = [rule for _, rule in changed.rules() if rule.tag == tag]
    assert all(rule.check(b"XQ") for rule in rules)
    assert not any(rule.check(b"XQ") for _, rule in POLICY.rules() if rule.tag == tag)


def parsed_without(data: bytes, tag: int) -> bytes:
    """Cut one top-level element out of the bytes of a file."""
    found = next(one for one in parse(data).elements if one[0] == tag)
    return data[: found[2]] + data[found[4] :]


@pytest.mark.parametrize("keyword", load_document()["identity"]["attributes"])
def test_every_identity_attribute_is_looked_for(keyword, tmp_path):
    """A word that stands only in this attribute must not reach a kept text."""
    tag = tag_of(keyword)
    vr = pydicom.datadict.dictionary_VR(tag)
    word = {"DA": "20231224", "UI": "1.2.3.4.5.6.778"}.get(vr, "QUARZENIK")
    ds = mr_image()
    ds.ReceiveCoilName = word
    data = to_bytes(ds)
    if tag in ds:
        data = parsed_without(data, tag)
    data = insert(data, element(tag, vr, word.encode() + b" " * (len(word) % 2)), tag)
    (tmp_path / "source").write_bytes(data)
    context = DeidentifyContext("CASE-1234", b"k" * 32)
    with pytest.raises(ImagingError) as caught:
        deidentify_instance(tmp_path / "source", tmp_path / "clean", context)
    assert caught.value.code is Code.UNSAFE
