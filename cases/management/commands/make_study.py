"""Write a synthetic MR study to a folder, for the demo and for trying things out."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from pydicom.uid import UID, ExplicitVRLittleEndian

from imaging.synthetic import CATALOGUE, Subject, build_study
from imaging.synthetic.compress import COMPRESSED
from imaging.synthetic.faults import FAULTS
from imaging.synthetic.headers import VENDORS
from imaging.synthetic.instance import Edit

SYNTAXES = {"explicit": ExplicitVRLittleEndian, "implicit": UID("1.2.840.10008.1.2")} | {
    UID(uid).keyword: uid for uid in COMPRESSED
}

USUAL = Subject()


class Command(BaseCommand):
    help = "Write a synthetic lumbar MR study of a person who does not exist."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("destination", type=Path)
        parser.add_argument("--vendor", choices=VENDORS, default="siemens")
        parser.add_argument("--size", choices=("full", "small", "tiny"), default="full")
        parser.add_argument("--series", nargs="+", choices=sorted(CATALOGUE), metavar="LABEL")
        parser.add_argument("--seed", default="spine", help="decides every UID")
        parser.add_argument("--transfer-syntax", choices=sorted(SYNTAXES), default="explicit")
        parser.add_argument("--enhanced", action="store_true", help="multi-frame Enhanced MR")
        parser.add_argument(
            "--identifiers", action="store_true", help="seeded identifiers and private blocks"
        )
        parser.add_argument("--fault", choices=sorted(FAULTS), action="append", default=[])
        parser.add_argument("--name", default=USUAL.name, help="as in DICOM: Family^Given")
        parser.add_argument("--patient-id", default=USUAL.patient_id)
        parser.add_argument("--birth-date", default=USUAL.birth_date, help="YYYYMMDD")
        parser.add_argument("--sex", choices=("F", "M", "O"), default=USUAL.sex)
        parser.add_argument("--study-date", help="YYYYMMDD; two weeks ago when left out")

    def handle(self, *args: Any, **options: Any) -> None:
        built = build_study(
            options["destination"],
            options["vendor"],
            size=options["size"],
            series=options["series"],
            seed=options["seed"],
            patient=Subject(
                options["name"], options["patient_id"], options["birth_date"], options["sex"]
            ),
            study_date=options["study_date"],
            transfer_syntax=SYNTAXES[options["transfer_syntax"]],
            identifiers=options["identifiers"],
            enhanced=options["enhanced"],
            edit=_edit(options["fault"]),
        )
        if not built.paths:
            raise CommandError("The faults left nothing to write.")
        megabytes = sum(path.stat().st_size for path in built.paths) / 1e6
        self.stdout.write(
            f"{len(built.paths)} files, {megabytes:.1f} MB, "
            f"{len(built.series_instance_uids)} series in {built.folder}"
        )


def _edit(names: list[str]) -> Edit | None:
    if not names:
        return None

    def all_faults(instances: Any) -> Any:
        for name in names:
            instances = FAULTS[name](instances)
        return instances

    return all_faults
