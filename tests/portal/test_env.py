"""A start that would not be safe is refused, with words that say what to do."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from portal import settings
from portal.env import Environment, require_different
from stack.bootstrap import ROOT
from stack.example_settings import example_settings, filled_settings
from stack.processes import base_environment

EXAMPLE = example_settings()
#: What a start with the settings of .env.example, filled in but for one, must not survive.
UNSAFE = [
    *[
        (key, value)
        for key, value in EXAMPLE.items()
        if "change-me" in value and key in settings.env.asked
    ],
    ("PORTAL_FIELD_KEYS", ""),
    ("S3_BUCKET_STUDIES", EXAMPLE["S3_BUCKET_ORIGINALS"]),
    ("PORTAL_SITE_URL", "http://portal.example.org"),
    ("BROKER_URL", "redis://:a-long-random-one@broker:6379/0"),
]


def start_with(**changed: str) -> subprocess.CompletedProcess[str]:
    """Read the settings as a deployment does that followed .env.example but for `changed`."""
    return subprocess.run(
        [sys.executable, "-c", "import portal.settings"],
        cwd=ROOT,
        env=base_environment() | filled_settings() | changed,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(("key", "value"), UNSAFE)
def test_an_unsafe_start_is_refused_with_the_name_of_the_setting(key, value):
    started = start_with(**{key: value})
    assert started.returncode == 1
    refusal = started.stderr.splitlines()[-1]
    assert "ImproperlyConfigured" in refusal
    assert key in refusal


def test_a_start_with_secrets_of_its_own_is_not_refused():
    assert start_with().returncode == 0


@pytest.mark.parametrize(
    "value", ["", "short", "change-me-" + "x" * 50, "django-insecure-" + "x" * 50]
)
def test_a_default_or_short_secret_is_refused(value):
    with pytest.raises(ImproperlyConfigured):
        Environment({"KEY": value}).secret("KEY")


def test_a_random_secret_is_taken():
    assert Environment({"KEY": "q8" * 20}).secret("KEY") == "q8" * 20


@pytest.mark.parametrize("url", ["redis://broker.internal:6379/0", "redis://10.0.0.3/0"])
def test_a_plain_text_broker_on_another_host_is_refused(url):
    with pytest.raises(ImproperlyConfigured, match="plain text"):
        Environment({"BROKER_URL": url}).broker("BROKER_URL")


@pytest.mark.parametrize("url", ["rediss://broker.internal:6379/0", "redis://:pw@127.0.0.1:1/0"])
def test_an_encrypted_or_local_broker_is_taken(url):
    assert Environment({"BROKER_URL": url}).broker("BROKER_URL") == url


def test_equal_buckets_are_refused():
    with pytest.raises(ImproperlyConfigured, match="differ"):
        require_different(A="studies", B="studies")


@pytest.mark.parametrize("url", ["http://portal.example.org", "http://192.0.2.1:8000"])
def test_plain_http_is_for_this_machine_only(url):
    with pytest.raises(ImproperlyConfigured, match="https"):
        Environment({"URL": url}).site_url("URL", "")


@pytest.mark.parametrize("url", ["", "mysql://a:b@c/d", "postgresql://a:b@c"])
def test_a_database_url_must_name_a_postgresql_database(url):
    with pytest.raises(ImproperlyConfigured):
        Environment({"DATABASE_URL": url}).database("DATABASE_URL")


def test_a_password_in_a_url_is_unquoted():
    found = Environment({"D": "postgresql://me:p%40ss@db:5433/portal"}).database("D")
    assert (found["PASSWORD"], found["HOST"], found["PORT"]) == ("p@ss", "db", "5433")


def test_a_number_must_be_a_number():
    with pytest.raises(ImproperlyConfigured, match="whole number"):
        Environment({"N": "many"}).number("N", 1)


def test_the_example_file_lists_every_key_that_is_asked_for():
    example = (Path(__file__).parents[2] / ".env.example").read_text()
    listed = {line.lstrip("# ").split("=")[0] for line in example.splitlines() if "=" in line}
    assert settings.env.asked - {"PORTAL_CRASH_AT"} <= listed


@pytest.mark.parametrize("wait", ["LEASE_SECONDS", "RESEND_AFTER_SECONDS"])
def test_the_sweep_finds_what_was_lost_within_two_minutes(wait):
    assert getattr(settings, wait) + settings.SWEEP_SECONDS < 120
    for name in (wait, "SWEEP_SECONDS"):
        assert EXAMPLE[f"PORTAL_{name}"] == str(getattr(settings, name))
