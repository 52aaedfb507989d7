"""Why a partner gives no answer, as it travels: the same kind of error, in the owner's words."""

from __future__ import annotations

from interurban.core import errors
from interurban.core.alliance import Peer

from .strict import Strict

__all__ = ["raised_by", "refusal_document"]

_KINDS: dict[str, type[errors.InterurbanError]] = {
    "unknown-field": errors.UnknownField,
    "invalid-filter": errors.InvalidFilter,
    "invalid-place": errors.InvalidPlace,
    "invalid-time": errors.InvalidTime,
    "bad-request": errors.BadRequest,
    "refused": errors.Refused,
    "unknown-dataset": errors.UnknownDataset,
    "unknown-snapshot": errors.UnknownSnapshot,
    "unknown-feature": errors.UnknownFeature,
    "not-found": errors.NotFound,
    "too-much": errors.TooMuch,
    "too-often": errors.TooOften,
    "unavailable": errors.InterurbanError,
}
_MOST = 2_000
_AGAIN_S = 1.0


def refusal_document(error: errors.InterurbanError) -> dict[str, str]:
    """An error as it is told to a partner."""
    kind = next(
        name for cls in type(error).__mro__ for name, known in _KINDS.items() if known is cls
    )
    texts = {"what": error.what, "advice": error.advice, "part": error.part or ""}
    # What a partner sent is quoted in messages, and half a character of it can't be signed.
    return {"kind": kind} | {
        name: text[:_MOST].encode("utf-8", "replace").decode() for name, text in texts.items()
    }


def raised_by(peer: Peer, document: object) -> errors.InterurbanError:
    """The error that a partner tells of, said to be its own words.

    Raises
    ------
    BadRequest: it is none.
    """
    told = Strict(document, "a refusal")
    told.only("kind", "what", "advice", "part")
    what = f"{peer.title} says: {_plain(told.text('what', _MOST))}"
    advice, part = _plain(told.text("advice", _MOST)), _plain(told.text("part", 100)) or None
    kind = _KINDS[told.one_of("kind", tuple(_KINDS))]
    if kind is errors.InterurbanError:
        return errors.PeerDown(what, peer=peer.id, advice=advice)
    if kind is errors.TooOften:
        return errors.TooOften(what, wait_s=_AGAIN_S, advice=advice)
    return kind(what, advice=advice, part=part)


def _plain(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
