"""What an element's `style` says of its text."""

import re
from collections.abc import Container
from typing import NamedTuple

from bot.richtext.writer import WhiteSpace

_DECLARATION = re.compile(
    r"(?:^|;)\s*(font|font-weight|font-style|text-decoration|text-decoration-line|vertical-align|white-space|display"
    r"|visibility|opacity|overflow|(?:max-)?(?:height|width)|margin|margin-top|margin-bottom|border-left"
    r"|list-style|list-style-type|mso-list)\s*:([^;!]*)",
    re.IGNORECASE,
)
_MAY_HIDE = re.compile("display|visibility|opacity|overflow", re.IGNORECASE)
_ZERO = re.compile(r"0(?:\.0*)?[a-z%]*")
_PIXEL = re.compile(r"(?:[01]|0?\.[0-9]+)(?:\.0*)?(?:px|pt)?")
_BORDER = re.compile(r"(?!0|none).*\b(?:solid|double|groove|ridge|inset|outset)\b")
_BOLD = {
    "bold": True,
    "bolder": True,
    "normal": False,
    "lighter": False,
    **dict.fromkeys(map(str, range(100, 600, 50)), False),
    **dict.fromkeys(map(str, range(600, 1001, 50)), True),
}
_ITALIC = {"italic": True, "oblique": True, "normal": False}
_WHITE_SPACE: dict[str, WhiteSpace] = {
    "normal": "",
    "nowrap": "",
    "pre-line": "lines",
    "pre": "all",
    "pre-wrap": "all",
    "break-spaces": "all",
}


class Css(NamedTuple):
    """None: not said, so inherited. `list_type` and `mso_list` are empty then."""

    bold: bool | None = None
    italic: bool | None = None
    strike: bool | None = None
    white_space: WhiteSpace | None = None
    script: str = ""  # "super" or "sub"
    hides: bool = False
    is_pixel: bool = False
    has_bar: bool = False  # at its left, as a quote has
    is_close: bool = False  # no room between this paragraph and the next
    list_type: str = ""
    mso_list: str = ""


NOTHING = Css()


def parse(style: str | None) -> Css:
    if not style:
        return NOTHING
    found = {name.lower(): " ".join(value.lower().split()) for name, value in _DECLARATION.findall(style)}
    if not found:
        return NOTHING
    said = found.get
    decoration = f"{said('text-decoration', '')} {said('text-decoration-line', '')}".strip()
    return Css(
        bold=_BOLD.get(said("font-weight", _of_font(found, _BOLD))),
        italic=_ITALIC.get(said("font-style", _of_font(found, _ITALIC))),
        strike="line-through" in decoration if decoration else None,
        white_space=_WHITE_SPACE.get(said("white-space", "")),
        script=said("vertical-align", "") if said("vertical-align") in {"super", "sub"} else "",
        hides=_hides(found),
        is_pixel=any(_PIXEL.fullmatch(said(side, "")) for side in ("width", "height", "max-width", "max-height")),
        has_bar=bool(_BORDER.match(said("border-left", ""))),
        is_close=_is_close(found),
        list_type=said("list-style-type") or said("list-style", "").partition(" ")[0],
        mso_list=said("mso-list", ""),
    )


def hides(style: str | None) -> bool:
    """Whether nothing of the element can be seen."""
    return bool(style and _MAY_HIDE.search(style)) and parse(style).hides


def is_pixel(length: str | None) -> bool:
    """Of an attribute: it is too small to be seen."""
    return bool(length and _PIXEL.fullmatch(length.strip().lower()))


def _of_font(found: dict[str, str], values: Container[str]) -> str:
    """What `font` says of its weight or its style: `normal` where it says nothing."""
    parts = found.get("font", "").split()
    said = next((part for part in parts if part in values), "normal")
    return said if len(parts) > 1 else ""


def _hides(found: dict[str, str]) -> bool:
    has_no_height = any(_ZERO.fullmatch(found.get(name, "")) for name in ("height", "max-height"))
    return (
        found.get("display") == "none"
        or found.get("visibility") in {"hidden", "collapse"}
        or bool(_ZERO.fullmatch(found.get("opacity", "")))
        or (has_no_height and found.get("overflow") == "hidden")
    )


def _is_close(found: dict[str, str]) -> bool:
    top, *others = found.get("margin", "").split() or [""]
    bottom = others[1] if len(others) > 1 else top
    top, bottom = found.get("margin-top", top), found.get("margin-bottom", bottom)
    return bool(_ZERO.fullmatch(top) and _ZERO.fullmatch(bottom))
