"""Every field of a level, in the order of the form."""

from cases.report_data import level_columns as columns
from cases.report_data import level_details as details
from cases.report_data.model import Field

LEVEL_FIELDS: tuple[Field, ...] = (
    columns.DISC_CONTOUR,
    columns.CANAL,
    *columns.RECESS,
    *columns.FORAMEN,
    *columns.FACET,
    columns.SYMPTOM_MATCH,
    details.ZONE,
    details.VERTICAL,
    details.SIZE_MM,
    details.MIGRATION_MM,
    details.CANAL_CAUSE,
    *details.ROOT_TRAVERSING,
    *details.ROOT_EXITING,
    details.PFIRRMANN,
    details.HEIGHT_LOSS,
    details.FISSURE,
    details.MODIC,
    details.MODIC_EXTENT,
    details.SCHMORL,
    details.INFECTION_SIGNS,
    *details.FACET_ACTIVE,
    details.CYST,
    details.CYST_MM,
    details.FLAVUM,
    details.LISTHESIS,
    details.MEYERDING,
    details.LISTHESIS_MM,
    details.LISTHESIS_TYPE,
    *details.PARS,
    details.FIRST_REPORT_MATCH,
    details.COMMENT,
)
#: What must be stated at every level (stenosis core items, R2).
CORE = ("disc_contour", "canal", "recess_r", "recess_l", "foramen_r", "foramen_l")
HERNIATIONS = frozenset({"protrusion", "extrusion", "sequestration"})
