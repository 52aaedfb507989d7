"""What the atlas keeps: made once for all who ask, and anew when what it was made from changes."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Event

import pytest

from interurban.apps.schools.kept import Kept
from interurban.apps.schools.reading import open_atlas
from interurban.catalog.loading import Origin
from interurban.catalog.loads import load
from interurban.catalog.node import Node
from interurban.core.errors import TooMuch
from tests import third_city

from . import springfield


def test_a_thing_is_made_once_for_all_who_ask_at_the_same_time() -> None:
    kept, together, made = Kept(), Barrier(4), Event()
    times: list[int] = []

    def make() -> str:
        times.append(1)
        made.wait(10)
        return "flows"

    def ask(_: int) -> str:
        together.wait(10)
        return kept.get(("flows",), make)

    with ThreadPoolExecutor(4) as threads:
        asked = [threads.submit(ask, one) for one in range(4)]
        made.set()
        assert [one.result(10) for one in asked] == ["flows"] * 4
    assert len(times) == 1


def test_whoever_waits_tries_again_when_making_fails() -> None:
    kept, begun, gone = Kept(), Event(), Event()

    def hung_up() -> str:
        begun.set()
        gone.wait(10)
        raise TooMuch("Nobody waited for it.")

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(kept.get, ("flows",), hung_up)
        begun.wait(10)
        second = threads.submit(kept.get, ("flows",), lambda: "flows")
        gone.set()
        with pytest.raises(TooMuch):
            first.result(10)
        assert second.result(10) == "flows"


def test_a_new_version_takes_the_place_of_the_old_one() -> None:
    kept = Kept()
    assert kept.get(("flows",), lambda: "old", (1,)) == "old"
    assert kept.get(("flows",), lambda: "new", (2,)) == "new"
    assert kept.get(("flows",), lambda: "not asked", (2,)) == "new"
    assert kept.get(("flows",), lambda: "again", (1,)) == "again"


def test_the_least_recently_asked_is_forgotten_first() -> None:
    kept = Kept(most=2)
    for name in ("a", "b", "a", "c"):
        kept.get((name,), lambda name=name: name)
    assert kept.get(("a",), lambda: "made anew") == "a"
    assert kept.get(("b",), lambda: "made anew") == "made anew"


@pytest.fixture
def unloaded(tmp_path: Path) -> Iterator[Node]:
    """A city that only says something to the atlas, with none of its datasets loaded."""
    pack = tmp_path / "home" / "packs" / "springfield"
    (pack / "apps").mkdir(parents=True)
    (pack / "city.yaml").write_text(third_city.CITY)
    (pack / "apps" / "schools.yaml").write_text(_stages())
    with Node(tmp_path / "home") as node:
        yield node


def _stages(class_size: int = 30) -> str:
    return springfield.ATLAS.partition("schools:")[0].replace(
        "class_size: 30", f"class_size: {class_size}"
    )


def test_the_mark_changes_with_what_the_pack_says_and_with_nothing_else(unloaded: Node) -> None:
    kept = Kept()
    file = unloaded.home.packs / "springfield" / "apps" / "schools.yaml"
    settings, mark = kept.settings(unloaded.packs, "springfield")
    assert settings is not None
    assert settings.stages[0].class_size == 30
    assert kept.settings(unloaded.packs, "springfield") == (settings, mark)

    file.write_text(f"# The same, said later.\n{_stages()}")
    unloaded.look_again()
    assert kept.settings(unloaded.packs, "springfield")[1] == mark

    file.write_text(_stages(class_size=28))
    unloaded.look_again()
    changed, other = kept.settings(unloaded.packs, "springfield")
    assert changed is not None
    assert changed.stages[0].class_size == 28
    assert other != mark


def test_an_answer_is_of_one_version_whatever_is_loaded_meanwhile(tmp_path: Path) -> None:
    pack, files = springfield.write(tmp_path, faulty=False)
    schools, origin = "springfield.schools", Origin(mirror=files)
    with Node(tmp_path / "home", packs=[pack]) as node:
        load(node, schools, origin)
        before = open_atlas(node, "springfield")
        rows = before.table(schools)
        list_of_schools = files / "schools.csv"
        lines = list_of_schools.read_text().splitlines(keepends=True)
        list_of_schools.write_text("".join(lines[:-1]))
        load(node, schools, origin)
        after = open_atlas(node, "springfield")
        assert before.table(schools) == rows
        assert after.table(schools) != rows
        assert before.key([schools]) != after.key([schools])
