"""Sign a browser in without walking through the form."""

import pytest
from django.conf import settings


@pytest.fixture
def sign_in_page(client, live_server):
    """`sign_in_page(page, user)` hands the test client's session to the browser."""

    def sign_in(page, user):
        client.force_login(user)
        page.context.add_cookies(
            [
                {
                    "name": settings.SESSION_COOKIE_NAME,
                    "value": client.cookies[settings.SESSION_COOKIE_NAME].value,
                    "url": live_server.url,
                }
            ]
        )
        return page

    return sign_in
