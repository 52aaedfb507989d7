"""What is described is seen by every thread as soon as its writer has been answered."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from interurban.catalog.packs import Packs, load_packs
from interurban.catalog.registry import Registry
from interurban.store.home import Home


def test_who_looks_again_waits_for_another_thread_that_is_reading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = Registry(Home(tmp_path))
    before, after = registry.packs, load_packs()
    reading, go_on = threading.Event(), threading.Event()

    def slowly() -> Packs:
        reading.set()
        assert go_on.wait(10)
        return after

    monkeypatch.setattr(registry, "_read", slowly)
    monkeypatch.setattr(registry, "_look", lambda: (("new.yaml", 1),))
    first = threading.Thread(target=registry.look_again)
    first.start()
    assert reading.wait(10)
    assert registry.packs is before, "whoever only asks is not held up"
    seen: list[Packs] = []

    def look() -> None:
        registry.look_again()
        seen.append(registry.packs)

    second = threading.Thread(target=look)
    second.start()
    second.join(0.05)
    assert seen == [], "it would have seen what was there before"
    go_on.set()
    for thread in (first, second):
        thread.join(10)
    assert seen == [after]
