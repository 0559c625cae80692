"""The upload page stays light: a budget for its code as it is sent, without a build step."""

from benchmarks.page_code import MODULES, gzipped_bytes, modules

MOST_BYTES = 25_000
#: Loaded with what needs it: an archive and its members, a password, a DICOMDIR, a report, a disc
#: that comes again.
LATER = {"aes", "dicomdir", "iso", "known", "member", "password", "report", "unlock", "zip"}


def test_the_upload_page_keeps_to_its_budget():
    assert gzipped_bytes() <= MOST_BYTES


def test_every_module_is_loaded_at_once_or_with_what_needs_it():
    assert {path.stem for path in MODULES.glob("*.js")} - {p.stem for p in modules()} == LATER
