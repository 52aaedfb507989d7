"""The table of a city's clocks tells the same time as ICU, at every instant."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from interurban.store import duck
from interurban.store.clocks import DAYS, know_days, local_time


@pytest.mark.parametrize("zone", ["America/Chicago", "Europe/London", "Asia/Kolkata", "UTC"])
def test_local_time_is_what_icu_says_also_where_the_clocks_change(
    zone: str, tmp_path: Path
) -> None:
    extent = (datetime(1968, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC))
    with duck.connect(memory_mb=200, scratch=tmp_path) as connection:
        # Every 37 minutes, also before the first day and after the last, and once no time at all.
        connection.execute(
            "CREATE TABLE instants AS SELECT '1967-01-01 00:00:00.123456+00'::TIMESTAMPTZ "
            "+ to_minutes(37 * i) AS t FROM range(950000) r(i) UNION ALL SELECT NULL"
        )
        know_days(connection, zone, extent)
        local, join = local_time("t", zone)
        wrong = connection.execute(
            f"SELECT count(*) FROM instants {join} "
            f"WHERE {local} IS DISTINCT FROM timezone('{zone}', t)"
        ).fetchone()
        known = connection.execute(f"SELECT count(*) FROM {DAYS}").fetchone()
    assert wrong == (0,)
    assert known is not None
    assert known[0] > 22_000, "nearly every day is in the table"


def test_without_a_time_there_is_no_day(tmp_path: Path) -> None:
    with duck.connect(memory_mb=200, scratch=tmp_path) as connection:
        know_days(connection, "America/Chicago", None)
        assert connection.execute(f"SELECT count(*) FROM {DAYS}").fetchone() == (0,)
