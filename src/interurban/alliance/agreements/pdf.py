"""An agreement as a PDF that people file and print: terms, both signatures, and how to check them.

The PDF is for reading. What can be checked by a program is the copy in YAML or JSON; its hash and
fingerprints stand here to compare. A letter that no font here has is told by its number.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from fontTools.ttLib import TTFont
from fpdf import FPDF
from fpdf.enums import XPos, YPos

from interurban.core.alliance import Signature
from interurban.policy.audit import fingerprint

from . import words
from .register import View
from .signing import statement
from .states import other

__all__ = ["Names", "to_pdf"]

_TEXT, _OTHER_SCRIPTS = "text", "other-scripts"
_INK, _QUIET, _RULE = (22, 32, 42), (91, 102, 112), (227, 224, 216)
_LEFT_MM, _TOP_MM, _FOOT_MM = 22.0, 20.0, 20.0
_LABEL_MM, _GAP_MM, _LINE_MM = 40.0, 4.0, 5.2
_LEAST_ROOM_MM, _PAGE_MM = 24.0, 25.0
_LONGEST_FOOT = 95
_STEPS = {
    "REQUESTED": "asked for data",
    "OFFERED": "offered terms",
    "ACCEPTED": "accepted the terms",
    "AGREED": "signed",
    "VERIFIED": "signed",
    "FINALIZED": "put it in force",
    "TERMINATED": "ended it",
}


@dataclass(frozen=True, slots=True)
class Names:
    """What things are called.

    Parameters
    ----------
    own: this node's title.
    title: gives a dataset's title for its id.
    """

    own: str
    title: Callable[[str], str]


def to_pdf(view: View, own: bytes, now: datetime, names: Names) -> bytes:
    """An agreement as a PDF, A4.

    Parameters
    ----------
    own: this node's public key.
    now: the instant of which it says how the agreement stands.
    """
    found, terms = view.agreement, view.agreement.terms
    sides = {found.role: names.own, other(found.role): view.partner.title}
    keys = {found.role: own, other(found.role): view.partner.public}
    page = _Page(f"{found.id}, version {found.version}: {terms.title}")
    page.head(terms.title, f"Agreement between {sides['provider']} and {sides['consumer']}")
    standing = words.standing(found, view.partner, now)
    page.paragraph(f"On {words.day(now.replace(microsecond=0))}: {standing}")
    page.heading("What is agreed")
    page.rows(
        [
            ("Provider", _side(sides["provider"], terms.contacts[0])),
            ("Consumer", _side(sides["consumer"], terms.contacts[1])),
            ("Data", "\n".join(f"{names.title(each)} ({each})" for each in terms.datasets)),
            ("The consumer may", f"{_capital(words.uses(terms))}."),
            ("Conditions", "\n".join(words.conditions(terms)) or "None."),
            ("In return", "\n".join(words.duty(each) for each in terms.duties) or "Nothing."),
            ("Who reads", f"{_capital(words.readers(terms))}, at the consumer's."),
            ("Purpose", f"{_capital(words.purpose(terms))} ({terms.purpose})"),
            ("Why", terms.why),
            ("Legal basis", f"{_capital(words.legal_basis(terms))} ({terms.legal_basis})"),
            ("Law", terms.law),
            ("Data of people", "Yes." if terms.personal_data else "No."),
            ("From", words.day(terms.starts)),
            ("Until", words.day(terms.ends)),
        ]
    )
    if terms.assessment is not None:
        assessed = terms.assessment
        page.heading("Impact assessment")
        page.rows(
            [
                ("What is shared", assessed.description),
                ("Why it is needed", assessed.necessity),
                ("Risks", assessed.risks),
                ("Measures", assessed.measures),
                ("Risk that is left", f"{_capital(assessed.residual)}."),
                ("Made by", f"{assessed.by}, {words.day(assessed.at)}"),
            ]
        )
    page.heading("Signatures")
    for role, signature in (("provider", found.provider), ("consumer", found.consumer)):
        page.signature(f"For the {role}", sides[role], keys[role], signature)  # type: ignore[index]
    page.heading("What was done")
    page.rows((f"{each.at:%d %b %Y %H:%M} UTC", _done(each.who, each.state)) for each in view.steps)
    page.heading("How to check this")
    page.rows([("Hash of the terms", _grouped(found.terms_hash, 16))])
    page.paragraph(
        "Take the copy in YAML or JSON from either city's page of this agreement, and run "
        "“interurban agreements verify FILE” on any computer. It works the hash of the terms out "
        "again and checks both signatures (Ed25519). The hash it prints must be the one above, and "
        "the fingerprints those above; each city reads its own out to you by telephone."
    )
    return page.finished(found.changed_at)


def _side(title: str, contact: str) -> str:
    return f"{title}\n{contact}" if contact else title


def _done(who: str, state: str) -> str:
    return f"{_capital(who)}: {_STEPS[state]} ({state})"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _grouped(code: str, width: int) -> str:
    return " ".join(code[start : start + width] for start in range(0, len(code), width))


class _Page(FPDF):
    """A document that is written from top to bottom."""

    def __init__(self, foot: str) -> None:
        super().__init__(format="A4")
        self._foot = _shown(foot)
        for name, style, file in _fonts():
            self.add_font(name, style, file)
        self.set_fallback_fonts([_OTHER_SCRIPTS], exact_match=False)
        self.set_margins(_LEFT_MM, _TOP_MM, _LEFT_MM)
        self.c_margin = 0
        self.set_auto_page_break(True, _FOOT_MM)
        self.set_lang("en")
        self.set_producer("Interurban")
        self.set_title(foot)
        self.add_page()

    def footer(self) -> None:
        """The line under each page."""
        # A long text goes over pages with a left margin of its own.
        self.set_xy(_LEFT_MM, self.h - _FOOT_MM + 6)
        self._use(7.5, _QUIET)
        self.cell(self.w - 2 * _LEFT_MM - _PAGE_MM, 4, self._foot[:_LONGEST_FOOT])
        self.cell(_PAGE_MM, 4, f"Page {self.page_no()} of {{nb}}", align="R")

    def head(self, title: str, below: str) -> None:
        """The head of the first page."""
        self._use(20, _INK, bold=True)
        self._flow(8.5, title)
        self._use(12, _QUIET)
        self._flow(7, below)
        self.ln(2)

    def heading(self, text: str) -> None:
        """The head of a part, never alone at the foot of a page."""
        self._expect_room(2 * _LEAST_ROOM_MM)
        self.ln(5)
        self._use(12.5, _INK, bold=True)
        self._flow(6.5, text)
        self.set_draw_color(*_RULE)
        self.line(self.l_margin, self.y, self.w - self.r_margin, self.y)
        self.ln(2)

    def paragraph(self, text: str) -> None:
        """Plain text over the whole width."""
        self._use(10, _INK)
        self._flow(_LINE_MM, text)
        self.ln(1)

    def rows(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Labels on the left, and what they say on the right; long texts go over pages."""
        for label, text in pairs:
            self._expect_room(_LEAST_ROOM_MM)
            top, page = self.y, self.page_no()
            self._use(9, _QUIET)
            self.multi_cell(_LABEL_MM, _LINE_MM, label, align="L", new_x=XPos.LEFT, new_y=YPos.NEXT)
            below = self.y
            self.set_left_margin(_LEFT_MM + _LABEL_MM + _GAP_MM)
            self.set_xy(self.l_margin, top)
            self._use(10, _INK)
            self._flow(_LINE_MM, text)
            self.set_left_margin(_LEFT_MM)
            self.set_x(_LEFT_MM)
            if self.page_no() == page:
                self.set_y(max(self.y, below))
            self.ln(1.4)

    def signature(self, label: str, side: str, key: bytes, signature: Signature | None) -> None:
        """Who signed for a side, when, and with which key."""
        about = [f"Key {_grouped(fingerprint(key), 4)}"]
        if signature is None:
            about.insert(0, f"{side}: not signed yet")
        else:
            said = statement(signature)
            at = words.day(datetime.fromisoformat(said.at))
            about.insert(0, f"{side}: {said.name}, {said.office}, {at}")
            about.append(f"Signature {_grouped(signature.signature.hex(), 8)}")
        self.rows([(label, "\n".join(about))])

    def finished(self, at: datetime) -> bytes:
        """The finished document; ``at`` is what it says of when it was made."""
        self.set_creation_date(at)
        # It warns of tables in a font that it leaves out, as nothing needs them.
        logging.getLogger("fontTools.subset").setLevel(logging.ERROR)
        return bytes(self.output())

    def _flow(self, height: float, text: str) -> None:
        self.multi_cell(0, height, _shown(text), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _expect_room(self, height: float) -> None:
        if self.will_page_break(height):
            self.add_page()

    def _use(self, size: float, colour: tuple[int, int, int], *, bold: bool = False) -> None:
        self.set_font(_TEXT, "B" if bold else "", size)
        self.set_text_color(*colour)


def _shown(text: str) -> str:
    """A text with letters that no font here has told by their numbers."""
    known = _letters()
    return "".join(c if c in known or c == "\n" else f"[U+{ord(c):04X}]" for c in text)


@cache
def _letters() -> frozenset[str]:
    """Letters that can be drawn, be it plain or bold."""
    maps = [TTFont(file, lazy=True).getBestCmap() for _, _, file in _fonts()]
    plain, bold = ({*maps[0], *maps[2]}, {*maps[1], *maps[3]})
    return frozenset(map(chr, plain & bold))


@cache
def _folder() -> TemporaryDirectory[str]:
    """Where the fonts of this process lie; it goes when the process ends."""
    return TemporaryDirectory(prefix="interurban-fonts-")


@cache
def _fonts() -> tuple[tuple[str, str, Path], ...]:
    """Noto Sans, and FiraGO for scripts that it lacks, as the files that the library asks for."""
    from pymupdf_fonts import fontbuffers

    found = []
    for family, style, name in (
        (_TEXT, "", "notos"),
        (_TEXT, "B", "notosbo"),
        (_OTHER_SCRIPTS, "", "figo"),
        (_OTHER_SCRIPTS, "B", "figbo"),
    ):
        file = Path(_folder().name) / f"{name}.ttf"
        file.write_bytes(fontbuffers[name]())
        found.append((family, style, file))
    return tuple(found)
