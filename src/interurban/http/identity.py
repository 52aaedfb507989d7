"""Who asks: found once for each request, from a session's cookie or a token, before any route.

Where nobody has an account, everybody is anonymous and nothing here changes any answer.
"""

from __future__ import annotations

import asyncio
import hmac
from dataclasses import dataclass
from hashlib import blake2b

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from interurban.accounts import PREFIX, Account, Accounts, Session, form_secret
from interurban.core.errors import (
    BadRequest,
    InterurbanError,
    Refused,
    SignInNeeded,
    StoreError,
    TooOften,
)
from interurban.core.policy import ANONYMOUS, Reader

from .limits import Limits, address_of, is_here
from .problems import Kind, interurban_error, problem

__all__ = [
    "FORM_HEADER",
    "PURPOSE_HEADER",
    "Caller",
    "Identified",
    "accounts_of",
    "administrator_of",
    "caller_of",
    "cookie_name",
    "reader_of",
    "runs_operations",
]

FORM_HEADER = "X-CSRF-Token"
"""What a page sends along to change something in a session (``csrf`` of /api/me)."""

PURPOSE_HEADER = "Interurban-Purpose"
"""What a request is for: a purpose the account may state; it wins over the session's choice."""

_COOKIE = "interurban-session"
_CALLER = "interurban.caller"
_READS = frozenset(("GET", "HEAD", "OPTIONS"))
_FORGED = Kind(403, "csrf", "Not from a page of this node")
_BUILT = "/assets/"
_UNLIMITED = frozenset(("/healthz",))


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request.

    Parameters
    ----------
    account: ``None`` for whoever is anonymous.
    session, secret: the session of the cookie they came with.
    """

    reader: Reader = ANONYMOUS
    account: Account | None = None
    session: Session | None = None
    secret: str | None = None


def accounts_of(connection: HTTPConnection) -> Accounts:
    """The people of the node that a request came to."""
    found: Accounts = connection.app.state.accounts
    return found


def caller_of(request: Request) -> Caller:
    """Who sent a request, and how."""
    found: Caller = request.scope.get(_CALLER, _NOBODY)
    return found


def reader_of(request: Request) -> Reader:
    """Who asks, as policy knows them: account, organisation, groups and purpose; or anonymous."""
    return caller_of(request).reader


def administrator_of(request: Request) -> Reader:
    """Who asks, if they administrate the node.

    Raises
    ------
    SignInNeeded: nobody is signed in. Refused: they are no administrator.
    """
    reader = reader_of(request)
    if reader.account is None:
        raise SignInNeeded("This is for administrators.", advice="Sign in as one.")
    if not reader.administrator:
        scoped = reader.scopes and "admin" not in reader.scopes
        raise Refused(
            "This is for administrators.",
            advice="Use a token with the scope admin." if scoped else "Ask one of them.",
        )
    return reader


def runs_operations(request: Request) -> None:
    """Let pass who may see how the node is doing: administrators, or anyone where nobody is.

    Raises
    ------
    SignInNeeded, Refused: somebody has an account, and this is no administrator's.
    """
    if not accounts_of(request).register.is_empty():
        administrator_of(request)


def cookie_name(*, secure: bool) -> str:
    """The name of the session's cookie: one that no other host can set, where there is TLS."""
    return f"__Host-{_COOKIE}" if secure else _COOKIE


class Identified:
    """Find who asks, hold them to their share, and keep their answers theirs.

    Parameters
    ----------
    accounts: the people of the node.
    limits: how often each of them, or each address, may ask.
    public_url: the address people reach the node at; https there means a safe cookie.
    """

    def __init__(
        self, app: ASGIApp, accounts: Accounts, limits: Limits, public_url: str = ""
    ) -> None:
        self._app = app
        self._accounts = accounts
        self._limits = limits
        self._public_url = public_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on in somebody's name."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        peopled = self._is_peopled()
        try:
            caller = await self._caller(request) if peopled else _NOBODY
            self._limit(request, caller)
        except InterurbanError as error:
            await (await interurban_error(request, error))(scope, receive, send)
            return
        if caller.secret is not None and scope["method"] not in _READS:
            refusal = _forged(request, caller.secret)
            if refusal is not None:
                await refusal(scope, receive, send)
                return
        scope[_CALLER] = caller
        if caller.account is not None:
            await self._app(_own_tags(scope, caller), receive, _private(send, caller))
        elif peopled and not scope["path"].startswith(_BUILT):
            await self._app(scope, receive, _varied(send))
        else:
            await self._app(scope, receive, send)

    def _is_peopled(self) -> bool:
        try:
            return not self._accounts.register.is_empty()
        except StoreError:
            return True  # nobody is let in as somebody, and nothing is said to be for everybody

    async def _caller(self, request: Request) -> Caller:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        purpose = request.headers.get(PURPOSE_HEADER)
        if scheme.lower() == "bearer":
            return await asyncio.to_thread(self._by_token, given.strip(), purpose)
        secure = (self._public_url or request.scope["scheme"]).startswith("https")
        secret = request.cookies.get(cookie_name(secure=secure))
        if secret:
            found = await asyncio.to_thread(self._by_session, secret, purpose)
            if found is not None:
                return found
        if purpose not in (None, "", ANONYMOUS.purpose):
            raise BadRequest(
                "Without an account no purpose can be stated.",
                advice=f"Sign in, or leave {PURPOSE_HEADER} away.",
                part=PURPOSE_HEADER,
            )
        return _NOBODY

    def _by_token(self, secret: str, purpose: str | None) -> Caller:
        found = self._accounts.tokens.find(secret) if secret.startswith(PREFIX) else None
        if found is None:
            raise SignInNeeded(
                "This token is not known here, or it is over.",
                advice="Make another, or send the request without one.",
                part="Authorization",
            )
        account, scopes = found
        return Caller(_stated(account, purpose, scopes), account)

    def _by_session(self, secret: str, purpose: str | None) -> Caller | None:
        session = self._accounts.sessions.find(secret)
        if session is None:
            return None
        reader = _stated(session.account, purpose or session.purpose, ())
        return Caller(reader, session.account, session, secret)

    def _limit(self, request: Request, caller: Caller) -> None:
        host = request.client.host if request.client else ""
        if caller.account is not None:
            key = f"account {caller.account.id}"
        elif is_here(host) or request.scope["path"] in _UNLIMITED:
            return
        else:
            key = address_of(host)
        wait_s = self._limits.wait_s(key)
        if wait_s:
            raise TooOften(
                "There are more requests from you than this node takes.",
                wait_s=wait_s,
                advice="Wait as long as Retry-After says, and ask for files instead of many pages.",
            )


_NOBODY = Caller()


def _stated(account: Account, purpose: str | None, scopes: tuple[str, ...]) -> Reader:
    try:
        return account.reader(purpose or None, scopes)
    except BadRequest as error:
        raise BadRequest(error.what, advice=error.advice, part=PURPOSE_HEADER) from error


def _forged(request: Request, secret: str) -> Response | None:
    """A refusal when a change does not come from a page that could read what /api/me said."""
    sent = request.headers.get(FORM_HEADER, "").encode("utf-8", "replace")
    if hmac.compare_digest(sent, form_secret(secret).encode()):
        return None
    return problem(
        _FORGED,
        "A change in a session needs the word that only pages of this node know.",
        advice=f"Send csrf of /api/me in the header {FORM_HEADER}, or use a token.",
        part=FORM_HEADER,
    )


# Answers for somebody are theirs alone


def _tag(caller: Caller) -> str:
    """What the validators of a reader's answers end with: nobody else's are taken for theirs."""
    said = repr(caller.reader).encode("utf-8", "surrogatepass")
    return "." + blake2b(said, digest_size=6).hexdigest()


def _own_tags(scope: Scope, caller: Caller) -> Scope:
    """The request with only those validators that were given to this reader, as given."""
    held = Headers(scope=scope).get("if-none-match")
    if held is None or held.strip() == "*":
        return scope
    ending = f'{_tag(caller)}"'
    own = [
        tag.removesuffix(ending) + '"' for tag in map(str.strip, held.split(",")) if ending in tag
    ]
    headers = [pair for pair in scope["headers"] if pair[0].lower() != b"if-none-match"]
    if own:
        headers.append((b"if-none-match", ", ".join(own).encode("latin-1", "replace")))
    scope["headers"] = headers
    return scope


def _private(send: Send, caller: Caller) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=message["headers"])
            if "no-store" not in headers.get("cache-control", ""):
                headers["Cache-Control"] = "private, no-cache"
            tag = headers.get("etag")
            if tag is not None and tag.endswith('"'):
                headers["ETag"] = f'{tag[:-1]}{_tag(caller)}"'
            headers["Cross-Origin-Resource-Policy"] = "same-origin"
            _vary(headers)
        await send(message)

    return sent


def _varied(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            _vary(MutableHeaders(raw=message["headers"]))
        await send(message)

    return sent


def _vary(headers: MutableHeaders) -> None:
    headers.add_vary_header("Cookie")
    headers.add_vary_header("Authorization")
