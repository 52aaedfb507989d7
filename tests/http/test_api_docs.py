"""Every example of docs/api.md works as it is printed."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from dataclasses import fields
from pathlib import Path

import pytest

from interurban.http import Settings

PAGE = Path(__file__).resolve().parents[2] / "docs" / "api.md"
COMMANDS = [
    line
    for block in re.findall(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    for line in block.splitlines()
    if line.startswith(("curl", "ogr"))
]


@pytest.mark.parametrize("command", COMMANDS)
def test_an_example_works(command: str, server: str, tmp_path: Path) -> None:
    program = command.partition(" ")[0]
    if shutil.which(program) is None:
        pytest.skip(f"needs {program}")
    # The node of these tests holds the crimes of another year.
    here = re.sub(r'chicago\.crimes(?=[/"])', "chicago.crimes_2019_sample", command)
    arguments = shlex.split(here.replace("$NODE", server).replace("2018-03", "2019-03"))
    if program == "curl":
        arguments.insert(1, "--fail-with-body")
    done = subprocess.run(
        arguments, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    if program == "curl" and "-o" not in command and "-OJ" not in command:
        assert done.stdout.strip()


def test_every_setting_is_described() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for field in fields(Settings):
        assert f"`INTERURBAN_{field.name.upper()}`" in page
