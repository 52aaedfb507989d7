"""Agreements with partners: `agreements list`, `show`, `request`, `offer`, `accept`, `sign` ..."""

from __future__ import annotations

import sys
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from .agreement_desk import assessment_in, by, opened, text_of
from .agreement_words import note, show_agreement, show_next
from .options import AsJson, Home
from .output import screen, show_json, show_pairs, show_table
from .policy import REFUSED
from .saving import save

__all__ = ["app"]

app = typer.Typer(
    name="agreements",
    help="What is shared with which partner, on signed terms: ask, offer, sign, end, check.",
    no_args_is_help=True,
)

AgreementId = Annotated[
    str,
    typer.Argument(metavar="ID", help="An agreement, or how its id begins, as `list` shows it."),
]
TermsFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="Terms in YAML or JSON; see docs/agreements.md.")
]
SomeTermsFile = Annotated[
    Path | None,
    typer.Argument(
        metavar="[FILE]", help="Terms in YAML or JSON. Default: as they were asked for."
    ),
]
Name = Annotated[
    str,
    typer.Option(
        "--name", envvar="INTERURBAN_SIGNER", metavar="NAME", help="Who you are, as you sign."
    ),
]
Office = Annotated[
    str,
    typer.Option(
        "--office", envvar="INTERURBAN_OFFICE", metavar="OFFICE", help="In which office you sign."
    ),
]


class Form(StrEnum):
    """How an agreement is written."""

    words = "words"
    yaml = "yaml"
    json = "json"
    odrl = "odrl"


@app.command("list")
def list_agreements(home: Home = None, as_json: AsJson = False) -> None:
    """List agreements, how each one stands, and what can be done next."""
    with opened(home) as desk:
        views = desk.agreements.views()
        if as_json:
            show_json([desk.document(view) for view in views])
            return
        if not views:
            screen.print("There is no agreement yet. Ask a partner for data with:")
            screen.print("interurban agreements request PEER FILE", style="dim")
            return
        show_table(
            ("id", "partner", "we are", "how it stands", "until", "title", "note"),
            [
                (
                    view.agreement.id[:8],
                    view.partner.title,
                    view.agreement.role,
                    desk.state(view),
                    view.agreement.terms.ends.date().isoformat(),
                    view.agreement.terms.title,
                    note(view, desk.now),
                )
                for view in views
            ],
        )


@app.command()
def show(
    agreement: AgreementId,
    form: Annotated[
        Form, typer.Option("--format", help="In words, as YAML, JSON, or ODRL in JSON-LD.")
    ] = Form.words,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Show an agreement: what is agreed, who signed, what was done, and what can be done next."""
    from interurban.alliance.agreements.copies import to_yaml
    from interurban.alliance.agreements.odrl import to_json_ld

    with opened(home) as desk:
        view = desk.find(agreement)
        if as_json or form is Form.json:
            show_json(desk.document(view))
        elif form is Form.yaml:
            sys.stdout.write(to_yaml(view))
        elif form is Form.odrl:
            show_json(to_json_ld(view, desk.agreements.public))
        else:
            show_agreement(view, desk.datasets, desk.now)


@app.command()
def request(
    peer: Annotated[
        str, typer.Argument(metavar="PEER", help="A partner, as `peer list` names it.")
    ],
    file: TermsFile,
    name: Name,
    office: Office,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Ask a partner for data, on the terms of a file."""
    with opened(home) as desk:
        made = desk.agreements.request(peer, desk.terms(file), by(name, office))
        desk.tell(made, as_json=as_json)


@app.command()
def offer(
    agreement: AgreementId,
    name: Name,
    office: Office,
    file: SomeTermsFile = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Offer terms to a partner that asked, or other terms than it asked for.

    An impact assessment that was added is part of what is offered.
    """
    with opened(home) as desk:
        found = desk.find(agreement).agreement
        terms = None if file is None else desk.terms(file)
        desk.tell(
            desk.agreements.offer(found.id, by(name, office), desk.datasets, terms),
            as_json=as_json,
        )


@app.command()
def accept(
    agreement: AgreementId, name: Name, office: Office, home: Home = None, as_json: AsJson = False
) -> None:
    """Accept the terms that a partner offers. To ask for others, use `change`."""
    with opened(home) as desk:
        found = desk.find(agreement).agreement
        desk.tell(desk.agreements.accept(found.id, by(name, office)), as_json=as_json)


@app.command()
def change(
    agreement: AgreementId,
    file: TermsFile,
    name: Name,
    office: Office,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Ask for other terms than those that a partner offers."""
    with opened(home) as desk:
        found = desk.find(agreement).agreement
        terms = desk.terms(file)
        desk.tell(desk.agreements.request_again(found.id, terms, by(name, office)), as_json=as_json)


@app.command()
def sign(
    agreement: AgreementId, name: Name, office: Office, home: Home = None, as_json: AsJson = False
) -> None:
    """Sign with this node's key: as the provider first, then as the consumer.

    The provider's node puts it in force by itself when both have signed.
    """
    with opened(home) as desk:
        found, who = desk.find(agreement).agreement, by(name, office)
        if found.role == "provider":
            signed = desk.agreements.agree(found.id, who, desk.datasets)
        else:
            signed = desk.agreements.verify(found.id, who)
        desk.tell(signed, as_json=as_json)


@app.command()
def end(
    agreement: AgreementId,
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="Why; residents read it.")
    ],
    name: Name,
    office: Office,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """End an agreement, or refuse one that is asked for; nothing is given under it any more."""
    with opened(home) as desk:
        found = desk.find(agreement).agreement
        desk.tell(desk.agreements.terminate(found.id, by(name, office), reason), as_json=as_json)


@app.command()
def assess(
    agreement: AgreementId,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="YAML or JSON with description, necessity, risks, measures and residual "
            "(low, medium or high).",
        ),
    ],
    name: Name,
    office: Office,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Add an impact assessment to the terms that will be offered."""
    with opened(home) as desk:
        found, who = desk.find(agreement).agreement, by(name, office)
        desk.agreements.assess(found.id, assessment_in(file, str(who)), who)
        view = desk.find(found.id)
        if as_json:
            show_json(desk.document(view))
            return
        screen.print("The assessment becomes part of the terms when they are offered.")
        show_next(view)


@app.command()
def write(
    agreement: AgreementId,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="Where to: a name that ends in .pdf, .yaml, .json or .jsonld."
        ),
    ],
    home: Home = None,
) -> None:
    """Write an agreement to a file: a PDF to file, a copy that can be checked, or ODRL."""
    with opened(home) as desk:
        view = desk.find(agreement)
        content = desk.written(view, file.suffix)
    save(file, content)
    screen.print(f"Wrote {file}.", markup=False, soft_wrap=True)
    if file.suffix in (".yaml", ".json"):
        screen.print(
            f"Anybody can check it with: interurban agreements verify {file.name}",
            style="dim",
            markup=False,
            soft_wrap=True,
        )


@app.command()
def verify(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A copy of an agreement in YAML or JSON.")
    ],
    as_json: AsJson = False,
) -> None:
    """Check a copy of an agreement, with nothing but the copy.

    Ends with code 0 when both sides signed these very terms, and with code 3 when not.
    """
    from interurban.alliance.agreements.copies import check_copy
    from interurban.alliance.agreements.writing import document_of
    from interurban.alliance.peers import grouped

    found = check_copy(text_of(file), file.name)
    if as_json:
        show_json(
            {
                "id": found.id,
                "version": found.version,
                "state": found.state,
                "terms": document_of(found.terms),
                "terms_hash": found.terms_hash,
                "signed": {role: asdict(said) for role, said in found.signed.items()},
                "wrong": list(found.wrong),
                "is_right": found.is_right,
            }
        )
    else:
        show_pairs(
            [
                ("agreement", found.id),
                ("title", found.terms.title),
                ("hash of the terms", grouped(found.terms_hash)),
                *(
                    (
                        f"{role} signed",
                        f"{said.name}, {said.office}, {said.at}\n"
                        + grouped(said.provider if role == "provider" else said.consumer),
                    )
                    for role, said in found.signed.items()
                ),
            ]
        )
        for each in found.wrong:
            screen.print(Text(each, style="bold red"), soft_wrap=True)
        if found.is_right:
            screen.print("Both sides signed these very terms.", style="bold")
            screen.print(
                "Compare the two fingerprints with what each city reads out. Whether it was ended "
                f"since (the copy says {found.state}) only the nodes can tell.",
                style="dim",
                markup=False,
                soft_wrap=True,
            )
    if not found.is_right:
        sys.exit(REFUSED)
