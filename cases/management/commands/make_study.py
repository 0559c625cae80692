"""Write a synthetic MR study to a folder, for the demo and for trying things out."""

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path
from textwrap import fill
from typing import Any

from django.core.management.base import BaseCommand, CommandError, DjangoHelpFormatter
from pydicom.uid import UID, ExplicitVRLittleEndian

from imaging.synthetic import CATALOGUE, Subject, build_study
from imaging.synthetic.compress import COMPRESSED
from imaging.synthetic.faults import FAULTS, REGIONS
from imaging.synthetic.file_faults import FILE_FAULTS, good_file, write_bad_files
from imaging.synthetic.headers import VENDORS
from imaging.synthetic.instance import Edit

SYNTAXES = {"explicit": ExplicitVRLittleEndian, "implicit": UID("1.2.840.10008.1.2")} | {
    UID(uid).keyword: uid for uid in COMPRESSED
}

USUAL = Subject()


class Formatter(DjangoHelpFormatter, RawDescriptionHelpFormatter):
    """Leaves the lists at the end of the help as they are."""


class Command(BaseCommand):
    help = "Write a synthetic lumbar MR study of a person who does not exist."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.formatter_class = Formatter
        parser.epilog = choices()
        parser.add_argument("destination", type=Path)
        parser.add_argument("--vendor", choices=VENDORS, default="siemens")
        parser.add_argument("--size", choices=("full", "small", "tiny"), default="full")
        parser.add_argument("--series", nargs="+", choices=sorted(CATALOGUE), metavar="LABEL")
        parser.add_argument("--region", choices=sorted(REGIONS), help="another part of the body")
        parser.add_argument("--seed", default="spine", help="decides every UID")
        parser.add_argument("--transfer-syntax", choices=sorted(SYNTAXES), default="explicit")
        parser.add_argument("--enhanced", action="store_true", help="multi-frame Enhanced MR")
        parser.add_argument(
            "--identifiers", action="store_true", help="seeded identifiers and private blocks"
        )
        _add_list(parser, "--fault", FAULTS, "what is wrong with the study; may be repeated")
        _add_list(parser, "--bad-file", FILE_FAULTS, "a file beside the study; may be repeated")
        parser.add_argument("--name", default=USUAL.name, help="as in DICOM: Family^Given")
        parser.add_argument("--patient-id", default=USUAL.patient_id)
        parser.add_argument("--birth-date", default=USUAL.birth_date, help="YYYYMMDD")
        parser.add_argument("--sex", choices=("F", "M", "O"), default=USUAL.sex)
        parser.add_argument("--study-date", help="YYYYMMDD; two weeks ago when left out")

    def handle(self, *args: Any, **options: Any) -> None:
        folder = options["destination"]
        whose = {
            "vendor": options["vendor"],
            "seed": options["seed"],
            "patient": Subject(
                options["name"], options["patient_id"], options["birth_date"], options["sex"]
            ),
            "study_date": options["study_date"],
            **REGIONS.get(options["region"], {}),
        }
        built = build_study(
            folder,
            size=options["size"],
            series=options["series"],
            transfer_syntax=SYNTAXES[options["transfer_syntax"]],
            identifiers=options["identifiers"],
            enhanced=options["enhanced"],
            edit=_edit(options["fault"]),
            **whose,
        )
        kinds = options["bad_file"]
        bad = write_bad_files(folder, kinds, good_file(**whose)) if kinds else []
        if not (built.paths or bad):
            raise CommandError("The faults left nothing to write.")
        megabytes = sum(path.stat().st_size for path in (*built.paths, *bad)) / 1e6
        self.stdout.write(
            f"{len(built.paths) + len(bad)} files, {megabytes:.1f} MB, "
            f"{len(built.series_instance_uids)} series in {built.folder}"
        )


def choices() -> str:
    """Return the end of the help: every fault, every region, every kind of file with its code."""
    kinds = (f"  {kind:30} {fault.code.value}" for kind, fault in sorted(FILE_FAULTS.items()))
    return "\n".join(
        [
            _paragraph("series (LABEL)", sorted(CATALOGUE)),
            _paragraph("faults of a study (--fault)", sorted(FAULTS)),
            "kinds of files (--bad-file) and the code that each ends with:",
            *kinds,
        ]
    )


def _paragraph(title: str, names: list[str]) -> str:
    listed = fill(
        ", ".join(names), 96, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False
    )
    return f"{title}:\n{listed}\n"


def _add_list(parser: ArgumentParser, flag: str, names: Any, words: str) -> None:
    parser.add_argument(
        flag, choices=sorted(names), action="append", default=[], metavar="KIND", help=words
    )


def _edit(names: list[str]) -> Edit | None:
    if not names:
        return None

    def all_faults(instances: Any) -> Any:
        for name in names:
            instances = FAULTS[name](instances)
        return instances

    return all_faults
