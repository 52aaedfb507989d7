"""The search line over the real data of a node: phrases, suggestions and places."""

from __future__ import annotations

import httpx
import pytest

NOW = "2019-06-15T12:00:00Z"


def phrase(client: httpx.Client, line: str, **params: str) -> dict:
    answer = client.get("/api/phrase", params={"q": line, "now": NOW, **params})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_line_becomes_a_question_that_has_an_answer(client: httpx.Client) -> None:
    found = phrase(client, "crimes 2019 theft last 30 days", city="chicago")
    (query,) = found["queries"]
    assert query["dataset"] == "chicago.crimes_2019_sample"
    assert found["chips"][0]["kind"] == "dataset"
    assert found["unread"] == []
    page = client.get(query["url"]).json()
    count = client.get(f"/collections/{query['dataset']}/count", params=query["params"]).json()[
        "count"
    ]
    assert page["numberMatched"] == count > 0


def test_chips_stand_where_the_words_are(client: httpx.Client) -> None:
    line = "schools in Hackney"
    found = phrase(client, line, city="london")
    said = {chip["kind"]: line[chip["start"] : chip["end"]] for chip in found["chips"]}
    assert said["dataset"] == "schools"
    assert said["in"] == "in Hackney"
    assert found["queries"][0]["params"]["in"] == "london.boroughs:E09000012"
    inside = client.get(found["queries"][0]["url"]).json()["numberMatched"]
    assert inside > 50


def test_near_a_library_is_measured_from_it(client: httpx.Client) -> None:
    (library,) = client.get("/api/places", params={"q": "Albany Park", "city": "chicago"}).json()[
        "places"
    ][:1]
    assert library["kind"] == "library"
    found = phrase(client, 'crimes 2019 near "Albany Park" 800 m', city="chicago")
    lon, lat, metres = map(float, found["queries"][0]["params"]["near"].split(","))
    assert (lon, lat) == pytest.approx((library["lon"], library["lat"]), abs=1e-6)
    assert metres == 800


def test_both_cities_are_asked_when_none_is_chosen(client: httpx.Client) -> None:
    found = client.get("/api/places", params={"q": "Hackney"}).json()["places"]
    assert found[0]["city"] == "london"
    assert found[0]["area"] == {"boundary": "london.boroughs", "id": "E09000012"}
    assert client.get("/api/places", params={"q": "Hackney", "city": "chicago"}).json() == {
        "places": []
    }


def test_a_line_that_is_begun_can_go_on(client: httpx.Client) -> None:
    found = client.get("/api/suggest", params={"q": "sch", "city": "london"}).json()["suggestions"]
    assert any(one["kind"] == "dataset" and one["text"].startswith("school") for one in found)
    assert client.get("/api/suggest").json()["suggestions"]


@pytest.mark.parametrize(
    ("path", "status", "part"),
    [
        ("/api/phrase?q=x&now=yesterday", 400, "now"),
        ("/api/phrase?q=x&now=2018-01-01T00:00:00", 400, "now"),
        ("/api/phrase?q=" + "x" * 2_000, 400, "q"),
        ("/api/phrase?q=%00", 400, "q"),
        ("/api/phrase?q=x&city=paris", 404, "city"),
        ("/api/suggest?q=x&nonsense=1", 400, "nonsense"),
        ("/api/places?q=x&q=y", 400, "q"),
    ],
)
def test_a_bad_line_names_its_part(client: httpx.Client, path: str, status: int, part: str) -> None:
    answer = client.get(path)
    assert answer.status_code == status, answer.text
    assert answer.json()["part"] == part
