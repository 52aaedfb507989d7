"""The policy of a dataset, as those who run the node see it, check it and set it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal as OneOf

from interurban.core.errors import ConfigurationError, InvalidInput
from interurban.core.policy import Action, Decision, Policy, Reader, Rule
from interurban.policy.audit import record
from interurban.policy.door import Door
from interurban.policy.rights.conflicts import Surroundings, find_conflicts
from interurban.policy.rights.findings import Finding, sorted_findings
from interurban.policy.rights.policy_files import read_policy, read_version, save_policy
from interurban.policy.rights.rules import Known, policy_of_text
from interurban.policy.rights.writing import to_yaml

from .node import Node
from .pack_dataset import field_names

__all__ = [
    "Checked",
    "InForce",
    "check_policy",
    "check_text",
    "explain",
    "in_force",
    "known_of",
    "set_policy",
]

_ODRL = {".jsonld": "JSON-LD", ".ttl": "Turtle"}


@dataclass(frozen=True, slots=True)
class InForce:
    """A policy and where it was said.

    Parameters
    ----------
    origin: ``set`` by an administrator, in the ``pack``, or ``nothing`` was said: it is open.
    """

    policy: Policy
    origin: OneOf["set", "pack", "nothing"]


@dataclass(frozen=True, slots=True)
class Checked:
    """A policy that was read, and what was found in it.

    Parameters
    ----------
    text: the policy as YAML, as it would be kept.
    """

    policy: Policy
    text: str
    findings: tuple[Finding, ...]

    @property
    def can_be_set(self) -> bool:
        """Whether nothing in it is an error."""
        return all(finding.severity != "error" for finding in self.findings)


def in_force(node: Node, dataset: str, version: int | None = None) -> InForce:
    """The policy of a dataset, or one of the versions that were set.

    Raises
    ------
    UnknownDataset, NotFound: there is no such dataset or version.
    ConfigurationError: what was set can't be read.
    """
    described = node.dataset(dataset)
    known = known_of(node, dataset)
    if version is not None:
        return InForce(read_version(node.home.root, dataset, version, known), "set")
    kept = read_policy(node.home.root, dataset, known.zone)
    if kept is not None:
        return InForce(kept, "set")
    return InForce(described.policy, "nothing" if described.policy.is_open else "pack")


def explain(
    node: Node, dataset: str, reader: Reader, action: Action, at: datetime | None = None
) -> tuple[Decision, Rule | None]:
    """What is decided about a reader and why, with the rule that it comes from.

    Parameters
    ----------
    at: the instant they would ask at; now when absent.

    Raises
    ------
    UnknownDataset: there is no such dataset.
    """
    policy = node.rules_on(dataset)
    if at is None:
        decision = node.seen_by(reader).decide(dataset, action)
    else:
        decision = Door(lambda _: policy, lambda: at).decide(reader, dataset, action)
    return decision, next((rule for rule in policy.rules if rule.id == decision.rule), None)


def known_of(node: Node, dataset: str) -> Known:
    """What a policy of a dataset is checked against."""
    described = node.dataset(dataset)
    city = node.city(described.city)
    loaded = frozenset(_types(node, dataset)) or None
    names = field_names(described) or loaded
    return Known(names, [each.id for each in city.licences], city.zone)


def _types(node: Node, dataset: str) -> dict[str, str]:
    """Field to type as it was committed; of a dataset that is not loaded, none."""
    newest = node.committed(dataset)
    return {field.name: field.type for field in newest.fields} if newest is not None else {}


def check_policy(
    node: Node, dataset: str, policy: Policy, parties: Collection[str] | None = None
) -> tuple[Finding, ...]:
    """What is wrong with a policy, or worth a second look.

    Parameters
    ----------
    parties: ``account:``, ``organisation:`` and ``group:`` names that exist, if that is known.
    """
    known = known_of(node, dataset)
    types = _types(node, dataset)
    around = Surroundings(known.fields, types, known.licences, parties)
    return find_conflicts(policy, datetime.now(UTC), around)


def check_text(
    node: Node, dataset: str, text: str, name: str, parties: Collection[str] | None = None
) -> Checked:
    """Read a policy from the text of a file, and look for what is wrong in it.

    Parameters
    ----------
    name: the file's name; ``.jsonld`` and ``.ttl`` are ODRL, anything else YAML or JSON.
    parties: as for ``check_policy``.

    Raises
    ------
    ConfigurationError, InvalidInput: it is no policy, or says in ODRL what can't be said here.
    """
    if Path(name).suffix not in _ODRL:
        policy = policy_of_text(text, name, known_of(node, dataset))
        return Checked(policy, text, check_policy(node, dataset, policy, parties))
    from interurban.policy.rights.odrl import read_json_ld, read_turtle
    from interurban.policy.rights.odrl.conflicts import find_odrl_conflicts
    from interurban.policy.rights.odrl_policies import policy_of_graph

    graph = read_json_ld(text) if name.endswith(".jsonld") else read_turtle(text)
    found = find_odrl_conflicts(graph, datetime.now(UTC))
    try:
        policy = policy_of_graph(graph, dataset)
    except InvalidInput as error:
        grave = next((each for each in found if each.severity == "error"), None)
        if grave is None:
            raise
        raise InvalidInput(grave.what, advice=grave.advice) from error
    written = to_yaml(policy)
    # What ODRL can say of fields and licences is checked as YAML is.
    policy_of_text(written, name, known_of(node, dataset))
    here = check_policy(node, dataset, policy, parties)
    errors = [each for each in found if each.severity == "error"]
    return Checked(policy, written, sorted_findings([*errors, *here]))


def set_policy(
    node: Node,
    dataset: str,
    text: str,
    name: str,
    *,
    who: str | None = None,
    parties: Collection[str] | None = None,
) -> Checked:
    """Keep the text of a file as the newest policy of a dataset, in force at once.

    It is recorded in the audit log, and so is a policy that is refused.

    Parameters
    ----------
    who: the account that sets it; the person at this machine when absent.
    parties: as for ``check_policy``.

    Raises
    ------
    ConfigurationError, InvalidInput: it is no policy, or something in it is an error.
    StoreError: it can't be written.
    """
    try:
        checked = check_text(node, dataset, text, name, parties)
        grave = [each for each in checked.findings if each.severity == "error"]
        if grave:
            raise ConfigurationError(grave[0].what, advice=grave[0].advice, file=name)
    except (ConfigurationError, InvalidInput) as error:
        why = {"reason": str(error)}
        record(node.home.root, "policy", "rules refused", dataset=dataset, who=who, details=why)
        raise
    kept = save_policy(node.home.root, dataset, checked.text, known_of(node, dataset))
    record(
        node.home.root,
        "policy",
        "rules set",
        dataset=dataset,
        who=who,
        facts={"version": kept.version, "rules": len(kept.rules)},
        details={"policy": checked.text},
    )
    return Checked(kept, checked.text, checked.findings)
