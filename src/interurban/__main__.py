"""`python -m interurban` is the command line."""

from __future__ import annotations

from interurban.cli import main

if __name__ == "__main__":
    main()
