"""Signing in and out: a session in a browser's cookie."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interurban.accounts import PUBLIC, Account, form_secret
from interurban.core.errors import SignInNeeded

from .formats import JSON_FORMAT
from .identity import Caller, accounts_of, caller_of, cookie_name
from .members import TEXT, read_members
from .methods import by_method
from .negotiation import choose_format
from .request_values import flag, only
from .service import json_answer, service

__all__ = ["account_document", "give_session", "is_secure", "me_document", "routes"]

_FRESH = {"Cache-Control": "no-store"}


def routes() -> list[Route]:
    """The routes of this module."""
    return [
        by_method("/api/session", post=sign_in, delete=sign_out),
    ]


async def sign_in(request: Request) -> Response:
    """Sign in with a name or an e-mail, and a password."""
    choose_format(request, (JSON_FORMAT,))
    only(request, "f")
    asked = await read_members(request, {"name": TEXT, "password": TEXT}, {"purpose": TEXT})
    address = request.client.host if request.client else ""
    accounts = accounts_of(request)
    account = await asyncio.to_thread(accounts.sign_in, asked["name"], asked["password"], address)
    return await give_session(request, account, asked.get("purpose", PUBLIC))


async def sign_out(request: Request) -> Response:
    """Sign this browser out, or every browser of the account."""
    only(request, "everywhere")
    everywhere = flag(request, "everywhere")
    caller = caller_of(request)
    if caller.account is None or caller.secret is None:
        raise SignInNeeded("Nobody is signed in in this browser.", advice="Sign in first.")
    sessions = accounts_of(request).sessions
    if everywhere:
        await asyncio.to_thread(sessions.end_all, caller.account.id)
    else:
        await asyncio.to_thread(sessions.end, caller.secret)
    answer = Response(status_code=204, headers=_FRESH)
    # What the browser keeps of this node's answers was for the account.
    answer.headers["Clear-Site-Data"] = '"cache"'
    secure = is_secure(request)
    answer.delete_cookie(
        cookie_name(secure=secure), path="/", secure=secure, httponly=True, samesite="lax"
    )
    return answer


async def give_session(request: Request, account: Account, purpose: str = PUBLIC) -> Response:
    """Sign a browser in: a new cookie, and who they are now.

    Raises
    ------
    BadRequest: the account may not state that purpose.
    """
    accounts = accounts_of(request)
    secret = await asyncio.to_thread(
        lambda: accounts.sessions.begin(
            account, purpose, instead_of=request.cookies.get(_name(request))
        )
    )
    session = await asyncio.to_thread(accounts.sessions.find, secret)
    if session is None:
        raise SignInNeeded("The account was disabled meanwhile.", advice="Ask an administrator.")
    caller = Caller(account.reader(purpose), account, session, secret)
    answer = json_answer(me_document(caller, peopled=True), _FRESH)
    answer.set_cookie(
        _name(request),
        secret,
        max_age=int((session.expires_at - session.created_at) / timedelta(seconds=1)),
        path="/",
        secure=is_secure(request),
        httponly=True,
        samesite="lax",
    )
    return answer


def me_document(caller: Caller, *, peopled: bool) -> dict[str, Any]:
    """Who somebody is to this node.

    Parameters
    ----------
    peopled: whether anybody has an account here.
    """
    reader, session = caller.reader, caller.session
    return {
        "signed_in": caller.account is not None,
        "has_accounts": peopled,
        "account": None if caller.account is None else account_document(caller.account),
        "administrator": reader.administrator,
        "purpose": reader.purpose,
        "purposes": [PUBLIC, *(caller.account.purposes if caller.account else ())],
        "scopes": list(reader.scopes),
        "csrf": None if caller.secret is None else form_secret(caller.secret),
        "session_ends_at": None if session is None else session.expires_at.isoformat(),
    }


def account_document(account: Account) -> dict[str, Any]:
    """An account as the API shows it."""
    return {
        "id": account.id,
        "name": account.name,
        "e_mail": account.e_mail,
        "organisation": account.organisation,
        "groups": list(account.groups),
        "purposes": list(account.purposes),
        "administrator": account.administrator,
        "provider": account.provider,
        "has_password": account.has_password,
        "created_at": account.created_at.isoformat(),
        "disabled_at": None if account.disabled_at is None else account.disabled_at.isoformat(),
    }


def is_secure(request: Request) -> bool:
    """Whether people reach the node by https."""
    return service(request).base(request).startswith("https:")


def _name(request: Request) -> str:
    return cookie_name(secure=is_secure(request))
