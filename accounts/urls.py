"""Addresses under /accounts/ beside those of django-allauth."""

from django.urls import path

from accounts import views

urlpatterns = [
    path("profile/", views.profile, name="profile"),
    path("language/", views.choose_language, name="set_language"),
]
