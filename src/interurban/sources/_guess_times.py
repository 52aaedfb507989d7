"""The format that dates and times of a text column are written in, guessed from its values."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ._dates import Order

__all__ = ["TimeGuess", "guess_times", "is_timely"]

_SHARE = 0.95
_MOST_FORMATS = 4
_TIMELY = re.compile(
    r"date|time|day|month|year|when|created|updated|modified|opened|closed|start|end|since|until",
    re.IGNORECASE,
)
_CLOCK = r"(?:[ T]+(?P<clock>\d{1,2}:\d{2}(?::\d{2}(?P<fraction>\.\d+)?)?)(?P<half> ?[AaPp][Mm])?)?"
_NUMERIC = re.compile(
    rf"(?P<a>\d{{1,2}})(?P<sep>[-/. ])(?P<b>\d{{1,2}})(?P=sep)(?P<year>\d{{4}}|\d{{2}}){_CLOCK}"
)
_YEAR_FIRST = re.compile(rf"\d{{4}}(?P<sep>[-/.])\d{{1,2}}(?P=sep)\d{{1,2}}{_CLOCK}")
_DAY_NAMED = re.compile(
    rf"\d{{1,2}}(?P<sep>[- /])(?P<month>[A-Za-z]{{3,9}})(?P=sep)(?P<year>\d{{4}}|\d{{2}}){_CLOCK}"
)
_MONTH_NAMED = re.compile(rf"(?P<month>[A-Za-z]{{3,9}}) \d{{1,2}}(?P<comma>,?) \d{{4}}{_CLOCK}")
_ISO_DATE = re.compile(r"(\d{4})-\d{2}-\d{2}")
_ISO_TIME = re.compile(
    r"(\d{4})-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?( ?(Z|[+-]\d{2}(:?\d{2})?))?"
)
_MONTH = re.compile(r"(1[89]|20)\d{2}-(0[1-9]|1[0-2])")
_PACKED_DAY = re.compile(r"(1[89]|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])")
_PACKED_MONTH = re.compile(r"(1[89]|20)\d{2}(0[1-9]|1[0-2])")
_EPOCH_MS = re.compile(r"-?\d{12,13}")
_EPOCH_S = re.compile(r"\d{9,10}")
_FIRST_YEAR = 1000
_ISO = "ISO 8601"


@dataclass(frozen=True, slots=True)
class TimeGuess:
    """How to read a column of dates or times.

    Parameters
    ----------
    type: ``date`` or ``datetime``.
    call: house function with ``{}`` where the column goes.
    format: strptime formats joined by `` or ``, or ``ISO 8601``, ``epoch milliseconds`` ...
    """

    type: str
    call: str
    format: str
    reason: str
    warning: str = ""


Works = Callable[[Sequence[str], Sequence[str]], float]
"""Share of the values (first argument) that any of the formats (second) can read."""


def is_timely(name: str) -> bool:
    """Whether a column's name speaks of time."""
    return bool(_TIMELY.search(name))


def guess_times(
    name: str,
    values: Sequence[str],
    order: Order | None,
    works: Works,
    *,
    month_first: bool | None,
) -> TimeGuess | None:
    """Guess how dates or times are written.

    Parameters
    ----------
    values: distinct, not blank.
    order: what the values of the column say about day and month.
    works: tries formats on values, as the engine will read them.
    month_first: the custom of the place, for values that do not say; ``None`` is unknown.

    Returns
    -------
    ``None`` when these are no dates or times.
    """
    return (
        _iso(values)
        or _months(values)
        or _written(values, order, works, month_first)
        or (_packed(values) if is_timely(name) else None)
    )


def _iso(values: Sequence[str]) -> TimeGuess | None:
    dates = [found for value in values if (found := _ISO_DATE.fullmatch(value))]
    times = [found for value in values if (found := _ISO_TIME.fullmatch(value))]
    if len(dates) + len(times) < _SHARE * len(values):
        return None
    early = [found.group() for found in dates + times if int(found.group(1)) < _FIRST_YEAR]
    warning = (
        f"years such as {early[0][:4]} look like years written with two digits; those rows will "
        "be reported"
        if early
        else ""
    )
    if not times:
        return TimeGuess("date", "to_date({})", _ISO, "dates such as " + dates[0].group(), warning)
    offset = sum(1 for found in times if found.group(4))
    zone = "with an offset from UTC" if offset == len(times) else "in the city's own time"
    return TimeGuess(
        "datetime", "to_time({})", _ISO, f"times such as {times[0].group()}, {zone}", warning
    )


def _months(values: Sequence[str]) -> TimeGuess | None:
    if not _all(values, _MONTH):
        return None
    return TimeGuess("datetime", "month_start({})", "%Y-%m", f"months such as {values[0]}, no days")


def _packed(values: Sequence[str]) -> TimeGuess | None:
    if _all(values, _PACKED_DAY):
        return TimeGuess(
            "date", "to_date({}, '%Y%m%d')", "%Y%m%d", f"its name and dates such as {values[0]}"
        )
    if _all(values, _PACKED_MONTH):
        return TimeGuess(
            "datetime", "month_start({})", "%Y%m", f"its name and months such as {values[0]}"
        )
    if _all(values, _EPOCH_MS):
        said = f"its name and milliseconds since 1970 such as {values[0]}"
        return TimeGuess("datetime", "epoch_ms({})", "epoch milliseconds", said)
    if _all(values, _EPOCH_S):
        said = f"its name and seconds since 1970 such as {values[0]}"
        return TimeGuess("datetime", "epoch_s({})", "epoch seconds", said)
    return None


def _written(
    values: Sequence[str], order: Order | None, works: Works, month_first: bool | None
) -> TimeGuess | None:
    """Dates as people write them, in up to four formats."""
    by_custom = order not in ("day first", "month first", None)
    first_is_month = order == "month first" or (by_custom and bool(month_first))
    counts = Counter(_format(value, month_first=first_is_month) for value in values)
    counts.pop(None, None)
    formats = [form for form, _ in counts.most_common(_MOST_FORMATS) if form is not None]
    if not formats or sum(counts.values()) < _SHARE * len(values):
        return None
    if order == "mixed":
        formats += [form for each in formats if (form := _other_way(each)) not in formats]
    if works(values, formats) < _SHARE:
        return None
    shown = ", ".join("'" + form.replace("'", "''") + "'" for form in formats)
    kind = "datetime" if any("%M" in form for form in formats) else "date"
    call = "to_time" if kind == "datetime" else "to_date"
    return TimeGuess(
        kind,
        f"{call}({{}}, {shown})",
        " or ".join(formats),
        f"{kind}s such as {values[0]}" + _because(order, by_custom, first_is_month),
        _doubt(order, first_is_month),
    )


def _format(value: str, *, month_first: bool) -> str | None:
    if found := _NUMERIC.fullmatch(value):
        sep = found["sep"]
        day, month = ("%m", "%d") if month_first else ("%d", "%m")
        return f"{day}{sep}{month}{sep}{_year(found['year'])}{_clock(value, found)}"
    if found := _YEAR_FIRST.fullmatch(value):
        return f"%Y{found['sep']}%m{found['sep']}%d{_clock(value, found)}"
    if found := _DAY_NAMED.fullmatch(value):
        sep = found["sep"]
        return f"%d{sep}{_named(found)}{sep}{_year(found['year'])}{_clock(value, found)}"
    if found := _MONTH_NAMED.fullmatch(value):
        return f"{_named(found)} %d{found['comma']} %Y{_clock(value, found)}"
    return None


def _year(text: str) -> str:
    return "%Y" if len(text) == 4 else "%y"


def _named(found: re.Match[str]) -> str:
    return "%b" if len(found["month"]) == 3 else "%B"


def _clock(value: str, found: re.Match[str]) -> str:
    clock = found["clock"]
    if clock is None:
        return ""
    between = value[: found.start("clock")]
    gap = between[len(between.rstrip(" T")) :]
    half = found["half"] or ""
    hour = "%I" if half else "%H"
    seconds = ":%S" if clock.count(":") == 2 else ""
    fraction = ".%f" if found["fraction"] else ""
    meridiem = "" if not half else " %p" if half.startswith(" ") else "%p"
    return f"{gap}{hour}:%M{seconds}{fraction}{meridiem}"


def _other_way(form: str) -> str:
    return form.replace("%d", "\0").replace("%m", "%d").replace("\0", "%m")


def _because(order: Order | None, by_custom: bool, first_is_month: bool) -> str:
    if order is None:
        return ""
    way = "month first" if first_is_month else "day first"
    return f", {way}" + (" by the custom of the place" if by_custom else " as its values show")


def _doubt(order: Order | None, first_is_month: bool) -> str:
    if order == "ambiguous":
        other = "day first" if first_is_month else "month first"
        return f"no value settles whether the day or the month comes first; it may be {other}"
    if order == "mixed":
        return "some values only make sense day first and some only month first"
    return ""


def _all(values: Sequence[str], pattern: re.Pattern[str]) -> bool:
    return sum(1 for value in values if pattern.fullmatch(value)) >= _SHARE * len(values)
