"""Which pictures of a study wait for a person, and what a person has decided about them.

A picture is held because of its header (`imaging.burned_in`) or because text was found in it
(`imaging.printed_text`). Whatever a person has decided about is not asked about again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from imaging.burned_in import HoldReason, held_for
from imaging.display import PackedInstance, unpacked
from imaging.errors import Code, ImagingError
from imaging.gate import Admitted
from imaging.held_picture import Look, look_at, look_of
from imaging.printed_text import Extremes, Slice, find_printed_text
from imaging.regions import Region
from imaging.searched import series_name
from imaging.study import HeldPicture
from imaging.text_detector import TextDetector
from imaging.thresholds import TEXT_HELD_SEARCHED_MAX

SERIES_INSTANCE_UID: Final = 0x0020000E


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided about one source file.

    Attributes
    ----------
    name : str
        The name the caller gave the file.
    leave_out : bool
        Whether it stays behind. Otherwise it goes on.
    regions : tuple of Region
        Blanked before it goes on; none: it is harmless as it is.
    """

    name: str
    leave_out: bool = False
    regions: tuple[Region, ...] = ()


@dataclass
class Holdings:
    """The held pictures of one study; their drawings are written as ``NAME.webp``.

    Parameters
    ----------
    folder : Path
        For the drawings; made with the first one.
    decisions : iterable of Decision
    detector : TextDetector or None
        None without the extra ``ocr``: then headers alone decide.
    clear : frozenset of str
        Names of series that were searched before (`imaging.searched`) and hold no text.
    """

    folder: Path
    decisions: Iterable[Decision]
    detector: TextDetector | None
    clear: frozenset[str] = frozenset()
    pictures: list[HeldPicture] = field(default_factory=list)
    _groups: dict[tuple[str, int, int], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._decided = {one.name: one for one in self.decisions}

    def admit(self, admitted: Admitted, path: Path) -> None:
        """Let a file pass, or hold it for what its header says.

        Raises
        ------
        ImagingError
            BURNED when a person must look at it, LEFT-OUT when one did and left it out.
        """
        decision = self._decided.get(path.name)
        if decision is not None:
            if decision.leave_out:
                raise ImagingError(Code.LEFT_OUT)
            return
        reason = held_for(admitted.header, searched=self.detector is not None)
        if reason is None:
            return
        series = admitted.header.text(SERIES_INSTANCE_UID)
        self._hold(path.name, reason, series, admitted.pixels.layout.frames, self._look(path))
        raise ImagingError(Code.BURNED, reason)

    def regions_of(self, name: str) -> tuple[Region, ...]:
        """Return what a person wants blanked in a file."""
        decision = self._decided.get(name)
        return decision.regions if decision else ()

    def find_text(self, series: str, instances: Sequence[tuple[str, PackedInstance]]) -> list[str]:
        """Search the clean instances of one series; return the names of those now held."""
        waiting = {name: packed for name, packed in instances if name not in self._decided}
        if self.detector is None or self._is_clear(waiting.values()):
            return []
        frames = {name: partial(unpacked, packed) for name, packed in waiting.items()}
        found = find_printed_text([Slice(name, get) for name, get in frames.items()], self.detector)
        for name, regions in found.items():
            count = sum(1 for _frame in frames[name]())
            look = look_of(Extremes.of(frames[name]()), regions)
            self._hold(name, HoldReason.TEXT, series, count, look)
        return list(found)

    def _is_clear(self, instances: Iterable[PackedInstance]) -> bool:
        return bool(self.clear) and series_name(one.picture for one in instances) in self.clear

    def _look(self, path: Path) -> Look | None:
        """Draw a picture and search it; None when it cannot be drawn: it is held all the same."""
        detector = self.detector if len(self.pictures) < TEXT_HELD_SEARCHED_MAX else None
        try:
            return look_at(path, detector)
        except Exception:  # whatever a library makes of it
            return None

    def _hold(
        self, name: str, reason: HoldReason, series: str, frames: int, look: Look | None
    ) -> None:
        rows, columns = (look.rows, look.columns) if look else (0, 0)
        group = self._groups.setdefault((series, rows, columns), len(self._groups) + 1)
        if look is not None:
            self.folder.mkdir(exist_ok=True)
            (self.folder / f"{name}.webp").write_bytes(look.picture)
        self.pictures.append(
            HeldPicture(
                name=name,
                reason=reason,
                group=group,
                rows=rows,
                columns=columns,
                frames=frames,
                regions=look.regions if look else (),
                can_be_read=look is not None and look.is_grey,
            )
        )
