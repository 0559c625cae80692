"""The WSGI application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
application = get_wsgi_application()

from django.urls import get_resolver  # noqa: E402 - models exist only from here on

from portal.health import refuse_public_buckets  # noqa: E402 - as above

refuse_public_buckets()
get_resolver().url_patterns  # noqa: B018 - loads every page, so that nobody's first page waits
