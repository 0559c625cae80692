"""Addresses under /cases/. A case is named by its code, never by anything from DICOM."""

from django.urls import URLPattern, path

from cases.views import images

app_name = "cases"

urlpatterns: list[URLPattern] = [
    path("<str:code>/images.json", images.image_list, name="image_list"),
    path("<str:code>/previews/<int:series>/<int:number>.webp", images.preview, name="preview"),
]
