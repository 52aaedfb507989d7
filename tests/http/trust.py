"""Readers of a node whose policies are asked and set over HTTP: by their tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx

from interurban.accounts import Accounts

As = Callable[[str | None], httpx.Client]

SCOPES = ["read", "aggregate", "export", "derive", "admin"]


@contextmanager
def readers(home: Path, address: str) -> Iterator[As]:
    """Clients of ``ada``, who administrates, ``ann`` of acme, ``bob``, and ``None`` for nobody."""
    with Accounts(home) as people, ExitStack() as opened:
        people.register.add_organisation("acme", "Acme")
        people.register.add_group("press", "Press")
        for name, organisation in (("ada", None), ("ann", "acme"), ("bob", None)):
            people.register.add(
                name, name=name.title(), e_mail=f"{name}@city.example", password=None,
                organisation=organisation, groups=["press"] if name == "ann" else [],
                purposes=["dpv:AcademicResearch"], administrator=name == "ada",
            )  # fmt: skip

        known: dict[str | None, httpx.Client] = {}

        def client(name: str | None) -> httpx.Client:
            if name not in known:
                headers = {}
                if name is not None:
                    account = people.register.get(name)
                    scopes = SCOPES if account.administrator else SCOPES[:-1]
                    _, secret = people.tokens.add(account, "test", scopes)
                    headers["Authorization"] = f"Bearer {secret}"
                made = httpx.Client(base_url=address, headers=headers, timeout=60)
                known[name] = opened.enter_context(made)
            return known[name]

        yield client
