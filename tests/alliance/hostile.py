"""A partner that has a good key and says what it likes: a real server, and messages by hand."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

from interurban.alliance.feed import Entry
from interurban.alliance.messages import Message, Sealed, seal, unseal
from interurban.alliance.peers import GENESIS
from interurban.policy.audit import NodeKey, node_key

Says = Callable[[Message], Mapping[str, Any]]


@dataclass
class Partner:
    """Answers each kind of message as it is told to.

    Parameters
    ----------
    says: kind to the body of its answer.
    sends: the bytes of its answer instead, whatever is asked; ``hangs``: none, until let go.
    """

    key: NodeKey
    url: str = ""
    says: dict[str, Says] = field(default_factory=dict)
    sends: bytes | None = None
    sends_slowly: bool = False
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    hangs: bool = False
    let_go: Event = field(default_factory=Event)
    asked: list[str] = field(default_factory=list)

    def tells(self, entries: list[Entry], **changes: Any) -> None:
        """Tell these entries as its feed, unless changes say otherwise."""

        def page(message: Message) -> dict[str, Any]:
            since = message.body["since"]
            newest = entries[-1] if entries else None
            return {
                "entries": [entry.as_json() for entry in entries if entry.number > since],
                "newest": newest.number if newest else 0,
                "root": newest.hash if newest else GENESIS,
                "log": 0,
                **changes,
            }

        self.says["feed"] = page

    def answer(self, kind: str, document: object) -> bytes:
        """The sealed answer to a message."""
        sealed = Sealed.read(document)
        # It answers whatever it gets, be it meant for somebody else.
        asked = unseal(sealed, kind=kind, own=json.loads(sealed.statement)["to"])
        body = self.says[kind](asked)
        answer = seal(self.key, kind, asked.sender, body, answers=asked.id)
        return json.dumps(answer.document()).encode()

    def card(self) -> bytes:
        """What it says of itself."""
        body = {"title": "London", "url": self.url, "cities": [], "version": "0"}
        return json.dumps(seal(self.key, "card", None, body).document()).encode()


@contextmanager
def hostile(folder: Path) -> Iterator[Partner]:
    """A partner with a key of its own, served on a port of its own."""
    partner = Partner(node_key(folder))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._send(partner.card())

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            document = json.loads(self.rfile.read(length))
            kind = self.path.rpartition("/")[2]
            partner.asked.append(kind)
            if partner.hangs:
                partner.let_go.wait(30)
                return
            self._send(partner.answer(kind, document) if partner.sends is None else partner.sends)

        def _send(self, body: bytes) -> None:
            body = body if partner.sends is None else partner.sends
            self.send_response(partner.status)
            for name, value in {"Content-Type": "application/json", **partner.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if not partner.sends_slowly:
                self.wfile.write(body)
                return
            for start in range(len(body)):
                self.wfile.write(body[start : start + 1])
                self.wfile.flush()
                time.sleep(0.05)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign] # callers hang up, as they may
    partner.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield partner
    finally:
        partner.let_go.set()
        server.shutdown()
        server.server_close()
        thread.join(5)


# What it tells


def chain(*changes: tuple[str, str, str, Mapping[str, Any] | None]) -> list[Entry]:
    """A sound feed: change, kind, subject and document of each entry."""
    entries: list[Entry] = []
    for number, (change, kind, subject, document) in enumerate(changes, 1):
        before = entries[-1].hash if entries else GENESIS
        at = "2026-11-23T12:00:00+00:00"
        entries.append(Entry(number, change, kind, subject, document, before, at))
    return entries


def city(name: str = "london") -> dict[str, Any]:
    """A city as it is told."""
    return {
        "id": name,
        "name": name.title(),
        "country": "United Kingdom",
        "time_zone": "Europe/London",
        "crs": "EPSG:27700",
        "bounds": [-0.5, 51.2, 0.3, 51.7],
        "region": [-1.0, 51.0, 1.0, 52.0],
        "locale": "en-GB",
        "units": "metric",
        "suppression_threshold": 5,
        "boundaries": [],
        "licences": [],
    }


def dataset(name: str, **changes: Any) -> dict[str, Any]:
    """A closed dataset as it is told."""
    described = {
        "id": name,
        "title": name.partition(".")[2].title(),
        "summary": "Something that is counted.",
        "theme": "people",
        "publisher": "Greater London Authority",
        "licence": "ogl-3",
        "attribution": "",
        "frequency": "once",
        "standard": None,
        "aliases": [],
        "roles": None,
        "basemap": None,
        "gazetteer": None,
        "vintage": "",
        "notes": "",
        **changes,
    }
    access = {"kind": "closed", "reason": "It is closed.", "agreement": None, "conditions": []}
    return {"dataset": described, "snapshot": None, "access": access, "fields": ["name"]}


def story(*names: str) -> list[Entry]:
    """A sound feed of a city and some closed datasets in it."""
    return chain(
        ("insert", "city", "london", city()),
        *(("insert", "dataset", name, dataset(name)) for name in names),
    )
