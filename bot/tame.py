"""A stranger's HTML made harmless to the parser, which HTML's own rules can make slow, or greedy for memory."""

import re

_DEEPEST = 100  # tags inside of one another

# Formatting that is closed in the wrong order is opened again for every paragraph: that makes a million nodes of 20 kB.
# Options are looked for in all that is open. A name that HTML does not know keeps a tag from these rules.
RENAMED = "x-"
_COSTLY = frozenset(
    ("a", "b", "big", "code", "em", "font", "i", "nobr", "optgroup", "option", "s", "select", "small", "strike")
) | {"strong", "tt", "u"}
_NEVER_NESTED = "area|base|br|col|dd|dt|embed|frame|hr|img|input|li|link|meta|p|param|source|td|th|tr|track|wbr"
_NESTABLE = re.compile(rf"<(/?)(?!(?:{_NEVER_NESTED})[\s/>])([a-z][^\s/>]*)", re.IGNORECASE)


def tame(source: str) -> str:
    """HTML that is parsed in linear time, and that reads the same unless it was written to do harm.

    Every element costs the parser a look at those around it: what is too deep is made a tag that holds nothing.
    """
    is_open: dict[str, int] = {}
    depth = 0

    def replacement(tag: re.Match[str]) -> str:
        nonlocal depth
        closing, name = tag.groups()
        name = name.lower()
        now_open = is_open.get(name, 0)
        if closing:
            depth -= now_open > 0
            is_open[name] = now_open - (now_open > 0)
        elif depth < _DEEPEST:
            depth += 1
            is_open[name] = now_open + 1
        else:
            return "<wbr"
        return f"<{closing}{RENAMED}{name}" if name in _COSTLY else tag[0]

    return _NESTABLE.sub(replacement, source)
