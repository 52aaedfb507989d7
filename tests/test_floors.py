"""The house stands: every room imports only from lower floors (docs/architecture.md)."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = "interurban"
WEB = {"fastapi", "granian", "starlette", "uvicorn"}
TERMINAL = {"click", "rich", "typer"}
IO = {
    "asyncio", "duckdb", "fsspec", "glob", "httpx", "io", "logging", "multiprocessing", "os",
    "pyogrio", "requests", "shutil", "socket", "sqlite3", "structlog", "subprocess", "tempfile",
    "threading", "urllib",
}  # fmt: skip


def floors(repository: Path) -> dict[str, int]:
    """Room to floor, as the table of the architecture page has it."""
    page = (repository / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| (.+?) \|", page, flags=re.MULTILINE)
    return {room: int(floor) for floor, names in rows for room in re.findall(r"`(\w+)`", names)}


def modules(repository: Path) -> dict[str, Path]:
    """Dotted name to file, of everything in the package."""
    source = repository / "src"
    found = {}
    for file in sorted((source / PACKAGE).rglob("*.py")):
        parts = file.relative_to(source).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


def imports(name: str, file: Path) -> Iterator[tuple[str, int]]:
    """Every module that a file imports, wherever in the file, with its line."""
    package = name if file.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")
                above = above[: len(above) - node.level + 1]
                base = ".".join([*above, base] if base else above)
            yield base, node.lineno
            yield from ((f"{base}.{alias.name}", node.lineno) for alias in node.names)


def room(name: str) -> str:
    """The room of a dotted name; empty for the front door (the package itself)."""
    parts = name.split(".")
    return parts[1] if len(parts) > 1 else ""


def everything(repository: Path) -> Iterator[tuple[str, str, str]]:
    """Importing module, imported module, and where it stands, for the whole package."""
    for name, file in modules(repository).items():
        for imported, line in imports(name, file):
            yield name, imported, f"{file.relative_to(repository)}:{line} imports {imported}"


def test_every_room_stands_on_a_floor(repository: Path) -> None:
    known = floors(repository)
    front = {"", "__main__"}
    rooms = {room(name) for name in modules(repository)} - front
    assert rooms <= known.keys()


def test_a_room_imports_only_from_lower_floors(repository: Path) -> None:
    floor = floors(repository)
    wrong = []
    for name, imported, where in everything(repository):
        here, there = room(name), room(imported)
        if not imported.startswith(f"{PACKAGE}.") or here not in floor or there not in floor:
            continue
        if here != there and floor[there] >= floor[here]:
            wrong.append(where)
    assert not wrong, "\n".join(wrong)


def test_apps_never_import_each_other(repository: Path) -> None:
    wrong = []
    for name, imported, where in everything(repository):
        here, there = name.split("."), imported.split(".")
        in_apps = here[1:2] == there[1:2] == ["apps"] and len(here) > 2 and len(there) > 2
        if in_apps and here[2] != there[2]:
            wrong.append(where)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("libraries", "rooms"),
    [(WEB, {"http", "cli"}), (TERMINAL, {"cli"})],
    ids=["a request", "a terminal"],
)
def test_only_http_knows_a_request_and_only_cli_a_terminal(
    repository: Path, libraries: set[str], rooms: set[str]
) -> None:
    wrong = [
        where
        for name, imported, where in everything(repository)
        if imported.partition(".")[0] in libraries and room(name) not in rooms
    ]
    assert not wrong, "\n".join(wrong)


def test_the_vocabulary_does_no_input_or_output(repository: Path) -> None:
    wrong = [
        where
        for name, imported, where in everything(repository)
        if room(name) == "core" and imported.partition(".")[0] in IO
    ]
    assert not wrong, "\n".join(wrong)
    for name, file in modules(repository).items():
        if room(name) == "core":
            calls = [
                node.func.id
                for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
            ]
            assert not {"open", "print", "input", "exec", "eval"} & set(calls), name


def test_the_front_door_is_light() -> None:
    """`import interurban` loads no engine, no web framework and no map library."""
    heavy = ["duckdb", "fastapi", "pandas", "pyarrow", "shapely", "typer"]
    code = f"import sys, interurban; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
