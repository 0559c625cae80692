"""Studies and series reduced to what the portal stores of them."""

from collections import Counter

from imaging.assembly import Series, Study
from imaging.bodypart import judge
from imaging.study import InstanceSummary, SeriesSummary, StudySummary


def study_summary(study: Study, study_instance_uid: str) -> StudySummary:
    """Return the summary of a study under the UID it is going to have."""
    body = judge(study)
    instances = study.instances
    return StudySummary(
        study_instance_uid=study_instance_uid,
        modality="MR",
        body_part=body.region.value,
        label=body.label,
        study_date_found=study.date,
        field_strength_t=min((v for one in instances if (v := one.field_strength_t)), default=None),
        manufacturer=_most_common([one.manufacturer for one in instances]),
        model=_most_common([one.model for one in instances]),
    )


def series_summary(
    series: Series,
    ordinal: int,
    series_instance_uid: str,
    instances: tuple[InstanceSummary, ...] = (),
) -> SeriesSummary:
    """Return the summary of a series under the UID it is going to have; `ordinal` is 1-based."""
    raster = series.instances[0].raster
    kind = series.kind
    return SeriesSummary(
        ordinal=ordinal,
        series_instance_uid=series_instance_uid,
        number=series.number,
        label=series.label,
        plane=kind.plane.value,
        weighting=kind.weighting.value,
        fat_suppressed=kind.fat_suppressed,
        contrast=kind.contrast,
        is_3d=kind.is_3d,
        is_localizer=kind.is_localizer,
        thickness_mm=series.thickness_mm,
        spacing_mm=series.spacing_mm,
        pixel_mm=series.pixel_mm,
        rows=raster.rows,
        columns=raster.columns,
        frames=sum(one.frames for one in instances) if instances else series.frames,
        instances=instances,
        gaps=series.gaps,
    )


def _most_common(values: list[str]) -> str:
    return Counter(values).most_common(1)[0][0] if values else ""
