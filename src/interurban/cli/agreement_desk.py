"""Where agreements are worked on from the terminal: an opened node, its files, and what is told."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from interurban.core.errors import BadRequest, NotFound, UnreadableFile

from .agreement_words import show_next
from .output import screen, show_json

if TYPE_CHECKING:
    from interurban.alliance.agreements import Agreements, By, Datasets
    from interurban.alliance.agreements.register import View
    from interurban.alliance.opened import Alliance
    from interurban.catalog.node import Node
    from interurban.core.alliance import Agreement, Assessment, Terms

__all__ = ["Desk", "assessment_in", "by", "opened", "text_of"]


@dataclass(frozen=True)
class Desk:
    """An opened node with its agreements."""

    node: Node
    alliance: Alliance
    now: datetime

    @property
    def agreements(self) -> Agreements:
        """What is agreed."""
        return self.alliance.agreements

    @property
    def datasets(self) -> Datasets:
        """What terms are checked against."""
        from interurban.alliance.agreements import Datasets

        return Datasets(self.node)

    def find(self, written: str) -> View:
        """The agreement whose id is, or begins with, what was written."""
        found = [each.id for each in self.agreements.all() if each.id.startswith(written)]
        if len(found) > 1:
            raise BadRequest(
                f"{len(found)} agreements begin with {written}.",
                advice="Write more of the id.",
                part="id",
            )
        if not found or not written:
            raise NotFound(
                f"There is no agreement {written[:60]!r}.",
                advice="See them with: interurban agreements list",
                part="id",
            )
        return self.agreements.view(found[0])

    def terms(self, file: Path) -> Terms:
        """The terms of a file; a date in them is midnight in the first dataset's city."""
        from interurban.alliance.agreements.terms import datasets_named, terms_of_text
        from interurban.policy.rights.rules import Known

        text = text_of(file)
        zone = self.datasets.zone(datasets_named(text, file.name))
        return terms_of_text(text, file.name, Known(zone=zone))

    def document(self, view: View) -> dict[str, object]:
        """An agreement as the API has it."""
        from interurban.alliance.agreements.documents import agreement_document

        return agreement_document(view, self.now, self.datasets.is_open, acts=True)

    def state(self, view: View) -> str:
        """How an agreement stands, in a few words."""
        from interurban.alliance.agreements.states import DONE

        found = view.agreement
        if found.state == "FINALIZED" and self.now >= found.terms.ends:
            return "over"
        if found.state == "FINALIZED" and not view.partner.is_paired:
            return "paused"
        if found.state == "FINALIZED" and self.now < found.terms.starts:
            return "signed, begins later"
        return DONE[found.state]

    def tell(self, changed: Agreement, *, as_json: bool) -> None:
        """Tell the partner now, and the person what was done and what comes next."""
        self.agreements.send_waiting(self.alliance.calls)
        view = self.agreements.view(changed.id)
        if as_json:
            show_json(self.document(view))
            return
        screen.print(f"{changed.terms.title} ({changed.id})", markup=False, soft_wrap=True)
        screen.print(f"It is {self.state(view)} ({view.agreement.state}).", style="bold")
        if view.failure:
            screen.print(
                f"{view.partner.title} refused it: {view.failure}",
                style="bold red",
                markup=False,
                soft_wrap=True,
            )
        elif view.waits:
            screen.print(
                f"{view.partner.title} does not answer now; it is told as soon as it does, while "
                "this node is served.",
                style="dim",
                markup=False,
                soft_wrap=True,
            )
        else:
            screen.print(f"{view.partner.title} has been told.", style="dim", markup=False)
        show_next(view)

    def written(self, view: View, ending: str) -> bytes:
        """An agreement as the content of a file with that ending."""
        from interurban.alliance.agreements.copies import to_yaml
        from interurban.alliance.agreements.odrl import to_json_ld
        from interurban.alliance.agreements.pdf import Names, to_pdf

        public = self.agreements.public
        match ending:
            case ".pdf":
                return to_pdf(view, public, self.now, Names(_own_title(self), self.datasets.title))
            case ".yaml" | ".yml":
                return to_yaml(view).encode()
            case ".json":
                return json.dumps(self.document(view), ensure_ascii=False, indent=1).encode()
            case ".jsonld":
                return json.dumps(to_json_ld(view, public), ensure_ascii=False, indent=1).encode()
        raise BadRequest(
            f"A file that ends in {ending or 'nothing'} is not written here.",
            advice="End its name in .pdf, .yaml, .json or .jsonld.",
            part="file",
        )


@contextmanager
def opened(home: Path | None) -> Iterator[Desk]:
    """The node of a data folder with its agreements, until the command is done."""
    from interurban.alliance.joined import JoinedNode

    node = JoinedNode(home)
    with node:
        yield Desk(node, node.alliance, datetime.now(UTC))


def _own_title(desk: Desk) -> str:
    from interurban.alliance.pairing import own_card

    title = os.environ.get("INTERURBAN_TITLE", "")
    return own_card(desk.alliance, desk.node, title=title).title


def by(name: str, office: str) -> By:
    """Who acts; BadRequest when that can't be a name and an office."""
    from interurban.alliance.agreements import By

    return By(name, office)


def text_of(file: Path) -> str:
    """The text of a file; UnreadableFile when there is none."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFile(
            f"{file} can't be read: {error}.", advice="Name a file in YAML or JSON."
        ) from error


def assessment_in(file: Path, by: str) -> Assessment:
    """The impact assessment of a file; ConfigurationError with the line and key of a mistake."""
    from interurban.alliance.agreements.terms import assessment_of
    from interurban.standards.yaml_file import read_yaml_text

    section = read_yaml_text(text_of(file), file.name)
    return assessment_of(section.section("assessment") or section, UTC, by, datetime.now(UTC))
