"""Invented identifiers in every place of a header where a hospital puts real ones.

`SEEDS` names each text that is written and its kind, so that a test can look for it in every output
byte. Nobody of this name, address or number exists.
"""

from typing import Final

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

UID_ROOT: Final = "1.3.12.2.1107.5.2.41.69873."  # as scanners do: serial number, then the date

SEEDS: Final[dict[str, str]] = {
    "KOWALSKI": "patient name",
    "ZBIGNIEW": "patient name",
    "MIDDLENAMEX": "patient name",
    "SYNTHALIAS": "other name",
    "KWLBIRTH": "birth name",
    "NOWAKMOTHER": "mother's name",
    "RESPPERSON": "responsible person",
    "PID8830417": "patient number",
    "OPID55120": "other patient number",
    "61042512345": "national number",
    "MRL-77812": "record locator",
    "INSUR90210": "insurance",
    "Polna 23/4": "patient's address",
    "+48601234567": "telephone",
    "kowalski.z@example.org": "mail address",
    "19610425": "birth date",
    "25/04/1961": "birth date",
    "20240317": "study date",
    "2024-03-17": "study date",
    "17.03.2024": "study date",
    "17-MAR-2024": "study date",
    "ACC20240991": "accession number",
    "STID4471": "study number",
    "RPID9903": "request number",
    "SPSID311": "scheduled step",
    "PPSID877": "performed step",
    "ORDNUM6612": "order number",
    "ADMID5583": "admission number",
    "DRHOUSEMAN": "referring physician",
    "PERFPHYSAN": "performing physician",
    "READERNAM": "reading physician",
    "REQPHYSIKA": "requesting physician",
    "OPERTRUDY": "operator",
    "ORDERENTRY": "order enterer",
    "VERIFIERON": "verifier",
    "+48125550199": "telephone",
    "SzpitalWojewodzki": "institution",
    "OTHERHOSPITAL": "institution",
    "ul. Krakowska 17": "institution's address",
    "RADDEPTNAME": "department",
    "AWP69873STN": "station",
    "PERFSTNNAM": "station",
    "AETZBHOSP": "application entity",
    "SN69873X": "serial number",
    UID_ROOT.rstrip("."): "UID root",
    "FREETEXTSECRET": "free text",
    "COMMUTOKEN": "private free text",
}
STUDY_DATE: Final = "20240317"
BIRTH_DATE: Final = "19610425"
NAME: Final = "KOWALSKI^ZBIGNIEW^MIDDLENAMEX"
PATIENT_ID: Final = "PID8830417"

_TEXTS: Final = {
    "StudyDescription": "MR LUMBAR SPINE Kowalski Zbigniew",
    "AccessionNumber": "ACC20240991",
    "StudyID": "STID4471",
    "PatientName": NAME,
    "PatientID": PATIENT_ID,
    "IssuerOfPatientID": "SzpitalWojewodzki",
    "PatientBirthDate": BIRTH_DATE,
    "PatientBirthTime": "031500",
    "PatientSex": "M",
    "PatientAge": "062Y",
    "PatientSize": "1.79",
    "PatientWeight": "81",
    "PatientAddress": "Polna 23/4, Krakow",
    "PatientTelephoneNumbers": "+48601234567",
    "PatientBirthName": "KWLBIRTH^Z",
    "PatientMotherBirthName": "NOWAKMOTHER^A",
    "OtherPatientNames": "SYNTHALIAS^Z",
    "MedicalRecordLocator": "MRL-77812",
    "EthnicGroup": "PL",
    "Occupation": "FREETEXTSECRET",
    "AdditionalPatientHistory": "Pt KOWALSKI, mail kowalski.z@example.org, op 17.03.2024",
    "PatientComments": "call +48601234567 DOB 25/04/1961",
    "ResponsiblePerson": "RESPPERSON^X",
    "ResponsiblePersonRole": "SPOUSE",
    "InsurancePlanIdentification": "INSUR90210",
    "InstitutionName": "SzpitalWojewodzki",
    "InstitutionAddress": "ul. Krakowska 17",
    "InstitutionalDepartmentName": "RADDEPTNAME",
    "ReferringPhysicianName": "DRHOUSEMAN^GREG",
    "PhysiciansOfRecord": "DRHOUSEMAN^GREG",
    "PerformingPhysicianName": "PERFPHYSAN^A",
    "NameOfPhysiciansReadingStudy": "READERNAM^B",
    "OperatorsName": "OPERTRUDY^C",
    "RequestingPhysician": "REQPHYSIKA^Y",
    "RequestingService": "RADDEPTNAME",
    "StationName": "AWP69873STN",
    "DeviceSerialNumber": "SN69873X",
    "AdmittingDiagnosesDescription": "Low back pain Kowalski FREETEXTSECRET",
    "StudyComments": "FREETEXTSECRET 17-MAR-2024",
    "ImageComments": "FREETEXTSECRET tel +48601234567",
    "RequestedProcedureDescription": "MR lumbar spine KOWALSKI",
    "AdmissionID": "ADMID5583",
    "CurrentPatientLocation": "RADDEPTNAME room 4",
    "PatientState": "FREETEXTSECRET",
    "PerformedStationAETitle": "AETZBHOSP",
    "PerformedStationName": "PERFSTNNAM",
    "PerformedLocation": "RADDEPTNAME",
    "PerformedProcedureStepStartDate": STUDY_DATE,
    "PerformedProcedureStepID": "PPSID877",
    "PerformedProcedureStepDescription": "LSPINE Kowalski",
    "CommentsOnThePerformedProcedureStep": "FREETEXTSECRET 2024-03-17",
    "ImagingServiceRequestComments": "FREETEXTSECRET",
    "PlacerOrderNumberImagingServiceRequest": "ORDNUM6612",
    "FillerOrderNumberImagingServiceRequest": "ORDNUM6612",
    "OrderEnteredBy": "ORDERENTRY^Q",
    "OrderCallbackPhoneNumber": "+48125550199",
    "VerifyingObserverName": "VERIFIERON^V",
    "StudyDate": STUDY_DATE,
    "SeriesDate": STUDY_DATE,
    "AcquisitionDate": STUDY_DATE,
    "ContentDate": STUDY_DATE,
    "InstanceCreationDate": STUDY_DATE,
    "AcquisitionDateTime": f"{STUDY_DATE}141655.300000",
    "DeviceUID": f"{UID_ROOT}77.3",
    "InstanceCreatorUID": f"{UID_ROOT}99.1",
}


def seeded_uid(synthetic: str) -> str:
    """Return a UID with the scanner's serial number and the date inside."""
    return f"{UID_ROOT}{STUDY_DATE}{int(synthetic.rpartition('.')[2]) % 10**20}"


def seed_identifiers(dataset: Dataset) -> None:
    """Write identifiers into a data set: texts, sequences at several levels, UIDs."""
    for keyword, value in _TEXTS.items():
        setattr(dataset, keyword, value)
    for keyword in (
        "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "FrameOfReferenceUID"
    ):  # fmt: skip
        setattr(dataset, keyword, seeded_uid(dataset[keyword].value))
    dataset.SeriesDescription = f"{dataset.SeriesDescription} KOWALSKI"
    dataset.ProtocolName = f"{dataset.ProtocolName} Zbigniew"
    _add_person_sequences(dataset)
    _add_request_sequences(dataset)
    _add_history_sequences(dataset)


def _item(**values: object) -> Dataset:
    item = Dataset()
    for keyword, value in values.items():
        setattr(item, keyword, value)
    return item


def _code(value: str, meaning: str) -> Dataset:
    return _item(CodeValue=value, CodingSchemeDesignator="99LOC", CodeMeaning=meaning)


def _add_person_sequences(ds: Dataset) -> None:
    doctor = _item(PersonAddress="Polna 23/4", InstitutionName="OTHERHOSPITAL")
    doctor.PersonIdentificationCodeSequence = Sequence([_code("DR1", "DRHOUSEMAN")])
    doctor.PersonTelephoneNumbers = ["+48125550199"]
    ds.ReferringPhysicianIdentificationSequence = Sequence([doctor])
    numbers = (("61042512345", "PESEL"), ("OPID55120", "OTHERHOSPITAL"))
    ds.OtherPatientIDsSequence = Sequence(
        _item(PatientID=number, IssuerOfPatientID=issuer, TypeOfPatientID="TEXT")
        for number, issuer in numbers
    )


def _add_request_sequences(ds: Dataset) -> None:
    ds.RequestAttributesSequence = Sequence(
        [
            _item(
                RequestedProcedureDescription="Kowalski lumbar",
                RequestedProcedureID="RPID9903",
                ScheduledProcedureStepID="SPSID311",
                ScheduledProcedureStepDescription="FREETEXTSECRET",
                ReasonForTheRequestedProcedure="Kowalski after fall 2024-03-17",
                AccessionNumber="ACC20240991",
                StudyInstanceUID=ds.StudyInstanceUID,
            )
        ]
    )
    ds.ProcedureCodeSequence = Sequence([_code("MRLSPINE", "MRI lumbar spine")])
    step = _item(ReferencedSOPClassUID="1.2.840.10008.3.1.2.3.3")
    step.ReferencedSOPInstanceUID = f"{UID_ROOT}{STUDY_DATE}1415"
    ds.ReferencedPerformedProcedureStepSequence = Sequence([step])


def _add_history_sequences(ds: Dataset) -> None:
    before = _item(PatientName=NAME, PatientID="OPID55120", PatientBirthDate=BIRTH_DATE)
    change = _item(
        SourceOfPreviousValues="OTHERHOSPITAL",
        AttributeModificationDateTime=f"{STUDY_DATE}150000",
        ModifyingSystem="AETZBHOSP",
        ReasonForTheAttributeModification="COERCE",
        ModifiedAttributesSequence=Sequence([before]),
    )
    ds.OriginalAttributesSequence = Sequence([change])
    ds.ContributingEquipmentSequence = Sequence(
        [
            _item(
                Manufacturer="ACME",
                ContributionDateTime=f"{STUDY_DATE}150001",
                InstitutionName="OTHERHOSPITAL",
                StationName="PERFSTNNAM",
                OperatorsName="OPERTRUDY^C",
                PurposeOfReferenceCodeSequence=Sequence([_code("109103", "Modifying Equipment")]),
            )
        ]
    )
