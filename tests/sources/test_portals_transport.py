"""The way to the portals: patient with the slow, wary of the wrong, and quick to say which."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from interurban.core.dataset import SourceSpec
from interurban.core.errors import (
    ConfigurationError,
    SourceRefused,
    SourceUnreachable,
    TooMuch,
    UnreadableFile,
)
from interurban.sources import Fetching, Limits, open_source
from interurban.sources.transport import Answer, Credential, Transport
from interurban.sources.transport_download import download
from interurban.sources.transport_guard import Guard, Scope, scope_of
from interurban.sources.transport_patience import Patience, retry_after_s

from .portal_server import (
    Asked,
    Fault,
    Portal,
    Reply,
    cut_in_the_middle,
    dripping,
    file_route,
    gzip_bomb,
    json_reply,
    length_too_long,
    length_too_short,
    redirect_to,
    redirect_to_itself,
    server_error,
    serving,
    too_many_requests,
    twice_packed,
    web_page,
)

ROWS = [{"id": str(number), "words": "some words in a row"} for number in range(50)]


@pytest.fixture(autouse=True)
def rows(portal: Portal) -> None:
    portal.answers(lambda asked: json_reply(ROWS) if asked.path == "/rows" else None)


def get(portal: Portal, fetching: Fetching, path: str = "/rows") -> Answer:
    transport = Transport(portal.url, fetching, Credential("X-App-Token"))
    try:
        return transport.get_json(portal.url + path)
    finally:
        transport.close()


# Asking again


@pytest.mark.parametrize(
    "fault",
    [server_error, cut_in_the_middle, length_too_long, length_too_short, too_many_requests(None)],
)
def test_a_failure_that_passes_is_not_noticed(
    portal: Portal, fetching: Fetching, waits: list[float], fault: Fault
) -> None:
    portal.misbehaves(fault, times=3)
    assert get(portal, fetching).document == ROWS
    assert waits == [1.0, 2.0, 4.0]


def test_the_portal_says_how_long_to_wait(
    portal: Portal, fetching: Fetching, waits: list[float]
) -> None:
    portal.misbehaves(too_many_requests("17"))
    assert get(portal, fetching).document == ROWS
    assert waits == [17.0]


def test_a_wait_may_be_a_date() -> None:
    until = datetime.now(UTC) + timedelta(seconds=90)
    assert retry_after_s(format_datetime(until, usegmt=True)) == pytest.approx(90, abs=2)
    assert retry_after_s("tomorrow") is None


def test_a_wait_of_hours_is_told_instead(
    portal: Portal, fetching: Fetching, waits: list[float]
) -> None:
    portal.misbehaves(too_many_requests("7200"))
    with pytest.raises(SourceRefused, match=r"left alone for 7200 seconds.*app token"):
        get(portal, fetching)
    assert waits == []


def test_waits_grow_and_scatter_but_not_forever() -> None:
    early = Patience(jitter=lambda: 0.0)
    late = Patience(jitter=lambda: 1.0)
    assert [early.wait_s(n, None) for n in (1, 2, 3)] == [0.5, 1.0, 2.0]
    assert [late.wait_s(n, None) for n in (1, 2, 3)] == [1.0, 2.0, 4.0]
    assert late.wait_s(30, None) == 60.0


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (server_error, "answered 500 every time.*data loaded before stay"),
        (cut_in_the_middle, "broke off in the middle"),
        (length_too_long, "broke off in the middle"),
        (length_too_short, "broken JSON every time"),
        (too_many_requests(None), "takes no more requests"),
    ],
)
def test_a_failure_that_stays_is_told(
    portal: Portal, fetching: Fetching, fault: Fault, words: str
) -> None:
    portal.misbehaves(fault, times=4)
    with pytest.raises((SourceUnreachable, SourceRefused), match=words):
        get(portal, fetching)
    assert len(portal.asked) == 4


def test_an_answer_that_drips_is_broken_off(
    portal: Portal, fetching: Fetching, waits: list[float]
) -> None:
    hasty = replace(fetching.patience, attempts=2, pace_s=0.2, slowest_bytes_s=1_000)
    portal.misbehaves(dripping)
    assert get(portal, replace(fetching, patience=hasty)).document == ROWS
    portal.misbehaves(dripping, times=2)
    with pytest.raises(SourceUnreachable, match="answers too slowly"):
        get(portal, replace(fetching, patience=hasty))


def test_nobody_at_home_is_told(fetching: Fetching) -> None:
    with serving() as gone:
        pass
    with pytest.raises(SourceUnreachable, match=r"cannot be reached.*load from a mirror"):
        get(gone, fetching)


# Answers that mean no


def test_a_refusal_is_told_in_the_portals_own_words_and_not_repeated(
    portal: Portal, fetching: Fetching
) -> None:
    with pytest.raises(SourceRefused, match=r"\(404\): There is nothing at /elsewhere"):
        get(portal, fetching, "/elsewhere")
    assert len(portal.asked) == 1


def test_a_web_page_in_place_of_data_is_told_with_its_title(
    portal: Portal, fetching: Fetching
) -> None:
    portal.misbehaves(web_page)
    with pytest.raises(SourceRefused, match='web page titled "Down for maintenance"'):
        get(portal, fetching)


def test_a_bomb_is_not_unpacked(portal: Portal, fetching: Fetching) -> None:
    portal.misbehaves(gzip_bomb)
    with pytest.raises(TooMuch, match="unpacks to more than"):
        get(portal, fetching)


def test_an_answer_packed_twice_is_not_unpacked(portal: Portal, fetching: Fetching) -> None:
    portal.misbehaves(twice_packed)
    with pytest.raises(SourceRefused, match="gzip, gzip"):
        get(portal, fetching)


def test_a_page_over_the_limit_is_told(portal: Portal, fetching: Fetching) -> None:
    with pytest.raises(TooMuch, match="page_size"):
        get(portal, replace(fetching, limits=Limits(max_whole_bytes=100)))


# Where requests go


def test_a_redirect_is_followed(portal: Portal, fetching: Fetching) -> None:
    portal.misbehaves(redirect_to("/rows", 301), on="/old")
    assert get(portal, fetching, "/old").url == f"{portal.url}/rows"


def test_a_redirect_without_end_is_told_at_once(
    portal: Portal, fetching: Fetching, waits: list[float]
) -> None:
    portal.misbehaves(redirect_to_itself, times=50)
    with pytest.raises(SourceRefused, match="redirects without end"):
        get(portal, fetching)
    assert waits == []


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("http://169.254.169.254/latest/meta-data", "keep their own secrets"),
        ("http://[::ffff:169.254.169.254]/", "keep their own secrets"),
        ("http://[fe80::1]/", "keep their own secrets"),
        ("file:///etc/passwd", "no address of the web"),
        ("ftp://127.0.0.1/", "no address of the web"),
    ],
)
def test_a_redirect_into_the_machine_is_not_followed(
    portal: Portal, fetching: Fetching, where: str, words: str
) -> None:
    portal.misbehaves(redirect_to(where))
    with pytest.raises(SourceRefused, match=words):
        get(portal, fetching)


def test_an_answer_may_not_lead_further_inside_than_the_source_is() -> None:
    public = Guard("https://8.8.8.8/")
    public.check("https://9.9.9.9/", "https://8.8.8.8/")
    for inside in ("https://10.0.0.1/", "https://127.0.0.1/", "https://[::1]/", "https://0.0.0.0/"):
        with pytest.raises(SourceRefused, match="further inside"):
            public.check(inside, "https://8.8.8.8/")
    private = Guard("https://10.0.0.1/")
    private.check("https://192.168.7.7/", "https://10.0.0.1/")
    with pytest.raises(SourceRefused, match="further inside"):
        private.check("https://localhost/", "https://10.0.0.1/")


def test_an_answer_may_not_leave_encryption() -> None:
    with pytest.raises(SourceRefused, match="not encrypted"):
        Guard("https://8.8.8.8/").check("http://8.8.8.8/", "https://8.8.8.8/")


@pytest.mark.parametrize(
    ("address", "scope"),
    [
        ("8.8.8.8", Scope.PUBLIC),
        ("10.1.2.3", Scope.PRIVATE),
        ("fd12::1", Scope.PRIVATE),
        ("100.64.0.1", Scope.PRIVATE),
        ("127.0.0.2", Scope.LOOPBACK),
        ("::", Scope.LOOPBACK),
        ("::ffff:127.0.0.1", Scope.LOOPBACK),
        ("64:ff9b::a9fe:a9fe", Scope.FORBIDDEN),
        ("fd00:ec2::254", Scope.FORBIDDEN),
        ("224.0.0.1", Scope.FORBIDDEN),
    ],
)
def test_addresses_lie_as_far_inside_as_they_do(address: str, scope: Scope) -> None:
    assert scope_of(address) is scope


def test_the_app_token_is_shown_to_its_own_host_alone(portal: Portal, fetching: Fetching) -> None:
    with serving() as other:
        other.answers(lambda asked: json_reply([]))
        portal.misbehaves(redirect_to(f"{other.url}/rows"))
        get(portal, replace(fetching, tokens={portal.host: "secret"}))
        assert portal.asked[0].headers["x-app-token"] == "secret"
        assert "x-app-token" not in other.asked[0].headers


def test_a_token_for_another_host_stays_here(portal: Portal, fetching: Fetching) -> None:
    get(portal, replace(fetching, tokens={"data.cityofchicago.org": "secret"}))
    assert "x-app-token" not in portal.asked[0].headers


def test_every_request_says_who_asks(portal: Portal, fetching: Fetching) -> None:
    get(portal, fetching)
    assert portal.asked[0].headers["user-agent"].startswith("interurban/")


def test_what_is_no_web_address_is_told(fetching: Fetching) -> None:
    for url in ("data.cityofchicago.org", "ftp://host/", "https://", "http://host:99999/"):
        with pytest.raises(ConfigurationError, match="no web address"):
            Transport(url, fetching)


# Files

CSV = b"id,name\n" + b"".join(b"%d,Name of a row\n" % number for number in range(20_000))


def fetch(portal: Portal, fetching: Fetching, folder: Path, validator: str = "") -> bytes | None:
    folder.mkdir(parents=True)
    transport = Transport(portal.url, fetching)
    try:
        got = download(transport, f"{portal.url}/rows.csv", folder, validator=validator)
    finally:
        transport.close()
    return None if got is None else got.path.read_bytes()


@pytest.mark.parametrize("ranges", [True, False])
def test_a_file_that_broke_off_is_taken_up_again(
    portal: Portal, fetching: Fetching, tmp_path: Path, *, ranges: bool
) -> None:
    portal.answers(file_route("/rows.csv", CSV, ranges=ranges))
    portal.misbehaves(cut_in_the_middle, times=2)
    assert fetch(portal, fetching, tmp_path / "in") == CSV
    asked = [request.headers.get("range") for request in portal.asked]
    assert asked[1] == f"bytes={len(CSV) // 2}-"
    if ranges:
        assert asked[2] == f"bytes={len(CSV) * 3 // 4}-"


def test_a_file_that_changed_while_it_broke_off_is_fetched_anew(
    portal: Portal, fetching: Fetching, tmp_path: Path
) -> None:
    new = CSV.replace(b"Name", b"Noun")
    old_route = file_route("/rows.csv", CSV, tag='"old"')
    new_route = file_route("/rows.csv", new, tag='"new"')

    def route(asked: Asked) -> Reply | None:
        return (old_route if len(portal.asked) == 1 else new_route)(asked)

    portal.answers(route)
    portal.misbehaves(cut_in_the_middle)
    assert fetch(portal, fetching, tmp_path / "in") == new


@pytest.mark.parametrize("tag", ['"v1"', ""])
def test_an_unchanged_file_is_not_fetched_again(
    portal: Portal, fetching: Fetching, tmp_path: Path, tag: str
) -> None:
    portal.answers(file_route("/rows.csv", CSV, tag=tag))
    validator = tag or "Wed, 08 Aug 2018 12:00:00 GMT"
    assert fetch(portal, fetching, tmp_path / "in", validator) is None


def test_a_file_that_always_breaks_off_is_told(
    portal: Portal, fetching: Fetching, tmp_path: Path
) -> None:
    portal.answers(file_route("/rows.csv", CSV, tag="", ranges=False))
    portal.misbehaves(length_too_long, times=4)
    with pytest.raises(SourceUnreachable, match="broke off"):
        fetch(portal, fetching, tmp_path / "in")


def test_a_file_over_the_limit_is_not_begun(
    portal: Portal, fetching: Fetching, tmp_path: Path
) -> None:
    portal.answers(file_route("/rows.csv", CSV))
    small = replace(fetching, limits=Limits(max_expanded_bytes=1_000))
    with pytest.raises(TooMuch, match="room for 1,000"):
        fetch(portal, small, tmp_path / "in")


def test_a_file_of_the_web_is_read_as_any_other(portal: Portal, fetching: Fetching) -> None:
    portal.answers(file_route("/open/rows.csv", CSV))
    spec = SourceSpec("files", {"url": f"{portal.url}/open/rows.csv"})
    reading = open_source(spec, fetching)
    assert reading is not None
    with reading:
        table = [row for batch in reading.batches() for row in batch.to_pylist()]
        facts = reading.facts()
    assert len(table) == 20_000
    assert table[-1] == {"id": "19999", "name": "Name of a row", "_row": 20_000}
    assert (facts.origin, facts.kind) == (f"{portal.url}/open/rows.csv", "live")
    assert (facts.etag, facts.sha256) == ('"v1"', hashlib.sha256(CSV).hexdigest())
    assert facts.source_time == datetime(2018, 8, 8, 12, tzinfo=UTC)
    assert facts.reading["format"]
    assert open_source(spec, fetching, facts) is None
    assert list(fetching.work.iterdir()) == []


def test_a_file_read_otherwise_is_read_again(portal: Portal, fetching: Fetching) -> None:
    portal.answers(file_route("/rows.csv", CSV))
    url = f"{portal.url}/rows.csv"
    reading = open_source(SourceSpec("files", {"url": url}), fetching)
    assert reading is not None
    with reading:
        list(reading.batches())
        facts = reading.facts()
    again = open_source(SourceSpec("files", {"url": url, "skip": 1}), fetching, facts)
    assert again is not None
    again.close()


def test_a_file_packed_on_its_way_is_read(portal: Portal, fetching: Fetching) -> None:
    packed = Reply(200, gzip.compress(CSV), {"Content-Encoding": "gzip"})
    portal.answers(lambda asked: packed if asked.path == "/rows.csv" else None)
    reading = open_source(SourceSpec("files", {"url": f"{portal.url}/rows.csv"}), fetching)
    assert reading is not None
    with reading:
        assert sum(batch.num_rows for batch in reading.batches()) == 20_000


def test_a_web_page_in_place_of_a_file_is_told(portal: Portal, fetching: Fetching) -> None:
    portal.answers(file_route("/rows.csv", CSV))
    portal.misbehaves(web_page)
    with pytest.raises(UnreadableFile, match="web page"):
        open_source(SourceSpec("files", {"url": f"{portal.url}/rows.csv"}), fetching)


def test_without_validators_the_bytes_tell(portal: Portal, fetching: Fetching) -> None:
    portal.answers(lambda asked: Reply(200, CSV) if asked.path == "/rows.csv" else None)
    spec = SourceSpec("files", {"url": f"{portal.url}/rows.csv"})
    reading = open_source(spec, fetching)
    assert reading is not None
    with reading:
        list(reading.batches())
        facts = reading.facts()
    assert open_source(spec, fetching, facts) is None


def test_a_path_and_a_url_are_not_both_meant(fetching: Fetching) -> None:
    both = SourceSpec("files", {"url": "https://example.org/a.csv", "path": "a.csv"})
    with pytest.raises(ConfigurationError, match="a path or a url"):
        open_source(both, fetching)
