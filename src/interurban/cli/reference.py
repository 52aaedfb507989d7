"""The page of all commands, made from their own help: `python -m interurban.cli.reference`.

A test compares docs/cli.md with it, so that the page and the program always say the same.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from typing import Any

from typer.main import get_command

__all__ = ["reference"]

_BEFORE = """\
# The command line

This page is made from the help of the commands themselves:
`python -m interurban.cli.reference > docs/cli.md`.

Every command takes `--help`. A command that fails says why and what to do, and ends with code 1;
one that was called wrongly ends with code 2. What programs may want is written with `--json`.
"""


def reference() -> str:
    """The page, as Markdown."""
    return "\n".join([_BEFORE, *_commands()])


def _commands() -> Iterator[str]:
    """One section for each command: what it does, how it is called, and its options."""
    from . import app

    group = get_command(app)
    yield from _of(group, group.make_context("interurban", [], resilient_parsing=True))


def _of(group: Any, above: Any) -> Iterator[str]:
    """The commands of a group, and those of the groups in it."""
    for name, command in getattr(group, "commands", {}).items():
        context = command.make_context(name, [], parent=above, resilient_parsing=True)
        usage = " ".join(command.get_usage(context).removeprefix("Usage: ").split())
        yield f"## {context.command_path}\n\n{inspect.cleandoc(command.help or '')}\n"
        if hasattr(command, "commands"):
            yield from _of(command, context)
            continue
        yield f"```\n{usage}\n```\n"
        records = [parameter.get_help_record(context) for parameter in command.params]
        yield "| | |\n| --- | --- |"
        for written, meaning in (record for record in records if record is not None):
            yield f"| `{written.strip()}` | {meaning} |"
        yield ""


if __name__ == "__main__":
    sys.stdout.write(reference())
