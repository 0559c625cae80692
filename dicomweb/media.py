"""Accept negotiation as PS3.18 8.7 asks for it: parts, transfer syntaxes, quality values."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from django.http import HttpRequest
from django.http.request import MediaType

ANY: Final = "*"
DICOM: Final = "application/dicom"
DICOM_JSON: Final = "application/dicom+json"
OCTET_STREAM: Final = "application/octet-stream"
MULTIPART: Final = "multipart/related"


class NotAcceptableError(Exception):
    """None of the representations that the client accepts can be made."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One representation the server can give: its media type and transfer syntax."""

    media_type: str
    transfer_syntax_uid: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """One range of an Accept header.

    Attributes
    ----------
    media_type : str
        Type of the part, without parameters; may hold ``*``.
    transfer_syntax_uid : str
        "" when not said, ``*`` for any.
    multipart : bool or None
        None when the client does not care (``*/*``).
    quality : float
        0 (never) to 1.
    """

    media_type: str
    transfer_syntax_uid: str = ""
    multipart: bool | None = None
    quality: float = 1.0

    @property
    def takes_any_syntax(self) -> bool:
        """Say whether it means "the pixels as you have them", as DICOMweb viewers ask."""
        return self.media_type == OCTET_STREAM and self.transfer_syntax_uid == ANY

    @property
    def rank(self) -> int:
        """Return how narrow it is: the narrowest range speaks for a type (RFC 9110 12.5.1)."""
        if self.takes_any_syntax:
            return 0
        named = sum(part != ANY for part in self.media_type.split("/"))
        return named + (self.transfer_syntax_uid not in ("", ANY))

    def covers(self, offer: Offer) -> bool:
        """Say whether this range accepts `offer`."""
        return self._covers_type(offer.media_type) and self.transfer_syntax_uid in (
            "",
            ANY,
            offer.transfer_syntax_uid,
        )

    def _covers_type(self, media_type: str) -> bool:
        main, _, sub = self.media_type.partition("/")
        given_main, _, given_sub = media_type.partition("/")
        named = main in (ANY, given_main) and sub in (ANY, given_sub)
        return named or self.takes_any_syntax


@dataclass(frozen=True, slots=True)
class Choice:
    """What to send: which offer, and whether as parts of a multipart message."""

    offer: Offer
    multipart: bool

    def is_overruled(self, wish: Wish, wishes: Iterable[Wish]) -> bool:
        """Say whether a narrower range than `wish` wants this less, or (q=0) not at all."""
        return any(
            other.rank > wish.rank
            and other.quality < wish.quality
            and other.multipart in (None, self.multipart)
            and other.covers(self.offer)
            for other in wishes
        )


@dataclass(frozen=True, slots=True)
class Menu:
    """What a resource can be sent as, best first.

    Attributes
    ----------
    offers : sequence of Offer
        The standard's default first.
    stored : Offer or None
        The one that costs the server nothing, for clients that take any transfer syntax.
    parts : int
        Number of parts; more than one can only go as multipart.
    multipart, single : bool
        Whether it may go as a multipart message, and as a body of its own.
    """

    offers: Sequence[Offer]
    stored: Offer | None = None
    parts: int = 1
    multipart: bool = True
    single: bool = True

    def choose(self, wishes: Iterable[Wish]) -> Choice:
        """Return the best representation that is wished for.

        Raises
        ------
        NotAcceptableError
            When there is none.
        """
        wanted = sorted(wishes, key=lambda one: -one.quality)
        for wish in wanted:
            for choice in self._choices(wish) if wish.quality > 0 else ():
                if not choice.is_overruled(wish, wanted):
                    return choice
        raise NotAcceptableError

    def _choices(self, wish: Wish) -> Iterator[Choice]:
        """Yield what meets one range, best first."""
        for offer in self._in_order_for(wish):
            for shape in self._shapes(wish):
                if wish.covers(offer):
                    yield Choice(offer, shape)

    def _in_order_for(self, wish: Wish) -> list[Offer]:
        if wish.takes_any_syntax and self.stored is not None:
            return [self.stored, *self.offers]
        return list(self.offers)

    def _shapes(self, wish: Wish) -> list[bool]:
        """Return how it may go, as parts of a message or alone, when the wish allows that."""
        possible = {True: self.multipart, False: self.single and self.parts == 1}
        return [
            shape for shape, is_so in possible.items() if is_so and wish.multipart in (None, shape)
        ]


def wishes_of(request: HttpRequest) -> tuple[Wish, ...]:
    """Return what the client accepts: the query parameter before the header (PS3.18 8.3.3.1)."""
    return _wishes(request.GET.get("accept") or request.headers.get("Accept") or "*/*")


@lru_cache(maxsize=64)  # a viewer says the same with every frame
def _wishes(text: str) -> tuple[Wish, ...]:
    return tuple(_wish(one) for one in _split(text))


def _split(text: str) -> list[str]:
    """Split at commas outside quotes."""
    parts, quoted, current = [], False, ""
    for character in text:
        quoted ^= character == '"'
        if character == "," and not quoted:
            parts.append(current)
            current = ""
        else:
            current += character
    return [part.strip() for part in (*parts, current) if part.strip()]


def _wish(text: str) -> Wish:
    name, *rest = (part.strip() for part in text.split(";"))
    parameters = {
        key.strip().lower(): value.strip().strip('"')
        for key, _, value in (part.partition("=") for part in rest)
    }
    syntax, quality = parameters.get("transfer-syntax", ""), _quality(parameters.get("q", "1"))
    if name.lower() == MULTIPART:
        inner = MediaType(parameters.get("type", "*/*"))
        return Wish(f"{inner.main_type}/{inner.sub_type}", syntax, multipart=True, quality=quality)
    multipart = None if name == "*/*" else False
    return Wish(name.lower(), syntax, multipart=multipart, quality=quality)


def _quality(text: str) -> float:
    try:
        return min(1.0, max(0.0, float(text)))
    except ValueError:
        return 0.0
