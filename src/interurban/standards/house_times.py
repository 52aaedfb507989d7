"""Times: text, dates and epochs to instants and to local dates.

A naive time is read in the city's own zone, by the zone's rules of that day. The hour that a clock
skips in spring counts as the hour after it; the hour it repeats in autumn counts as the second
one, in winter time: no source says which is meant.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from interurban.core.errors import MappingError

from .house import Setting, constant_text, expect, is_instant, is_local_time, is_number, is_text
from .trees import all_of, any_of, call, case, cast, equals, negate, number, one_of, text

__all__ = ["epoch_ms", "epoch_s", "month_start", "to_date", "to_time"]

_TO_TIME = "to_time(text, '%m/%d/%Y %I:%M:%S %p'), with as many formats as needed or none"
_TO_DATE = "to_date(text, '%m/%d/%Y'), with as many formats as needed or none"
_MONTHS = ("%Y-%m", "%Y-%m-%d", "%Y%m")
_NAIVE_LENGTHS = (10, 19, 23)
_OFFSET = r":[0-9.]+ ?[Zz+U-]"
_MICROSECONDS = 1_000


def to_time(arguments: Sequence[exp.Expr], setting: Setting) -> exp.Expr:
    """``to_time(text [, format ...])``: an instant; without a format ISO 8601, its offset kept."""
    expect(arguments, _TO_TIME, 1)
    value, *formats = arguments
    kind = setting.type_of(value)
    if is_instant(kind):
        return value
    if is_local_time(kind):
        return _in_zone(cast(value, "TIMESTAMP"), setting)
    _expect_time_text(kind)
    if not formats:
        return _iso_instant(value, setting)
    parsed = _strptime(value, formats, _TO_TIME)
    return parsed if _reads_offset(formats) else _in_zone(parsed, setting)


def to_date(arguments: Sequence[exp.Expr], setting: Setting) -> exp.Expr:
    """``to_date(text [, format ...])``: a date; an instant gives the city's date at that moment."""
    expect(arguments, _TO_DATE, 1)
    value, *formats = arguments
    kind = setting.type_of(value)
    if is_instant(kind):
        return _local_date(value, setting)
    if is_local_time(kind):
        return cast(value, "DATE")
    _expect_time_text(kind)
    if formats:
        parsed = _strptime(value, formats, _TO_DATE)
        return _local_date(parsed, setting) if _reads_offset(formats) else cast(parsed, "DATE")
    plain = equals(call("strlen", value), number(10))
    return case(
        [(plain, cast(value, "DATE"))],
        otherwise=_local_date(_iso_instant(value, setting), setting),
    )


def month_start(arguments: Sequence[exp.Expr], setting: Setting) -> exp.Expr:
    """``month_start(text)``: the first instant of the month, in the city's zone."""
    expect(arguments, "month_start('2019-03')", 1, 1)
    (value,) = arguments
    kind = setting.type_of(value)
    if is_instant(kind):
        local = call("timezone", text(setting.time_zone), value)
    elif is_local_time(kind):
        local = cast(value, "TIMESTAMP")
    else:
        local = call("strptime", cast(value, "VARCHAR"), _list(_MONTHS))
    return _in_zone(call("date_trunc", text("month"), local), setting)


def epoch_ms(arguments: Sequence[exp.Expr], setting: Setting) -> exp.Expr:
    """``epoch_ms(x)``: milliseconds since 1970 in UTC, as an instant."""
    expect(arguments, "epoch_ms(milliseconds)", 1, 1)
    (value,) = arguments
    if is_instant(setting.type_of(value)):
        return value
    _expect_epoch(setting.type_of(value))
    microseconds = exp.Mul(this=cast(value, "BIGINT"), expression=number(_MICROSECONDS))
    return call("make_timestamptz", microseconds)


def epoch_s(arguments: Sequence[exp.Expr], setting: Setting) -> exp.Expr:
    """``epoch_s(x)``: seconds since 1970 in UTC, fractions kept, as an instant."""
    expect(arguments, "epoch_s(seconds)", 1, 1)
    (value,) = arguments
    if is_instant(setting.type_of(value)):
        return value
    _expect_epoch(setting.type_of(value))
    return call("to_timestamp", cast(value, "DOUBLE"))


def _iso_instant(value: exp.Expr, setting: Setting) -> exp.Expr:
    # Reading a naive text as TIMESTAMPTZ would use the zone of the connection, so the texts with
    # an offset must be told apart; their length tells for nearly all of them, at a tenth of the
    # price of a regular expression.
    naive = _in_zone(cast(value, "TIMESTAMP"), setting)
    surely_naive = all_of(
        one_of(call("strlen", value), [number(length) for length in _NAIVE_LENGTHS]),
        negate(any_of(*(call("suffix", value, text(end)) for end in ("Z", "z", "C")))),
    )
    has_offset = call("regexp_matches", value, text(_OFFSET))
    return case([(surely_naive, naive), (has_offset, cast(value, "TIMESTAMPTZ"))], otherwise=naive)


def _strptime(value: exp.Expr, formats: Sequence[exp.Expr], form: str) -> exp.Expr:
    texts = [constant_text(each, form) for each in formats]
    offsets = ["%z" in each or "%Z" in each for each in texts]
    if any(offsets) and not all(offsets):
        raise MappingError(
            "some of these formats read an offset and some do not.",
            advice="Use coalesce or CASE around two calls.",
        )
    if len(texts) == 1:
        return call("strptime", value, text(texts[0]))
    return call("strptime", value, _list(texts))


def _reads_offset(formats: Sequence[exp.Expr]) -> bool:
    return any("%z" in each.name or "%Z" in each.name for each in formats)


def _in_zone(local: exp.Expr, setting: Setting) -> exp.Expr:
    return call("timezone", text(setting.time_zone), local)


def _local_date(instant: exp.Expr, setting: Setting) -> exp.Expr:
    return cast(call("timezone", text(setting.time_zone), instant), "DATE")


def _list(values: Sequence[str]) -> exp.Expr:
    return call("list_value", *(text(value) for value in values))


def _expect_time_text(kind: str) -> None:
    if not is_text(kind):
        raise MappingError(
            f"it reads text, dates and times; this is {kind}.",
            advice="epoch_ms and epoch_s read numbers, CAST(x AS VARCHAR) makes a text of one.",
        )


def _expect_epoch(kind: str) -> None:
    if not (is_text(kind) or is_number(kind)):
        raise MappingError(
            f"it reads a number; this is {kind}.", advice="to_time reads dates and times."
        )
