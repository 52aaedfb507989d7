"""Ask the advisory services whether a package that Interurban is made of has a known weakness.

Python packages are asked for with pip-audit, npm packages with npm itself; which they are is what
`tools/sbom.py` finds. A service that can't be reached is said in one line, and nothing fails: what
is built without a network is built as well. A weakness fails, unless `tools/audit.toml` allows it,
with the reason, until a day.

usage: python tools/audit.py
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sbom import LOCK, ROOT, npm_packages, python_packages

ALLOWED = ROOT / "tools" / "audit.toml"
_LIMIT_S = 60


@dataclass(frozen=True)
class Weakness:
    """A known weakness of a package in use; ``ids`` are all its names."""

    package: str
    version: str
    ids: tuple[str, ...]


@dataclass(frozen=True)
class Allowed:
    """A weakness that is lived with: why, and the last day on which it is."""

    id: str
    reason: str
    until: date


class Unreachable(Exception):
    """A service gave no answer; the message says which, and why."""


def main() -> int:
    """Ask both services; 1 when a weakness is not allowed."""
    found: list[Weakness] = []
    asked = []
    for of, ask in (("Python", ask_pypi), ("npm", ask_npm)):
        try:
            found += ask()
            asked.append(of)
        except Unreachable as error:
            print(f"Dependency audit: {error} Nothing was checked there.")
    wrong = judge(found, read_allowed(ALLOWED.read_text("utf-8")), datetime.now(UTC).date())
    for line in wrong:
        print(line)
    if asked and not wrong:
        print(f"Dependency audit ({', '.join(asked)}): no known weakness that is not allowed.")
    return 1 if wrong else 0


def judge(found: Iterable[Weakness], allowed: Sequence[Allowed], today: date) -> list[str]:
    """What is wrong, one line each; nothing when everything found is allowed today."""
    wrong = []
    for weakness in found:
        known = next((each for each in allowed if each.id in weakness.ids), None)
        what = f"{weakness.package} {weakness.version} has {', '.join(weakness.ids)}"
        if known is None:
            wrong.append(f"{what}: update it, or allow it in {ALLOWED.name} with the reason.")
        elif known.until < today:
            wrong.append(f"{what}, which was allowed until {known.until}: {known.reason}")
    return wrong


def read_allowed(text: str) -> list[Allowed]:
    """The list of `audit.toml`: each entry with ``id``, ``reason`` and ``until``."""
    entries = tomllib.loads(text).get("allowed", [])
    allowed = [Allowed(**entry) for entry in entries]
    for each in allowed:
        if type(each.until) is not date or len(each.reason.split()) < 3:
            raise SystemExit(f"{ALLOWED.name}: {each.id} needs a reason in words, and a day.")
    return allowed


def ask_pypi() -> list[Weakness]:
    """Weaknesses of the Python packages of an installed node."""
    pins = [f"{c.name}=={c.version}" for c, _ in python_packages().values()]
    # One first: where the service can't be reached, sixty questions would take a minute to fail.
    pip_audit(pins[:1])
    return pip_audit(pins)


def pip_audit(pins: Sequence[str]) -> list[Weakness]:
    """Ask for some packages, as ``name==version``."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(pins))
        file.flush()
        done = _run(
            [
                sys.executable, "-m", "pip_audit", "--requirement", file.name, "--no-deps",
                "--disable-pip", "--format", "json", "--progress-spinner", "off",
                "--timeout", "5",
            ]
        )  # fmt: skip
    return read_pip_audit(done.stdout, done.stderr)


def read_pip_audit(written: str, errors: str) -> list[Weakness]:
    """What pip-audit says, as JSON; Unreachable when it says nothing about any package."""
    try:
        asked = json.loads(written)["dependencies"]
    except (ValueError, KeyError, TypeError) as error:
        raise Unreachable(f"the advisories on Python can't be reached{_why(errors)}.") from error
    answered = [each for each in asked if "vulns" in each]
    if not answered:
        raise Unreachable("the advisories on Python can't be reached (it knows no package).")
    return [
        Weakness(each["name"], each["version"], (known["id"], *known.get("aliases", ())))
        for each in answered
        for known in each["vulns"]
    ]


def ask_npm() -> list[Weakness]:
    """Weaknesses of the npm packages in the web app."""
    done = _run([sys.executable, str(ROOT / "tools" / "npm.py"), "audit", "--json"])
    bundled = npm_packages(json.loads(LOCK.read_text(encoding="utf-8")))
    return read_npm_audit(done.stdout, {path: c.version or "" for path, (c, _) in bundled.items()})


def read_npm_audit(written: str, bundled: dict[str, str]) -> list[Weakness]:
    """What npm says, as JSON, of the packages that are built in (path in the lock to version)."""
    try:
        report: dict[str, Any] = json.loads(written)
        weak = report["vulnerabilities"]
    except (ValueError, KeyError, TypeError) as error:
        raise Unreachable("the advisories on npm can't be reached.") from error
    return [
        Weakness(name, bundled[path], (known["url"].rpartition("/")[2], str(known["source"])))
        for name, one in sorted(weak.items())
        for path in sorted(set(one["nodes"]) & bundled.keys())
        for known in one["via"]
        if isinstance(known, dict)
    ]


def _run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command, capture_output=True, text=True, timeout=_LIMIT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 1, "", f"no answer within {_LIMIT_S} s")


def _why(errors: str) -> str:
    said = [line.strip() for line in errors.splitlines() if line.strip()]
    return f" ({said[-1][:100]})" if said else ""


if __name__ == "__main__":
    sys.exit(main())
