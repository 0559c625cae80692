"""Addresses under /cases/. A case is named by its code, never by anything from DICOM."""

from django.urls import URLPattern, path

from cases.views import images, uploads

app_name = "cases"

UPLOAD = "<str:code>/uploads/<uuid:upload_id>/"
upload_patterns = [
    path("<str:code>/upload/", uploads.page, name="upload"),
    path("<str:code>/uploads/", uploads.plan, name="upload_plan"),
    path(UPLOAD, uploads.status, name="upload_status"),
    path(f"{UPLOAD}bundles/<int:number>/", uploads.bundle, name="upload_bundle"),
    path(f"{UPLOAD}bundles/<int:number>/landed/", uploads.landed, name="upload_landed"),
    path(f"{UPLOAD}complete/", uploads.complete, name="upload_complete"),
    path(f"{UPLOAD}abandon/", uploads.abandon, name="upload_abandon"),
    path(f"{UPLOAD}remove/", uploads.remove, name="upload_remove"),
]

urlpatterns: list[URLPattern] = [
    *upload_patterns,
    path("<str:code>/images.json", images.image_list, name="image_list"),
    path("<str:code>/previews/<int:series>/<int:number>.webp", images.preview, name="preview"),
]
