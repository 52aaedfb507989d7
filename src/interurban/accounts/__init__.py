"""People: accounts, organisations, groups, sessions, tokens, and how one signs in."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog

from interurban.core.errors import SignInNeeded
from interurban.policy.audit import record
from interurban.store.control import Records, file_in

from .attempts import Attempts
from .passwords import Passwords
from .people import PUBLIC, SCOPES, Account, Group, Organisation, Scope, Session, Token
from .providers import Provider, read_providers
from .register import Register
from .sessions import Sessions, form_secret
from .sign_ins import Begun, SignIns
from .tables import TABLES
from .tokens import LONGEST_DAYS, PREFIX, USUAL_DAYS, Tokens

__all__ = [
    "LONGEST_DAYS",
    "PREFIX",
    "PUBLIC",
    "SCOPES",
    "USUAL_DAYS",
    "Account",
    "Accounts",
    "Begun",
    "Group",
    "Organisation",
    "Provider",
    "Register",
    "Scope",
    "Session",
    "Sessions",
    "SignIns",
    "Token",
    "Tokens",
    "form_secret",
]

_IDLE, _LONGEST = timedelta(hours=2), timedelta(hours=12)
_log = structlog.get_logger("interurban.accounts")


class Accounts:
    """Everything a node knows of its people.

    Parameters
    ----------
    home: the data folder.
    database: URL of the control database; the home's own SQLite file by default.
    idle, longest: how long a session lasts unused, and at most.

    Raises
    ------
    StoreError: the control database can't be opened.
    ConfigurationError: the providers are described wrongly.
    """

    def __init__(
        self,
        home: Path,
        database: str | None = None,
        *,
        idle: timedelta = _IDLE,
        longest: timedelta = _LONGEST,
    ) -> None:
        self._home = home
        self._records = Records(file_in(home), TABLES, database)
        self.register = Register(self._records, Passwords())
        self.sessions = Sessions(self._records, idle, longest)
        self.tokens = Tokens(self._records)
        self.sign_ins = SignIns(self._records, self.register, read_providers(home))
        self._attempts = Attempts(self._records)

    def close(self) -> None:
        """Let go of the database."""
        self._records.close()

    def __enter__(self) -> Accounts:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def note(self, what: str, who: str | None = None, **details: Any) -> None:
        """Write into the audit log that people were administered.

        Parameters
        ----------
        what: in a few lower-case words of the program's own.
        who: the account that did it; the person at this machine when absent.
        details: of whom or what; only salted hashes of them are public.
        """
        record(self._home, "account", what, who=who, details=details)

    def sign_in(self, name: str, password: str, address: str) -> Account:
        """Who signs in with a name or an e-mail, and a password.

        Parameters
        ----------
        address: where they ask from; failures are counted by it, too.

        Raises
        ------
        SignInNeeded: in the same words, after the same time, whatever was wrong.
        TooOften: after too many failures.
        """
        self._attempts.begin(name, address)
        account = self.register.matching(name, password)
        if account is None:
            _log.warning("sign-in failed", address=address)
            raise SignInNeeded(
                "The name or the password is wrong.",
                advice="Try again, or ask an administrator for a new password.",
            )
        self._attempts.succeeded(name, address)
        _log.info("signed in", account=account.id, by="password")
        return account
