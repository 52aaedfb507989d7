"""Backups: `backup`, `backup check` and `restore`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from .options import AsJson, Home
from .output import counted, errors, screen, show_json, show_pairs
from .progress import bars

if TYPE_CHECKING:
    from collections.abc import Callable

    from interurban.catalog.backups import Made, Manifest, Restored

__all__ = ["app", "restore"]

_DEFAULT = "make"


class _Backup(TyperGroup):
    """`backup TO` is `backup make TO`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in (*self.commands, *ctx.help_option_names):
            args = [_DEFAULT, *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    name="backup",
    help="Keep the whole node in one file. `backup TO` is short for `backup make TO`.",
    no_args_is_help=True,
    cls=_Backup,
)

Archive = Annotated[Path, typer.Argument(metavar="FILE", help="A backup.")]


@app.command()
def make(
    to: Annotated[
        Path,
        typer.Argument(metavar="TO", help="The file to write, or a folder: named by the time."),
    ],
    keys: Annotated[
        bool,
        typer.Option(
            "--keys/--without-keys",
            help="Without its keys a restored node is another one: its partners must pair anew.",
        ),
    ] = True,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Write everything of this node into one file, while it is served and loaded."""
    from interurban.catalog.backups import back_up

    with _bar("writing") as advance:
        made = back_up(_root(home), to, keys=keys, advance=advance)
    if as_json:
        show_json(_document(made.manifest) | {"file": str(made.file), "bytes": made.size})
        return
    _tell_made(made)


@app.command()
def check(file: Archive, as_json: AsJson = False) -> None:
    """Check every byte of a backup, without restoring it; ends with code 1 if any is wrong."""
    from interurban.catalog.backups import check as check_backup

    with _bar("checking") as advance:
        manifest = check_backup(file, advance)
    if as_json:
        show_json(_document(manifest))
        return
    show_pairs(_pairs(manifest))
    screen.print("Every byte is as it was written.")


def restore(
    file: Archive,
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Replace what is in the data folder; stop the node first."),
    ] = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Make a data folder of a backup: all of it, checked, or nothing."""
    from interurban.catalog.backups import restore as restore_backup

    root = _root(home)
    with _bar("restoring") as advance:
        restored = restore_backup(file, root, replace=replace, advance=advance)
    if as_json:
        show_json(_document(restored.manifest) | {"home": str(root)} | _verified(restored))
        return
    _tell_restored(root, restored)


def _tell_made(made: Made) -> None:
    show_pairs(_pairs(made.manifest))
    if made.links:
        links = counted(len(made.links), "symbolic link")
        errors.print(
            f"{links} of the data folder not in it: {', '.join(made.links)}", soft_wrap=True
        )
    if made.manifest.keys:
        screen.print("The node's keys are in it: keep it where nobody else can read it.")
    else:
        screen.print(
            "The node's keys are not in it: what is restored of it is another node, with a log of "
            "its own, and its partners must pair anew."
        )
    screen.print(f"{made.file}: {made.size / 1e6:,.1f} MB in {made.seconds:.1f} s.", soft_wrap=True)


def _tell_restored(root: Path, restored: Restored) -> None:
    show_pairs(_pairs(restored.manifest))
    looked = restored.looked
    if looked is not None:
        screen.print(
            f"{counted(looked.files, 'data file')} and {counted(looked.rows, 'row')} of "
            f"{counted(looked.datasets, 'dataset')} are those of the catalogue; the content of "
            f"{looked.hashed:,} was hashed again."
        )
    if restored.entries is not None:
        screen.print(
            f"The audit log holds: {counted(restored.entries, 'entry', 'entries')}, up to the "
            "recorded head."
        )
    if not restored.manifest.keys:
        screen.print(
            "The backup has no keys: this is another node now. Its partners must pair anew; the "
            "log of the old one lies beside the new one, in audit/."
        )
    screen.print(f"Restored to {root} in {restored.seconds:.1f} s.", soft_wrap=True)


def _pairs(manifest: Manifest) -> list[tuple[str, Any]]:
    from interurban.catalog.backups import audit_head

    head = audit_head(manifest)
    return [
        ("instant", manifest.at.isoformat(sep=" ", timespec="seconds")),
        ("made by", f"Interurban {manifest.program}"),
        ("node", manifest.facts.get("node")),
        ("content", f"{counted(len(manifest.members), 'file')}, {manifest.size / 1e6:,.1f} MB"),
        ("audit log", None if head is None else counted(head.size, "entry", "entries")),
        ("its root", None if head is None else head.root.hex()),
        ("SHA-256", manifest.sha256),
    ]


def _document(manifest: Manifest) -> dict[str, Any]:
    return {
        "at": manifest.at,
        "program": manifest.program,
        "keys": manifest.keys,
        "files": len(manifest.members),
        "size": manifest.size,
        "sha256": manifest.sha256,
        **manifest.facts,
    }


def _verified(restored: Restored) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "fingerprint": restored.fingerprint,
        "entries": restored.entries,
        "lake": None if restored.looked is None else asdict(restored.looked),
    }


@contextmanager
def _bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar of bytes; checking and restoring fill it once each."""
    with bars() as shown, shown.group() as group:
        yield lambda done, total: group.advance(what, size=done, total=total)


def _root(home: Path | None) -> Path:
    from interurban.store.home import default_home

    return home if home is not None else default_home()
