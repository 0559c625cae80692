"""PS3.18's resources under one case: /dicomweb/c/<case code>/studies/..."""

from django.urls import URLPattern, re_path

from dicomweb.views import rendered, retrieve, search

app_name = "dicomweb"

CASE = r"^c/(?P<code>[0-9A-Za-z-]{1,16})"
STUDY = CASE + r"/studies/(?P<study>[0-9.]{1,64})"
SERIES = STUDY + r"/series/(?P<series>[0-9.]{1,64})"
INSTANCE = SERIES + r"/instances/(?P<instance>[0-9.]{1,64})"
FRAMES = INSTANCE + r"/frames/(?P<numbers>[0-9]{1,5}(?:,[0-9]{1,5}){0,499})"
FRAME = INSTANCE + r"/frames/(?P<number>[0-9]{1,5})"

urlpatterns: list[URLPattern] = [
    re_path(CASE + r"/studies$", search.studies, name="search_studies"),
    re_path(CASE + r"/series$", search.series, name="search_series"),
    re_path(CASE + r"/instances$", search.instances, name="search_instances"),
    re_path(STUDY + r"/series$", search.series, name="study_series"),
    re_path(STUDY + r"/instances$", search.instances, name="study_instances"),
    re_path(SERIES + r"/instances$", search.instances, name="series_instances"),
    *(re_path(level + r"$", retrieve.instances) for level in (STUDY, SERIES, INSTANCE)),
    *(re_path(level + r"/metadata$", retrieve.metadata) for level in (STUDY, SERIES, INSTANCE)),
    *(
        re_path(level + r"/rendered$", rendered.rendered)
        for level in (STUDY, SERIES, INSTANCE, FRAME)
    ),
    *(
        re_path(level + r"/thumbnail$", rendered.thumbnail)
        for level in (STUDY, SERIES, INSTANCE, FRAME)
    ),
    re_path(FRAMES + r"$", retrieve.frames, name="frames"),
    re_path(INSTANCE + r"/bulkdata/(?P<tag>[0-9A-Fa-f]{8})$", retrieve.bulkdata, name="bulkdata"),
]
