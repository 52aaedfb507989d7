"""The register of partners, and how two nodes become partners."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from interurban.accounts import Accounts
from interurban.alliance import tables
from interurban.alliance.opened import Alliance
from interurban.alliance.pairing import (
    Card,
    accept,
    ask_to_pair,
    checked_url,
    fetch_card,
    own_card,
    read_card,
    remind,
)
from interurban.alliance.peers import MOST_ASKING, slug
from interurban.catalog.node import Node
from interurban.cli import main
from interurban.core.errors import BadRequest, NotFound, PeerDown, Refused
from interurban.http import Settings
from interurban.policy.audit import node_key, opened
from tests.serving import served

from .hostile import Partner, hostile


@pytest.fixture
def here(prepared: Callable[[str], Path]) -> Iterator[Alliance]:
    with Alliance(prepared("here")) as found:
        yield found


@pytest.fixture(scope="module")
def london_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("london") / "home"


@pytest.fixture(scope="module")
def london_url(london_home: Path) -> Iterator[str]:
    """A node that is served, with no data of its own."""
    settings = Settings(requests_per_s=0, title="London Datastore")
    with Node(london_home) as node, served(node, settings) as url:
        yield url


@pytest.fixture
def london(london_home: Path, london_url: str) -> Iterator[Alliance]:
    """The records of that node, as another process of it sees them; nobody is in them yet."""
    with Alliance(london_home) as found:
        yield found
        with found.records.writing() as connection:
            for table in (tables.known, tables.feed, tables.peers):
                connection.execute(sa.delete(table))


@pytest.fixture
def liar(tmp_path: Path) -> Iterator[Partner]:
    with hostile(tmp_path / "liar") as found:
        yield found


def add(alliance: Alliance, folder: Path, title: str = "London", **how: Any) -> Any:
    key = node_key(folder)
    how = {"url": f"http://{slug(title)}.example", "standing": "paired", **how}
    return alliance.peers.add(title=title, public=key.public, **how)


def said(alliance: Alliance, kind: str = "peer") -> list[str]:
    """What the audit log says, oldest first."""
    with opened(alliance.home) as log:
        return [entry.said["what"] for entry in reversed(log.entries(limit=100, kind=kind))]


def own(alliance: Alliance, url: str = "http://127.0.0.1:9") -> Card:
    return Card("Chicago", url, (("chicago", "Chicago"),), "0", alliance.key.public)


# The register


def test_a_node_without_partners_makes_nothing(tmp_path: Path) -> None:
    with Alliance(tmp_path / "home") as found:
        assert found.peers.all() == ()
        assert found.known.datasets() == {}
    assert not (tmp_path / "home").exists()


def test_records_of_other_rooms_are_no_reason_to_make_any(tmp_path: Path) -> None:
    Accounts(tmp_path).close()
    with Alliance(tmp_path) as found:
        assert found.peers.all() == ()
        assert not found.is_begun
        add(found, tmp_path / "london")
        assert found.is_begun
    with Alliance(tmp_path) as again:
        assert [peer.id for peer in again.peers.all()] == ["london"]


def test_ids_are_made_of_titles_and_are_unique(here: Alliance, tmp_path: Path) -> None:
    titles = ["London Datastore", "London  datastore!", "Łódź – miasto", "東京"]
    ids = [add(here, tmp_path / str(n), title).id for n, title in enumerate(titles)]
    assert ids == ["london-datastore", "london-datastore-2", "odz-miasto", "partner"]


@pytest.mark.parametrize("wanted", ["London", "a b", "-a", "peer:x", "removed.x", "x" * 41])
def test_an_id_that_no_policy_could_name_is_refused(
    here: Alliance, tmp_path: Path, wanted: str
) -> None:
    with pytest.raises(BadRequest, match="can't be the id"):
        add(here, tmp_path / "a", wanted=wanted)


def test_an_id_is_never_given_to_another_node(here: Alliance, tmp_path: Path) -> None:
    first = add(here, tmp_path / "a")
    here.peers.remove(first.id)
    assert add(here, tmp_path / "b").id == "london-2"
    with pytest.raises(BadRequest, match="another partner with the id london"):
        add(here, tmp_path / "c", wanted="london")
    assert add(here, tmp_path / "a").id == "london"


def test_the_id_of_a_node_that_never_was_a_partner_is_free(here: Alliance, tmp_path: Path) -> None:
    here.peers.remove(add(here, tmp_path / "a", standing="asks").id)
    assert add(here, tmp_path / "b").id == "london"


def test_who_is_not_there_is_named_with_the_nearest(here: Alliance, tmp_path: Path) -> None:
    add(here, tmp_path / "a")
    with pytest.raises(NotFound) as error:
        here.peers.get("londom")
    assert "london" in error.value.advice


def test_every_change_is_recorded(here: Alliance, tmp_path: Path) -> None:
    peer = add(here, tmp_path / "a", standing="asks").id
    here.peers.accept(peer)
    here.peers.freeze(peer, "It told another story.")
    here.peers.freeze(peer, "It told another story.")
    here.peers.resume(peer)
    here.peers.remove(peer)
    assert said(here) == ["was asked to pair", "paired", "frozen", "resumed", "removed"]


def test_what_another_process_changes_is_seen(here: Alliance, tmp_path: Path) -> None:
    peer = add(here, tmp_path / "a").id
    with Alliance(here.home) as other:
        other.peers.freeze(peer, "Somebody called.")
    here.peers.look_again()
    assert here.peers.get(peer).reason == "Somebody called."


def test_only_what_is_frozen_goes_on_and_only_partners_are_frozen(
    here: Alliance, tmp_path: Path
) -> None:
    peer = add(here, tmp_path / "a", standing="asked").id
    with pytest.raises(Refused):
        here.peers.freeze(peer, "No.")
    with pytest.raises(Refused):
        here.peers.resume(peer)


def test_a_crowd_that_asks_does_not_fill_the_register(here: Alliance, tmp_path: Path) -> None:
    for number in range(MOST_ASKING):
        add(here, tmp_path / str(number), standing="asks")
    with pytest.raises(Refused, match="wait to be accepted already"):
        add(here, tmp_path / "last", standing="asks")


# Addresses


@pytest.mark.parametrize(
    "url",
    [
        "ftp://london.example",
        "file:///etc/passwd",
        "london.example",
        "http://",
        "http://user:secret@london.example",
        "http://169.254.169.254",
        "http://[fe80::1]",
        "http://[::ffff:169.254.169.254]/",
        "http://london.example/?a=b",
        "http://london.example/#a",
        "http://lon don.example",
        "http://london.example:0",
        "http://london.example:99999",
        "https://london.example/\nx",
    ],
)
def test_what_is_no_address_of_a_node_is_refused(url: str) -> None:
    with pytest.raises(BadRequest):
        checked_url(url)


def test_an_address_is_kept_without_its_last_slash() -> None:
    assert checked_url("https://london.example/data/") == "https://london.example/data"
    assert checked_url(" http://localhost:8000 ") == "http://localhost:8000"


# Pairing


def test_two_nodes_pair_when_people_on_both_sides_have_said_yes(
    here: Alliance, london: Alliance, london_url: str, tmp_path: Path
) -> None:
    with Node(here.home) as node, served(node) as url:
        card = fetch_card(here, london_url)
        assert (card.title, card.fingerprint) == ("London Datastore", london.key.fingerprint)
        asked = ask_to_pair(here, card, own_card(here, node, title="Chicago", url=url))
        assert (asked.id, asked.standing) == ("london-datastore", "asked")
        london.peers.look_again()
        asks = london.peers.get("chicago")
        assert (asks.standing, asks.url) == ("asks", url)
        with pytest.raises(Refused, match="which is asked"):
            here.calls.ask(asked, "hello", {})
        assert accept(london, asks).is_paired
        here.peers.look_again()
        assert here.peers.get(asked.id).is_paired
        london_peer = here.peers.get(asked.id)
        assert here.calls.ask(london_peer, "hello", {}).body["version"]


def test_who_was_down_when_the_other_said_yes_hears_of_it_when_it_asks(
    here: Alliance, london: Alliance, london_url: str
) -> None:
    asked = ask_to_pair(here, fetch_card(here, london_url), own(here))
    assert remind(here, asked).standing == "asked"
    london.peers.look_again()
    accepted = accept(london, london.peers.get("chicago"))
    assert accepted.is_paired
    assert london.peers.get("chicago").failure
    assert remind(here, asked).is_paired


def test_asking_who_asked_is_saying_yes(here: Alliance, london: Alliance, london_url: str) -> None:
    london.peers.add(
        title="Chicago", url="http://127.0.0.1:9", public=here.key.public, standing="asked"
    )
    here.peers.add(title="London", url=london_url, public=london.key.public, standing="asks")
    card = fetch_card(here, london_url)
    assert ask_to_pair(here, card, own(here), wanted="thames").id == "thames"
    assert here.peers.get("thames").is_paired
    london.peers.look_again()
    assert london.peers.get("chicago").is_paired


def test_another_fingerprint_than_was_read_out_is_refused(here: Alliance, london_url: str) -> None:
    with pytest.raises(Refused, match=r"has the fingerprint .* not 0000 0000"):
        fetch_card(here, london_url, "0" * 40)
    with pytest.raises(BadRequest, match="40 characters"):
        fetch_card(here, london_url, "abc")


def test_a_fingerprint_may_be_typed_as_it_is_read(
    here: Alliance, london: Alliance, london_url: str
) -> None:
    code = london.key.fingerprint.upper()
    card = fetch_card(here, london_url, f"{code[:4]} {code[4:8]}-{code[8:]}")
    assert card.fingerprint == london.key.fingerprint


def test_a_node_does_not_pair_with_itself(london: Alliance, london_url: str) -> None:
    with pytest.raises(Refused, match="is this one"):
        fetch_card(london, london_url)


def test_another_key_at_the_address_of_a_partner_is_refused(
    here: Alliance, liar: Partner, tmp_path: Path
) -> None:
    known = add(here, tmp_path / "good", url=liar.url)
    with pytest.raises(Refused, match="comes with the key"):
        fetch_card(here, liar.url)
    liar.says["hello"] = lambda _: {}
    with pytest.raises(Refused, match="another key"):
        here.calls.ask(known, "hello", {})


def test_asking_with_a_wrong_key_is_refused_and_recorded(
    here: Alliance, london: Alliance, london_url: str, tmp_path: Path
) -> None:
    add(london, tmp_path / "good", "Chicago", url="http://127.0.0.1:9")
    with pytest.raises(Refused, match=r"comes with the key .* is known by"):
        ask_to_pair(here, fetch_card(here, london_url), own(here))
    assert here.peers.all() == ()
    london.peers.look_again()
    assert [peer.id for peer in london.peers.all()] == ["chicago"]
    assert said(london)[-1] == "refused a message"


def test_who_was_removed_can_not_ask_again_by_itself(
    here: Alliance, london: Alliance, london_url: str
) -> None:
    asked = ask_to_pair(here, fetch_card(here, london_url), own(here))
    london.peers.look_again()
    london.peers.remove("chicago")
    with pytest.raises(Refused, match="have parted with yours"):
        ask_to_pair(here, fetch_card(here, london_url), own(here))
    assert remind(here, asked).standing == "asked"


def test_a_node_that_does_not_know_its_own_address_says_so(here: Alliance, london_url: str) -> None:
    with pytest.raises(BadRequest, match="does not know the address"):
        ask_to_pair(here, fetch_card(here, london_url), own(here, ""))
    public = Card("London", "https://london.example", (), "0", bytes(32))
    with pytest.raises(BadRequest, match="this machine's name for itself"):
        ask_to_pair(here, public, own(here))


def test_redirects_are_not_followed(here: Alliance, liar: Partner) -> None:
    liar.status, liar.headers = 302, {"Location": "http://127.0.0.1:1/alliance/card"}
    with pytest.raises(PeerDown, match="is no node"):
        fetch_card(here, liar.url)


@pytest.mark.parametrize("sends", [b"", b"{}", b"[" * 50_000, b"<html>", b"\xff\xfe"])
def test_what_is_no_node_is_said_to_be_none(here: Alliance, liar: Partner, sends: bytes) -> None:
    liar.sends = sends
    with pytest.raises(PeerDown, match="is no node"):
        fetch_card(here, liar.url)


def test_nothing_of_a_card_can_hurt_a_terminal(here: Alliance, liar: Partner) -> None:
    card = Card("Lon\x1b[31mdon", liar.url, (), "0", liar.key.public)
    with pytest.raises(BadRequest, match="can't be shown"):
        read_card(card.document(), card.public)


# The command


@pytest.fixture
def interurban(
    here: Alliance, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Any:
    def run(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["interurban", *arguments, "--home", str(here.home)])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capfd.readouterr()
        return (ended.value.code if isinstance(ended.value.code, int) else 0), out + err

    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("INTERURBAN_PUBLIC_URL", "http://127.0.0.1:9")
    monkeypatch.delenv("INTERURBAN_HOME", raising=False)
    return run


def test_the_command_pairs_and_shows(
    interurban: Any, here: Alliance, london: Alliance, london_url: str
) -> None:
    assert "no partner yet" in interurban("peer", "list")[1]
    code, text = interurban("peer", "add", london_url)
    assert code == 1
    assert "Nobody is here to compare" in text
    code, text = interurban(
        "peer", "add", london_url, "--fingerprint", london.key.fingerprint, "--as", "thames"
    )
    assert (code, "called thames here" in text) == (0, True)
    assert here.key.fingerprint[:4] in text
    assert "they have not said yes" in interurban("peer", "list")[1]
    london.peers.look_again()
    accept(london, london.peers.get("interurban"))
    here.peers.look_again()
    remind(here, here.peers.get("thames"))
    assert "nothing new" in interurban("peer", "sync")[1]
    assert "London Datastore" in interurban("peer", "show", "thames")[1]
    assert interurban("peer", "freeze", "thames", "--reason", "Somebody called.")[0] == 0
    assert "Somebody called." in interurban("peer", "list")[1]
    assert interurban("peer", "sync", "thames")[0] == 1
    assert interurban("peer", "resume", "thames")[0] == 0
    assert interurban("peer", "remove", "thames", "--yes")[0] == 0
    assert "no partner yet" in interurban("peer", "list")[1]
    assert os.environ["INTERURBAN_PUBLIC_URL"]
