"""A program's names and codes in the words of people. What is not one of those stays as it came."""

import re

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)*")  # html_url, TotalSize
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_ACRONYMS = {"API", "CSV", "HTML", "HTTP", "ID", "IP", "JSON", "MIME", "PDF", "PNG", "SHA", "URL", "UTC", "UUID", "XML"}
_BYTES = re.compile(r"\d{4,15}")
_UNITS = ("bytes", "KB", "MB", "GB", "TB", "PB")
_STEP = 1024
_ONE_DECIMAL_BELOW = 10

_ACTIONS = {
    "assign": "Assigned",
    "close": "Closed",
    "comment": "Comment added",
    "create": "Created",
    "delete": "Deleted",
    "edit": "Edited",
    "note": "Note added",
    "open": "Opened",
    "reopen": "Reopened",
    "resolve": "Resolved",
    "update": "Updated",
    "view": "Viewed",
}
_LANGUAGES = {
    "ar": "Arabic",
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "hi": "Hindi",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "nl": "Dutch",
    "pl": "Polish",
    "pt": "Portuguese",
    "ru": "Russian",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "vi": "Vietnamese",
    "zh": "Chinese",
}


def name(value: str) -> str:
    """`html_url` is "HTML URL", `TotalSize` is "Total size"; words and numbers of people are left alone."""
    if not _NAME.fullmatch(value) or (value.isupper() and value not in _ACRONYMS):
        return value
    words = [word.upper() if word.upper() in _ACRONYMS else word.lower() for word in _WORD.findall(value)]
    return " ".join([words[0][:1].upper() + words[0][1:], *words[1:]])


def path(keys: str) -> str:
    """Keys inside of one another, as bot.messages.key_values joins them."""
    return " / ".join(map(name, keys.split(" / ")))


def action(value: str) -> str:
    return _ACTIONS.get(value.strip().lower(), name(value))


def language(code: str) -> str:
    """By its code in ISO 639-1, with its region where it has one: `en-US` is "English (US)"."""
    language_code, _, region = code.strip().replace("_", "-").partition("-")
    known = _LANGUAGES.get(language_code.lower())
    return code if not known else f"{known} ({region.upper()})" if region else known


def file_size(keys: str, value: str) -> str:
    """Bytes, under a key that says "size" or "bytes", as a person writes them."""
    if path(keys).lower().split()[-1:] not in (["size"], ["bytes"]) or not _BYTES.fullmatch(value):
        return value
    size, unit = float(value), 0
    while round(size) >= _STEP:
        size, unit = size / _STEP, unit + 1
    return f"{size:.{int(size < _ONE_DECIMAL_BELOW)}f} {_UNITS[unit]}"
