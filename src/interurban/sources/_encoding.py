"""Text in any usual encoding, as a stream of clean UTF-8.

The encoding is judged from a sample and kept for the whole file, with one exception: a file that
begins as UTF-8 may still hold bytes that are not, pasted in from an older system. Each of those is
read as Windows-1252, counted, and told; nothing is lost and nothing stops.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable, Iterator

from interurban.core.errors import ConfigurationError

from ._code_page import code_page

__all__ = ["SAMPLE", "TextStream", "decode_head", "decode_value"]

SAMPLE = 1 << 20
"""Bytes that an encoding is judged from."""

_BOMS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

_WORDS = {
    "utf-8": "UTF-8",
    "utf-16-le": "UTF-16 (little-endian)",
    "utf-16-be": "UTF-16 (big-endian)",
    "utf-32-le": "UTF-32 (little-endian)",
    "utf-32-be": "UTF-32 (big-endian)",
    "windows-1252": "Windows-1252",
}
_CODE_PAGES = {
    "cp1250": "Windows-1250 (Central European)",
    "cp1251": "Windows-1251 (Cyrillic)",
    "cp1253": "Windows-1253 (Greek)",
    "cp1254": "Windows-1254 (Turkish)",
    "cp1255": "Windows-1255 (Hebrew)",
    "cp1256": "Windows-1256 (Arabic)",
    "cp874": "Windows-874 (Thai)",
    "koi8_r": "KOI8-R (Cyrillic)",
    "shift_jis": "Shift-JIS (Japanese)",
    "euc_jp": "EUC-JP (Japanese)",
    "gb18030": "GB 18030 (Chinese)",
    "big5": "Big5 (Chinese)",
    "euc_kr": "EUC-KR (Korean)",
}

# What the WHATWG calls windows-1252: the five undefined bytes are control characters.
_WINDOWS_1252 = {
    code: bytes([code]).decode("cp1252", errors="ignore") or chr(code)
    for code in range(0x80, 0x100)
}
_STRAY = re.compile("[\udc80-\udcff]")
_STRAY_TEXT = {chr(0xDC00 + code): text for code, text in _WINDOWS_1252.items()}
_HIGH = re.compile(rb"[\x80-\xff]+")


def decode_head(head: bytes) -> tuple[str, str]:
    """Decode the first bytes of a file as they probably are; give the text and the encoding."""
    encoding, skip = _judge(head)
    if encoding == "windows-1252":
        return head.decode("latin-1").translate(_WINDOWS_1252), encoding
    return head[skip:].decode(encoding, errors="ignore"), encoding


def decode_value(value: bytes) -> str:
    """Decode one cell whose encoding nothing tells: as UTF-8, or as Windows-1252 if it is not."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1").translate(_WINDOWS_1252)


def _judge(head: bytes) -> tuple[str, int]:
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            return encoding, len(bom)
    sample = head[:4096]
    if len(sample) >= 4:
        even, odd = sample[0::2].count(0), sample[1::2].count(0)
        half = len(sample) / 2
        if odd > 0.6 * half and even < 0.1 * half:
            return "utf-16-le", 0
        if even > 0.6 * half and odd < 0.1 * half:
            return "utf-16-be", 0
    whole = head[: len(head) - _incomplete_tail(head)]
    try:
        whole.decode("utf-8")
    except UnicodeDecodeError:
        good, bad = 0, 0
        for run in _HIGH.findall(whole):
            try:
                run.decode("utf-8")
                good += 1
            except UnicodeDecodeError:
                bad += 1
        return ("utf-8" if good > bad else code_page(whole)[0]), 0
    return "utf-8", 0


def _incomplete_tail(data: bytes) -> int:
    """How many bytes at the end begin a UTF-8 character that is not complete yet."""
    for back in range(1, min(4, len(data) + 1)):
        byte = data[-back]
        if byte >= 0xC0:
            need = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return back if need > back else 0
        if byte < 0x80:
            return 0
    return 0


class TextStream:
    """A file's text as UTF-8 chunks, and what was noticed on the way.

    Parameters
    ----------
    chunks: the file's bytes.
    encoding: as a person named it, or ``None`` to judge it from the first MiB.
    name: what messages call the file.

    Attributes
    ----------
    head: the first MiB or so as UTF-8, given again by iteration.
    whole: whether ``head`` is the whole file.
    """

    def __init__(self, chunks: Iterable[bytes], encoding: str | None, name: str) -> None:
        self._chunks = iter(chunks)
        self._name = name
        taken = bytearray()
        for chunk in self._chunks:
            taken += chunk
            if len(taken) >= SAMPLE:
                break
        self.whole = len(taken) < SAMPLE
        head = bytes(taken)
        judged, skip = _judge(head)
        self._bom = skip > 0
        self._by_letters = encoding is None and judged in _CODE_PAGES
        self._doubtful = encoding is None and judged == "windows-1252" and not code_page(head)[1]
        self.encoding = judged if encoding is None else _named(encoding, judged)
        if self.encoding != judged and not self.encoding.startswith("utf"):
            skip = 0
        self._stray = 0
        self._lost = 0
        self._nul = 0
        self._cr_only = False
        self._convert = self._converter()
        self.head = self._clean(self._convert(head[skip:]))

    def lines_end_with_cr(self) -> None:
        """From here on, and in ``head``, turn carriage returns into line feeds."""
        self._cr_only = True
        self.head = self.head.replace(b"\r", b"\n")

    def __iter__(self) -> Iterator[bytes]:
        yield self.head
        for chunk in self._chunks:
            clean = self._clean(self._convert(chunk))
            if clean:
                yield clean
        if rest := self._clean(self._convert(b"")):
            yield rest

    def words(self) -> str:
        """The encoding in words, with what was repaired; complete after the last chunk."""
        said = (_WORDS | _CODE_PAGES).get(self.encoding, self.encoding)
        if self._bom and self.encoding == "utf-8":
            said += " with byte order mark"
        if self._by_letters:
            said += ", by its letters"
        if self._doubtful:
            said += " by default; its letters are hardly Latin, so name the encoding it is in"
        if self._stray:
            said += f", with {self._stray:,} characters of Windows-1252 among them"
        if self._lost:
            said += f", with {self._lost:,} characters that could not be read"
        if self._nul:
            said += f"; {self._nul:,} NUL bytes left out"
        return said

    def _clean(self, data: bytes) -> bytes:
        if b"\0" in data:
            self._nul += data.count(b"\0")
            data = data.replace(b"\0", b"")
        return data.replace(b"\r", b"\n") if self._cr_only else data

    def _converter(self) -> Callable[[bytes], bytes]:
        if self.encoding == "utf-8":
            return _Utf8Repair(self._count_stray).convert
        if self.encoding == "windows-1252":
            return lambda data: data.decode("latin-1").translate(_WINDOWS_1252).encode()
        decoder = codecs.getincrementaldecoder(self.encoding)(errors="replace")

        def convert(data: bytes) -> bytes:
            text = decoder.decode(data, final=not data)
            self._lost += text.count("\ufffd")
            return text.encode("utf-8", errors="replace")

        return convert

    def _count_stray(self, count: int) -> None:
        self._stray += count


class _Utf8Repair:
    """Passes valid UTF-8 through, and reads every other byte as Windows-1252."""

    def __init__(self, stray: Callable[[int], None]) -> None:
        self._stray = stray
        self._tail = b""

    def convert(self, data: bytes) -> bytes:
        last = not data
        if self._tail:
            data = self._tail + data
        cut = 0 if last else _incomplete_tail(data)
        self._tail = data[len(data) - cut :] if cut else b""
        data = data[: len(data) - cut] if cut else data
        try:
            data.decode("utf-8")
        except UnicodeDecodeError:
            text = data.decode("utf-8", errors="surrogateescape")
            text, count = _STRAY.subn(lambda found: _STRAY_TEXT[found.group()], text)
            self._stray(count)
            return text.encode("utf-8")
        return data


def _named(encoding: str, judged: str) -> str:
    """The codec of an encoding; where its name leaves the byte order open, as it was judged."""
    try:
        name = codecs.lookup(encoding).name
        b"".decode(name)
    except LookupError as error:
        raise ConfigurationError(
            f'There is no text encoding "{encoding}".',
            advice="Use a name such as utf-8, utf-16 or windows-1252, or leave it out.",
            part="encoding",
        ) from error
    if name in ("cp1252", "iso8859-1"):
        return "windows-1252"
    if name in ("utf-16", "utf-32"):
        return judged if judged.startswith(name) else f"{name}-le"
    return "utf-8" if name == "utf-8-sig" else name
