"""A report form as a browser posts it."""

from django.http import QueryDict

STATED = {"disc_contour": "normal", "canal": "0"} | {
    f"{code}_{side}": "0" for code in ("recess", "foramen", "facet") for side in "rl"
}
EXTRUSION = STATED | {
    "disc_contour": "extrusion",
    "zone": ["left_subarticular"],
    "size_mm": "9",
    "canal": "2",
    "recess_l": "3",
    "root_traversing_l": "compressed",
    "pfirrmann": "IV",
    "symptom_match": "concordant",
}
LEVELS = ("L1-L2", "L2-L3", "L3-L4", "L4-L5", "L5-S1")
PLAIN = "A larger part of the disc has come through its outer ring. It presses on the nerve."


def posted(**changes) -> QueryDict:
    """Return a complete form; `changes` replace names (dots written as double underscores)."""
    values: dict[str, object] = {
        f"level.{level}.{code}": value
        for level in LEVELS
        for code, value in (EXTRUSION if level == "L4-L5" else STATED).items()
    }
    values |= {
        "findings": "L4-L5: Left subarticular disc extrusion.",
        "impression.0.kind": "main",
        "impression.0.text": "L4-L5: left subarticular extrusion compressing the L5 root.",
        "answer.0": "The images alone do not decide that.",
        "recommendations": ["specialist"],
        "whole.reviewed": "yes",
        "plain": PLAIN,
    }
    values |= {name.replace("__", "."): value for name, value in changes.items()}
    data = QueryDict(mutable=True)
    for name, value in values.items():
        data.setlist(name, value if isinstance(value, list) else [str(value)])
    return data
