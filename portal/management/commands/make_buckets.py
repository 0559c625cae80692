"""`manage.py make_buckets`: have both buckets, open for uploads from the portal's own pages."""

from typing import Any

from botocore.exceptions import ClientError
from django.conf import settings
from django.core.management.base import BaseCommand

from cases import storage

_ALREADY_THERE = {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}


class Command(BaseCommand):
    help = "Make the buckets of originals and studies where they are missing."

    def handle(self, *args: Any, **options: Any) -> None:
        for bucket in (storage.ORIGINALS, storage.STUDIES):
            self.make(storage.bucket_name(bucket))

    def make(self, name: str) -> None:
        try:
            storage.client().create_bucket(Bucket=name)
        except ClientError as error:
            if error.response["Error"]["Code"] not in _ALREADY_THERE:
                raise
        storage.client().put_bucket_cors(
            Bucket=name,
            CORSConfiguration={
                "CORSRules": [
                    {
                        "AllowedOrigins": [settings.SITE_URL],
                        "AllowedMethods": ["GET", "HEAD", "PUT"],
                        "AllowedHeaders": ["*"],
                        "ExposeHeaders": ["ETag"],
                        "MaxAgeSeconds": 600,
                    }
                ]
            },
        )
        self.stdout.write(f"bucket {name} is there")
