"""Times of both cities become the right instant, whatever the zone of the connection."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from interurban.core.errors import MappingError

from .conftest import CHICAGO, LONDON, Run, Unreadable


def test_us_12_hour_time_is_local_time(run: Run) -> None:
    us = "to_time(x, '%m/%d/%Y %I:%M:%S %p')"
    assert run(us, "01/28/2015 03:40:00 PM") == "2015-01-28T21:40:00.000Z"
    assert run(us, "08/03/2018 12:16:00 AM") == "2018-08-03T05:16:00.000Z"


def test_a_format_may_have_single_digits(run: Run) -> None:
    british = "to_time(x, '%d/%m/%Y %H:%M')"
    assert run(british, "4/1/2015 0:00", city=LONDON) == "2015-01-04T00:00:00.000Z"
    assert run(british, "4/7/2015 0:00", city=LONDON) == "2015-07-03T23:00:00.000Z"


def test_formats_are_tried_in_turn(run: Run) -> None:
    both = "to_time(x, '%m/%d/%Y %I:%M:%S %p', '%m/%d/%Y')"
    assert run(both, "10/03/2007") == "2007-10-03T05:00:00.000Z"
    assert run(both, "10/03/2007 01:00:00 PM") == "2007-10-03T18:00:00.000Z"


def test_an_offset_in_the_format_is_kept(run: Run) -> None:
    assert (
        run("to_time(x, '%Y-%m-%d %H:%M %z')", "2015-01-28 15:40 +0200")
        == "2015-01-28T13:40:00.000Z"
    )


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2018-01-01T00:00:00", "2018-01-01T06:00:00.000Z"),
        ("2018-01-01T00:00:00.000", "2018-01-01T06:00:00.000Z"),
        ("2018-07-01 12:30:00", "2018-07-01T17:30:00.000Z"),
        ("2018-07-01 12:30", "2018-07-01T17:30:00.000Z"),
        ("2015-01-29T11:40:04Z", "2015-01-29T11:40:04.000Z"),
        ("2025-04-22 23:06:36.944+00:00", "2025-04-22T23:06:36.944Z"),
        ("2025-04-22T23:06:36.944Z", "2025-04-22T23:06:36.944Z"),
        ("2025-04-22T23:06:36.94Z", "2025-04-22T23:06:36.940Z"),
        ("2025-04-22T23:06:36-0600", "2025-04-23T05:06:36.000Z"),
        ("2025-04-22 23:06:36 UTC", "2025-04-22T23:06:36.000Z"),
        ("2016-01-01", "2016-01-01T06:00:00.000Z"),
        ("yesterday", Unreadable),
        ("01/28/2015", Unreadable),
        ("", None),
    ],
)
def test_iso_time_keeps_its_offset_or_is_local(run: Run, text: str, instant: object) -> None:
    if instant is Unreadable:
        with pytest.raises(Unreadable):
            run("to_time(x)", text)
    else:
        assert run("to_time(x)", text) == instant


def test_the_skipped_hour_of_spring_counts_as_the_next_one(run: Run) -> None:
    assert run("to_time(x)", "2015-03-08T02:30:00") == "2015-03-08T08:30:00.000Z"
    assert run("to_time(x)", "2019-03-31T01:30:00", city=LONDON) == "2019-03-31T01:30:00.000Z"


def test_the_repeated_hour_of_autumn_counts_as_winter_time(run: Run) -> None:
    assert run("to_time(x)", "2015-11-01T00:30:00") == "2015-11-01T05:30:00.000Z"
    assert run("to_time(x)", "2015-11-01T01:30:00") == "2015-11-01T07:30:00.000Z"
    assert run("to_time(x)", "2019-10-27T01:30:00", city=LONDON) == "2019-10-27T01:30:00.000Z"


def test_a_month_begins_at_its_first_local_midnight(run: Run) -> None:
    assert run("month_start(x)", "2019-03", city=LONDON) == "2019-03-01T00:00:00.000Z"
    assert run("month_start(x)", "2019-07", city=LONDON) == "2019-06-30T23:00:00.000Z"
    assert run("month_start(x)", "201907", city=CHICAGO) == "2019-07-01T05:00:00.000Z"
    assert run("month_start(x)", "2019-07-18") == "2019-07-01T05:00:00.000Z"
    assert run("month_start(x)", 202402, "BIGINT") == "2024-02-01T06:00:00.000Z"
    assert run("month_start(x)", date(2019, 7, 18), "DATE") == "2019-07-01T05:00:00.000Z"


def test_epochs_are_utc(run: Run) -> None:
    assert run("epoch_ms(x)", "1546300800123") == "2019-01-01T00:00:00.123Z"
    assert run("epoch_ms(x)", 1546300800123, "BIGINT") == "2019-01-01T00:00:00.123Z"
    assert run("epoch_s(x)", "1546300800.5") == "2019-01-01T00:00:00.500Z"


def test_typed_columns_need_no_format(run: Run) -> None:
    noon = datetime(2019, 7, 1, 12, 0)  # noqa: DTZ001 - naive is the point
    assert run("to_time(x, '%Y')", noon, "TIMESTAMP") == "2019-07-01T17:00:00.000Z"
    assert run("to_time(x)", date(2019, 7, 1), "DATE") == "2019-07-01T05:00:00.000Z"
    assert run("to_time(x)", "2019-07-01 12:00:00+00", "TIMESTAMPTZ") == "2019-07-01T12:00:00.000Z"
    assert run("to_date(x)", noon, "TIMESTAMP") == date(2019, 7, 1)


def test_a_date_is_the_date_in_the_city(run: Run) -> None:
    assert run("to_date(x)", "2013-01-31") == date(2013, 1, 31)
    assert run("to_date(x)", "2013-01-31T00:00:00.000") == date(2013, 1, 31)
    assert run("to_date(x)", "2013-01-31T03:00:00Z") == date(2013, 1, 30)
    assert run("to_date(x, '%m/%d/%Y')", "04/20/2018") == date(2018, 4, 20)
    assert run("to_date(x)", "2019-07-01 02:00:00+00", "TIMESTAMPTZ") == date(2019, 6, 30)


def test_an_instant_as_text_is_local_time(run: Run) -> None:
    assert run("CAST(to_time(x) AS VARCHAR)", "2015-01-29T11:40:04Z") == "2015-01-29 05:40:04"
    assert run("to_time(x)", "2015-01-29T11:40:04Z", field_type="string") == "2015-01-29 05:40:04"


def test_mixed_formats_with_and_without_offset_are_refused(run: Run) -> None:
    with pytest.raises(MappingError, match="some of these formats read an offset"):
        run("to_time(x, '%Y-%m-%d %z', '%Y-%m-%d')", "2019-01-01")


def test_a_number_is_no_time(run: Run) -> None:
    with pytest.raises(MappingError, match="epoch_ms and epoch_s read numbers"):
        run("to_time(x)", 5, "BIGINT")
