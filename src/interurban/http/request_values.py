"""Parameters that belong to a route itself, not to the dialect of questions."""

from __future__ import annotations

from collections.abc import Collection

from starlette.requests import Request

from interurban.core.errors import BadRequest

__all__ = ["flag", "listed", "only", "single", "whole_number"]


def only(request: Request, *known: str, repeated: Collection[str] = ()) -> None:
    """Refuse parameters a route does not know: a misspelt one must not be taken for silence.

    Parameters
    ----------
    repeated: those that may be given several times.

    Raises
    ------
    BadRequest: naming the first unknown one, or one that is given twice.
    """
    seen: set[str] = set()
    for name, _ in request.query_params.multi_items():
        if name in repeated:
            continue
        if name not in known:
            all_known = ", ".join((*known, *repeated))
            advice = f"Known are {all_known}." if all_known else "It knows none."
            raise BadRequest(
                f"There is no parameter {name[:60]!r} here.", advice=advice, part=name[:60]
            )
        if name in seen:
            raise BadRequest(f"{name} is given twice.", advice="Give it once.", part=name)
        seen.add(name)


def single(request: Request, name: str, default: str = "") -> str:
    """The value of a parameter that must be plain text.

    Raises
    ------
    BadRequest: it holds something that is no text.
    """
    return _plain(name, request.query_params.get(name, default))


def listed(request: Request, name: str) -> tuple[str, ...]:
    """The values of a parameter that is given several times, or as a list with commas.

    Raises
    ------
    BadRequest: it holds something that is no text.
    """
    given = ",".join(_plain(name, text) for text in request.query_params.getlist(name))
    return tuple(dict.fromkeys(part.strip() for part in given.split(",") if part.strip()))


def _plain(name: str, text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        text = "\0"
    if "\0" in text:
        raise BadRequest(f"{name} holds something that is no text.", part=name)
    return text


def flag(request: Request, name: str) -> bool:
    """Whether a yes-or-no parameter says yes; absent is no.

    Raises
    ------
    BadRequest: it says neither.
    """
    text = single(request, name, "false").lower()
    if text not in ("true", "false"):
        raise BadRequest(
            f"{name}={text[:40]!r} is neither true nor false.",
            advice=f"Write {name}=true, or leave it out.",
            part=name,
        )
    return text == "true"


def whole_number(request: Request, name: str, default: int, lowest: int, highest: int) -> int:
    """A parameter that is a whole number within bounds.

    Raises
    ------
    BadRequest: it is not.
    """
    text = single(request, name, str(default))
    if text.isascii() and text.isdigit() and len(text) <= 18 and lowest <= int(text) <= highest:
        return int(text)
    raise BadRequest(
        f"{name}={text[:40]!r} can't be used.",
        advice=f"Give a whole number from {lowest} to {highest}.",
        part=name,
    )
