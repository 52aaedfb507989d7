"""A partner that is down, slow, wrong or ahead: it is said, and it blocks nothing."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa
import pytest
import shapely

from interurban.alliance import asking, owned
from interurban.alliance.columns import bytes_of
from interurban.alliance.tally import Tally
from interurban.catalog.loading import Origin
from interurban.catalog.loads import load
from interurban.catalog.node import Node
from interurban.core import query as q
from interurban.core.errors import (
    BadRequest,
    InterurbanError,
    PeerDown,
    SourceError,
    TooMuch,
    TooOften,
)
from interurban.policy.audit import opened

from .hostile import Partner, hostile
from .two_nodes import OWNER, Two, two_nodes

LIBRARIES, HERE = "chicago.libraries", "london.boroughs"
ROWS = q.Query(LIBRARIES, limit=5)
BY_NAME = q.Query(
    LIBRARIES, measures=(q.Measure("count"), q.Measure("max", "name")), groups=(q.ByField("name"),)
)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Iterator[Two]:
    folder = tmp_path_factory.mktemp("two")
    for name, dataset in (("owner", LIBRARIES), ("asker", HERE)):
        with Node(folder / name) as node:
            load(node, dataset, Origin(mirror=shared_data))
    with two_nodes(folder / "owner", folder / "asker") as both:
        yield both


Lie = Callable[[dict[str, Any], bytes], tuple[dict[str, Any], bytes]]


@pytest.fixture
def lying(two: Two, monkeypatch: pytest.MonkeyPatch) -> Callable[[Lie], Two]:
    """Let the owner change its answers before it signs them."""
    honest = owned._answer

    def lie(change: Lie) -> Two:
        monkeypatch.setattr(owned, "_answer", lambda *asked: change(*honest(*asked)))
        return two

    return lie


def of_table(change: Callable[[pa.Table], pa.Table], **options: Any) -> Lie:
    def changed(facts: dict[str, Any], content: bytes) -> tuple[dict[str, Any], bytes]:
        found = change(pa.ipc.open_stream(content).read_all())
        if not options:
            return facts, bytes_of(found)
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, found.schema, options=pa.ipc.IpcWriteOptions(**options)) as to:
            to.write_table(found)
        return facts, bytes(sink.getvalue())

    return changed


def with_column(table: pa.Table, name: str, value: object) -> pa.Table:
    position = table.schema.get_field_index(name)
    column = pa.array([value] * table.num_rows, table.schema.field(name).type)
    return table.set_column(position, name, column)


POLYGON = shapely.to_wkb(shapely.box(0, 0, 1, 1))
NOWHERE = shapely.to_wkb(shapely.Point(1e6, 0))
INFINITE = shapely.to_wkb(shapely.Point(float("inf"), 0))

LIES: dict[str, tuple[Lie, str]] = {
    "a column more": (
        of_table(lambda t: t.append_column("password", pa.array(["x"] * t.num_rows))),
        "has a column 'password'",
    ),
    "a column less": (of_table(lambda t: t.drop_columns(["name"])), "has no column name"),
    "columns in another order": (of_table(lambda t: t.select(t.column_names[::-1])), "order"),
    "a column of another type": (
        of_table(lambda t: t.set_column(0, "name", pa.array([1] * t.num_rows))),
        "another type",
    ),
    "a column as a dictionary": (
        of_table(lambda t: t.set_column(0, "name", t["name"].dictionary_encode())),
        "dictionary|another type",
    ),
    "more rows": (of_table(lambda t: pa.concat_tables([t, t, t])), "more rows than the 5"),
    "packed rows": (of_table(lambda t: t, compression="zstd"), "packed"),
    "geometry that is none": (of_table(lambda t: with_column(t, "geometry", b"xx")), "can't be"),
    "geometry of another kind": (
        of_table(lambda t: with_column(t, "geometry", POLYGON)),
        "no point",
    ),
    "geometry beyond the Earth": (
        of_table(lambda t: with_column(t, "geometry", NOWHERE)),
        "nowhere on Earth",
    ),
    "geometry without end": (
        of_table(lambda t: with_column(t, "geometry", INFINITE)),
        "nowhere on Earth",
    ),
    "no table": (lambda facts, _: (facts, b"<html>"), "no whole Arrow stream"),
    "nothing": (lambda facts, _: (facts, b""), "no whole Arrow stream"),
    "half a table": (lambda facts, content: (facts, content[: len(content) // 2]), "Arrow stream"),
    "another version": (lambda facts, content: (facts | {"version": 7}, content), "version"),
    "another dataset": (lambda facts, content: (facts | {"dataset": "a.b"}, content), "dataset"),
    "facts of another kind": (lambda facts, content: (facts | {"more": 1}, content), "more"),
}


@pytest.mark.parametrize("name", LIES)
def test_a_wrong_answer_is_refused_whole(lying: Callable[[Lie], Two], name: str) -> None:
    lie, why = LIES[name]
    two = lying(lie)
    with pytest.raises(SourceError, match=why) as refused:
        two.asker.page(replace(ROWS, fields=()))
    assert refused.value.what.startswith("Chicago Datastore answered a question about")


def test_a_count_that_can_not_be_is_refused(lying: Callable[[Lie], Two]) -> None:
    for wrong in ({"count": -1}, {"count": 10**9}, {"count": 1.5}, {"count": 1, "placed": 2}):
        two = lying(lambda facts, content, wrong=wrong: (facts | wrong, content))  # type: ignore[misc] # bound now
        with pytest.raises(SourceError, match="as it should not"):
            two.asker.count(q.Query(LIBRARIES))


def test_a_number_that_is_none_is_refused(lying: Callable[[Lie], Two]) -> None:
    query = replace(BY_NAME, measures=(q.Measure("count"),))
    two = lying(of_table(lambda t: with_column(t, "count", None)))
    assert two.asker.aggregate(query).column("count").null_count  # a missing value is one
    floats = pa.table({"x": pa.array([1.0, float("nan")])})
    from interurban.alliance.columns import table_of

    with pytest.raises(ValueError, match="no number"):
        table_of(bytes_of(floats), floats.schema, 10)


def test_a_tile_that_is_none_is_refused(lying: Callable[[Lie], Two]) -> None:
    two = lying(lambda facts, _: (facts, b"<script>"))
    with pytest.raises(SourceError, match="no vector tile"):
        two.asker.tile(q.Query(LIBRARIES), 10, 262, 380)


def test_pages_that_go_round_in_a_circle_end(
    lying: Callable[[Lie], Two], monkeypatch: pytest.MonkeyPatch
) -> None:
    first: list[bytes] = []

    def again(facts: dict[str, Any], content: bytes) -> tuple[dict[str, Any], bytes]:
        first.append(content)
        return facts | {"more": True}, first[0]

    two = lying(again)
    with pytest.raises(SourceError, match="circle"):
        list(two.asker.rows(q.Query(LIBRARIES)).batches)
    assert len(first) == 2


def test_an_answer_without_end_is_broken_off(
    lying: Callable[[Lie], Two], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "_MOST_PAGE", 100_000)
    two = lying(lambda facts, _: (facts, b"x" * 200_000))
    with pytest.raises(InterurbanError, match="more than 100,000 bytes"):
        two.asker.page(ROWS)


def test_a_wrong_answer_leaves_nothing_behind(lying: Callable[[Lie], Two], two: Two) -> None:
    assert two.asker.page(ROWS).snapshot.rows == two.owner.snapshot(LIBRARIES).rows
    url = f"{two.asker_url}/collections/{LIBRARIES}/count"
    lying(lambda facts, content: (facts | {"count": -1}, content))
    answer = httpx.get(url)
    assert answer.status_code == 502
    assert "Chicago Datastore answered" in answer.json()["detail"]
    assert answer.headers["cache-control"] == "no-store"


# Ahead


def test_a_newer_version_is_noticed_by_asking(two: Two, shared_data: Path) -> None:
    known = two.asker.snapshot(LIBRARIES)
    with Node(two.owner.home.root) as loader:
        load(loader, LIBRARIES, Origin(mirror=shared_data), full=True)
        load(loader, "chicago.l_lines", Origin(mirror=shared_data))
    pinned = replace(ROWS, as_of=known.version)
    assert two.asker.page(pinned).snapshot.version == known.version
    end = time.monotonic() + 10
    while "chicago.l_lines" not in two.asker.snapshots():
        assert time.monotonic() < end, "it was not told of"
        time.sleep(0.05)
    # Whoever reads page after page of the older version goes on with it.
    assert two.asker.page(pinned).snapshot.version == known.version


# Slow and down


@pytest.fixture
def silent(two: Two, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Partner]:
    """The owner's address answers no more; something listens there and is silent."""
    monkeypatch.setattr(asking, "_TIMEOUT_S", 4.0)
    peers, url = two.asker.alliance.peers, two.peer().url
    with hostile(tmp_path) as silent:
        silent.hangs = True
        peers.moved(OWNER, title=two.peer().title, url=silent.url)
        two.asker.alliance.known.look_again()
        try:
            yield silent
        finally:
            silent.let_go.set()
            peers.moved(OWNER, title=two.peer().title, url=url)


def test_who_hangs_keeps_its_own_readers_waiting_and_nobody_else(two: Two, silent: Partner) -> None:
    there = f"{two.asker_url}/collections/{LIBRARIES}/count"
    httpx.get(f"{two.asker_url}/healthz")
    with ThreadPoolExecutor(20) as many:
        waiting = [many.submit(httpx.get, there, timeout=60) for _ in range(20)]
        while silent.asked.count("query") < 8:
            time.sleep(0.01)
        for path in (
            f"/collections/{HERE}/count",
            f"/collections/{HERE}/items?limit=1",
            "/api/datasets",
            "/collections",
            f"/collections/{LIBRARIES}/queryables",
        ):
            assert httpx.get(two.asker_url + path, timeout=30).status_code == 200
        assert not any(each.done() for each in waiting), "the others came while they waited"
        answers = [each.result() for each in waiting]
    assert {answer.status_code for answer in answers} == {503}
    assert "Chicago Datastore" in answers[0].json()["detail"]
    assert all(answer.headers["retry-after"] for answer in answers)
    # It is left alone for a while now, and whoever asks is told so at once.
    asked = silent.asked.count("query")
    assert asked < 20
    assert httpx.get(there, timeout=60).status_code == 503
    with pytest.raises(PeerDown, match="did not answer"):
        two.asker.count(q.Query(LIBRARIES))
    assert silent.asked.count("query") == asked


# At the owner's


class Slow:
    """A node that takes its time over counts."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self.go = threading.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._node, name)

    def seen_by(self, reader: Any) -> Slow:
        return self

    @property
    def own(self) -> Slow:
        return self

    def count(self, query: q.Query) -> Any:
        self.go.wait(10)
        return self._node.count(query)


@pytest.fixture
def slow(two: Two) -> Iterator[Slow]:
    node = Slow(two.owner)
    yield node
    node.go.set()


def message(two: Two) -> Any:
    from interurban.alliance.messages import Message
    from interurban.query.wire import write_query

    body = {"what": "count", "query": write_query(q.Query(LIBRARIES)), "purpose": "public"}
    now = two.owner.snapshot(LIBRARIES).committed_at
    return Message("query", "a", "b", now, "1", body | {"reader": ""})


def test_the_owner_gives_up_in_time_and_says_so(two: Two, slow: Slow, tmp_path: Path) -> None:
    node = owned.Owned(slow, Tally(tmp_path), timeout_s=0.2)  # type: ignore[arg-type] # it stands in for one
    peer = two.owner.alliance.peers.get("london")
    answer = node.handle(peer, message(two))
    assert answer.body["error"]["kind"] == "too-much"
    assert "within 0.2 s" in answer.body["error"]["what"]
    node.close()


def test_a_partner_has_so_many_questions_under_way_and_no_more(
    two: Two, slow: Slow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owned, "_WAITING", 1)
    node = owned.Owned(slow, Tally(tmp_path), timeout_s=5)  # type: ignore[arg-type] # it stands in for one
    london = two.owner.alliance.peers.get("london")
    with ThreadPoolExecutor(9) as many:
        asked = [many.submit(node.handle, london, message(two)) for _ in range(8)]
        while sum(each.done() for each in asked) < 5:
            time.sleep(0.01)
        refused = [each.result() for each in asked if each.done()]
        other = many.submit(node.handle, replace(london, id="paris"), message(two))
        slow.go.set()
        answers = [each.result() for each in (*asked, other)]
    assert [one.body["error"]["kind"] for one in refused] == ["too-often"] * 5
    assert sum("count" in one.body for one in answers) == 4
    node.close()


def test_questions_are_recorded_together(two: Two) -> None:
    with opened(two.owner.home.root) as log:
        before = log.size()
    tally = Tally(two.owner.home.root, every_s=60)
    for number in range(50):
        tally.note("london", LIBRARIES, "open", "tile", reader=f"{number:032x}", purpose="public")
    tally.note("london", LIBRARIES, "open", "rows", refused=True)
    tally.note("london", "", "", "count", refused=True)
    tally.close()
    with opened(two.owner.home.root) as log:
        new = [log.entry(n).said for n in range(before + 1, log.size() + 1)]
    told = [one for one in new if one["kind"] == "question"]
    assert [one.get("dataset") for one in told] == [LIBRARIES, None]
    assert told[0]["facts"] == {"peer": "london", "questions": 51, "refused": 1, "rule": "open"}
    assert "readers" in told[0]["hashed"]


def test_errors_of_the_owner_keep_their_kind() -> None:
    from interurban.alliance.refusals import raised_by, refusal_document
    from interurban.core.alliance import Peer

    peer = Peer("x", "Paris", "", b"", "", "paired", datetime.now(UTC))
    for error in (TooMuch("a"), TooOften("b", wait_s=9), SourceError("c", part="d")):
        read = raised_by(peer, refusal_document(error))
        assert read.what == f"Paris says: {error.what}"
    assert isinstance(read, PeerDown)


def test_roles_of_fields_that_are_not_there_are_none(two: Two) -> None:
    from interurban.alliance.told import Access, dataset_document, read_dataset
    from interurban.core.standard import Roles

    there = two.owner.snapshot(LIBRARIES)
    odd = replace(there, roles=Roles("password", "when", search=("name", "x")), unique_key=True)
    described = two.owner.dataset(LIBRARIES)
    written = dataset_document(described, odd, Access("open", ""), ())
    document = json.loads(json.dumps(written))
    told = read_dataset(document, LIBRARIES, two.peer()).snapshot
    assert told is not None
    assert told.roles == Roles(search=("name",))
    assert told.id_field is None
    document["snapshot"]["fields"] *= 2
    with pytest.raises(BadRequest, match="same name twice"):
        read_dataset(document, LIBRARIES, two.peer())
