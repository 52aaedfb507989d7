"""The algebra of licences: what holds for a set that is merged from several.

Of a merged set people may do what every licence permits, have to do what any demands, and must not
do what any forbids. A share-alike licence wants the merged set for itself, so two of different
families clash; and a licence that asks for more than a share-alike licence lets anyone ask sits
badly beside it. Tables that are kept apart, each under its own licence, are not merged: that
always remains.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from interurban.core.city import Licence

from .licence_terms import DUTIES, PERMISSIONS, PROHIBITIONS, Terms, terms_of
from .wording import joined

__all__ = ["Credit", "JointTerms", "attribution_text", "joint_terms"]

_APART = "Keep the tables apart, each under its own licence."


@dataclass(frozen=True, slots=True)
class Credit:
    """A dataset that went into a merged set, and the words that have to stand beside it."""

    title: str
    attribution: str
    licence: Licence


@dataclass(frozen=True, slots=True)
class JointTerms:
    """What holds for a merged set.

    Parameters
    ----------
    permissions, duties, prohibitions: as ``licence_terms`` names them, in its order.
    release_under: the licence that the merged set has to be released under; ``None`` where the
        maker may choose one that keeps the duties.
    clashes: why it can't be passed on merged, each a sentence.
    cautions: what to look at before passing it on, each a sentence.
    attribution: the text that has to stand beside it.
    """

    licences: tuple[Licence, ...]
    permissions: tuple[str, ...]
    duties: tuple[str, ...]
    prohibitions: tuple[str, ...]
    release_under: str | None
    clashes: tuple[str, ...]
    cautions: tuple[str, ...]
    attribution: str

    @property
    def can_be_shared(self) -> bool:
        """Whether the merged set may be passed on."""
        return not self.clashes and "distribute" in self.permissions

    def in_words(self) -> tuple[str, ...]:
        """The terms as sentences."""
        said = [f"You may {joined([PERMISSIONS[each] for each in self.permissions])}."]
        if not self.permissions:
            said = ["It is not known that you may do anything with it."]
        if self.duties:
            said.append(f"You have to {joined([DUTIES[each] for each in self.duties])}.")
        if self.prohibitions:
            words = joined([PROHIBITIONS[each] for each in self.prohibitions], "or")
            said.append(f"You must not {words}.")
        if self.release_under is not None:
            said.append(f"What you make of it has to be under {self.release_under}.")
        return (*said, *self.clashes, *self.cautions)


def joint_terms(licences: Iterable[Licence], credits_: Iterable[Credit] = ()) -> JointTerms:
    """The terms of a set merged from datasets under these licences.

    Parameters
    ----------
    credits_: the datasets, for the attribution text; without them it names the licences alone.
    """
    each = tuple(dict.fromkeys(licences))
    known = [(licence, terms) for licence in each if (terms := terms_of(licence)) is not None]
    unknown = [licence for licence in each if terms_of(licence) is None]
    permitted = set(PERMISSIONS) if each and not unknown else set()
    for _, terms in known:
        permitted &= terms.permissions
    sharing = [terms for _, terms in known if terms.family is not None]
    return JointTerms(
        licences=each,
        permissions=tuple(name for name in PERMISSIONS if name in permitted),
        duties=tuple(name for name in DUTIES if any(name in t.duties for _, t in known)),
        prohibitions=tuple(
            name for name in PROHIBITIONS if any(name in t.prohibitions for _, t in known)
        ),
        release_under=sharing[0].name if sharing and not _clashes(sharing, unknown) else None,
        clashes=_clashes(sharing, unknown),
        cautions=_cautions([terms for _, terms in known], sharing),
        attribution=attribution_text(credits_) or _named(each),
    )


def attribution_text(credits_: Iterable[Credit]) -> str:
    """The text to show beside a set that was merged, one line a source."""
    lines = dict.fromkeys(_line(credit) for credit in credits_)
    if len(lines) < 2:
        return "\n".join(lines)
    return "\n".join(("Made from these sources, merged and changed:", *lines))


def _line(credit: Credit) -> str:
    words = credit.attribution.strip().rstrip(".")
    if credit.licence.attribution.strip().rstrip(".") not in (words, ""):
        words += f". {credit.licence.attribution.strip().rstrip('.')}"
    licence = credit.licence.title
    if credit.licence.url:
        licence += f", {credit.licence.url}"
    return f"{credit.title}: {words} ({licence})."


def _named(licences: Sequence[Licence]) -> str:
    return "\n".join(
        f"{licence.attribution.strip().rstrip('.')} ({licence.title})." for licence in licences
    )


def _clashes(sharing: list[Terms], unknown: list[Licence]) -> tuple[str, ...]:
    found = [
        f'It is not known what "{licence.title}" lets you do. Ask the publisher before you pass on '
        "anything made from it."
        for licence in unknown
    ]
    if len({terms.family for terms in sharing}) > 1:
        names = joined(list(dict.fromkeys(terms.name for terms in sharing)))
        found.append(f"{names} each want what is made of them for themselves. {_APART}")
    return tuple(found)


def _cautions(known: list[Terms], sharing: list[Terms]) -> tuple[str, ...]:
    found = []
    for sharer in sharing:
        for other in known:
            if sharer.family == "odbl" and other.name == "CC BY 4.0":
                found.append(
                    "CC BY 4.0 forbids technical locks that ODbL 1.0 allows beside an open copy: "
                    f"ask the publisher for a waiver. Or: {_APART}"
                )
            elif other.family is None and "showDisclaimer" in other.duties:
                found.append(
                    f"{sharer.name} lets nobody add terms, and {other.name} want a disclaimer to "
                    f"be shown: show it beside the data, not as a term. Or: {_APART}"
                )
    found += [
        f"{terms.name[0].upper()}{terms.name[1:]} can be taken back by the publisher."
        for terms in known
        if terms.revocable
    ]
    return tuple(dict.fromkeys(found))
