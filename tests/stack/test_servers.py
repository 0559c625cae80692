"""The fixtures give what they promise."""

from django.db import connection


def test_s3_buckets_are_there_and_empty(s3, slot):
    for bucket in slot.instance.buckets:
        assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_the_database_is_a_copy_of_the_migrated_one(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM django_migrations")
        assert cursor.fetchone()[0] > 0


def test_a_worker_starts_on_the_test_database(celery_worker):
    assert celery_worker.alive
    assert len(celery_worker.pool_pids) == 2


def test_a_browser_opens_a_page(page, live_server):
    page.goto("data:text/html,<title>hello</title>")
    assert page.title() == "hello"
