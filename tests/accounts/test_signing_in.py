"""Who signs in, how long that lasts, and what becomes of whoever guesses."""

from __future__ import annotations

import sqlite3
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from interurban.accounts import Account, Accounts, form_secret
from interurban.accounts.tables import accounts, attempts, sessions, tokens
from interurban.core.errors import (
    BadRequest,
    Refused,
    SignInNeeded,
    StoreError,
    TooOften,
    UnknownAccount,
)

from .conftest import GOOD

HERE, THERE = "192.0.2.1", "198.51.100.7"


def later(people: Accounts, table: sa.Table, **columns: timedelta) -> None:
    """As if so much time had gone by for everything in a table."""
    with people._records.writing() as connection:
        for row in connection.execute(sa.select(table)).mappings().all():
            key = next(iter(table.primary_key))
            connection.execute(
                sa.update(table)
                .where(key == row[key.name])
                .values({name: row[name] - by for name, by in columns.items()})
            )


def test_one_signs_in_by_id_or_address_however_it_is_written(
    people: Accounts, ada: Account
) -> None:
    for name in ("ada", "ADA ", "ada@city.example", "Ada@City.Example"):
        assert people.sign_in(name, GOOD, HERE) == ada


def test_whatever_is_wrong_is_said_in_the_same_words(people: Accounts, ada: Account) -> None:
    people.register.add("gone", name="G", e_mail="gone@city.example", password=GOOD)
    people.register.change("gone", disabled=True)
    people.register.add("other", name="O", e_mail="o@city.example", provider=("city", "o"))
    said = set()
    for name, password in (
        ("ada", "wrong"), ("nobody", GOOD), ("gone", GOOD), ("other", ""), ("", ""), ("ada", ""),
    ):  # fmt: skip
        with pytest.raises(SignInNeeded) as refused:
            people.sign_in(name, password, HERE)
        said.add(str(refused.value))
    assert len(said) == 1


def test_an_unknown_name_takes_as_long_as_a_known_one(people: Accounts, ada: Account) -> None:
    def seconds(name: str) -> float:
        began = time.perf_counter()
        people.register.matching(name, "wrong-password-wrong")
        return time.perf_counter() - began

    known = sorted(seconds("ada") for _ in range(7))[3]
    unknown = sorted(seconds("nobody") for _ in range(7))[3]
    assert 0.4 < known / unknown < 2.5


def test_guessing_is_made_to_wait_and_the_owner_is_not(people: Accounts, ada: Account) -> None:
    for _ in range(5):
        with pytest.raises(SignInNeeded):
            people.sign_in("ada", "a-guess-of-somebody", HERE)
    with pytest.raises(TooOften) as refused:
        people.sign_in("ada", GOOD, HERE)
    assert 0 < refused.value.wait_s <= 2
    assert people.sign_in("ada", GOOD, THERE) == ada
    later(people, attempts, last_at=timedelta(seconds=3))
    assert people.sign_in("ada", GOOD, HERE) == ada


def test_a_name_nobody_has_is_made_to_wait_just_so(people: Accounts, ada: Account) -> None:
    for _ in range(5):
        with pytest.raises(SignInNeeded):
            people.sign_in("nobody", "a-guess-of-somebody", HERE)
    with pytest.raises(TooOften):
        people.sign_in("nobody", "a-guess-of-somebody", HERE)


def test_the_wait_doubles_up_to_a_quarter_of_an_hour(people: Accounts, ada: Account) -> None:
    with people._records.writing() as connection:
        from datetime import UTC, datetime

        from interurban.accounts.attempts import _subjects

        rows = [
            {"subject": subject, "failures": 29, "last_at": datetime.now(UTC)}
            for subject in list(_subjects("ada", HERE))[:1]
        ]
        connection.execute(sa.insert(attempts), rows)
    with pytest.raises(TooOften, match="15 minutes"):
        people.sign_in("ada", GOOD, HERE)


def test_many_guesses_at_once_gain_nothing(people: Accounts, ada: Account) -> None:
    judged = []

    def guess() -> None:
        try:
            people.sign_in("ada", "a-guess-of-somebody", HERE)
        except (SignInNeeded, TooOften) as error:
            judged.append(type(error))

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert judged.count(SignInNeeded) == 5
    assert judged.count(TooOften) == 7


def test_a_session_ends_when_nobody_uses_it_and_in_any_case(people: Accounts, ada: Account) -> None:
    secret = people.sessions.begin(ada, "public")
    found = people.sessions.find(secret)
    assert found is not None
    assert found.account == ada
    assert people.sessions.find(secret + "x") is None
    later(people, sessions, used_at=timedelta(hours=1, minutes=59))
    assert people.sessions.find(secret) is not None  # in use again
    later(people, sessions, used_at=timedelta(hours=1, minutes=59))
    assert people.sessions.find(secret) is not None
    later(people, sessions, used_at=timedelta(hours=3))
    assert people.sessions.find(secret) is None
    second = people.sessions.begin(ada, "public")
    later(people, sessions, expires_at=timedelta(hours=12))
    assert people.sessions.find(second) is None


def test_signing_in_ends_the_session_one_came_with(people: Accounts, ada: Account) -> None:
    slipped = people.sessions.begin(ada, "public")
    own = people.sessions.begin(ada, "public", instead_of=slipped)
    assert people.sessions.find(slipped) is None
    assert people.sessions.find(own) is not None


def test_one_can_sign_out_everywhere(people: Accounts, ada: Account) -> None:
    secrets = [people.sessions.begin(ada, "public") for _ in range(3)]
    assert people.sessions.end_all("ada", but=secrets[0]) == 2
    assert [people.sessions.find(secret) is not None for secret in secrets] == [True, False, False]
    people.sessions.end(secrets[0])
    assert people.sessions.find(secrets[0]) is None


def test_another_password_signs_every_browser_out(people: Accounts, ada: Account) -> None:
    secret = people.sessions.begin(ada, "public")
    people.register.change("ada", password=GOOD + "-anew")
    assert people.sessions.find(secret) is None
    with pytest.raises(SignInNeeded):
        people.sign_in("ada", GOOD, HERE)
    assert people.sign_in("ada", GOOD + "-anew", HERE).id == "ada"


def test_a_hash_of_weaker_parameters_is_made_anew(people: Accounts, ada: Account) -> None:
    from argon2 import PasswordHasher

    weak = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(GOOD)
    with people._records.writing() as connection:
        connection.execute(sa.update(accounts).values(password=weak))
    people.sign_in("ada", GOOD, HERE)
    with people._records.reading() as connection:
        kept = connection.scalar(sa.select(accounts.c.password))
    assert "m=65536,t=3,p=4" in kept


def test_who_is_disabled_is_out_at_once(people: Accounts, ada: Account) -> None:
    grace = people.register.add("grace", name="G", e_mail="g@city.example", password=GOOD)
    session = people.sessions.begin(grace, "public")
    _, token = people.tokens.add(grace, "laptop", ["read"])
    people.register.change("grace", disabled=True)
    assert people.sessions.find(session) is None
    assert people.tokens.find(token) is None
    with pytest.raises(UnknownAccount):
        people.sessions.begin(grace, "public")
    people.register.change("grace", disabled=False)
    assert people.sessions.find(session) is None
    assert people.tokens.find(token) is None
    assert people.sign_in("grace", GOOD, HERE).id == "grace"


def test_a_purpose_is_chosen_from_those_of_the_account(people: Accounts, ada: Account) -> None:
    people.register.change("ada", purposes=["dpv:PublicBenefit"])
    known = people.register.get("ada")
    with pytest.raises(BadRequest):
        people.sessions.begin(known, "dpv:Marketing")
    secret = people.sessions.begin(known, "public")
    found = people.sessions.find(secret)
    assert found is not None
    people.sessions.state(secret, found, "dpv:PublicBenefit")
    found = people.sessions.find(secret)
    assert found is not None
    assert found.purpose == "dpv:PublicBenefit"
    people.register.change("ada", purposes=[])
    found = people.sessions.find(secret)
    assert found is not None
    assert found.purpose == "public"


def test_a_token_opens_what_it_is_for_until_it_is_over(people: Accounts, ada: Account) -> None:
    token, secret = people.tokens.add(ada, "laptop", ["export", "read"], days=30)
    assert secret.startswith("iu_")
    assert len(secret) >= 46
    assert token.scopes == ("read", "export")
    found = people.tokens.find(secret)
    assert found is not None
    account, scopes = found
    assert account.reader(scopes=scopes).administrator is False
    assert people.tokens.all("ada")[0].last_used_at is not None
    later(people, tokens, expires_at=timedelta(days=30))
    assert people.tokens.find(secret) is None


def test_an_administrator_s_token_administrates_only_when_it_says_so(
    people: Accounts, ada: Account
) -> None:
    _, secret = people.tokens.add(ada, "scraper", ["admin"])
    found = people.tokens.find(secret)
    assert found is not None
    assert found[0].reader(scopes=found[1]).administrator
    other = people.register.add("grace", name="G", e_mail="g@city.example", password=GOOD)
    with pytest.raises(Refused):
        people.tokens.add(other, "scraper", ["read", "admin"])
    people.register.change("grace", administrator=True)
    people.register.change("ada", administrator=False)
    found = people.tokens.find(secret)
    assert found is not None
    assert not found[0].reader(scopes=found[1]).administrator


def test_only_its_owner_revokes_a_token(people: Accounts, ada: Account) -> None:
    token, secret = people.tokens.add(ada, "laptop", ["read"])
    with pytest.raises(UnknownAccount):
        people.tokens.revoke(token.id, "grace")
    assert people.tokens.find(secret) is not None
    people.tokens.revoke(token.id, "ada")
    assert people.tokens.find(secret) is None


@pytest.mark.parametrize(
    ("name", "scopes", "days"),
    [("", ["read"], 1), ("x", [], 1), ("x", ["everything"], 1), ("x", ["read"], 0),
     ("x", ["read"], 367)],
)  # fmt: skip
def test_a_token_that_can_not_be_is_refused(
    people: Accounts, ada: Account, name: str, scopes: list[str], days: int
) -> None:
    with pytest.raises(BadRequest):
        people.tokens.add(ada, name, scopes, days)
    assert people.tokens.all() == []


def test_what_a_page_sends_along_follows_from_the_session_alone(
    people: Accounts, ada: Account, tmp_path: Path
) -> None:
    one, two = (people.sessions.begin(ada, "public") for _ in range(2))
    assert form_secret(one) == form_secret(one) != form_secret(two)
    assert one not in form_secret(one)


def test_a_database_that_takes_no_writes_keeps_nobody_from_reading(
    people: Accounts, ada: Account
) -> None:
    session = people.sessions.begin(ada, "public")
    _, token = people.tokens.add(ada, "laptop", ["read"])
    later(people, sessions, used_at=timedelta(minutes=5))

    def take_no_writes(connection: sqlite3.Connection, _: object) -> None:
        connection.execute("PRAGMA query_only = ON")

    people._records._engine.dispose()
    sa.event.listen(people._records._engine, "connect", take_no_writes)
    with pytest.raises(StoreError):
        people.sessions.end(session)
    assert people.sessions.find(session) is not None
    assert people.tokens.find(token) is not None
