"""Frozen dataclasses to plain JSON values and back, by their type hints."""

from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


def to_plain(value: Any) -> Any:
    """Return `value` as dicts, lists, strings and numbers."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, dict):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [to_plain(item) for item in value]
    return value.value if isinstance(value, Enum) else value


def from_plain(kind: type[T], plain: Any) -> T:
    """Build a dataclass of type `kind` from what `to_plain` made of one.

    Raises
    ------
    TypeError, ValueError
        When a field is missing or unknown, or an enum has no such value.
    """
    hints: dict[str, Any] = _hints(kind)  # type: ignore[arg-type]  # a class is hashable
    unknown = set(plain) - set(hints)
    if unknown:
        raise ValueError(f"unknown fields of {kind.__name__}: {', '.join(sorted(unknown))}")
    return kind(**{name: _value(hints[name], item) for name, item in plain.items()})


@cache
def _hints(kind: type[Any]) -> dict[str, Any]:
    return get_type_hints(kind)


def _value(hint: Any, plain: Any) -> Any:
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        inner = [part for part in get_args(hint) if part is not type(None)]
        return None if plain is None else _value(inner[0], plain)
    if origin is tuple:
        return _tuple(get_args(hint), plain)
    if isinstance(hint, type):
        if is_dataclass(hint):
            return from_plain(hint, plain)
        if issubclass(hint, Enum):
            return hint(plain)
        if hint is float:
            return float(plain)
    return plain


def _tuple(parts: tuple[Any, ...], plain: Any) -> tuple[Any, ...]:
    if len(parts) == 2 and parts[1] is Ellipsis:
        return tuple(_value(parts[0], item) for item in plain)
    return tuple(_value(part, item) for part, item in zip(parts, plain, strict=True))
