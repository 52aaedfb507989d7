"""The process that works one run out: ``python -m interurban.workspace.worker HOME RUN MODULE...``.

It is started by ``runs.py``, and outlives whoever started it.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path

from .catalogue import Catalogue
from .working import work_out

__all__ = ["main"]


def main(home: str, run: str, *modules: str) -> None:
    """Work a run out; what is logged goes to standard error."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    work_out(Path(home), run, Catalogue(modules))


if __name__ == "__main__":
    main(*sys.argv[1:])
