"""Addresses of the radiologists and the coordinator."""

from django.urls import path

from radiologists.views import (
    case_file,
    claims,
    held_pictures,
    key_images,
    opening,
    queue,
    reading,
    signed,
    speculation,
    tabs,
    worklist,
)

app_name = "radiologists"

urlpatterns = [
    path("worklist/", worklist.worklist, name="worklist"),
    path("worklist/next/", worklist.open_next, name="next"),
    path("worklist/availability/", worklist.availability, name="availability"),
    path("worklist/counts/", tabs.counts, name="tab_counts"),
    path("worklist/tabs/keep/", tabs.keep, name="keep_tab"),
    path("worklist/tabs/drop/", tabs.drop, name="drop_tab"),
    path("worklist/<str:code>/", worklist.preview, name="preview"),
    path("read/<str:code>/", reading.read, name="read"),
    path("read/<str:code>/ahead.json", speculation.rules, name="ahead"),
    path("read/<str:code>/open/", opening.open_case, name="open"),
    path("read/<str:code>/seen/", opening.seen, name="seen"),
    path("read/<str:code>/start/", reading.start, name="start"),
    path("read/<str:code>/claim/", claims.claim, name="claim"),
    path("read/<str:code>/draft/", reading.save, name="save"),
    path("read/<str:code>/lock/", reading.lock, name="lock"),
    path("read/<str:code>/sign/", reading.sign, name="sign"),
    path("read/<str:code>/decline/", reading.give_back, {"action": "decline"}, name="decline"),
    path("read/<str:code>/return/", reading.give_back, {"action": "return"}, name="return"),
    path("read/<str:code>/key-images/", key_images.collection, name="key_images"),
    path("read/<str:code>/key-images/<uuid:image_id>.png", key_images.picture, name="key_image"),
    path(
        "read/<str:code>/key-images/<uuid:image_id>/caption/",
        key_images.caption,
        name="key_image_caption",
    ),
    path(
        "read/<str:code>/key-images/<uuid:image_id>/remove/",
        key_images.remove,
        name="key_image_remove",
    ),
    path("read/<str:code>/report/", signed.report, name="report"),
    path("read/<str:code>/report/<str:kind>.pdf", signed.pdf, name="pdf"),
    path("queue/", queue.queue, name="queue"),
    path("queue/assign/", queue.assign, name="assign"),
    path("queue/undo/", queue.undo, name="undo"),
    path("queue/<str:code>/", case_file.case_file, name="case_file"),
    path("queue/<str:code>/pictures/", held_pictures.page, name="held_pictures"),
    path("queue/<str:code>/pictures/<int:number>/", held_pictures.decide, name="held_decide"),
    path(
        "queue/<str:code>/pictures/<uuid:image_id>.webp",
        held_pictures.drawing,
        name="held_drawing",
    ),
    path("queue/<str:code>/propose/", queue.propose_again, name="propose"),
    path("queue/<str:code>/called/", case_file.called, name="called"),
    path("queue/<str:code>/first-report/", case_file.copy_first_report, name="first_report"),
    path("queue/<str:code>/<str:action>/", case_file.decide, name="decide"),
]
