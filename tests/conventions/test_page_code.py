"""The upload page stays light: a budget for its code as it is sent, without a build step."""

from benchmarks.page_code import MODULES, gzipped_bytes, modules

MOST_BYTES = 25_000
#: Loaded when a disc has an archive, a DICOMDIR or a report, not before.
LATER = {"aes.js", "dicomdir.js", "iso.js", "report.js", "unlock.js", "zip.js"}


def test_the_upload_page_keeps_to_its_budget():
    assert gzipped_bytes() <= MOST_BYTES


def test_every_module_is_loaded_at_once_or_with_what_needs_it():
    assert {path.name for path in MODULES.glob("*.js")} - {p.name for p in modules()} == LATER
