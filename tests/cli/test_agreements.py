"""`interurban agreements`: the way of the documentation, on two nodes that are served."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from structlog.testing import capture_logs
from tests.alliance.two_nodes import two_nodes

from interurban.alliance.agreements.terms import assessment_of, terms_of_text
from interurban.catalog.node import Node
from interurban.catalog.policies import known_of
from interurban.standards.yaml_file import read_yaml_text

from .conftest import Done, Run

DATASET = "chicago.food_inspections"


def examples(repository: Path) -> list[str]:
    """The YAML of docs/agreements.md: terms, and an impact assessment."""
    page = (repository / "docs" / "agreements.md").read_text(encoding="utf-8")
    return re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    """The data folders of Chicago and London, served and paired."""
    folder = tmp_path_factory.mktemp("two")
    with capture_logs(), two_nodes(folder / "chicago", folder / "london"):
        yield folder / "chicago", folder / "london"


@pytest.fixture
def written(tmp_path: Path, repository: Path) -> Path:
    """The terms of the documentation, with dates that the clock is within."""
    terms = yaml.safe_load(examples(repository)[0])
    today = datetime.now(UTC).date()
    terms |= {"from": today - timedelta(days=1), "until": today + timedelta(days=200)}
    file = tmp_path / "terms.yaml"
    file.write_text(yaml.safe_dump(terms), encoding="utf-8")
    return file


@pytest.fixture
def signing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTERURBAN_SIGNER", "Ann Avery")
    monkeypatch.setenv("INTERURBAN_OFFICE", "Chief Data Officer")


def test_the_examples_of_the_documentation_are_right(repository: Path, tmp_path: Path) -> None:
    terms, assessment = examples(repository)
    with Node(tmp_path) as node:
        found = terms_of_text(terms, "terms.yaml", known_of(node, DATASET))
    assert found.legal_basis == "dpv:PublicInterest"
    section = read_yaml_text(assessment, "dpia.yaml")
    assert assessment_of(section, UTC, "Ann", datetime.now(UTC)).residual == "low"


@pytest.mark.usefixtures("signing")
def test_the_way_from_a_request_to_a_copy_that_is_checked(
    homes: tuple[Path, Path], interurban: Run, written: Path, tmp_path: Path, repository: Path
) -> None:
    chicago, london = map(str, homes)

    def do(command: str, *arguments: str, home: str = chicago) -> Done:
        return interurban("agreements", command, *arguments, "--home", home)

    made = json.loads(do("request", "chicago", str(written), "--json", home=london).out)
    short = made["id"][:8]
    assert (made["state"], made["waits"]) == ("REQUESTED", False)

    refused = do("offer", short)
    assert refused.code == 1
    assert "can't sign without an impact assessment. The data are of people." in refused.err
    risks = tmp_path / "dpia.yaml"
    risks.write_text(examples(repository)[1], encoding="utf-8")
    assert f"agreements offer {short}" in do("assess", short, str(risks)).out

    offered = do("offer", short)
    assert "It is offered (OFFERED)." in offered.out
    assert "has been told." in offered.out
    assert "accept" in do("accept", short, home=london).out
    assert "signed by the provider (AGREED)" in do("sign", short).out
    assert "signed by both (VERIFIED)" in do("sign", short, home=london).out
    assert "in force" in do("list").out

    shown = do("show", short).out
    assert "low risk left, by Ann Avery, Chief Data Officer" in shown
    assert "Places only to about 200 m." in shown
    assert json.loads(do("show", short, "--format", "odrl").out)["@type"] == "Agreement"

    for ending in ("yaml", "json"):
        copy = tmp_path / f"copy.{ending}"
        assert do("write", short, str(copy)).code == 0
        checked = interurban("agreements", "verify", str(copy))
        assert checked.code == 0
        assert "Both sides signed these very terms." in checked.out
    assert do("show", short, "--format", "yaml").out.startswith("# Check this copy")
    changed = (tmp_path / "copy.yaml").read_text(encoding="utf-8").replace("keep_days: 30", "")
    (tmp_path / "copy.yaml").write_text(changed, encoding="utf-8")
    checked = interurban("agreements", "verify", str(tmp_path / "copy.yaml"), "--json")
    assert checked.code == 3
    assert "The terms were changed: their hash is another." in json.loads(checked.out)["wrong"]
    pdf = tmp_path / "copy.pdf"
    do("write", short, str(pdf))
    assert pdf.read_bytes().startswith(b"%PDF-")

    assert "It is ended (TERMINATED)." in do("end", short, "--reason", "It is done.").out
    assert "It is done." in do("list", home=london).out


@pytest.mark.usefixtures("signing")
def test_mistakes_are_one_sentence_and_a_hint(
    homes: tuple[Path, Path], interurban: Run, written: Path, tmp_path: Path
) -> None:
    _, london = map(str, homes)
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(
        written.read_text(encoding="utf-8").replace("PublicBenefit", "PublicBenefits"),
        encoding="utf-8",
    )
    for arguments, said in (
        (("request", "chicago", str(wrong)), ('key purpose: "dpv:PublicBenefits"', "Did you mean")),
        (("request", "nobody", str(written)), ("There is no partner 'nobody'", "peer list")),
        (("request", "chicago", "none.yaml"), ("can't be read", "YAML or JSON")),
        (("show", "zzz"), ("There is no agreement 'zzz'", "agreements list")),
        (("accept", ""), ("There is no agreement ''", "agreements list")),
    ):
        ended = interurban("agreements", *arguments, "--home", london)
        assert ended.code == 1
        assert all(each in ended.err for each in said), ended.err
    broken = tmp_path / "broken.json"
    broken.write_text("{}", encoding="utf-8")
    assert interurban("agreements", "verify", str(broken)).code == 1
    assert (
        "There is no agreement yet"
        in interurban("agreements", "list", "--home", str(tmp_path / "empty")).out
    )
