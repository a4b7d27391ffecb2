"""A stranger's HTML made harmless to the parser, which HTML's own rules can make slow, or greedy for memory."""

import re
from collections import defaultdict

_DEEPEST = 100  # tags inside of one another

# Formatting that is closed in the wrong order is opened again for every paragraph: that makes a million nodes of 20 kB.
# Options are looked for in all that is open. A name that HTML does not know keeps a tag from these rules.
RENAMED = "x-"
_COSTLY = frozenset(
    ("a", "b", "big", "code", "em", "font", "i", "nobr", "optgroup", "option", "s", "select", "small", "strike")
) | {"strong", "tt", "u"}
_NEVER_NESTED = frozenset(
    ("area", "base", "br", "col", "dd", "dt", "embed", "frame", "hr", "img", "input", "li", "link", "meta", "p")
) | {"param", "source", "td", "th", "tr", "track", "wbr"}
_TAG = re.compile(r"(</?)([a-z][^\s/>]*)", re.IGNORECASE)


def tame(source: str) -> str:
    """HTML that is parsed in linear time, and that reads the same unless it was written to do harm.

    Every element costs the parser a look at those around it: what is too deep is made a tag that holds nothing.
    """
    is_open: dict[str, int] = defaultdict(int)
    depth = 0
    parts = _TAG.split(source)  # between two texts a tag's beginning and its name
    for at in range(1, len(parts), 3):
        name = parts[at + 1].lower()
        if name in _NEVER_NESTED:
            continue
        if parts[at] == "</":
            if is_open[name]:
                is_open[name] -= 1
                depth -= 1
        elif depth < _DEEPEST:
            is_open[name] += 1
            depth += 1
        else:
            parts[at : at + 2] = "<", "wbr"
            continue
        if name in _COSTLY:
            parts[at] += RENAMED
    return "".join(parts)
