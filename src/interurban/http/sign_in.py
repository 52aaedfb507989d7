"""Signing in and out, with a password or by a provider: a session in a browser's cookie."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import quote

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from interurban.accounts import PUBLIC, Account, form_secret
from interurban.core.errors import InterurbanError, SignInNeeded, TooOften

from .formats import JSON_FORMAT
from .identity import Caller, accounts_of, caller_of, cookie_name
from .members import TEXT, read_members
from .methods import by_method
from .negotiation import choose_format, wants_html
from .problems import kind_of
from .request_values import flag, only, single
from .service import json_answer, service

__all__ = ["account_document", "give_session", "in_turn", "is_secure", "me_document", "routes"]

T = TypeVar("T")

_FRESH = {"Cache-Control": "no-store"}
_SIGN_IN_S = 600
_MOST_WAITING = 50


def routes() -> list[Route]:
    """The routes of this module."""
    return [
        Route("/api/sign-in", ways_in),
        by_method("/api/session", post=sign_in, delete=sign_out),
        Route("/api/sign-in/oidc/{provider}", to_provider),
        Route("/api/sign-in/oidc/{provider}/return", from_provider),
    ]


async def ways_in(request: Request) -> Response:
    """How one can sign in here."""
    choose_format(request, (JSON_FORMAT,))
    only(request, "f")
    accounts, base = accounts_of(request), service(request).base(request)
    peopled = not await asyncio.to_thread(accounts.register.is_empty)
    providers = [
        {"id": each.id, "title": each.title, "href": f"{base}/api/sign-in/oidc/{each.id}"}
        for each in accounts.sign_ins.providers()
    ]
    return json_answer({"password": peopled, "providers": providers}, _FRESH)


async def sign_in(request: Request) -> Response:
    """Sign in with a name or an e-mail, and a password."""
    choose_format(request, (JSON_FORMAT,))
    only(request, "f")
    asked = await read_members(request, {"name": TEXT, "password": TEXT}, {"purpose": TEXT})
    address = request.client.host if request.client else ""
    accounts = accounts_of(request)
    account = await in_turn(
        request, lambda: accounts.sign_in(asked["name"], asked["password"], address)
    )
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
    _forget_cookie(request, answer, _name(request))
    return answer


async def to_provider(request: Request) -> Response:
    """Send a browser to a sign-in provider."""
    only(request, "back_to")
    back_to = single(request, "back_to", "/")
    provider = request.path_params["provider"]
    accounts, redirect = accounts_of(request), _return_address(request, provider)
    try:
        begun = await asyncio.to_thread(accounts.sign_ins.begin, provider, redirect, back_to)
    except InterurbanError as error:
        return _to_sign_in_page(request, error)
    answer = RedirectResponse(begun.url, 303, headers=_FRESH)
    _set_cookie(request, answer, _begun_name(request), begun.browser, _SIGN_IN_S)
    return answer


async def from_provider(request: Request) -> Response:
    """Take a browser back from a sign-in provider, signed in."""
    provider = request.path_params["provider"]
    accounts, redirect = accounts_of(request), _return_address(request, provider)
    browser = request.cookies.get(_begun_name(request), "")
    try:
        account, back_to = await asyncio.to_thread(
            accounts.sign_ins.finish, provider, redirect, dict(request.query_params), browser
        )
    except InterurbanError as error:
        return _to_sign_in_page(request, error)
    answer = RedirectResponse(back_to, 303, headers=_FRESH)
    _give_cookie(request, answer, await _signed_in(request, account, PUBLIC))
    _forget_cookie(request, answer, _begun_name(request))
    return answer


def _to_sign_in_page(request: Request, error: InterurbanError) -> Response:
    """Bring a person back to the page that says in words what went wrong; programs get the error.

    Only the kind of error stands in the address: nobody can put words of theirs on the page by it.
    """
    if not wants_html(request):
        raise error
    return RedirectResponse(f"/sign-in?failed={kind_of(error).slug}", 303, headers=_FRESH)


async def give_session(request: Request, account: Account, purpose: str = PUBLIC) -> Response:
    """Sign a browser in: a new cookie, and who they are now.

    Raises
    ------
    BadRequest: the account may not state that purpose.
    """
    caller = await _signed_in(request, account, purpose)
    answer = json_answer(await me_document(request, caller), _FRESH)
    _give_cookie(request, answer, caller)
    return answer


async def in_turn(request: Request, work: Callable[[], T]) -> T:
    """Work that hashes a password: few at once, while the others wait and hold no thread.

    Raises
    ------
    TooOften: too many wait already; a flood of sign-ins must hold nothing else up.
    """
    turns: CapacityLimiter = request.app.state.sign_in_turns
    if turns.statistics().tasks_waiting >= _MOST_WAITING:
        raise TooOften(
            "Too many people are signing in right now.", wait_s=5, advice="Try again soon."
        )
    return await to_thread.run_sync(work, limiter=turns)


async def _signed_in(request: Request, account: Account, purpose: str) -> Caller:
    """A new session, in place of the one that the browser had."""
    accounts = accounts_of(request)
    secret = await asyncio.to_thread(
        lambda: accounts.sessions.begin(
            account, purpose, instead_of=request.cookies.get(_name(request))
        )
    )
    session = await asyncio.to_thread(accounts.sessions.find, secret)
    if session is None:
        raise SignInNeeded("The account was disabled meanwhile.", advice="Ask an administrator.")
    return Caller(account.reader(purpose), account, session, secret)


async def me_document(request: Request, caller: Caller) -> dict[str, Any]:
    """Who somebody is to this node."""
    reader, session, account = caller.reader, caller.session, caller.account
    register = accounts_of(request).register
    organisations = await asyncio.to_thread(register.organisations) if account else []
    return {
        "signed_in": account is not None,
        "has_accounts": account is not None or not await asyncio.to_thread(register.is_empty),
        "account": None if account is None else account_document(account),
        "organisation": next(
            ({"id": o.id, "name": o.name} for o in organisations if o.id == reader.organisation),
            None,
        ),
        "administrator": reader.administrator,
        "purpose": reader.purpose,
        "purposes": [PUBLIC, *(account.purposes if account else ())],
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


def _return_address(request: Request, provider: str) -> str:
    base = service(request).base(request)
    return f"{base}/api/sign-in/oidc/{quote(provider, safe='')}/return"


def _name(request: Request) -> str:
    return cookie_name(secure=is_secure(request))


def _begun_name(request: Request) -> str:
    """The cookie of a sign-in under way."""
    return f"{_name(request)}-begun"


def _give_cookie(request: Request, answer: Response, caller: Caller) -> None:
    assert caller.session is not None
    assert caller.secret is not None
    lasts = caller.session.expires_at - caller.session.created_at
    _set_cookie(request, answer, _name(request), caller.secret, int(lasts.total_seconds()))


def _set_cookie(request: Request, answer: Response, name: str, value: str, lasts_s: int) -> None:
    secure = is_secure(request)
    answer.set_cookie(name, value, lasts_s, path="/", secure=secure, httponly=True, samesite="lax")


def _forget_cookie(request: Request, answer: Response, name: str) -> None:
    secure = is_secure(request)
    answer.delete_cookie(name, path="/", secure=secure, httponly=True, samesite="lax")
