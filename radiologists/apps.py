from django.apps import AppConfig


class RadiologistsConfig(AppConfig):
    name = "radiologists"
