"""Sampleton, the demonstration city: it exists nowhere, and has a dataset on every standard.

It is a city pack like any other, but for its datasets' source, which is `interurban synth` alone.
A real city's synthetic stand-in has only what that city publishes; here every model finds its
tables, and nothing can be taken for a real city's.
"""

from __future__ import annotations

import shutil
from datetime import date
from importlib import resources
from pathlib import Path

from pyarrow import csv

from interurban.core.city import City

from .figures import last_mid_year
from .ground import make_ground
from .households import household_type_shares

__all__ = ["DEMONSTRATION", "keep_pack", "write_type_shares"]

DEMONSTRATION = "sampleton"
"""Its id."""


def write_type_shares(city: City, out: Path, *, seed: int, until: date) -> Path:
    """Write the one table that a model needs of the city and no standard has, as a CSV file.

    Parameters
    ----------
    out, seed, until: as of the city itself.

    Returns
    -------
    The file; its name says SYNTHETIC, as it has no label of its own.
    """
    ground = make_ground(city, {each.dataset: each.singular for each in city.boundaries}, seed)
    path = out / city.id / "SYNTHETIC-household-type-shares.csv"
    csv.write_csv(household_type_shares(ground, last_mid_year(until)), path)
    return path


def keep_pack(packs: Path, scratch: Path) -> None:
    """Put its pack, as it is in this release, among the packs of a home.

    Whoever reads the packs meanwhile finds all of it or nothing. Datasets that a person added to
    the city stay.

    Parameters
    ----------
    scratch: an empty folder on the same disk.
    """
    folder = packs / DEMONSTRATION
    with resources.as_file(resources.files("interurban.synth") / DEMONSTRATION) as source:
        shutil.copytree(source, scratch / DEMONSTRATION)
    fresh = scratch / DEMONSTRATION
    if not folder.exists():
        packs.mkdir(parents=True, exist_ok=True)
        fresh.replace(folder)
        return
    for file in (*sorted(fresh.glob("*/*.yaml")), fresh / "city.yaml"):
        place = folder / file.relative_to(fresh)
        place.parent.mkdir(exist_ok=True)
        file.replace(place)
