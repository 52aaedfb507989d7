"""Agreements over HTTP, on two nodes that are served: what administrators do and everybody sees."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest

from interurban.accounts import Accounts
from interurban.alliance.agreements.copies import check_copy
from interurban.alliance.agreements.writing import document_of
from interurban.core.alliance import Terms
from interurban.core.policy import Duty
from interurban.http.openapi import document
from interurban.policy.rights.odrl import read_json_ld
from interurban.policy.rights.odrl_policies import policy_of_graph

from .sides import ASSESSED, DATASET, terms
from .two_nodes import two_nodes

pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")  # in rdflib

ANN = {"name": "Ann Avery", "office": "Chief Data Officer of Chicago"}
LEE = {"name": "Lee Okafor", "office": "Head of the London Datastore"}
ABOUT_RISKS = {
    name: getattr(ASSESSED, name)
    for name in ("description", "necessity", "risks", "measures", "residual")
}
SCHEMAS = document("http://localhost", [])["components"]["schemas"]


@dataclass(frozen=True)
class City:
    """A served node, as its administrator and as everybody reach it."""

    url: str
    token: str

    def get(self, path: str, *, signed_in: bool = True) -> httpx.Response:
        return httpx.get(
            self.url + path, headers=self._headers(signed_in), trust_env=False, timeout=60
        )

    def post(self, path: str, body: Any, *, signed_in: bool = True) -> httpx.Response:
        headers = self._headers(signed_in)
        return httpx.post(self.url + path, json=body, headers=headers, trust_env=False, timeout=60)

    def do(self, agreement: str, do: str, by: Any = None, **more: Any) -> httpx.Response:
        return self.post(f"/api/agreements/{agreement}", {"do": do, "by": by or ANN, **more})

    def reaches(self, agreement: str, state: str) -> dict[str, Any]:
        """The agreement, once the partner's step has come here."""
        end = time.monotonic() + 20
        while True:
            answer = self.get(f"/api/agreements/{agreement}")
            if answer.status_code == 200 and answer.json()["state"] == state:
                return dict(answer.json())
            assert time.monotonic() < end, answer.text
            time.sleep(0.05)

    def _headers(self, signed_in: bool) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if signed_in else {}


def administrator(home: Path) -> str:
    """A token of the node's administrator."""
    home.mkdir(parents=True)
    with Accounts(home) as people:
        ada = people.register.add("ada", name="Ada", e_mail="ada@city.example", administrator=True)
        return people.tokens.add(ada, "tests", ["admin"], 1)[1]


@pytest.fixture(scope="module")
def cities(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[City, City]]:
    """Chicago and London, served and paired."""
    folder = tmp_path_factory.mktemp("two")
    homes = folder / "chicago", folder / "london"
    tokens = [administrator(home) for home in homes]
    with two_nodes(*homes) as two:
        yield City(two.owner_url, tokens[0]), City(two.asker_url, tokens[1])


def lasting(**changes: Any) -> Terms:
    """Terms that begin yesterday and last for most of a year, by the clock of the served nodes."""
    now = datetime.now(UTC).replace(microsecond=0)
    return terms(starts=now - timedelta(days=1), ends=now + timedelta(days=300), **changes)


def asked(cities: tuple[City, City], **changes: Any) -> str:
    """Let London ask, and Chicago hear of it; gives the id."""
    chicago, london = cities
    body = {"peer": "chicago", "terms": document_of(lasting(**changes)), "by": LEE}
    answer = london.post("/api/agreements", body)
    assert answer.status_code == 201, answer.text
    chicago.reaches(answer.json()["id"], "REQUESTED")
    return str(answer.json()["id"])


def signed(cities: tuple[City, City], **changes: Any) -> str:
    """An agreement that both signed."""
    chicago, london = cities
    made = asked(cities, **changes)
    chicago.do(made, "offer")
    london.reaches(made, "OFFERED")
    london.do(made, "accept", LEE)
    chicago.reaches(made, "ACCEPTED")
    chicago.do(made, "agree")
    london.reaches(made, "AGREED")
    london.do(made, "verify", LEE)
    london.reaches(made, "FINALIZED")
    return made


def test_from_a_request_to_both_signatures_and_to_the_end(cities: tuple[City, City]) -> None:
    chicago, london = cities
    made = asked(cities, personal_data=True)
    at_chicago = chicago.get(f"/api/agreements/{made}").json()
    assert [each["do"] for each in at_chicago["next"]] == ["offer", "assess", "terminate"]
    assert at_chicago["assessment_needed"] == "The data are of people."

    refused = chicago.do(made, "offer")
    assert refused.status_code == 409
    assert refused.json()["type"].endswith("#conflict")
    assert "can't sign without an impact assessment" in refused.json()["detail"]

    drafted = chicago.do(made, "assess", assessment=ABOUT_RISKS).json()
    assert drafted["assessment_draft"]["by"] == "Ann Avery, Chief Data Officer of Chicago"
    assert drafted["terms"]["assessment"] is None
    offered = chicago.do(made, "offer").json()
    assert (offered["state"], offered["version"]) == ("OFFERED", 2)
    assert offered["terms"]["assessment"]["residual"] == "low"

    london.reaches(made, "OFFERED")
    # A draft is nobody else's business.
    assert london.get(f"/api/agreements/{made}", signed_in=False).status_code == 404
    assert made not in london.get("/api/agreements", signed_in=False).text
    assert london.get("/api/sharing", signed_in=False).json() == {"shared": []}

    assert london.do(made, "accept", LEE).json()["state"] == "ACCEPTED"
    chicago.reaches(made, "ACCEPTED")
    assert chicago.do(made, "agree").json()["state"] == "AGREED"
    london.reaches(made, "AGREED")
    assert london.do(made, "verify", LEE).json()["state"] == "VERIFIED"
    for city in cities:
        found = city.reaches(made, "FINALIZED")
        assert found["signatures"]["provider"]["by"] == "Ann Avery, Chief Data Officer of Chicago"
        assert found["signatures"]["consumer"]["by"] == "Lee Okafor, Head of the London Datastore"
        seen = city.get(f"/api/agreements/{made}", signed_in=False).json()
        assert seen["next"] == []
        assert "failure" not in seen
        for each in (found, seen, at_chicago, drafted):
            expect("Agreement", each)

    (shared,) = chicago.get("/api/sharing", signed_in=False).json()["shared"]
    assert (shared["partner"], shared["direction"]) == ("London Datastore", "given")
    expect("Sharing", {"shared": [shared]})

    ended = london.do(made, "terminate", LEE, reason="The project is over.").json()
    assert (ended["state"], ended["next"]) == ("TERMINATED", [])
    chicago.reaches(made, "TERMINATED")
    (shared,) = chicago.get("/api/sharing", signed_in=False).json()["shared"]
    assert (shared["state"], shared["reason"]) == ("ended", "The project is over.")


def test_every_form_is_the_same_agreement(cities: tuple[City, City]) -> None:
    chicago, _ = cities
    made = signed(cities, duties=(Duty("attribute", "City of Chicago"),))
    address = f"/api/agreements/{made}"
    for form in ("json", "yaml"):
        answer = chicago.get(f"{address}?f={form}", signed_in=False)
        found = check_copy(answer.text, "copy")
        assert found.is_right, found.wrong
        assert found.id == made
    assert answer.headers["content-type"].startswith("application/yaml")
    assert f"agreement-{made}.yaml" in answer.headers["content-disposition"]
    answer = chicago.get(f"{address}?f=jsonld", signed_in=False)
    assert answer.headers["content-type"].startswith("application/ld+json")
    (rule,) = policy_of_graph(read_json_ld(answer.text), DATASET).rules
    assert rule.purposes == ("dpv:PublicBenefit",)
    answer = chicago.get(f"{address}?f=pdf", signed_in=False)
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    assert chicago.get(f"{address}?f=docx").status_code == 400


def test_only_administrators_change_anything(cities: tuple[City, City]) -> None:
    chicago, london = cities
    made = asked(cities)
    body = {"do": "offer", "by": ANN}
    assert chicago.post(f"/api/agreements/{made}", body, signed_in=False).status_code == 401
    request = {"peer": "chicago", "terms": document_of(lasting()), "by": LEE}
    assert london.post("/api/agreements", request, signed_in=False).status_code == 401
    assert chicago.get(f"/api/agreements/{made}").json()["state"] == "REQUESTED"


def test_the_wrong_step_the_wrong_side_and_the_wrong_time_are_conflicts(
    cities: tuple[City, City],
) -> None:
    chicago, london = cities
    made = asked(cities)
    for city, do, more in (
        (chicago, "accept", {}),
        (chicago, "agree", {}),
        (chicago, "verify", {}),
        (london, "accept", {}),
        (london, "offer", {}),
        (london, "assess", {"assessment": ABOUT_RISKS}),
        (chicago, "request", {"terms": document_of(lasting())}),
    ):
        answer = city.do(made, do, **more)
        assert answer.status_code == 409, (do, answer.text)
        assert answer.json()["advice"]


@pytest.mark.parametrize(
    ("change", "status", "part"),
    [
        ({"terms": {}}, 400, "terms.title"),
        ({"terms": []}, 400, "terms"),
        ({"terms": {"title": 5}}, 400, "terms.title"),
        ({"by": {"name": "Lee"}}, 400, "by"),
        ({"by": {"name": "", "office": "x"}}, 400, "by.name"),
        ({"by": "Lee"}, 400, "by"),
        ({"peer": 5}, 400, "peer"),
        ({"peer": "nobody"}, 404, "peer"),
        ({"more": 1}, 400, "more"),
    ],
)
def test_a_body_with_a_mistake_is_told_where(
    cities: tuple[City, City], change: dict[str, Any], status: int, part: str
) -> None:
    _, london = cities
    body = {"peer": "chicago", "terms": document_of(lasting()), "by": LEE} | change
    answer = london.post("/api/agreements", body)
    assert (answer.status_code, answer.json().get("part")) == (status, part), answer.text


@pytest.mark.parametrize(
    ("change", "part", "said"),
    [
        ({"purpose": "dpv:PublicBenefits"}, "terms.purpose", "dpv:PublicBenefit"),
        ({"legal_basis": "dpv:Whim"}, "terms.legal_basis", "legal bases|Legal bases"),
        ({"ends": "2020-01-01"}, "terms.ends", "Swap"),
        ({"obligations": [{"witout": ["x"]}]}, "terms.obligations[0].witout", "without"),
    ],
)
def test_terms_with_a_mistake_are_told_by_their_key(
    cities: tuple[City, City], change: dict[str, Any], part: str, said: str
) -> None:
    _, london = cities
    body = {"peer": "chicago", "terms": document_of(lasting()) | change, "by": LEE}
    answer = london.post("/api/agreements", body)
    assert answer.status_code == 400
    assert answer.json()["part"] == part
    assert any(each in answer.json()["advice"] for each in said.split("|"))


def test_what_can_be_done_is_named(cities: tuple[City, City]) -> None:
    chicago, _ = cities
    made = asked(cities)
    for do in ("finalize", "sign", "", 5):
        answer = chicago.post(f"/api/agreements/{made}", {"do": do, "by": ANN})
        assert (answer.status_code, answer.json()["part"]) == (400, "do")
    assert "by itself" in answer.json()["advice"]
    assert chicago.do("nothing", "offer").status_code == 404
    assert chicago.get("/api/agreements/nothing", signed_in=False).status_code == 404
    assert chicago.get("/api/agreements?x=1").status_code == 400
    no_reason = chicago.do(made, "terminate")
    assert (no_reason.status_code, no_reason.json()["part"]) == (400, "reason")


def test_a_date_is_midnight_in_the_city_and_words_may_be_sent_back(
    cities: tuple[City, City],
) -> None:
    chicago, london = cities
    made = asked(cities)
    sent = chicago.get(f"/api/agreements/{made}").json()["terms"]
    counted = {"only_aggregates": {"by": ["result"], "at_least": 5}}
    winter = datetime.now(UTC).year - 1
    sent |= {"starts": f"{winter}-12-01", "obligations": [counted]}
    offered = chicago.do(made, "offer", terms=sent).json()
    assert offered["terms"]["starts"] == f"{winter}-12-01T00:00:00-06:00"
    found = london.reaches(made, "OFFERED")
    assert found["terms"]["conditions"] == [
        "Only counts and statistics by result, of groups of at least 5 rows."
    ]
    again = london.do(made, "request", LEE, terms=found["terms"]).json()
    assert (again["state"], again["version"]) == ("REQUESTED", 3)


def expect(schema: str, answer: Any) -> None:
    """Let pass an answer that is as the OpenAPI document says."""
    whole = {"$ref": f"#/components/schemas/{schema}", "components": {"schemas": SCHEMAS}}
    jsonschema_rs.validate(whole, answer)
