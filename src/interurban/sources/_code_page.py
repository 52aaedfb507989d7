"""Which code page a text is in that is not Unicode: told by its letters.

Another alphabet shows at once, and charset-normalizer knows them all. Between the Latin code pages
it tosses a coin (each reads any text, as letters of its own); what tells them apart there are
letters that stand where the other code page has a sign, or that no language uses together.
"""

from __future__ import annotations

import re

import charset_normalizer

__all__ = ["code_page"]

_HIGH = re.compile(rb"[\x80-\xff]+")
_LETTERS = re.compile(rb"[A-Za-z]")
_FEW_HIGH = 10
_LONG_RUN = 2.0
"""Bytes: Latin letters with accents hardly ever stand side by side."""
_TELLING_BYTES = 1 << 16

_SCRIPTS = [
    "cp932", "euc_jp", "gb18030", "big5", "euc_kr", "cp1251", "koi8_r", "cp1253", "cp1255",
    "cp1256", "cp874",
]  # fmt: skip
_NAMES = {"cp932": "shift_jis"}

# Windows-1252 has a sign here, and Windows-1250 a letter: nobody writes a sign within a word.
_SIGNS = re.compile(
    rb"[A-Za-z\xc0-\xff][\x9f\xa3\xaa\xaf\xb3\xb9\xba\xbc\xbe\xbf](?=[a-z\xc0-\xff])"
)
# Windows-1252 has nothing here.
_NOTHING = re.compile(rb"[A-Za-z][\x8d\x8f\x9d]|[\x8d\x8f\x9d][a-z]")
_CARONS = re.compile(rb"[\x8a\x8e\x9a\x9e]")
_CZECH = re.compile(rb"[\xe8\xec\xf8\xf9\xc8\xcc\xd8\xd9]")
# Portuguese writes o with a tilde before an e alone, Estonian beside no acute accent.
_HUNGARIAN = re.compile(rb"\xf5(?![eE])")
_ACUTE = re.compile(rb"[\xe1\xed\xf3\xfa]")
# Icelandic letters, where Turkish has its own; Icelandic can't do without acute accents.
_TURKISH = re.compile(rb"[\xd0\xdd\xde\xf0\xfd\xfe]")
_SHARED = re.compile(rb"[\xe7\xfc\xf6\xc7\xdc\xd6]")
_ICELANDIC = re.compile(rb"[\xe1\xed\xf3\xfa\xe6\xc1\xcd\xc6]")
_FEW = 2


def code_page(head: bytes) -> tuple[str, bool]:
    """The Python codec of a text that is not Unicode, and whether its letters tell so.

    Without anything that tells, it is Windows-1252, which most of such files are in.
    """
    telling = b"\n".join(line for line in head.splitlines() if _HIGH.search(line))[:_TELLING_BYTES]
    if _is_foreign(telling):
        found = charset_normalizer.from_bytes(telling, cp_isolation=_SCRIPTS).best()
        if found is not None:
            return _NAMES.get(found.encoding, found.encoding), True
        return "windows-1252", False
    if _is_central_european(telling):
        return "cp1250", True
    if _is_turkish(telling):
        return "cp1254", True
    return "windows-1252", True


def _is_foreign(text: bytes) -> bool:
    """Whether another alphabet is written: most letters, or whole words, are none of ASCII."""
    runs = _HIGH.findall(text)
    high = sum(map(len, runs))
    if high <= _FEW_HIGH:
        return False
    return high > len(_LETTERS.findall(text)) or high >= _LONG_RUN * len(runs)


def _is_central_european(text: bytes) -> bool:
    if len(_SIGNS.findall(text)) + len(_NOTHING.findall(text)) >= _FEW:
        return True
    if _CARONS.search(text) and len(_CZECH.findall(text)) >= _FEW:
        return True
    return len(_HUNGARIAN.findall(text)) >= _FEW and bool(_ACUTE.search(text))


def _is_turkish(text: bytes) -> bool:
    found = len(_TURKISH.findall(text))
    return found >= _FEW and bool(_SHARED.search(text)) and not _ICELANDIC.search(text)
