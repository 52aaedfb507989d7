"""The register of people: accounts, organisations and groups, made, changed and found."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from interurban.core.errors import BadRequest, UnknownAccount
from interurban.standards.spelling import did_you_mean
from interurban.store.control import Records

from .passwords import Passwords, checked_password
from .people import (
    Account,
    Group,
    Organisation,
    checked_e_mail,
    checked_id,
    checked_name,
    checked_purposes,
)
from .tables import accounts, groups, memberships, organisations, sessions, tokens

__all__ = ["Register", "account_of", "select_accounts"]

_LOOK_S = 1.0
_CHANGES: Mapping[str, Callable[[Any], Any]] = {
    "name": checked_name,
    "e_mail": checked_e_mail,
    "organisation": lambda value: value or None,
    "purposes": lambda value: list(checked_purposes(value)),
    "administrator": bool,
}


class Register:
    """The people of a node.

    Parameters
    ----------
    records: their tables.
    passwords: how theirs are kept.
    """

    def __init__(self, records: Records, passwords: Passwords) -> None:
        self._records = records
        self._passwords = passwords
        self._peopled, self._looked = False, 0.0

    def is_empty(self) -> bool:
        """Whether nobody has an account; then a node is as open as what it holds.

        Seen within a second where another process makes the first one. Accounts are never deleted.
        """
        now = time.monotonic()
        if not self._peopled and (not self._looked or now - self._looked > _LOOK_S):
            with self._records.reading() as connection:
                self._peopled = connection.scalar(sa.select(accounts.c.id).limit(1)) is not None
            self._looked = now
        return not self._peopled

    # Accounts

    def add(
        self,
        account: str,
        *,
        name: str,
        e_mail: str,
        password: str | None = None,
        organisation: str | None = None,
        groups: Iterable[str] = (),
        purposes: Iterable[str] = (),
        administrator: bool = False,
        provider: tuple[str, str] | None = None,
    ) -> Account:
        """Make an account.

        Parameters
        ----------
        password: none where people come by a sign-in provider.
        provider: id of that provider, and how it names this person.

        Raises
        ------
        BadRequest: ``part`` is at fault, or is somebody else's.
        UnknownAccount: there is no such organisation or group.
        """
        row = {
            "id": checked_id(account, "an account"),
            "name": checked_name(name),
            "e_mail": checked_e_mail(e_mail),
            "purposes": list(checked_purposes(purposes)),
            "organisation": organisation,
            "administrator": administrator,
            "provider": provider[0] if provider else None,
            "subject": provider[1] if provider else None,
            "created_at": datetime.now(UTC),
        }
        if password is not None:
            about = (account, name, e_mail, organisation or "")
            row["password"] = self._passwords.hash(checked_password(password, about))
        with self._records.writing() as connection:
            _known(connection, organisations, [organisation] if organisation else [])
            try:
                connection.execute(sa.insert(accounts).values(row))
            except IntegrityError as error:
                raise BadRequest(
                    f"Somebody has the id {account} or the address {e_mail} already.",
                    advice="See who with: interurban users list",
                    part="id",
                ) from error
            _join(connection, account, tuple(groups))
        self._peopled = True
        return self.get(account)

    def change(self, account: str, **changes: Any) -> Account:
        """Change some of an account.

        Parameters
        ----------
        changes: ``name``, ``e_mail``, ``organisation`` (``None`` for none), ``groups``,
            ``purposes``, ``administrator``, ``disabled``, ``password``. Another password signs
            every browser out; who is disabled is signed out, and their tokens end.

        Raises
        ------
        BadRequest: ``part`` is at fault, or nobody would be left to administrate the node.
        UnknownAccount: there is no such account, organisation or group.
        """
        before = self.get(account)
        values = {key: _CHANGES[key](changes[key]) for key in changes if key in _CHANGES}
        if "disabled" in changes:
            values["disabled_at"] = (
                (before.disabled_at or datetime.now(UTC)) if changes["disabled"] else None
            )
        ended = [sessions] if "password" in changes else []
        if "password" in changes:
            about = (before.id, before.name, before.e_mail, before.organisation or "")
            checked = checked_password(changes["password"], about)
            values["password"] = self._passwords.hash(checked)
        if values.get("disabled_at"):
            ended = [sessions, tokens]
        with self._records.writing() as connection:
            if values.get("organisation"):
                _known(connection, organisations, [values["organisation"]])
            if values:
                try:
                    connection.execute(
                        sa.update(accounts).where(accounts.c.id == account).values(values)
                    )
                except IntegrityError as error:
                    raise BadRequest(
                        f"Somebody else has the address {values['e_mail']}.", part="e_mail"
                    ) from error
            if "groups" in changes:
                _join(connection, account, tuple(changes["groups"]))
            for table in ended:
                connection.execute(sa.delete(table).where(table.c.account == account))
            if before.administrator and before.disabled_at is None:
                _somebody_administrates(connection)
        return self.get(account)

    def get(self, account: str) -> Account:
        """An account by id; UnknownAccount names the nearest."""
        found = self._one(accounts.c.id == account)
        if found is None:
            with self._records.reading() as connection:
                ids = connection.scalars(sa.select(accounts.c.id)).all()
            raise UnknownAccount(
                f"There is no account {account[:80]!r}.",
                advice=did_you_mean(
                    account[:80], ids, otherwise="See them with: interurban users list"
                ),
                part="id",
            )
        return found

    def of_provider(self, provider: str, subject: str) -> Account | None:
        """The account of whom a sign-in provider names so."""
        return self._one(accounts.c.provider == provider, accounts.c.subject == subject)

    def all(self) -> list[Account]:
        """Every account, by id."""
        with self._records.reading() as connection:
            return [account_of(row) for row in connection.execute(select_accounts())]

    def matching(self, name: str, password: str) -> Account | None:
        """Who signs in so, by id or e-mail; ``None`` for whoever can't, always after as long."""
        written = name.strip().lower()
        with self._records.reading() as connection:
            found = connection.execute(
                select_accounts().where(
                    sa.or_(accounts.c.id == written, accounts.c.e_mail == written)
                )
            ).first()
        kept = found.password if found is not None and found.disabled_at is None else None
        if not self._passwords.matches(password, kept) or found is None or kept is None:
            return None
        if self._passwords.is_old(kept):
            with self._records.writing() as connection:
                connection.execute(
                    sa.update(accounts)
                    .where(accounts.c.id == found.id, accounts.c.password == kept)
                    .values(password=self._passwords.hash(password))
                )
        return account_of(found)

    # Organisations and groups

    def add_organisation(self, organisation: str, name: str) -> Organisation:
        """Make an organisation; BadRequest when there is one of that id."""
        self._add(organisations, organisation, name, "an organisation")
        return Organisation(organisation, name.strip())

    def add_group(self, group: str, name: str) -> Group:
        """Make a group; BadRequest when there is one of that id."""
        self._add(groups, group, name, "a group")
        return Group(group, name.strip())

    def organisations(self) -> list[Organisation]:
        """Every organisation, by id."""
        with self._records.reading() as connection:
            rows = connection.execute(sa.select(organisations).order_by(organisations.c.id))
            return [Organisation(row.id, row.name) for row in rows]

    def groups(self) -> list[Group]:
        """Every group, by id."""
        members = (
            sa.select(sa.func.count())
            .where(memberships.c.group == groups.c.id)
            .scalar_subquery()
            .label("members")
        )
        with self._records.reading() as connection:
            rows = connection.execute(sa.select(groups, members).order_by(groups.c.id))
            return [Group(row.id, row.name, row.members) for row in rows]

    def parties(self) -> frozenset[str] | None:
        """Everybody a rule can name (``account:ann``); ``None`` where nobody has an account."""
        if self.is_empty():
            return None
        return frozenset(
            (
                *(f"account:{each.id}" for each in self.all()),
                *(f"organisation:{each.id}" for each in self.organisations()),
                *(f"group:{each.id}" for each in self.groups()),
            )
        )

    def _add(self, table: sa.Table, new: str, name: str, what: str) -> None:
        row = {"id": checked_id(new, what), "name": checked_name(name)}
        with self._records.writing() as connection:
            try:
                connection.execute(sa.insert(table).values(row))
            except IntegrityError as error:
                raise BadRequest(
                    f"There is {what} {new} already.", advice="Take another id.", part="id"
                ) from error

    def _one(self, *conditions: sa.ColumnElement[bool]) -> Account | None:
        with self._records.reading() as connection:
            row = connection.execute(select_accounts().where(*conditions)).one_or_none()
        return None if row is None else account_of(row)


def select_accounts() -> sa.Select[Any]:
    """Accounts with the ids of their groups, by id."""
    joined = (
        sa.select(sa.func.aggregate_strings(memberships.c.group, " "))
        .where(memberships.c.account == accounts.c.id)
        .scalar_subquery()
        .label("in_groups")
    )
    return sa.select(accounts, joined).order_by(accounts.c.id)


def account_of(row: sa.Row[Any]) -> Account:
    """An account from a row of ``select_accounts``."""
    return Account(
        id=row.id,
        name=row.name,
        e_mail=row.e_mail,
        organisation=row.organisation,
        groups=tuple(sorted((row.in_groups or "").split())),
        purposes=tuple(row.purposes),
        administrator=row.administrator,
        created_at=row.created_at,
        disabled_at=row.disabled_at,
        has_password=row.password is not None,
        provider=row.provider,
    )


def _known(connection: sa.Connection, table: sa.Table, wanted: Sequence[str]) -> None:
    """UnknownAccount when one of these is no organisation, or no group."""
    if not wanted:
        return
    ids = set(connection.scalars(sa.select(table.c.id)))
    for each in wanted:
        if each not in ids:
            one, command = str(table.name).removesuffix("s"), f"interurban {table.name}"
            raise UnknownAccount(
                f"There is no {one} {each[:80]!r}.",
                advice=did_you_mean(each[:80], ids, otherwise=f"Make it with: {command} add"),
                part=one,
            )


def _join(connection: sa.Connection, account: str, wanted: Sequence[str]) -> None:
    """Make an account a member of these groups and of no others."""
    _known(connection, groups, wanted)
    connection.execute(sa.delete(memberships).where(memberships.c.account == account))
    if wanted:
        rows = [{"account": account, "group": group} for group in dict.fromkeys(wanted)]
        connection.execute(sa.insert(memberships), rows)


def _somebody_administrates(connection: sa.Connection) -> None:
    left = connection.scalar(
        sa.select(accounts.c.id)
        .where(accounts.c.administrator, accounts.c.disabled_at.is_(None))
        .limit(1)
    )
    if left is None:
        raise BadRequest(
            "Nobody would be left to administrate this node.",
            advice="Make somebody else an administrator first.",
            part="administrator",
        )
