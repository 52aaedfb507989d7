"""Members of a JSON body, each of its kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from interurban.core.errors import BadRequest

from .bodies import read_object

__all__ = [
    "AMOUNT",
    "CONDITIONS",
    "FLAG",
    "LIST",
    "NUMBER",
    "OBJECT",
    "OPTIONAL_TEXT",
    "TEXT",
    "TEXTS",
    "TWO_AMOUNTS",
    "conditions",
    "members_of",
    "read_members",
]

TEXT, OPTIONAL_TEXT, FLAG, NUMBER, TEXTS = (
    "a text",
    "a text or null",
    "true or false",
    "a whole number",
    "a list of texts",
)
AMOUNT, TWO_AMOUNTS, LIST, OBJECT, CONDITIONS = (
    "a number",
    "a list of two numbers",
    "a list",
    "an object",
    "an object of texts, or of lists of texts",
)


async def read_members(
    request: Request, needed: Mapping[str, str], optional: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The members of a body.

    Parameters
    ----------
    needed, optional: name to kind.

    Raises
    ------
    BadRequest: one is missing, unknown or of another kind; ``part`` is its name. Its value is
        not repeated: it may be a password.
    """
    return members_of(await read_object(request), needed, optional)


def members_of(
    body: dict[str, Any], needed: Mapping[str, str], optional: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The same of an object that was read."""
    known = {**needed, **(optional or {})}
    for name in (*needed, *body):
        if name not in known:
            raise BadRequest(
                f"There is no member {name[:60]!r} here.",
                advice=f"Known are {', '.join(known)}.",
                part=name[:60],
            )
        if name not in body:
            raise BadRequest(f"{name} is missing.", advice=f"It is {known[name]}.", part=name)
        if not _is(body[name], known[name]):
            raise BadRequest(f"{name} is not {known[name]}.", part=name)
    return body


def conditions(said: Mapping[str, str | list[str]]) -> tuple[tuple[str, str], ...]:
    """Conditions of a body as parameters of the URL dialect."""
    return tuple(
        (name, value)
        for name, given in said.items()
        for value in ([given] if isinstance(given, str) else given)
    )


def _is(value: Any, kind: str) -> bool:
    if kind == OBJECT:
        return isinstance(value, dict)
    if kind == LIST:
        return isinstance(value, list)
    if kind == CONDITIONS:
        return isinstance(value, dict) and all(
            isinstance(each, str) or _is(each, TEXTS) for each in value.values()
        )
    if kind == TWO_AMOUNTS:
        return (
            isinstance(value, list) and len(value) == 2 and all(_is(each, AMOUNT) for each in value)
        )
    if kind == AMOUNT:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if kind == TEXTS:
        return isinstance(value, list) and all(isinstance(each, str) for each in value)
    if kind == FLAG:
        return isinstance(value, bool)
    if kind == NUMBER:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, str) or (kind == OPTIONAL_TEXT and value is None)
