"""WADO-RS: instances, metadata, frames and bulk data (PS3.18 10.4)."""

import gzip
import json
from collections.abc import Iterable

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase

from cases.models import Instance, Series
from dicomweb import objects, parts
from dicomweb.media import DICOM, DICOM_JSON, OCTET_STREAM, Choice, Menu, Offer, wishes_of
from dicomweb.objects import Pack
from dicomweb.parts import Part
from dicomweb.scope import Scope, scoped
from dicomweb.views.search import JSON_MENU
from imaging.display import Encoding, PackedFrame, decode_frame, raw_bytes

NATIVE = Encoding.RAW.transfer_syntax_uid
PIXEL_DATA = "7FE00010"
METADATA_LEVEL = 6


@scoped
def instances(
    request: HttpRequest, scope: Scope, study: str, series: str = "", instance: str = ""
) -> HttpResponseBase:
    """Send the stored instances of a study or series, or one of them."""
    found = list(scope.instances(study, series, instance))
    if not found:
        raise Http404
    syntaxes = {one.transfer_syntax_uid for one in found}
    offers = [Offer(DICOM, syntax) for syntax in syntaxes]
    # A stored instance is never transcoded: with several syntaxes only "as they are" can be met.
    menu = Menu(offers if len(offers) == 1 else [Offer(DICOM)], parts=len(found))
    choice = menu.choose(wishes_of(request))
    path = request.path if instance else ""
    sent = (_instance_part(one, path or _instance_path(request, one)) for one in found)
    etag = f'"{found[0].series.study_id.hex}-{series[-16:]}-{instance[-16:]}-{choice.multipart}"'
    return parts.unchanged(request, etag) or parts.kept(_send(choice, sent), etag)


def _instance_path(request: HttpRequest, one: Instance) -> str:
    base = request.path[: request.path.index("/studies/")]
    study = one.series.study.study_instance_uid
    return (
        f"{base}/studies/{study}/series/{one.series.series_instance_uid}"
        f"/instances/{one.sop_instance_uid}"
    )


def _instance_part(one: Instance, path: str) -> Part:
    kind = parts.content_type(DICOM, one.transfer_syntax_uid)
    return Part(kind, path, objects.instance_file(one))


@scoped
def metadata(
    request: HttpRequest, scope: Scope, study: str, series: str = "", instance: str = ""
) -> HttpResponseBase:
    """Send the DICOM JSON of a study, a series or an instance, compressed where understood."""
    JSON_MENU.choose(wishes_of(request))
    found = scope.series_of(study, series)
    gzipped = "gzip" in request.headers.get("Accept-Encoding", "")
    etag = f'"{found[0].study_id.hex}-{series[-16:]}-{instance[-16:]}-{int(gzipped)}"'
    if answer := parts.unchanged(request, etag):
        return answer
    body = _metadata_body(found, instance)
    response = HttpResponse(body if gzipped else gzip.decompress(body), content_type=DICOM_JSON)
    if gzipped:
        response["Content-Encoding"] = "gzip"
    parts.kept(response, etag, parts.ASK_AGAIN)
    response["Vary"] = "Accept, Accept-Encoding, Cookie"
    return response


def _metadata_body(found: list[Series], instance: str) -> bytes:
    """Return one gzip member: Chromium reads no further than the first."""
    if len(found) == 1 and not instance:
        return objects.compressed_metadata(found[0])
    documents = [document for one in found for document in objects.metadata(one)]
    if instance:
        documents = [one for one in documents if one["00080018"]["Value"] == [instance]]
    if not documents:
        raise Http404
    text = json.dumps(documents, separators=(",", ":"), ensure_ascii=False)
    return gzip.compress(text.encode(), METADATA_LEVEL, mtime=0)


@scoped
def frames(
    request: HttpRequest, scope: Scope, study: str, series: str, instance: str, numbers: str
) -> HttpResponseBase:
    """Send frames, as they lie in the pack or decoded to little-endian words."""
    pack = objects.find_pack(scope.open_study(study), series)
    packed = pack.frames(instance, [int(number) for number in numbers.split(",")])
    choice = _frame_menu(packed).choose(wishes_of(request))
    base = request.path.rpartition("/")[0]
    sent = (
        Part(
            parts.content_type(choice.offer.media_type, choice.offer.transfer_syntax_uid),
            f"{base}/{number}",
            (_frame(pack, frame, choice.offer),),
        )
        for number, frame in zip(numbers.split(","), packed, strict=True)
    )
    kind = f"{choice.offer.media_type[-4:]}-{choice.multipart}"
    etag = f'"{instance[-24:]}-{numbers}-{kind}"'
    answer = parts.unchanged(request, etag)
    return answer or parts.kept(_send(choice, sent, is_short=len(packed) == 1), etag)


def _frame_menu(packed: list[PackedFrame]) -> Menu:
    """Offer what all of the frames can be sent as: HTJ2K when each is, raw always."""
    raw = Offer(OCTET_STREAM, NATIVE)
    if all(frame.encoding is Encoding.HTJ2K for frame in packed):
        coded = Offer(Encoding.HTJ2K.media_type, Encoding.HTJ2K.transfer_syntax_uid)
        return Menu([raw, coded], stored=coded, parts=len(packed))
    return Menu([raw], parts=len(packed))


def _frame(pack: Pack, frame: PackedFrame, offer: Offer) -> bytes:
    data = pack.read(frame)
    if offer.transfer_syntax_uid == frame.encoding.transfer_syntax_uid:
        return data
    return raw_bytes(decode_frame(frame.encoding, data))


@scoped
def bulkdata(
    request: HttpRequest, scope: Scope, study: str, series: str, instance: str, tag: str
) -> HttpResponseBase:
    """Send the pixel data of an instance as one run of little-endian words."""
    one = scope.instance(study, series, instance)
    if tag.upper() != PIXEL_DATA:
        raise Http404
    pack = objects.pack_of(one.series)
    packed = pack.frames(one.sop_instance_uid)
    offer = Offer(OCTET_STREAM, NATIVE)
    choice = Menu([offer]).choose(wishes_of(request))
    chunks = (_frame(pack, frame, offer) for frame in packed)
    part = Part(parts.content_type(offer.media_type, NATIVE), request.path, chunks)
    etag = f'"{one.sop_instance_uid[-24:]}-{tag}-{choice.multipart}"'
    return parts.unchanged(request, etag) or parts.kept(_send(choice, [part]), etag)


def _send(choice: Choice, sent: Iterable[Part], *, is_short: bool = False) -> HttpResponseBase:
    if choice.multipart:
        return parts.multipart_response(choice.offer.media_type, sent, is_short=is_short)
    return parts.single_response(next(iter(sent)))
