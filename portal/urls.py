"""Every address of the portal, by app."""

from django.contrib import admin
from django.urls import include, path

from cases.views import devices
from portal import health, viewer, views

urlpatterns = [
    path("", views.landing, name="landing"),
    path("home/", views.home, name="home"),
    path("check/", views.check, name="check"),
    path("help/", views.help_page, name="help"),
    path("privacy/", views.privacy, name="privacy"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("glossary/", views.glossary, name="glossary"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("accounts/", include("accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("cases/", include("cases.urls")),
    path("go/<str:code>/", devices.go_on, name="go_on"),
    path("dicomweb/", include("dicomweb.urls")),
    path("viewer/basic", viewer.page, name="viewer"),
    path("viewer/app-config.js", viewer.own_file, {"name": "app-config.js"}),
    path("viewer/own/<path:name>", viewer.own_file),
    path("viewer/<path:name>", viewer.package_file),
    path("", include("radiologists.urls")),
    path("operators/admin/", admin.site.urls),
]
