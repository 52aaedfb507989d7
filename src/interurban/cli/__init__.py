"""The command line: `interurban`. Each group of commands is one file; this is their list."""

from __future__ import annotations

import sys

import typer

from interurban.core.errors import InterurbanError

from . import accounts, agreements, audit, backup, peer, personal_data, policy, privacy, schools
from .ask import export, query
from .catalogue import datasets, history, rejects, show
from .disclosure import disclose
from .discover import discover
from .load import load
from .models import check, models, template
from .output import show_error
from .replicate import replicate
from .runs import compare, run, runs
from .serve import serve, up
from .synth import synth
from .together import together
from .upkeep import compact, gc, version

__all__ = ["app", "main"]

app = typer.Typer(
    name="interurban",
    help="The open data of a city, from portal or file to a map, a table and open APIs.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)

RUN, DATA, ASK, THINK = "Run", "Data in", "Data out", "Models"
PEOPLE, PARTNERS, KEEP = "People", "Partners", "Upkeep"

for command, panel in (
    (up, RUN),
    (serve, RUN),
    (load, DATA),
    (discover, DATA),
    (synth, DATA),
    (rejects, DATA),
    (datasets, ASK),
    (show, ASK),
    (query, ASK),
    (export, ASK),
    (together, ASK),
    (disclose, ASK),
    (history, ASK),
    (models, THINK),
    (template, THINK),
    (check, THINK),
    (run, THINK),
    (runs, THINK),
    (compare, THINK),
    (replicate, THINK),
    (backup.restore, KEEP),
    (compact, KEEP),
    (gc, KEEP),
    (version, KEEP),
):
    app.command(rich_help_panel=panel)(command)

for group, panel in (
    (accounts.users, PEOPLE),
    (accounts.organisations, PEOPLE),
    (accounts.groups, PEOPLE),
    (accounts.tokens, PEOPLE),
    (policy.app, PEOPLE),
    (peer.app, PARTNERS),
    (agreements.app, PARTNERS),
    (privacy.app, ASK),
    (schools.app, THINK),
    (audit.app, KEEP),
    (backup.app, KEEP),
    (personal_data.app, KEEP),
):
    app.add_typer(group, rich_help_panel=panel)


def main() -> None:
    """Run a command; an error of ours is said in its own words, and ends with code 1."""
    try:
        app(prog_name="interurban")
    except InterurbanError as error:
        show_error(error)
        sys.exit(1)
    except BrokenPipeError:
        # The reader of our output has gone (`| head`): nothing is wrong, and nothing is left to do.
        sys.stderr.close()
        sys.exit(0)
