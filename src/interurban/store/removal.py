"""Datasets are taken out of the lake: what a run gave, once the run is deleted or came to nothing.

Their files are freed by the next upkeep; no version of anything else changes.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable

from . import duck
from .home import Home
from .lake import attach_lake, commit, dataset_path
from .stage import name_sql

__all__ = ["remove_datasets"]

_MEMORY_MB = 500


def remove_datasets(home: Home, datasets: Iterable[str]) -> None:
    """Remove every version of the datasets, in one commit; those that are not there are no matter.

    Raises
    ------
    UnknownDataset: an id that can't be one.
    """
    paths = {dataset: dataset_path(dataset) for dataset in datasets}
    if not paths or not home.catalogue.exists():
        return
    connection = duck.connect(memory_mb=_MEMORY_MB, scratch=home.scratch_folder())
    try:
        attach_lake(connection, home, write=True)
        with commit(connection, home):
            for dataset, path in paths.items():
                connection.execute(f"CREATE SCHEMA IF NOT EXISTS {path[0]}.{name_sql(path[1])}")
                table = ".".join(name_sql(part) for part in path)
                connection.execute(f"DROP TABLE IF EXISTS {table}")
                for kept in ("manifests", "rejects"):
                    connection.execute(
                        f"DELETE FROM lake.interurban.{kept} WHERE dataset = ?", [dataset]
                    )
    finally:
        connection.close()
    for dataset in paths:
        shutil.rmtree(home.hot / dataset, ignore_errors=True)
