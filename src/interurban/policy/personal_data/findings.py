"""What a scan found, kept as one file for each dataset, with who signed it off and why."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from interurban.core.errors import BadRequest, NotFound, StoreError
from interurban.policy.audit import record

__all__ = [
    "Blocked",
    "Finding",
    "Report",
    "SignOff",
    "State",
    "blocked",
    "keep_report",
    "read_report",
    "reports",
    "sign_off",
    "withdraw",
]

Confidence = Literal["high", "medium", "low"]
State = Literal["nothing", "told", "blocked", "signed-off", "failed"]
"""``told``: something was found that keeps nobody out; ``failed``: it could not be looked at."""

_SHORTEST_REASON = 10
_LONGEST_REASON = 2_000


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that looks like personal data.

    Parameters
    ----------
    fields: the field, or the fields that are telling together.
    kind: what it looks like.
    values: rows that hold one, of ``looked_at`` rows; exact.
    confidence: ``high``, ``medium`` or ``low``.
    examples: a few, masked.
    why: what speaks for it, in a sentence.
    """

    fields: tuple[str, ...]
    kind: str
    values: int
    looked_at: int
    confidence: Confidence
    examples: tuple[str, ...]
    why: str

    @property
    def key(self) -> tuple[tuple[str, ...], str]:
        """By which a later scan knows it again."""
        return self.fields, self.kind

    def __str__(self) -> str:
        named = ", ".join(self.fields)
        return f"{named}: {self.kind}, {self.values:,} of {self.looked_at:,} rows looked at"


@dataclass(frozen=True, slots=True)
class SignOff:
    """Somebody took responsibility for opening what was found.

    Parameters
    ----------
    keys: the findings it is about, as ``Finding.key``.
    """

    who: str
    reason: str
    at: str
    version: int
    keys: tuple[tuple[tuple[str, ...], str], ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What the scan of a version of a dataset found.

    Parameters
    ----------
    rows, looked_at: of the version; fewer were looked at where it is large.
    own: it is a file of somebody's own, so findings of high confidence keep it closed.
    failed: why it could not be scanned; empty when it was.
    """

    dataset: str
    version: int
    rows: int
    looked_at: int
    own: bool
    at: str
    findings: tuple[Finding, ...] = ()
    sign_offs: tuple[SignOff, ...] = ()
    failed: str = ""

    @property
    def open_findings(self) -> tuple[Finding, ...]:
        """Findings of high confidence that nobody has signed off."""
        signed = {key for each in self.sign_offs for key in each.keys}
        return tuple(f for f in self.findings if f.confidence == "high" and f.key not in signed)

    @property
    def state(self) -> State:
        """What follows from what was found."""
        if self.failed:
            return "failed"
        if self.own and self.open_findings:
            return "blocked"
        if self.own and self.findings and self.sign_offs:
            return "signed-off"
        return "told" if self.warnings else "nothing"

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Findings that people are told of: all but those of low confidence."""
        return tuple(f for f in self.findings if f.confidence != "low")


@dataclass(frozen=True, slots=True)
class Blocked:
    """Why a dataset is not open, and the findings that somebody has to sign off."""

    dataset: str
    reason: str
    findings: tuple[Finding, ...] = ()
    advice: str = ""


def _path(home: Path, dataset: str) -> Path:
    return home / "personal-data" / f"{dataset}.json"


_known: dict[Path, tuple[tuple[int, int, int], Report]] = {}


def read_report(home: Path, dataset: str) -> Report | None:
    """The newest report on a dataset; ``None`` when it was never scanned.

    A file that has not changed is not read again, so this may be asked for every question.

    Raises
    ------
    StoreError: the file is damaged.
    """
    path = _path(home, dataset)
    try:
        state = path.stat()
    except FileNotFoundError:
        return None
    stamp = (state.st_mtime_ns, state.st_size, state.st_ino)
    known = _known.get(path)
    if known is not None and known[0] == stamp:
        return known[1]
    try:
        report = _report(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(
            f"The report on personal data in {dataset} is damaged.",
            advice=f"Look again with: interurban personal-data scan {dataset}",
        ) from error
    _known[path] = (stamp, report)
    return report


def blocked(home: Path, dataset: str, version: int | None = None) -> Blocked | None:
    """Why a dataset may not be open, or ``None``; a few microseconds, for policy to ask.

    Parameters
    ----------
    home: the data folder.
    version: the newest one; a file of somebody's own is closed until that one is scanned.
    """
    try:
        report = read_report(home, dataset)
    except StoreError as error:
        return Blocked(dataset, error.what, advice=error.advice)
    if report is None or not report.own:
        return None
    look = f"Look at it with: interurban personal-data scan {dataset}"
    if report.failed:
        return Blocked(dataset, f"{dataset} could not be looked at for personal data.", (), look)
    if version is not None and report.version < version:
        return Blocked(
            dataset, f"{dataset} has not been looked at for personal data yet.", (), look
        )
    found = report.open_findings
    if not found:
        return None
    kinds = ", ".join(dict.fromkeys(finding.kind for finding in found))
    return Blocked(
        dataset,
        f"{dataset} holds what looks like personal data ({kinds}), and nobody has signed that off.",
        found,
        f"See it with `interurban personal-data show {dataset}`; open it with `interurban "
        f"personal-data sign-off {dataset} --reason ...`, or load it without those fields.",
    )


def keep_report(home: Path, report: Report) -> Report:
    """Keep a new report; what was signed off before stays so. New findings are recorded."""
    before = read_report(home, report.dataset) if _readable(home, report.dataset) else None
    if before is not None:
        report = replace(report, sign_offs=before.sign_offs)
    _write(home, report)
    known = {f.key for f in before.findings} if before is not None else set()
    new = [finding for finding in report.warnings if finding.key not in known]
    if new:
        record(
            home,
            "personal-data",
            "found what looks like it",
            dataset=report.dataset,
            facts={"version": report.version, "findings": len(new)},
            details={"found": [str(finding) for finding in new]},
        )
    return report


def sign_off(home: Path, dataset: str, reason: str, who: str) -> Report:
    """Sign off all that was found in a dataset: from now on it may be open.

    Parameters
    ----------
    reason: why it may be, in a sentence; kept with the name of who says so.

    Raises
    ------
    NotFound: it was never scanned, or nothing is to be signed off.
    BadRequest: there is no reason.
    """
    report = read_report(home, dataset)
    if report is None:
        raise NotFound(
            f"{dataset} was not looked at for personal data.",
            advice=f"Look with: interurban personal-data scan {dataset}",
            part="dataset",
        )
    reason = " ".join(reason.split())
    if not _SHORTEST_REASON <= len(reason) <= _LONGEST_REASON:
        raise BadRequest(
            "A sign-off needs its reason in a sentence.",
            advice="Say why this may be open: --reason 'A register, published by law.'",
            part="reason",
        )
    found = report.open_findings
    if not found:
        raise NotFound(f"Nothing in {dataset} is waiting to be signed off.", part="dataset")
    now = datetime.now(UTC).isoformat(timespec="seconds")
    signed = SignOff(who, reason, now, report.version, tuple(f.key for f in found))
    report = replace(report, sign_offs=(*report.sign_offs, signed))
    # Told first: a sign-off that opens something is never without its entry.
    record(
        home,
        "personal-data",
        "signed off",
        dataset=dataset,
        who=who,
        facts={"version": report.version, "findings": len(found)},
        details={"reason": reason, "found": [str(finding) for finding in found]},
    )
    _write(home, report)
    return report


def withdraw(home: Path, dataset: str, who: str) -> Report:
    """Take every sign-off of a dataset back: what was found keeps it closed again.

    Raises
    ------
    NotFound: it was never scanned, or nothing of it is signed off.
    """
    report = read_report(home, dataset)
    if report is None or not report.sign_offs:
        raise NotFound(f"Nothing in {dataset} is signed off.", part="dataset")
    withdrawn = len(report.sign_offs)
    report = replace(report, sign_offs=())
    # Written first: what is told to be closed is closed.
    _write(home, report)
    record(
        home,
        "personal-data",
        "took a sign-off back",
        dataset=dataset,
        who=who,
        facts={"version": report.version, "findings": len(report.findings), "taken": withdrawn},
    )
    return report


def reports(home: Path) -> list[Report]:
    """Every report, in order of dataset."""
    folder = home / "personal-data"
    names = sorted(path.stem for path in folder.glob("*.json")) if folder.is_dir() else []
    found = [read_report(home, name) for name in names]
    return [report for report in found if report is not None]


def _readable(home: Path, dataset: str) -> bool:
    try:
        read_report(home, dataset)
    except StoreError:
        return False
    return True


def _write(home: Path, report: Report) -> None:
    path = _path(home, report.dataset)
    aside = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with aside.open("w", encoding="utf-8") as file:
            json.dump(asdict(report), file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except OSError as error:
        raise StoreError(
            f"The report on personal data in {report.dataset} can't be kept: {error.strerror}.",
            advice="Free some space on the disk of the data folder.",
        ) from error
    finally:
        aside.unlink(missing_ok=True)


def _report(read: Mapping[str, Any]) -> Report:
    findings = tuple(
        Finding(**{**f, "fields": tuple(f["fields"]), "examples": tuple(f["examples"])})
        for f in read["findings"]
    )
    sign_offs = tuple(
        SignOff(**{**s, "keys": tuple((tuple(fields), kind) for fields, kind in s["keys"])})
        for s in read["sign_offs"]
    )
    return Report(**{**read, "findings": findings, "sign_offs": sign_offs})
