"""The register of people: who is in it, and what policy knows of them."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from interurban.accounts import Account, Accounts
from interurban.core.errors import BadRequest, UnknownAccount
from interurban.core.policy import Reader
from interurban.store.control import file_in

from .conftest import GOOD


def test_nobody_has_an_account_until_somebody_makes_one(people: Accounts) -> None:
    assert people.register.is_empty()
    people.register.add("ada", name="Ada", e_mail="ada@city.example", password=GOOD)
    assert not people.register.is_empty()
    assert people.register.all() == [people.register.get("ada")]


def test_another_process_sees_the_first_account(people: Accounts, tmp_path: Path) -> None:
    assert people.register.is_empty()
    with Accounts(tmp_path / "home") as other:
        other.register.add("ada", name="Ada", e_mail="ada@city.example", password=GOOD)
    people.register._looked -= 2
    assert not people.register.is_empty()


def test_an_account_is_a_reader_with_organisation_groups_and_purpose(people: Accounts) -> None:
    people.register.add_organisation("chicago", "City of Chicago")
    people.register.add_group("planners", "Planners of both cities")
    people.register.add_group("auditors", "Auditors")
    account = people.register.add(
        "grace", name="Grace", e_mail="grace@city.example", password=GOOD,
        organisation="chicago", groups=["planners", "auditors"],
        purposes=["dpv:PublicBenefit", "public"],
    )  # fmt: skip
    assert account.reader() == Reader("grace", "chicago", "public", ("auditors", "planners"))
    assert account.reader("dpv:PublicBenefit").purpose == "dpv:PublicBenefit"
    with pytest.raises(BadRequest, match="no purpose that this account may state"):
        account.reader("dpv:Marketing")
    assert [(group.id, group.members) for group in people.register.groups()] == [
        ("auditors", 1),
        ("planners", 1),
    ]


@pytest.mark.parametrize(
    ("part", "wrong"),
    [
        ("id", {"account": "Ada Byron"}),
        ("id", {"account": "../ada"}),
        ("id", {"account": ""}),
        ("id", {"account": "ada\n"}),
        ("name", {"name": "  "}),
        ("name", {"name": "Ada\x1b[2J"}),
        ("e_mail", {"e_mail": "ada"}),
        ("e_mail", {"e_mail": "ada@city.example\r\nBcc: all@city.example"}),
        ("password", {"password": "short"}),
        ("password", {"password": "password1234"}),
        ("password", {"password": "qwertyuiop12"}),
        ("password", {"password": "aaaaaaaaaaaaaaaa"}),
        ("password", {"password": "interurban1234"}),
        ("password", {"password": "grace hopper1"}),
        ("password", {"password": "x" * 257}),
        ("purposes", {"purposes": ["dpv:Espionage"]}),
        ("organisation", {"organisation": "acme"}),
        ("group", {"groups": ["wizards"]}),
    ],
)
def test_what_can_not_be_is_refused_and_nothing_is_kept(
    people: Accounts, part: str, wrong: dict[str, object]
) -> None:
    sound = {
        "account": "grace", "name": "Grace Hopper", "e_mail": "grace@city.example",
        "password": GOOD,
    }  # fmt: skip
    with pytest.raises((BadRequest, UnknownAccount)) as refused:
        people.register.add(**(sound | wrong))
    assert refused.value.part == part
    assert GOOD not in str(refused.value)
    assert people.register.all() == []


def test_an_address_and_an_id_are_somebody_s_alone(people: Accounts, ada: Account) -> None:
    assert ada.e_mail == "ada@city.example"
    with pytest.raises(BadRequest, match="already"):
        people.register.add("ada", name="A", e_mail="other@city.example", password=GOOD)
    with pytest.raises(BadRequest, match="already"):
        people.register.add("other", name="A", e_mail="ADA@city.example", password=GOOD)


def test_the_last_administrator_stays(people: Accounts, ada: Account) -> None:
    for change in ({"administrator": False}, {"disabled": True}):
        with pytest.raises(BadRequest, match="Nobody would be left"):
            people.register.change("ada", **change)
    assert people.register.get("ada").administrator
    people.register.add(
        "grace", name="G", e_mail="g@city.example", password=GOOD, administrator=True
    )
    assert people.register.change("ada", disabled=True).disabled_at is not None


def test_who_is_not_there_is_said_with_the_nearest(people: Accounts, ada: Account) -> None:
    with pytest.raises(UnknownAccount, match="ada"):
        people.register.get("adda")


def test_nothing_that_signs_anybody_in_can_be_read_from_the_file(
    people: Accounts, ada: Account, tmp_path: Path
) -> None:
    session = people.sessions.begin(ada, "public")
    _, token = people.tokens.add(ada, "laptop", ["read"])
    people.close()
    kept = b"".join(
        file.read_bytes() for file in file_in(tmp_path / "home").parent.glob("control.sqlite*")
    )
    assert b"$argon2id$v=19$m=65536,t=3,p=4$" in kept
    for secret in (GOOD, session, token, token.removeprefix("iu_")):
        assert secret.encode() not in kept


def test_the_tables_are_as_the_migrations_make_them(people: Accounts, tmp_path: Path) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.config import Config
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    from interurban.accounts.tables import HEAD, metadata

    engine = sa.create_engine(f"sqlite:///{file_in(tmp_path / 'home')}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": "accounts_version"})
        assert compare_metadata(context, metadata) == []
    config = Config()
    config.set_main_option("script_location", "interurban.accounts:migrations")
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD
