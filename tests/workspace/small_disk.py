"""The worker of a run, on a disk where no file can grow past 100 KB once the run has begun."""

from __future__ import annotations

import resource
import sys

from interurban.workspace import working
from interurban.workspace.worker import main

if __name__ == "__main__":
    commit = working.commit_outputs

    def limited(*arguments, **named):  # type: ignore[no-untyped-def]
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000_000))
        try:
            return commit(*arguments, **named)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (100_000_000, 100_000_000))

    working.commit_outputs = limited  # type: ignore[assignment]
    main(*sys.argv[1:])
