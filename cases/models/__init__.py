"""The second-opinion request and all that belongs to it."""

from cases.models.access_record import AccessRecord
from cases.models.case import Case, CaseEvent, CaseSecret, Priority, Subspecialty
from cases.models.held_picture import HeldPicture
from cases.models.intake import Consent, Intake
from cases.models.notification import Notification
from cases.models.report import Addendum, KeyImage, Report
from cases.models.study import Finding, Instance, Series, Study, StudyRole
from cases.models.upload import Bundle, Upload, UploadedInstance
from cases.models.worker import Heartbeat

__all__ = [
    "AccessRecord",
    "Addendum",
    "Bundle",
    "Case",
    "CaseEvent",
    "CaseSecret",
    "Consent",
    "Finding",
    "Heartbeat",
    "HeldPicture",
    "Instance",
    "Intake",
    "KeyImage",
    "Notification",
    "Priority",
    "Report",
    "Series",
    "Study",
    "StudyRole",
    "Subspecialty",
    "Upload",
    "UploadedInstance",
]
