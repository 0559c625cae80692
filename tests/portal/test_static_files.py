"""What collectstatic leaves for the web."""

from whitenoise import compress

from portal.static_files import StaticFiles


def test_files_are_compressed_by_gzip_alone_and_named_by_their_content(tmp_path):
    assert compress.brotli_installed, "else nothing would be compressed by it anyway"
    (tmp_path / "page.css").write_text(".choice { color: inherit; }\n" * 99)
    storage = StaticFiles(location=tmp_path, base_url="/static/")
    list(storage.post_process({"page.css": (storage, "page.css")}))
    kept = {path.name for path in tmp_path.iterdir()}
    hashed = storage.stored_name("page.css")
    assert kept == {"page.css", "page.css.gz", hashed, f"{hashed}.gz", "staticfiles.json"}
    assert storage.url("page.css") == f"/static/{hashed}"
