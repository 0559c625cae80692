"""The marked blocks of docs/benchmarks.md, which the benchmarks write themselves."""

from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs" / "benchmarks.md"


def write_block(name: str, title: str, intro: str, text: str) -> None:
    """Replace what stands between the marks of `name`; without marks, add a section."""
    start, end = f"<!-- {name}: start -->", f"<!-- {name}: end -->"
    page = DOCS.read_text()
    if start not in page:
        page += f"\n## {title}\n\n{intro}\n\n{start}\n{end}\n"
    before, _, rest = page.partition(start)
    DOCS.write_text(f"{before}{start}\n{text}\n{end}{rest.partition(end)[2]}")
