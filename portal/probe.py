"""The container's health check: ask this machine's web process whether it answers."""

import http.client
import os
import sys

_TIMEOUT_SECONDS = 3


def main() -> int:
    host = os.environ.get("PORTAL_ALLOWED_HOSTS", "127.0.0.1").split(",")[0].strip()
    connection = http.client.HTTPConnection("127.0.0.1", 8000, timeout=_TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/healthz", headers={"Host": host})
        return 0 if connection.getresponse().status == 200 else 1
    except OSError:
        return 1


if __name__ == "__main__":
    sys.exit(main())
