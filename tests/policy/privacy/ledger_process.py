"""A process that asks until it is refused: ``python ledger_process.py FILE RHO``."""

from __future__ import annotations

import sys
from pathlib import Path

from interurban.core.errors import Refused
from interurban.policy.privacy import HEAD, MIGRATIONS, VERSION_TABLE, Ledger
from interurban.store.control import Records, Tables


def opened(file: Path) -> Records:
    return Records(file, Tables("The privacy ledger", MIGRATIONS, HEAD, VERSION_TABLE))


def main() -> None:
    records = opened(Path(sys.argv[1]))
    ledger, paid = Ledger(records), 0
    try:
        while True:
            ledger.spend("city.people", "person", "ann", "gaussian", float(sys.argv[2]), "00")
            paid += 1
    except Refused:
        print(paid)
    finally:
        records.close()


if __name__ == "__main__":
    main()
