"""Addresses under /cases/. A case is named by its code, never by anything from DICOM."""

from django.urls import URLPattern, path

from cases.views import devices, images, patient, patient_intake, patient_result, receipts, uploads

app_name = "cases"

UPLOAD = "<str:code>/uploads/<uuid:upload_id>/"
upload_patterns = [
    path("<str:code>/upload/", uploads.page, name="upload"),
    path("<str:code>/upload/zip/", uploads.archive, name="upload_archive"),
    path("<str:code>/upload/link/", devices.mail_link, name="upload_link"),
    path("<str:code>/upload/report/", uploads.report, name="upload_report"),
    path("<str:code>/upload/look/", uploads.look, name="upload_look"),
    path("<str:code>/uploads/", uploads.plan, name="upload_plan"),
    path("<str:code>/uploads/known/", uploads.known, name="upload_known"),
    path(UPLOAD, uploads.status, name="upload_status"),
    path(f"{UPLOAD}bundles/<int:number>/", uploads.bundle, name="upload_bundle"),
    path(f"{UPLOAD}bundles/<int:number>/landed/", uploads.landed, name="upload_landed"),
    path(f"{UPLOAD}complete/", uploads.complete, name="upload_complete"),
    path(f"{UPLOAD}abandon/", uploads.abandon, name="upload_abandon"),
    path(f"{UPLOAD}remove/", uploads.remove, name="upload_remove"),
]

patient_patterns = [
    path("", patient.my_requests, name="requests"),
    path("start/", patient.start, name="start"),
    path("<str:code>/", patient.detail, name="detail"),
    path("<str:code>/answers/<slug:slug>/", patient_intake.page, name="page"),
    path("<str:code>/emergency/", patient_intake.emergency, name="emergency"),
    path("<str:code>/check/", patient_intake.check, name="check"),
    path("<str:code>/sent/", patient.sent, name="sent"),
    path("<str:code>/progress/", patient.progress, name="progress"),
    path("<str:code>/images/", patient.images, name="images"),
    path("<str:code>/readings/", patient.readings, name="readings"),
    path("<str:code>/first-report/", patient_intake.first_report_file, name="first_report_file"),
    path("<str:code>/receipt/", receipts.receipt, name="receipt"),
    path("<str:code>/withdraw/", patient.withdraw, name="withdraw"),
    path("<str:code>/discard/", patient.discard, name="discard"),
    path("<str:code>/result/", patient_result.result, name="result"),
    path("<str:code>/result/full/", patient_result.full_report, name="full_report"),
    path("<str:code>/result/<str:kind>.pdf", patient_result.report_paper, name="report_paper"),
]

urlpatterns: list[URLPattern] = [
    *patient_patterns,
    *upload_patterns,
    path("<str:code>/images.json", images.image_list, name="image_list"),
    path("<str:code>/marked/<uuid:image_id>.png", images.marked_picture, name="marked_picture"),
    path("<str:code>/previews/<int:series>/<int:number>.webp", images.preview, name="preview"),
]
