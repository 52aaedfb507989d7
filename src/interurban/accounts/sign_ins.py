"""Signing in by a provider: begun in one browser, ended once in the same one, and whose it is."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
import structlog

from interurban.core.errors import BadRequest, NotFound, Refused, SignInNeeded
from interurban.store.control import Records

from .people import Account, checked_e_mail
from .providers import Provider
from .register import Register
from .secret import hashed, new_secret
from .tables import sign_ins

if TYPE_CHECKING:
    from .oidc import Relying

__all__ = ["Begun", "SignIns", "local_path"]

_GOOD_FOR = timedelta(minutes=10)
_LONGEST_PATH = 2_000
_log = structlog.get_logger("interurban.accounts")


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in under way.

    Parameters
    ----------
    url: where the browser goes now.
    browser: a secret that it has to bring back, so that nobody is signed in by another's link.
    """

    url: str
    browser: str


class SignIns:
    """The sign-in providers of a node.

    Parameters
    ----------
    providers: by id.
    """

    def __init__(
        self, records: Records, register: Register, providers: Mapping[str, Provider]
    ) -> None:
        self._records = records
        self._register = register
        self._relying = {name: _relying(provider) for name, provider in providers.items()}

    def providers(self) -> list[Provider]:
        """Where one can sign in."""
        return [relying.provider for relying in self._relying.values()]

    def begin(self, provider: str, redirect: str, back_to: str) -> Begun:
        """Begin a sign-in.

        Parameters
        ----------
        redirect: the address of ours that the provider sends the browser back to.
        back_to: the path of ours that it sees after that.

        Raises
        ------
        NotFound: there is no such provider. SourceUnreachable, SourceRefused.
        """
        relying = self._of(provider)
        state, browser, nonce, verifier = (new_secret() for _ in range(4))
        url = relying.authorization_url(redirect, state, nonce, verifier)
        now = datetime.now(UTC)
        with self._records.writing() as connection:
            connection.execute(sa.delete(sign_ins).where(sign_ins.c.begun_at < now - _GOOD_FOR))
            connection.execute(
                sa.insert(sign_ins).values(
                    state=hashed(state),
                    browser=hashed(browser),
                    provider=provider,
                    nonce=nonce,
                    verifier=verifier,
                    back_to=local_path(back_to),
                    begun_at=now,
                )
            )
        return Begun(url, browser)

    def finish(
        self, provider: str, redirect: str, answer: Mapping[str, str], browser: str
    ) -> tuple[Account, str]:
        """Who has signed in, and the path they wanted.

        Parameters
        ----------
        answer: the parameters the browser came back with.
        browser: the secret it brought.

        Raises
        ------
        SignInNeeded: it was not begun here, not in this browser, too long ago, or has ended
            before; or the provider's word does not hold.
        Refused: they have no account here, and get none.
        NotFound, SourceUnreachable, SourceRefused.
        """
        relying = self._of(provider)
        under_way = self._take(provider, answer.get("state", ""), browser)
        code = relying.check_answer(answer)
        claims = relying.claims(code, redirect, under_way.nonce, under_way.verifier)
        account = self._account(relying.provider, claims)
        _log.info("signed in", account=account.id, by=provider)
        return account, str(under_way.back_to)

    def _of(self, provider: str) -> Relying:
        found = self._relying.get(provider)
        if found is None:
            raise NotFound(
                "There is no such sign-in provider.",
                advice="See /api/sign-in.",
                part="provider",
            )
        return found

    def _take(self, provider: str, state: str, browser: str) -> sa.Row[Any]:
        """A sign-in under way, which is over for anybody else from now on."""
        mine = sign_ins.c.state == hashed(state)
        with self._records.writing() as connection:
            row = connection.execute(sa.select(sign_ins).where(mine)).one_or_none()
            same = (
                row is not None
                and row.provider == provider
                and hmac.compare_digest(row.browser, hashed(browser))
                and row.begun_at > datetime.now(UTC) - _GOOD_FOR
            )
            if row is None or not same:
                raise SignInNeeded(
                    "This sign-in was not begun in this browser, or it is over.",
                    advice="Begin again.",
                    part="state",
                )
            connection.execute(sa.delete(sign_ins).where(mine))
        return row

    def _account(self, provider: Provider, claims: Mapping[str, Any]) -> Account:
        """The account of who signed in; they are known by the provider's name for them alone.

        An e-mail address is never taken for who somebody is: another provider may give it away.
        """
        organisation, groups = _meaning(provider, claims)
        known = self._register.of_provider(provider.id, claims["sub"])
        if known is not None:
            if known.disabled_at is not None:
                raise Refused("This account is disabled.", advice="Ask an administrator.")
            return self._brought_up_to_date(provider, known, organisation, groups)
        if not provider.new_accounts:
            raise Refused(
                "You have no account here.",
                advice="Ask an administrator for one.",
            )
        try:
            address = checked_e_mail(str(claims.get("email") or ""))
            if claims.get("email_verified") is False:
                raise BadRequest("The provider has not verified your e-mail address.")
            return self._register.add(
                self._free_id(claims, address),
                name=_name(claims, address),
                e_mail=address,
                organisation=organisation,
                groups=groups,
                purposes=provider.purposes,
                provider=(provider.id, claims["sub"]),
            )
        except BadRequest as error:
            raise Refused(
                f"You can't get an account by {provider.title}: {error.what}",
                advice="Ask an administrator for one.",
            ) from error

    def _brought_up_to_date(
        self, provider: Provider, known: Account, organisation: str | None, groups: tuple[str, ...]
    ) -> Account:
        """Take over what the provider says now; groups it knows nothing of stay."""
        changes: dict[str, Any] = {}
        if (provider.organisation or provider.organisations) and organisation != known.organisation:
            changes["organisation"] = organisation
        if provider.groups is not None:
            told = set(provider.groups.meaning.values())
            now = sorted({*groups, *(group for group in known.groups if group not in told)})
            if now != sorted(known.groups):
                changes["groups"] = now
        return self._register.change(known.id, **changes) if changes else known

    def _free_id(self, claims: Mapping[str, Any], address: str) -> str:
        wished = str(claims.get("preferred_username") or address).partition("@")[0].lower()
        base = re.sub(r"[^a-z0-9]+", "-", wished)[:48].strip("-") or "user"
        taken = {account.id for account in self._register.all()}
        numbered = (base if n == 1 else f"{base}-{n}" for n in range(1, len(taken) + 2))
        return next(each for each in numbered if each not in taken)


def _relying(provider: Provider) -> Relying:
    from .oidc import Relying

    return Relying(provider)


def local_path(wanted: str) -> str:
    """A path of this node; the first page for whatever could lead elsewhere."""
    is_local = (
        wanted.startswith("/")
        and not wanted.startswith(("//", "/\\"))
        and "\\" not in wanted
        and wanted.isprintable()
        and wanted.isascii()
        and len(wanted) <= _LONGEST_PATH
    )
    return wanted if is_local else "/"


def _meaning(provider: Provider, claims: Mapping[str, Any]) -> tuple[str | None, tuple[str, ...]]:
    said = provider.organisations.read(claims) if provider.organisations else ()
    organisation = said[0] if said else provider.organisation
    return organisation, provider.groups.read(claims) if provider.groups else ()


def _name(claims: Mapping[str, Any], address: str) -> str:
    name = str(claims.get("name") or claims.get("preferred_username") or address)
    return "".join(sign for sign in name if sign.isprintable())[:200].strip() or address
