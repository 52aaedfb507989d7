"""The clocks of a city as a table: how far they are from UTC on every day.

DuckDB turns an instant into local time by asking ICU once for each row, a quarter of a microsecond.
On all but the two days a year when the clocks change the answer is the day's, so a join with a
table of days gives it fifteen times faster; the other days are left to ICU.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa

from .stage import name_sql, text_sql

__all__ = ["DAYS", "know_days", "local_time"]

DAYS = "clock_days"
"""Name under which a connection knows the table."""

_DAY_US = 86_400_000_000
_MOST = 100 * 366
"""Days worth a table; of a longer time, ICU is asked for the rest."""


def know_days(
    connection: duckdb.DuckDBPyConnection, time_zone: str, extent: tuple[datetime, datetime] | None
) -> None:
    """Let a connection know the days of a time extent (instants); as a view named ``DAYS``."""
    connection.register(DAYS, _days(time_zone, extent))


def local_time(column: str, time_zone: str) -> tuple[str, str]:
    """The local time of an instant: an expression, and the join that it needs.

    The expression is a TIMESTAMP on the clocks of ``time_zone``, the same that ICU gives.
    """
    instant = name_sql(column)
    day = f"floor(epoch_us({instant}) / {_DAY_US})::INTEGER"
    shifted = f"make_timestamp(epoch_us({instant}) + {DAYS}._offset_us)"
    value = f"coalesce({shifted}, timezone({text_sql(time_zone)}, {instant}))"
    return value, f"LEFT JOIN {DAYS} ON {DAYS}._day = {day}"


def _days(time_zone: str, extent: tuple[datetime, datetime] | None) -> pa.Table:
    """Days of UTC since 1970 and the offset of each, where it is one all day."""
    numbers, offsets = [], []
    if extent is not None:
        zone = ZoneInfo(time_zone)
        epoch = datetime(1970, 1, 1, tzinfo=UTC)
        last = (extent[1] - epoch).days
        first = max((extent[0] - epoch).days, last - _MOST)
        after = _offset(epoch, first, zone)
        for day in range(first, last + 1):
            before, after = after, _offset(epoch, day + 1, zone)
            if before == after:
                numbers.append(day)
                offsets.append(before // timedelta(microseconds=1))
    return pa.table(
        {"_day": pa.array(numbers, pa.int32()), "_offset_us": pa.array(offsets, pa.int64())}
    )


def _offset(epoch: datetime, day: int, zone: ZoneInfo) -> timedelta:
    return (epoch + timedelta(days=day)).astimezone(zone).utcoffset() or timedelta()
