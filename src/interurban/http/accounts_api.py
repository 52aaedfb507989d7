"""People over HTTP: what one sees and changes of one's own account, and what administrators do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interurban.accounts import USUAL_DAYS, Account, Accounts, Group, Organisation, Token
from interurban.core.errors import Refused, SignInNeeded
from interurban.policy.rights.purposes import purposes

from .formats import JSON_FORMAT
from .identity import Caller, accounts_of, administrator_of, caller_of
from .members import FLAG, NUMBER, OPTIONAL_TEXT, TEXT, TEXTS, read_members
from .methods import by_method
from .negotiation import choose_format
from .request_values import flag, only, single
from .service import held_or_json, json_answer
from .sign_in import account_document, give_session, in_turn, me_document

__all__ = ["routes"]

T = TypeVar("T")

_FRESH = {"Cache-Control": "no-store"}
_ABOUT_A_USER = {
    "organisation": OPTIONAL_TEXT,
    "groups": TEXTS,
    "purposes": TEXTS,
    "administrator": FLAG,
}


def routes() -> list[Route]:
    """The routes of this module."""
    return [
        by_method("/api/me", get=me, patch=choose_purpose),
        Route("/api/purposes", known_purposes),
        Route("/api/me/password", change_password, methods=["POST"]),
        by_method("/api/tokens", get=tokens, post=add_token),
        by_method("/api/tokens/{token}", delete=revoke_token),
        by_method("/api/users", get=users, post=add_user),
        by_method("/api/users/{user}", get=one_user, patch=change_user),
        by_method("/api/users/{user}/sessions", delete=sign_out_user),
        by_method("/api/organisations", get=organisations, post=add_organisation),
        by_method("/api/groups", get=groups, post=add_group),
    ]


# One's own account


async def me(request: Request) -> Response:
    """Who the node takes the sender for."""
    _plain(request)
    return json_answer(await me_document(request, caller_of(request)), _FRESH)


async def choose_purpose(request: Request) -> Response:
    """Choose what this browser asks for from now on."""
    _plain(request)
    account, secret = _in_session(request)
    asked = await read_members(request, {"purpose": TEXT})

    def work(accounts: Accounts) -> Caller:
        session = accounts.sessions.find(secret)
        if session is None:
            raise SignInNeeded("The session is over.", advice="Sign in again.")
        accounts.sessions.state(secret, session, asked["purpose"])
        return Caller(account.reader(asked["purpose"]), account, session, secret)

    return json_answer(await me_document(request, await _work(request, work)), _FRESH)


async def known_purposes(request: Request) -> Response:
    """Every purpose that an account may be let state."""
    _plain(request)
    found = [
        {
            "term": each.term,
            "label": each.label,
            "definition": each.definition,
            "broader": list(each.broader),
        }
        for each in purposes().values()
    ]
    return held_or_json(request, {"purposes": found}, [])


async def change_password(request: Request) -> Response:
    """Change one's own password; every other browser is signed out."""
    _plain(request)
    account, _ = _in_session(request)
    asked = await read_members(request, {"old": TEXT, "new": TEXT})
    address = request.client.host if request.client else ""
    accounts = accounts_of(request)

    def work() -> None:
        accounts.sign_in(account.id, asked["old"], address)
        accounts.register.change(account.id, password=asked["new"])
        accounts.note("gave another password", account.id, account=account.id)

    await in_turn(request, work)
    return await give_session(request, account, caller_of(request).reader.purpose)


async def tokens(request: Request) -> Response:
    """One's own tokens; an administrator may see anybody's, or everybody's."""
    choose_format(request, (JSON_FORMAT,))
    only(request, "f", "account", "everybody")
    account, _ = _in_session(request)
    wanted = None if flag(request, "everybody") else single(request, "account") or account.id
    if wanted != account.id:
        administrator_of(request)
    if wanted is not None:
        await _work(request, lambda accounts: accounts.register.get(wanted))
    found = await _work(request, lambda accounts: accounts.tokens.all(wanted))
    return json_answer({"tokens": [_token(each) for each in found]}, _FRESH)


async def add_token(request: Request) -> Response:
    """Make a token; its secret is in this answer and in no other."""
    _plain(request)
    account, _ = _in_session(request)
    asked = await read_members(request, {"name": TEXT, "scopes": TEXTS}, {"days": NUMBER})
    days = asked.get("days", USUAL_DAYS)

    def work(accounts: Accounts) -> tuple[Token, str]:
        made, secret = accounts.tokens.add(account, asked["name"], asked["scopes"], days)
        accounts.note("made a token", account.id, token=made.id, scopes=made.scopes)
        return made, secret

    token, secret = await _work(request, work)
    return _created(_token(token) | {"secret": secret})


async def revoke_token(request: Request) -> Response:
    """End a token; an administrator may end anybody's."""
    only(request)
    account, _ = _in_session(request)
    owner = None if caller_of(request).reader.administrator else account.id
    token = request.path_params["token"]

    def work(accounts: Accounts) -> None:
        ended = accounts.tokens.revoke(token, owner)
        accounts.note("revoked a token", account.id, account=ended.account, token=token)

    await _work(request, work)
    return Response(status_code=204, headers=_FRESH)


# Administration


async def users(request: Request) -> Response:
    """Every account."""
    _administrates(request)
    found = await _work(request, lambda accounts: accounts.register.all())
    return json_answer({"users": [account_document(account) for account in found]}, _FRESH)


async def add_user(request: Request) -> Response:
    """Make an account."""
    who = _administrates(request)
    needed = {"id": TEXT, "name": TEXT, "e_mail": TEXT}
    asked = await read_members(request, needed, {"password": TEXT, **_ABOUT_A_USER})

    def work(accounts: Accounts) -> Account:
        made = accounts.register.add(asked.pop("id"), **asked)
        accounts.note("made an account", who, account=made.id, administrator=made.administrator)
        return made

    return _created(account_document(await _work(request, work)))


async def one_user(request: Request) -> Response:
    """An account."""
    _administrates(request)
    user = request.path_params["user"]
    found = await _work(request, lambda accounts: accounts.register.get(user))
    return json_answer(account_document(found), _FRESH)


async def change_user(request: Request) -> Response:
    """Change some of an account; only what is named."""
    who = _administrates(request)
    user = request.path_params["user"]
    known = {"name": TEXT, "e_mail": TEXT, "disabled": FLAG, "password": TEXT, **_ABOUT_A_USER}
    asked = await read_members(request, {}, known)

    def work(accounts: Accounts) -> Account:
        changed = accounts.register.change(user, **asked)
        accounts.note("changed an account", who, account=user, changed=sorted(asked))
        return changed

    return json_answer(account_document(await _work(request, work)), _FRESH)


async def sign_out_user(request: Request) -> Response:
    """Sign every browser of an account out."""
    only(request)
    who = str(administrator_of(request).account)
    user = request.path_params["user"]

    def work(accounts: Accounts) -> None:
        accounts.register.get(user)
        accounts.sessions.end_all(user)
        accounts.note("signed an account out", who, account=user)

    await _work(request, work)
    return Response(status_code=204, headers=_FRESH)


async def organisations(request: Request) -> Response:
    """Every organisation."""
    _administrates(request)
    found = await _work(request, lambda accounts: accounts.register.organisations())
    return json_answer({"organisations": [_organisation(each) for each in found]}, _FRESH)


async def add_organisation(request: Request) -> Response:
    """Make an organisation."""
    who = _administrates(request)
    asked = await read_members(request, {"id": TEXT, "name": TEXT})

    def work(accounts: Accounts) -> Organisation:
        made = accounts.register.add_organisation(asked["id"], asked["name"])
        accounts.note("made an organisation", who, organisation=made.id)
        return made

    return _created(_organisation(await _work(request, work)))


async def groups(request: Request) -> Response:
    """Every group, and how many are in it."""
    _administrates(request)
    found = await _work(request, lambda accounts: accounts.register.groups())
    return json_answer({"groups": [_group(each) for each in found]}, _FRESH)


async def add_group(request: Request) -> Response:
    """Make a group."""
    who = _administrates(request)
    asked = await read_members(request, {"id": TEXT, "name": TEXT})

    def work(accounts: Accounts) -> Group:
        made = accounts.register.add_group(asked["id"], asked["name"])
        accounts.note("made a group", who, group=made.id)
        return made

    return _created(_group(await _work(request, work)))


def _plain(request: Request) -> None:
    choose_format(request, (JSON_FORMAT,))
    only(request, "f")


def _administrates(request: Request) -> str:
    """The administrator who asks, by id."""
    _plain(request)
    return str(administrator_of(request).account)


def _in_session(request: Request) -> tuple[Account, str]:
    """Whose account it is, and their session: what a token can do must not grow by itself.

    Raises
    ------
    SignInNeeded: nobody is signed in. Refused: they came with a token.
    """
    caller = caller_of(request)
    if caller.account is None:
        raise SignInNeeded("Nobody is signed in.", advice="Sign in first.")
    if caller.secret is None:
        raise Refused(
            "A token does not reach the account it belongs to.",
            advice="Sign in with a browser, or use the command line of the node.",
        )
    return caller.account, caller.secret


async def _work(request: Request, work: Callable[[Accounts], T]) -> T:
    """Work on the records, beside the questions: a flood of sign-ins must not hold those up."""
    return await asyncio.to_thread(work, accounts_of(request))


def _created(document: dict[str, Any]) -> Response:
    answer = json_answer(document, _FRESH)
    answer.status_code = 201
    return answer


def _token(token: Token) -> dict[str, Any]:
    used = token.last_used_at
    return {
        "id": token.id,
        "account": token.account,
        "name": token.name,
        "scopes": list(token.scopes),
        "created_at": token.created_at.isoformat(),
        "expires_at": token.expires_at.isoformat(),
        "last_used_at": None if used is None else used.isoformat(),
    }


def _organisation(organisation: Organisation) -> dict[str, Any]:
    return {"id": organisation.id, "name": organisation.name}


def _group(group: Group) -> dict[str, Any]:
    return {"id": group.id, "name": group.name, "members": group.members}
