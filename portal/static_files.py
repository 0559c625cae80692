"""How static files are stored for the web: named by their content, compressed once."""

from typing import Any

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # WhiteNoise has no types
    """Compress by gzip alone, whatever is installed.

    Brotli is no requirement of the portal but comes along with a part of the demo. Its best level
    would take ten times the rest of collectstatic, at each start on a fresh folder.
    """

    def create_compressor(self, **options: Any) -> Any:
        return super().create_compressor(use_brotli=False, **options)
