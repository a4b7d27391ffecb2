"""A stranger's HTML made harmless to the parser, which HTML's own rules can make slow, or greedy for memory."""

import re
from collections import defaultdict

_MAX_DEPTH = 100  # tags inside of one another

# Formatting that is closed in the wrong order is opened again for every paragraph: that makes a million nodes of 20 kB.
# Options are looked for in all that is open. A name that HTML does not know keeps a tag from these rules.
TAG_PREFIX = "x-"
_COSTLY = frozenset(
    ("a", "b", "big", "code", "em", "font", "i", "nobr", "optgroup", "option", "s", "select", "small", "strike")
) | {"strong", "tt", "u"}
_NEVER_NESTED = frozenset(
    ("area", "base", "br", "col", "dd", "dt", "embed", "frame", "hr", "img", "input", "li", "link", "meta", "p")
) | {"param", "source", "td", "th", "tr", "track", "wbr"}
# In a formula or a drawing these hold what follows, as every element there does; the others end it.
_NESTED_IN_FOREIGN = frozenset(
    ("area", "base", "col", "frame", "input", "link", "param", "source", "td", "th", "tr", "track", "wbr")
)
_TAG = re.compile(r"(</?)([a-z][^\s/>]*)", re.IGNORECASE)
# "word<https://example.com>", "<Jo@example.com>", "<www.example.com>": an address in a mail that was plain text. A tag
# has no such name, but for those with a prefix, as Word writes them: "<o:p>".
_NO_TAG_NAME = re.compile(
    r".*[@\\].*|[a-z][a-z0-9+.-]*:(?:[^a-z].*)?|[a-z0-9-]+\.[a-z0-9.-]+(?<=[a-z]{2})"
    r"|(?:callto|fax|geo|im|news|nntp|sip|skype|sms|tel|urn|xmpp):.*"
)


def limit_nesting(source: str) -> str:
    """HTML that is parsed in linear time, and that reads the same unless it was written to do harm.

    Every element costs the parser a look at those around it: what is too deep is made a tag that holds nothing. What
    is in angle brackets and no tag is made text.
    """
    is_open: dict[str, int] = defaultdict(int)
    depth = 0
    parts = _TAG.split(source.replace("<//", "&lt;//"))  # between two texts a tag's beginning and its name
    for at in range(1, len(parts), 3):
        name = parts[at + 1].lower()
        if name in _NEVER_NESTED:
            is_foreign = name in _NESTED_IN_FOREIGN and (is_open["math"] or is_open["svg"])
            if not is_foreign:
                continue
        if not name.isalnum() and _NO_TAG_NAME.fullmatch(name):
            parts[at] = parts[at].replace("<", "&lt;")
            continue
        if parts[at] == "</":
            if is_open[name]:
                is_open[name] -= 1
                depth -= 1
        elif depth < _MAX_DEPTH:
            is_open[name] += 1
            depth += 1
        else:
            parts[at : at + 2] = "<", "meta"
            continue
        if name in _COSTLY:
            parts[at] += TAG_PREFIX
    return "".join(parts)
