"""A stranger's source before it is parsed, without what nobody sees of it and what could fill all the room there is."""

import re

INPUT_LENGTH = 50_000  # more than twice what the ticket system takes; what is beyond is counted, not read

_OPENING = re.compile(r"<[a-z][^>]*(?:=\s*+([\"']?)|url\(\s*+(?:[\"']|&quot;)?)", re.IGNORECASE)
_DATA = re.compile(r"data:", re.IGNORECASE)
_END = {'"': re.compile('"'), "'": re.compile("'"), "": re.compile(r"[\s>]"), None: re.compile(r"\)")}
_UNSEEN = re.compile(r"<(!--|(?:style|script|xml)(?=[\s>]))", re.IGNORECASE)
_UNSEEN_END = {
    "!--": re.compile("-->"),
    **{tag: re.compile(rf"</{tag}\s*>", re.IGNORECASE) for tag in ("style", "script", "xml")},
}


def read_part(source: str) -> tuple[str, str]:
    """What is read of a source, and the rest."""
    if "data:" in source.lower():
        source = _without_data_urls(source)
    if len(source) > INPUT_LENGTH:
        source = _without_unseen(source)
    return source[:INPUT_LENGTH], source[INPUT_LENGTH:]


def _without_data_urls(source: str) -> str:
    """With nothing of what is behind `data:` in tags: a picture as long as a book, before the text that counts."""
    kept, at = [], 0
    for found in _DATA.finditer(source):
        if found.start() < at:
            continue
        tag = source.rfind("<", at, found.start())
        opening = _OPENING.fullmatch(source[tag : found.start()].rstrip()) if tag >= 0 else None
        kept.append(source[at : found.end()])
        at = found.end()
        if opening:
            end = _END[opening[1]].search(source, at)
            at = end.start() if end else len(source)
    return "".join([*kept, source[at:]])


def _without_unseen(source: str) -> str:
    """Without comments, style sheets and scripts: Word begins with 40,000 characters of them."""
    kept, at, without_end = [], 0, set[str]()
    for found in _UNSEEN.finditer(source):
        kind = found[1].lower()
        if found.start() < at or kind in without_end:
            continue
        if end := _UNSEEN_END[kind].search(source, found.end()):
            kept.append(source[at : found.start()])
            at = end.end()
        else:
            without_end.add(kind)
    return "".join([*kept, source[at:]])
