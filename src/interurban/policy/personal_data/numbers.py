"""Numbers that are given to people: how they are written, and their checks.

Sources: NHS Data Dictionary (NHS number, modulus 11); HMRC, NIM39110 (National Insurance number);
DVLA driver number format; US Social Security Administration, POMS RM 10201 (area, group, serial)
and IRS Publication 1915 (ITIN ranges); CMS, MBI format (2017); ISO/IEC 7812-1 (Luhn, issuers);
ISO 13616 (IBAN, modulus 97); North American Numbering Plan; Ofcom numbering plan.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

__all__ = ["KINDS", "PREFILTER", "Kind", "Match", "matches"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of number or address.

    Parameters
    ----------
    written: how it is written; letters in capitals, not inside a longer word or number.
    check: whether what is written so can be one.
    chance: the share of made-up ones, written so, that pass the check.
    context: words near it in a text that say what it is.
    """

    name: str
    written: re.Pattern[str]
    check: Callable[[str], bool]
    chance: float
    context: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Match:
    """Something in a value that is written like a kind.

    Parameters
    ----------
    sound: it passes the kind's check.
    whole: it is all of the value.
    named: words beside it say what it is.
    """

    kind: str
    text: str
    sound: bool
    whole: bool
    named: bool


def matches(value: str) -> Iterator[Match]:
    """Everything in a value that is written like one of ``KINDS``."""
    text = value.upper().strip()
    for kind in KINDS:
        for found in kind.written.finditer(text):
            whole = found.end() - found.start() == len(text)
            named = not whole and kind.context.search(text) is not None
            yield Match(kind.name, found[0], kind.check(found[0]), whole, named)


def _bounded(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.+@-])(?:{pattern})(?![\w@]|[.-]\w)")


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isdigit())


def _is_nhs(text: str) -> bool:
    digits = [int(c) for c in _digits(text)]
    if len(digits) != 10 or len(set(digits)) == 1:
        return False
    day, month = digits[0] * 10 + digits[1], digits[2] * 10 + digits[3]
    scottish = 1 <= day <= 31 and 1 <= month <= 12
    if digits[0] not in (4, 6, 7) and not scottish and not 32 <= day <= 39:
        # Other beginnings are not given out, and an ISBN has the same check.
        return False
    rest = 11 - sum(w * d for w, d in zip(range(10, 1, -1), digits, strict=False)) % 11
    return rest != 10 and (0 if rest == 11 else rest) == digits[9]


_NO_PREFIX = {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"}


def _is_nino(text: str) -> bool:
    letters = text.replace(" ", "")
    first, second, last = letters[0], letters[1], letters[-1]
    wrong = first in "DFIQUV" or second in "DFIOQUV" or letters[:2] in _NO_PREFIX
    return not wrong and last in "ABCD"


def _is_driver(text: str) -> bool:
    """Five of the surname, decade, month (plus 50: female), day, year, initials, check."""
    month, day = int(text[6:8]), int(text[8:10])
    surname = text[:5]
    padded = surname.rstrip("9")
    return (
        (month - 50 if month > 50 else month) in range(1, 13)
        and day in range(1, 32)
        and bool(padded)
        and "9" not in padded
    )


_KNOWN_SSN = {"078051120", "219099999", "123456789"}


def _is_ssn(text: str) -> bool:
    digits = _digits(text)
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    good = area not in ("000", "666") and area < "900" and group != "00" and serial != "0000"
    return good and digits not in _KNOWN_SSN


def _is_itin(text: str) -> bool:
    digits = _digits(text)
    group = int(digits[3:5])
    ranges = (range(50, 66), range(70, 89), range(90, 93), range(94, 100))
    return digits[0] == "9" and any(group in each for each in ranges)


def _has_luhn(digits: str) -> bool:
    total = 0
    for place, c in enumerate(reversed(digits)):
        doubled = int(c) * (1 + place % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


_ISSUERS = (
    (re.compile(r"4"), (13, 16, 19)),
    (re.compile(r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720"), (16,)),
    (re.compile(r"3[47]"), (15,)),
    (re.compile(r"6011|65|64[4-9]"), (16, 19)),
    (re.compile(r"3(?:0[0-5]|[689])"), (14,)),
    (re.compile(r"35(?:2[89]|[3-8])"), (16,)),
)


def _is_card(text: str) -> bool:
    digits = _digits(text)
    issued = any(len(digits) in sizes and issuer.match(digits) for issuer, sizes in _ISSUERS)
    return issued and len(set(digits)) > 2 and _has_luhn(digits)


_IBAN_LENGTHS = {
    "AT": 20, "BE": 16, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "EE": 20, "ES": 24,
    "FI": 18, "FR": 27, "GB": 22, "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IT": 27, "LT": 20,
    "LU": 20, "LV": 21, "MT": 31, "NL": 18, "NO": 15, "PL": 28, "PT": 25, "RO": 24, "SE": 24,
    "SI": 19, "SK": 24, "TR": 26,
}  # fmt: skip


def _is_iban(text: str) -> bool:
    letters = text.replace(" ", "")
    if _IBAN_LENGTHS.get(letters[:2]) != len(letters):
        return False
    turned = letters[4:] + letters[:4]
    return int("".join(str(int(c, 36)) for c in turned)) % 97 == 1


def _is_us_phone(text: str) -> bool:
    digits = _digits(text)[-10:]
    return digits[0] not in "01" and digits[3] not in "01" and digits[1:3] != "11"


def _is_uk_phone(text: str) -> bool:
    digits = _digits(text)
    national = digits.removeprefix("44").lstrip("0")
    sizes = (10,) if text.isdigit() else (9, 10)
    return len(national) in sizes and national[0] in "12378"


def _is_ipv4(text: str) -> bool:
    octets = [int(part) for part in text.split(".")]
    return all(o < 256 for o in octets) and octets[0] not in (0, 255)


def _always(_: str) -> bool:
    return True


def _kind(name: str, written: str, check: Callable[[str], bool], chance: float, near: str) -> Kind:
    return Kind(name, _bounded(written), check, chance, re.compile(rf"\b(?:{near})\b"))


_MBI_LETTER = "[AC-HJKMNP-RT-Y]"
_MBI_EITHER = "[0-9AC-HJKMNP-RT-Y]"

KINDS = (
    _kind("e-mail address", r"[A-Z0-9][A-Z0-9._%+-]*@(?:[A-Z0-9-]+\.)+[A-Z]{2,}", _always, 0.0,
          "E-?MAIL"),
    _kind("NHS number", r"\d{3}([ -]?)\d{3}\1\d{4}", _is_nhs, 1 / 11, "NHS"),
    _kind("National Insurance number", r"[A-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-Z]", _is_nino, 0.09,
          "NI|NINO|NATIONAL INSURANCE"),
    _kind("UK driving licence", r"[A-Z9]{5}\d{6}[A-Z9]{2}[A-Z0-9][A-Z]{2}(?:\d{2})?", _is_driver,
          0.07, "DRIV\\w+|LICENCE|LICENSE"),
    _kind("Social Security number", r"\d{3}([- ])\d{2}\1\d{4}", _is_ssn, 0.88,
          "SSN|SOCIAL SECURITY"),
    _kind("ITIN", r"9\d{2}([- ])\d{2}\1\d{4}", _is_itin, 0.44, "ITIN|TAX"),
    _kind("Medicare number", rf"[1-9]{_MBI_LETTER}{_MBI_EITHER}\d-?{_MBI_LETTER}{_MBI_EITHER}\d-?"
          rf"{_MBI_LETTER}{{2}}\d{{2}}", _always, 0.001, "MEDICARE|MBI"),
    _kind("payment card", r"\d(?:[ -]?\d){12,18}", _is_card, 0.1,
          "CARD|VISA|MASTERCARD|AMEX|CREDIT|DEBIT|PAID"),
    _kind("IBAN", r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?", _is_iban, 1 / 97,
          "IBAN|BANK|ACCOUNT"),
    _kind("US phone number", r"(?:\+?1[ .-]?)?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}",
          _is_us_phone, 0.6, "PHONE|CALL|TEL|CELL|MOBILE|TEXT"),
    _kind("UK phone number", r"(?:\+44 ?(?:\(0\) ?)?|0)[1-378]\d{1,4}[ -]?\d{3,4}[ -]?\d{3,4}",
          _is_uk_phone, 0.5, "PHONE|CALL|TEL|MOBILE|RING|TEXT"),
    _kind("IP address", r"\d{1,3}(?:\.\d{1,3}){3}", _is_ipv4, 0.2, "IP"),
    _kind("IP address", r"(?:[0-9A-F]{1,4}:){7}[0-9A-F]{1,4}|"
          r"[0-9A-F]{1,4}(?::[0-9A-F]{1,4}){0,6}::(?:[0-9A-F]{1,4}(?::[0-9A-F]{1,4}){0,6})?",
          _always, 0.0, "IP"),
)  # fmt: skip
"""Every kind; the same name twice is written in two ways."""

PREFILTER = (
    r"@|(?:[0-9][ .()+-]{0,2}){8}|[0-9]{1,3}(?:\.[0-9]{1,3}){3}"
    r"|(?i)[A-Z]{2} ?(?:[0-9]{2} ?){3}[A-Z]"
    r"|[0-9a-f]{1,4}:[0-9a-f]{1,4}:|[1-9][A-Z][0-9A-Z][0-9]-?[A-Z]|[A-Z9]{5}[0-9]{6}"
    r"|[A-Z]{2}[0-9]{2} ?[A-Z0-9]{4}"
)
"""For RE2: what has no match of this has none of ``KINDS``."""
