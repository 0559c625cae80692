"""What a browser loads of the upload page at once: not what only some discs need.

Nor what it has from every page before: app.js, and csrf.js (0.2 kB) that both use.
"""

import gzip
import re
from pathlib import Path

MODULES = Path(__file__).parents[1] / "static" / "js" / "upload"
#: The page's module, and the one that its workers start with.
ENTRIES = ("page.js", "worker.js")
_STATIC_IMPORT = re.compile(r'^import .*?from "\./([\w-]+\.js)";$', re.MULTILINE)


def modules() -> list[Path]:
    """Return the modules that both entries import, directly or not; `import()` is not followed."""
    found: dict[str, Path] = {}
    waiting = list(ENTRIES)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = MODULES / name
            waiting += _STATIC_IMPORT.findall(found[name].read_text())
    return [found[name] for name in sorted(found)]


def gzipped_bytes() -> int:
    """Return the gzipped length of all of them together."""
    return len(gzip.compress(b"".join(path.read_bytes() for path in modules()), 9))
