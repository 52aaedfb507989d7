"""What Interurban is made of is listed whole, and a known weakness in it does not pass unseen."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

TODAY = date(2026, 6, 1)


@pytest.fixture(scope="module")
def tools(repository: Path) -> Iterator[tuple[ModuleType, ModuleType]]:
    """The two programs, as modules."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(repository / "tools"))
        yield importlib.import_module("sbom"), importlib.import_module("audit")


@pytest.fixture(scope="module")
def sbom(tools: tuple[ModuleType, ModuleType]) -> ModuleType:
    return tools[0]


@pytest.fixture(scope="module")
def audit(tools: tuple[ModuleType, ModuleType]) -> ModuleType:
    return tools[1]


@pytest.fixture(scope="module")
def written(sbom: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("sbom") / "all.json"
    assert sbom.main([str(file)]) == 0
    return file.read_text(encoding="utf-8")


def test_the_list_is_cyclonedx(written: str) -> None:
    assert json.loads(written)["specVersion"] == "1.6"
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(written) is None


def test_it_has_what_is_installed_and_what_is_built_in(written: str) -> None:
    document = json.loads(written)
    purls = {each["purl"].partition("@")[0] for each in document["components"] if "purl" in each}
    for name in ("duckdb", "fastapi", "starlette", "pyarrow", "cryptography", "argon2-cffi"):
        assert f"pkg:pypi/{name}" in purls
    for name in ("maplibre-gl", "svelte", "d3"):
        assert f"pkg:npm/{name}" in purls
    for tool in ("pypi/pytest", "pypi/mypy", "pypi/hypothesis", "npm/vite", "npm/typescript"):
        assert f"pkg:{tool}" not in purls
    assert document["metadata"]["component"]["name"] == "interurban"


def test_every_package_has_a_version_a_licence_and_a_place_in_the_graph(written: str) -> None:
    document = json.loads(written)
    refs = {each["bom-ref"] for each in document["components"]}
    assert all(each["version"] and each["licenses"] for each in document["components"])
    graph = {each["ref"]: each.get("dependsOn", []) for each in document["dependencies"]}
    reached, waiting = set(), ["interurban"]
    while waiting:
        ref = waiting.pop()
        if ref not in reached:
            reached.add(ref)
            waiting += graph[ref]
    assert reached - {"interurban"} == refs


def test_the_same_packages_give_the_same_bytes(
    sbom: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    lock = json.loads(sbom.LOCK.read_text(encoding="utf-8"))
    first, second = (
        sbom.document(sbom.python_packages(), sbom.npm_packages(lock)) for _ in range(2)
    )
    assert first == second


def pip_audit(*packages: dict[str, Any]) -> str:
    return json.dumps({"dependencies": list(packages), "fixes": []})


WEAK = {
    "name": "jinja2", "version": "3.1.0",
    "vulns": [{"id": "PYSEC-2024-1", "aliases": ["GHSA-h75v-3vvj-5mfj"], "fix_versions": []}],
}  # fmt: skip
SOUND = {"name": "rich", "version": "15.0.0", "vulns": []}


def test_a_known_weakness_is_found_by_any_of_its_names(audit: ModuleType) -> None:
    found = audit.read_pip_audit(pip_audit(SOUND, WEAK), "")
    (said,) = audit.judge(found, [], TODAY)
    assert "jinja2 3.1.0 has PYSEC-2024-1, GHSA-h75v-3vvj-5mfj" in said
    allowed = audit.read_allowed(
        '[[allowed]]\nid = "GHSA-h75v-3vvj-5mfj"\nreason = "We never call it."\nuntil = 2026-06-01'
    )
    assert audit.judge(found, allowed, TODAY) == []
    (over,) = audit.judge(found, allowed, date(2026, 6, 2))
    assert "allowed until 2026-06-01: We never call it." in over


def test_a_weakness_in_the_web_app_is_found_and_one_in_its_tools_is_not_ours(
    audit: ModuleType,
) -> None:
    via = [{"source": 1094, "url": "https://github.com/advisories/GHSA-aaaa-bbbb-cccc"}, "other"]
    report = {
        "auditReportVersion": 2,
        "vulnerabilities": {
            "d3-color": {"nodes": ["node_modules/d3-color"], "via": via},
            "vite": {"nodes": ["node_modules/vite"], "via": via},
        },
    }
    found = audit.read_npm_audit(json.dumps(report), {"node_modules/d3-color": "1.0.0"})
    assert [(w.package, w.version, w.ids) for w in found] == [
        ("d3-color", "1.0.0", ("GHSA-aaaa-bbbb-cccc", "1094"))
    ]


@pytest.mark.parametrize("answer", ["", "no JSON", '{"message": "405 Method Not Allowed"}', "[]"])
def test_a_service_that_does_not_answer_is_said_and_stops_nobody(
    audit: ModuleType, answer: str, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    with pytest.raises(audit.Unreachable, match="can't be reached"):
        audit.read_npm_audit(answer, {})
    with pytest.raises(audit.Unreachable, match="can't be reached"):
        audit.read_pip_audit(answer, "ERROR: no route")
    nothing = pip_audit({"name": "rich", "skip_reason": "Dependency not found"})
    with pytest.raises(audit.Unreachable):
        audit.read_pip_audit(nothing, "")

    def unreachable() -> None:
        raise audit.Unreachable("it can't be reached.")

    for ask in ("ask_pypi", "ask_npm"):
        monkeypatch.setattr(audit, ask, unreachable)
    assert audit.main() == 0
    assert capsys.readouterr().out.count("\n") == 2


def test_what_is_allowed_has_a_reason_and_an_end(audit: ModuleType) -> None:
    assert audit.read_allowed(audit.ALLOWED.read_text(encoding="utf-8")) == []
    for wrong in ('reason = "no"\nuntil = 2026-06-01', 'reason = "We never call it."\nuntil = "x"'):
        with pytest.raises(SystemExit, match="needs a reason"):
            audit.read_allowed(f'[[allowed]]\nid = "x"\n{wrong}')
