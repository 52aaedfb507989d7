"""People of the node: `users`, `organisations`, `groups` and `tokens`.

Whoever may write to the data folder administrates the node, so nobody has to sign in here; that is
how the first administrator is made.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from interurban.core.errors import BadRequest

from .options import AsJson, Home
from .output import screen, show_json, show_table

if TYPE_CHECKING:
    from interurban.accounts import Account, Accounts

__all__ = ["groups", "organisations", "tokens", "users"]

users = typer.Typer(
    name="users", help="Who can sign in to this node, and as what.", no_args_is_help=True
)
organisations = typer.Typer(
    name="organisations", help="Whom the people of this node work for.", no_args_is_help=True
)
groups = typer.Typer(
    name="groups", help="People whom policies speak of together.", no_args_is_help=True
)
tokens = typer.Typer(
    name="tokens", help="What programs sign in with in somebody's name.", no_args_is_help=True
)

User = Annotated[str, typer.Argument(metavar="USER", help="Id of an account.")]
NewId = Annotated[str, typer.Argument(metavar="ID", help="What policies will name it by.")]
Name = Annotated[str, typer.Option("--name", metavar="TEXT", help="The full name.")]
Organisation = Annotated[
    str | None,
    typer.Option("--organisation", metavar="ID", help="Whom they work for; '' for nobody."),
]
Groups = Annotated[
    list[str] | None,
    typer.Option("--group", metavar="ID", help="A group they are in. Repeatable."),
]
Purposes = Annotated[
    list[str] | None,
    typer.Option(
        "--purpose", metavar="TERM",
        help="What they may ask for, as dpv:PublicBenefit. Repeatable.",
    ),
]  # fmt: skip


# Users


@users.command("add")
def add_user(
    user: NewId,
    name: Name,
    e_mail: Annotated[str, typer.Option("--e-mail", metavar="ADDRESS", help="Their address.")],
    administrator: Annotated[
        bool, typer.Option("--administrator", help="They may change accounts and policies.")
    ] = False,
    organisation: Organisation = None,
    group: Groups = None,
    purpose: Purposes = None,
    without_password: Annotated[
        bool, typer.Option("--without-password", help="They can't sign in until they get one.")
    ] = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Make an account; the password is asked for, and nobody sees it.

    From the first account on, what is not open data asks who it is for.
    """
    with _people(home) as people:
        password = None if without_password else _new_password()
        made = people.register.add(
            user,
            name=name,
            e_mail=e_mail,
            password=password,
            organisation=organisation or None,
            groups=group or (),
            purposes=purpose or (),
            administrator=administrator,
        )
        people.note("made an account", account=made.id, administrator=administrator)
    _show([made], as_json=as_json)


@users.command("list")
def list_users(home: Home = None, as_json: AsJson = False) -> None:
    """List the accounts."""
    with _people(home) as people:
        _show(people.register.all(), as_json=as_json)


@users.command("change")
def change_user(
    user: User,
    name: Annotated[str | None, typer.Option("--name", metavar="TEXT")] = None,
    e_mail: Annotated[str | None, typer.Option("--e-mail", metavar="ADDRESS")] = None,
    administrator: Annotated[
        bool | None, typer.Option("--administrator/--no-administrator")
    ] = None,
    organisation: Organisation = None,
    group: Groups = None,
    purpose: Purposes = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Change what is named of an account; groups and purposes are those named, and no others."""
    changes: dict[str, Any] = {
        "name": name,
        "e_mail": e_mail,
        "administrator": administrator,
        "organisation": organisation,
        "groups": _given(group),
        "purposes": _given(purpose),
    }
    wanted = {key: value for key, value in changes.items() if value is not None}
    if not wanted:
        raise BadRequest("Nothing is named that is to change.", advice="See --help.")
    with _people(home) as people:
        changed = people.register.change(user, **wanted)
        people.note("changed an account", account=user, changed=sorted(wanted))
        _show([changed], as_json=as_json)


@users.command("disable")
def disable_user(user: User, home: Home = None, as_json: AsJson = False) -> None:
    """Keep somebody out at once: every browser is signed out, every token ends."""
    with _people(home) as people:
        disabled = people.register.change(user, disabled=True)
        people.note("disabled an account", account=user)
        _show([disabled], as_json=as_json)


@users.command("enable")
def enable_user(user: User, home: Home = None, as_json: AsJson = False) -> None:
    """Let somebody in again who was disabled."""
    with _people(home) as people:
        enabled = people.register.change(user, disabled=False)
        people.note("enabled an account", account=user)
        _show([enabled], as_json=as_json)


@users.command("passwd")
def change_password(user: User, home: Home = None) -> None:
    """Give somebody another password; every browser is signed out."""
    with _people(home) as people:
        people.register.get(user)
        people.register.change(user, password=_new_password())
        people.note("gave another password", account=user)
    screen.print(f"{user} has another password.")


# Organisations and groups


@organisations.command("add")
def add_organisation(new: NewId, name: Name, home: Home = None) -> None:
    """Make an organisation."""
    with _people(home) as people:
        people.register.add_organisation(new, name)
        people.note("made an organisation", organisation=new)
    screen.print(f"Policies can name it organisation:{new} now.")


@organisations.command("list")
def list_organisations(home: Home = None, as_json: AsJson = False) -> None:
    """List the organisations."""
    with _people(home) as people:
        found = people.register.organisations()
    if as_json:
        show_json([asdict(each) for each in found])
    else:
        show_table(("organisation", "name"), [(each.id, each.name) for each in found])


@groups.command("add")
def add_group(new: NewId, name: Name, home: Home = None) -> None:
    """Make a group."""
    with _people(home) as people:
        people.register.add_group(new, name)
        people.note("made a group", group=new)
    screen.print(f"Policies can name it group:{new} now.")


@groups.command("list")
def list_groups(home: Home = None, as_json: AsJson = False) -> None:
    """List the groups, and how many are in each."""
    with _people(home) as people:
        found = people.register.groups()
    if as_json:
        show_json([asdict(each) for each in found])
    else:
        rows = [(each.id, each.name, each.members) for each in found]
        show_table(("group", "name", "members"), rows, right=("members",))


# Tokens


@tokens.command("add")
def add_token(
    user: User,
    name: Annotated[str, typer.Option("--name", metavar="TEXT", help="What it is for.")],
    scope: Annotated[
        list[str],
        typer.Option(
            "--scope", metavar="SCOPE",
            help="read, aggregate, export, derive, load or admin. Repeatable.",
        ),
    ],
    days: Annotated[int, typer.Option("--days", help="How long it is good for.")] = 90,
    home: Home = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Make a token, and show it: this once, and never again."""
    with _people(home) as people:
        token, secret = people.tokens.add(people.register.get(user), name, scope, days)
        people.note("made a token", account=user, token=token.id, scopes=token.scopes)
    if as_json:
        show_json(asdict(token) | {"secret": secret})
        return
    screen.print(secret, soft_wrap=True, markup=False)
    screen.print(
        f"It is {user}'s, for {', '.join(token.scopes)}, until {token.expires_at:%-d %B %Y}. "
        "Keep it as a password: it is not shown again.",
        style="dim",
        soft_wrap=True,
    )


@tokens.command("list")
def list_tokens(
    user: Annotated[
        str | None, typer.Argument(metavar="[USER]", help="Only those of this account.")
    ] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """List the tokens, the newest first; what they are is not known any more."""
    with _people(home) as people:
        found = people.tokens.all(None if user is None else people.register.get(user).id)
    if as_json:
        show_json([asdict(each) for each in found])
        return
    show_table(
        ("token", "user", "name", "scopes", "good until", "last used"),
        [(t.id, t.account, t.name, t.scopes, t.expires_at, t.last_used_at) for t in found],
    )


@tokens.command("revoke")
def revoke_token(
    token: Annotated[str, typer.Argument(metavar="TOKEN", help="Its id, as `list` shows it.")],
    home: Home = None,
) -> None:
    """End a token at once."""
    with _people(home) as people:
        ended = people.tokens.revoke(token)
        people.note("revoked a token", account=ended.account, token=token)
    screen.print(f"{ended.name} of {ended.account} opens nothing any more.", markup=False)


@contextmanager
def _people(home: Path | None) -> Iterator[Accounts]:
    from interurban.accounts import Accounts
    from interurban.store.home import default_home

    with Accounts(home or default_home()) as opened:
        yield opened


def _new_password() -> str:
    """A password, typed twice and not shown; or the first line of what is piped in."""
    if sys.stdin.isatty():
        typed: str = typer.prompt("Password", hide_input=True, confirmation_prompt="Once more")
        return typed
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise BadRequest(
            "No password was given.",
            advice="Type it in a terminal, or pipe it in; it never stands on the command line.",
            part="password",
        )
    return line


def _given(named: list[str] | None) -> list[str] | None:
    """What was named; an empty text is how one says that there is none."""
    return None if not named else [each for each in named if each]


def _show(found: list[Account], *, as_json: bool) -> None:
    if as_json:
        show_json([asdict(account) for account in found])
        return
    show_table(
        ("user", "name", "e-mail", "organisation", "groups", "purposes", "role", "state"),
        [
            (
                a.id, a.name, a.e_mail, a.organisation, a.groups, a.purposes,
                "administrator" if a.administrator else "", _state(a),
            )
            for a in found
        ],
    )  # fmt: skip


def _state(account: Account) -> str:
    if account.disabled_at is not None:
        return "disabled"
    return "" if account.has_password or account.provider else "no password"
