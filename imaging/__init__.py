"""The DICOM core: reads, judges and de-identifies MR studies. It knows no framework."""

import logging

# pydicom's messages quote the values they complain about, and a value can be a name.
logging.getLogger("pydicom").setLevel(logging.CRITICAL + 1)
