"""Every example of docs/api.md works as it is printed."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from dataclasses import fields
from pathlib import Path
from typing import Any

import httpx
import pytest

from interurban.http import Settings

PAGE = Path(__file__).resolve().parents[2] / "docs" / "api.md"
COMMANDS = [
    line
    for block in re.findall(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    for line in block.splitlines()
    if line.startswith(("curl", "ogr"))
]


MODELLING = [c for c in COMMANDS if "cohort_component" in c or "$RUN" in c]


def ran(arguments: list[str], folder: Path) -> str:
    done = subprocess.run(
        arguments, cwd=folder, capture_output=True, text=True, timeout=180, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("command", [c for c in COMMANDS if c not in MODELLING])
def test_an_example_works(command: str, server: str, tmp_path: Path) -> None:
    program = command.partition(" ")[0]
    if shutil.which(program) is None:
        pytest.skip(f"needs {program}")
    # The node of these tests holds the crimes of another year.
    here = re.sub(r'chicago\.crimes(?=[/"])', "chicago.crimes_2019_sample", command)
    arguments = shlex.split(here.replace("$NODE", server).replace("2018-03", "2019-03"))
    if program == "curl":
        arguments.insert(1, "--fail-with-body")
    said = ran(arguments, tmp_path)
    if program == "curl" and "-o" not in command and "-OJ" not in command:
        assert said.strip()


def test_the_examples_of_models_work_one_after_the_other(
    modelling: httpx.Client, plan: dict[str, Any], other: dict[str, Any], tmp_path: Path
) -> None:
    if shutil.which("curl") is None:
        pytest.skip("needs curl")
    assert len(MODELLING) > 10
    for command in MODELLING:
        # The city that can be projected here is another.
        here = re.sub(r"\blondon\b", "bristol", command)
        here = here.replace("$NODE", str(modelling.base_url).rstrip("/"))
        here = here.replace("$RUN", plan["id"]).replace("$OTHER", other["id"])
        arguments = shlex.split(here)
        arguments.insert(1, "--fail-with-body")
        said = ran(arguments, tmp_path)
        assert said.strip() or "-o" in command or "-OJ" in command, command
    assert '"ok":true' in ran(shlex.split(_checking(modelling)), tmp_path)


def _checking(modelling: httpx.Client) -> str:
    command = next(c for c in MODELLING if "--data-binary" in c)
    return command.replace("$NODE", str(modelling.base_url).rstrip("/"))


def test_every_setting_is_described() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for field in fields(Settings):
        assert f"`INTERURBAN_{field.name.upper()}`" in page
