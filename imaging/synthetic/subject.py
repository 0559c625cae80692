"""The invented person whose spine is shown."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Subject:
    """Names, numbers and dates as a scanner's console would write them (dates YYYYMMDD)."""

    name: str = "Example^Ana"
    patient_id: str = "SYN-2026-0117"
    birth_date: str = "19800214"
    sex: str = "F"
    institution: str = "Synthetic Imaging Centre"
    accession: str = "SYN-ACC-0117"

    def age_on(self, day: str) -> str:
        """Return the age on a day YYYYMMDD as DICOM writes it (046Y), or an empty text."""
        if not self.birth_date:
            return ""
        years = int(day[:4]) - int(self.birth_date[:4]) - (day[4:] < self.birth_date[4:])
        return f"{years:03d}Y"
