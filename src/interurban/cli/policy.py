"""Who may do what with a dataset: `policy show`, `check`, `set`, `explain` and `licences`."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from interurban.core.errors import BadRequest, UnreadableFile

from .catalogue import DatasetId
from .options import AsJson, Home, open_node
from .output import screen, show_json, show_pairs, show_table

if TYPE_CHECKING:
    from interurban.catalog.node import Node
    from interurban.catalog.policies import InForce
    from interurban.core.policy import Decision, Reader, Rule
    from interurban.policy.rights.findings import Finding
    from interurban.policy.rights.policy_files import Kept

__all__ = ["REFUSED", "app"]

REFUSED = 3
"""How a command ends when the answer is no: neither a failure (1) nor a wrong call (2)."""

app = typer.Typer(
    name="policy",
    help="Who may do what with a dataset, for what, until when, and under which licence.",
    no_args_is_help=True,
)

_ORIGINS = {
    "set": "set by an administrator",
    "pack": "said by the pack",
    "nothing": "nothing was said: it is open data",
}


class Rendering(StrEnum):
    """How a policy is written."""

    words = "words"
    yaml = "yaml"
    odrl = "odrl"


class Action(StrEnum):
    """What can be done with a dataset."""

    read = "read"
    aggregate = "aggregate"
    export = "export"
    derive = "derive"


@app.command()
def show(
    dataset: DatasetId,
    version: Annotated[
        int | None, typer.Option("--version", min=1, help="As this version had it.")
    ] = None,
    rendering: Annotated[
        Rendering, typer.Option("--format", help="In words, as YAML, or as ODRL in JSON-LD.")
    ] = Rendering.words,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Show the rules on a dataset: in words, as YAML to edit, or as ODRL to publish."""
    from interurban.catalog.policies import in_force
    from interurban.policy.rights import policy_files, writing
    from interurban.policy.rights.odrl_writing import to_json_ld

    with open_node(home) as node:
        found = in_force(node, dataset, version)
        kept = policy_files.versions(node.home.root, dataset)
    if as_json:
        show_json(
            {
                "dataset": dataset,
                "origin": found.origin,
                "version": found.policy.version,
                **writing.to_mapping(found.policy),
                "versions": [{"version": each.version, "set": each.saved_at} for each in kept],
            }
        )
    elif rendering is Rendering.yaml:
        sys.stdout.write(writing.to_yaml(found.policy))
    elif rendering is Rendering.odrl:
        show_json(to_json_ld(found.policy, dataset))
    else:
        _show_in_words(dataset, found, kept)


@app.command()
def check(
    dataset: DatasetId,
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE",
            help="A policy in YAML or JSON, or as ODRL (.jsonld, .ttl). Default: the one in force.",
        ),
    ] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Look for conflicts, rules that never apply, and unknown names, without setting anything.

    Ends with code 0 when the policy can be set, and with code 3 when something is an error.
    """
    from interurban.catalog.policies import check_policy, check_text, in_force

    with open_node(home) as node:
        if file is None:
            policy = in_force(node, dataset).policy
            findings = check_policy(node, dataset, policy, _parties(node))
        else:
            text = _text(file)
            findings = check_text(node, dataset, text, file.name, _parties(node)).findings
    if as_json:
        show_json([_finding(each) for each in findings])
    else:
        _show_findings(findings)
    if any(each.severity == "error" for each in findings):
        sys.exit(REFUSED)


@app.command("set")
def set_(
    dataset: DatasetId,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="A policy in YAML or JSON, or as ODRL (.jsonld, .ttl)."
        ),
    ],
    home: Home = None,
) -> None:
    """Set the rules on a dataset; they are in force at once, and every version is kept.

    What is in the file is checked first: a policy with an error in it is not set.
    """
    from interurban.catalog.policies import set_policy

    with open_node(home) as node:
        kept = set_policy(node, dataset, _text(file), file.name, parties=_parties(node))
    _show_findings(kept.findings)
    screen.print(f"Version {kept.policy.version} of the policy of {dataset} is in force.")


@app.command()
def explain(
    dataset: DatasetId,
    action: Annotated[
        Action, typer.Option("--action", help="What is to be done with it.")
    ] = Action.read,
    account: Annotated[
        str | None,
        typer.Option("--as", metavar="ACCOUNT", help="Who asks; nobody is signed in otherwise."),
    ] = None,
    organisation: Annotated[
        str | None, typer.Option("--organisation", metavar="ID", help="Whose people they are of.")
    ] = None,
    group: Annotated[
        list[str] | None, typer.Option("--group", metavar="ID", help="A group they are in.")
    ] = None,
    purpose: Annotated[
        str, typer.Option("--purpose", metavar="TERM", help="What for: dpv:PublicBenefit ...")
    ] = "public",
    at: Annotated[
        str | None, typer.Option("--at", metavar="TIME", help="When, as 2026-07-01T09:00Z.")
    ] = None,
    report: Annotated[
        bool, typer.Option("--report", help="Print the ODRL compliance report in Turtle.")
    ] = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Say whether somebody may do something, and which rule it comes from.

    Ends with code 0 when they may, and with code 3 when they may not.
    """
    from interurban.catalog.policies import in_force
    from interurban.core.policy import Reader
    from interurban.policy.rights.evaluate import decide
    from interurban.policy.rights.odrl import to_graph
    from interurban.policy.rights.odrl_asking import ask

    reader = Reader(account, organisation, purpose, tuple(group or ()))
    instant = _instant(at)
    with open_node(home) as node:
        policy = in_force(node, dataset).policy
    decision = decide(policy, reader, action.value, instant)
    if report:
        sys.stdout.write(
            to_graph((ask(policy, dataset, reader, action.value, instant)[1],)).serialize()
        )
    elif as_json:
        show_json(_decision(decision, reader, action.value, instant))
    else:
        _show_decision(decision)
    if not decision.permitted:
        sys.exit(REFUSED)


@app.command()
def licences(
    datasets: Annotated[
        list[str], typer.Argument(metavar="DATASET...", help="Ids, as chicago.crimes.")
    ],
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Say what holds for a set that is merged from datasets, and the text to show beside it.

    Ends with code 0 when it may be passed on, and with code 3 when it may not.
    """
    from interurban.policy.rights.licences import Credit, joint_terms

    with open_node(home) as node:
        described = [node.dataset(each) for each in datasets]
        known = {
            (city.id, licence.id): licence
            for city in node.cities.values()
            for licence in city.licences
        }
    credits_ = [
        Credit(each.title, each.attribution, known[each.city, each.licence]) for each in described
    ]
    terms = joint_terms([each.licence for each in credits_], credits_)
    if as_json:
        show_json(
            {
                "datasets": datasets,
                "licences": [licence.title for licence in terms.licences],
                "can_be_shared": terms.can_be_shared,
                "permissions": terms.permissions,
                "duties": terms.duties,
                "prohibitions": terms.prohibitions,
                "release_under": terms.release_under,
                "clashes": terms.clashes,
                "cautions": terms.cautions,
                "attribution": terms.attribution,
            }
        )
    else:
        show_table(("dataset", "licence"), [(each.title, each.licence.title) for each in credits_])
        screen.print()
        for sentence in terms.in_words():
            screen.print(Text(sentence), soft_wrap=True)
        screen.print("\nShow this beside it:\n")
        screen.print(Text(terms.attribution), soft_wrap=True)
    if not terms.can_be_shared:
        sys.exit(REFUSED)


# Reading


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFile(
            f"{file} can't be read: {error}.", advice="Name a policy in YAML, JSON or ODRL."
        ) from error


def _parties(node: Node) -> frozenset[str] | None:
    """Everybody a rule can name; ``None`` while the node has no accounts."""
    from interurban.accounts import Accounts
    from interurban.store.control import file_in

    if not file_in(node.home.root).exists():
        return None
    with Accounts(node.home.root) as people:
        return people.register.parties()


def _instant(written: str | None) -> datetime:
    if written is None:
        return datetime.now(UTC)
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise BadRequest(
            f"{written!r} is no instant with a time zone.",
            advice="Write it as 2026-07-01T09:00Z.",
            part="at",
        )
    return found


# Writing


def _show_in_words(dataset: str, found: InForce, kept: tuple[Kept, ...]) -> None:
    policy = found.policy
    show_pairs(
        [
            ("dataset", dataset),
            ("rules", _ORIGINS[found.origin]),
            ("version", policy.version or None),
            ("licence", policy.licence),
        ]
    )
    screen.print()
    for rule in policy.rules:
        _show_rule(rule)
    if not policy.rules:
        screen.print("No rule permits anything, so nobody sees it.")
    if kept:
        screen.print()
        show_table(
            ("version", "set"), [(each.version, each.saved_at) for each in kept], right=("version",)
        )


def _show_rule(rule: Rule) -> None:
    from interurban.policy.rights import wording

    screen.print(
        Text(f'Rule "{rule.id}" {wording.rule(rule)}. {rule.because}'.rstrip()), soft_wrap=True
    )
    for obligation in rule.obligations:
        screen.print(Text(f"  with: {wording.obligation(obligation)}"))
    for duty in rule.duties:
        screen.print(Text(f"  in return, {duty.action}: {duty.words}"))


def _show_findings(findings: tuple[Finding, ...]) -> None:
    for each in findings:
        style = "bold red" if each.severity == "error" else "bold yellow"
        head = Text(f"{each.severity.capitalize()}: ", style=style)
        screen.print(head + Text(f"{each.what} {each.advice}".rstrip()), soft_wrap=True)
    if not findings:
        screen.print("Nothing is wrong with it.")


def _show_decision(decision: Decision) -> None:
    from interurban.policy.rights import wording

    answer = "Yes." if decision.permitted else "No."
    screen.print(Text(answer, style="bold") + Text(f" {decision.reason}"), soft_wrap=True)
    for obligation in decision.obligations:
        screen.print(Text(f"  with: {wording.obligation(obligation)}"))
    for duty in decision.duties:
        screen.print(Text(f"  in return, {duty.action}: {duty.words}"))


def _decision(decision: Decision, reader: Reader, action: str, at: datetime) -> dict[str, Any]:
    from interurban.policy.rights import wording

    return {
        "permitted": decision.permitted,
        "reason": decision.reason,
        "rule": decision.rule,
        "obligations": [wording.obligation(each) for each in decision.obligations],
        "duties": [{each.action: each.words} for each in decision.duties],
        "reader": {
            "account": reader.account,
            "organisation": reader.organisation,
            "groups": reader.groups,
            "purpose": reader.purpose,
        },
        "action": action,
        "at": at,
    }


def _finding(each: Finding) -> dict[str, Any]:
    return {
        "severity": each.severity,
        "rules": each.rules,
        "what": each.what,
        "advice": each.advice,
    }
