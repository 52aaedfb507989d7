"""Two nodes watch each other's logs: what is rewritten can't be shown to the other any more."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from interurban.core.errors import BadRequest, Refused
from interurban.policy.audit import (
    Event,
    Head,
    keep_countersignature,
    last_witnessed,
    node_key,
    opened,
    read_countersignature,
    read_head,
    record_all,
    verify,
    witness,
)


def grow(home: Path, number: int, what: str = "ended") -> Head:
    record_all(home, [Event("run", what, facts={"n": n}) for n in range(number)])
    with opened(home) as log:
        return log.head()


def path_between(home: Path, older: Head, newer: Head) -> list[bytes]:
    with opened(home) as log:
        return log.consistency(older.size, newer.size)


@pytest.fixture
def homes(tmp_path: Path) -> tuple[Path, Path]:
    return tmp_path / "chicago", tmp_path / "london"


def test_a_log_that_grows_is_countersigned_each_time(homes: tuple[Path, Path]) -> None:
    chicago, london = homes
    first = grow(chicago, 5)
    key = first.public
    one = witness(london, first, [], key)
    second = grow(chicago, 6)
    two = witness(london, second, path_between(chicago, first, second), key)
    assert last_witnessed(london, first.node) == second
    for signed in (one, two):
        sent = read_countersignature(signed.document())
        keep_countersignature(chicago, sent, node_key(london).public)
    with opened(chicago) as log:
        (kept,) = log.countersignatures(second.size)
        assert kept == two
        assert kept.witness == node_key(london).fingerprint
    assert verify(chicago).countersignatures == 2
    assert verify(chicago).ok
    assert verify(london).ok


def test_the_same_head_again_gets_the_same_countersignature(homes: tuple[Path, Path]) -> None:
    chicago, london = homes
    head = grow(chicago, 3)
    assert witness(london, head, [], head.public) == witness(london, head, [], head.public)


def test_a_rewritten_log_is_refused_and_that_is_recorded(
    homes: tuple[Path, Path], tmp_path: Path
) -> None:
    chicago, london = homes
    first = grow(chicago, 5)
    witness(london, first, [], first.public)
    rewritten = tmp_path / "rewritten"
    (rewritten / "keys").mkdir(parents=True)
    (rewritten / "keys" / "node.pem").touch(0o600)
    (rewritten / "keys" / "node.pem").write_bytes((chicago / "keys" / "node.pem").read_bytes())
    forged = grow(rewritten, 9, "began")
    assert forged.node == first.node
    with pytest.raises(Refused, match="it was rewritten"):
        witness(london, forged, path_between(rewritten, first, forged), first.public)
    with opened(london) as log:
        assert log.entries(limit=1)[0].said["what"] == "refused a head"
    assert last_witnessed(london, first.node) == first


def test_a_shorter_log_a_fork_and_a_wrong_key_are_refused(homes: tuple[Path, Path]) -> None:
    chicago, london = homes
    older = grow(chicago, 4)
    newer = grow(chicago, 4)
    witness(london, newer, [], newer.public)
    with pytest.raises(Refused, match="entries were taken away"):
        witness(london, older, [], older.public)
    with pytest.raises(Refused, match="another key"):
        witness(london, newer, [], node_key(london).public)
    changed = replace(newer, statement=newer.statement.replace('"size":8', '"size":9'))
    with pytest.raises(Refused, match="not signed by the node"):
        witness(london, changed, [], newer.public)


def test_a_countersignature_of_another_head_or_key_is_not_kept(homes: tuple[Path, Path]) -> None:
    chicago, london = homes
    head = grow(chicago, 4)
    signed = witness(london, head, [], head.public)
    with pytest.raises(Refused, match="not the witness's signature"):
        keep_countersignature(chicago, signed, head.public)
    with pytest.raises(Refused, match="not the witness's signature"):
        keep_countersignature(
            chicago, replace(signed, signature=bytes(64)), node_key(london).public
        )


@pytest.mark.parametrize("wrong", [{}, {"statement": 1, "public_key": "zz", "signature": ""}])
def test_what_is_no_head_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(BadRequest, match="not a signed head"):
        read_head(wrong)
    head = Head("[1]", bytes(32), bytes(64))
    assert not head.is_sound()
