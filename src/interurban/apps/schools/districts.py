"""The names of the districts (boroughs) that home areas lie in."""

from __future__ import annotations

from collections.abc import Mapping

from .reading import Atlas
from .subjects import Flows

__all__ = ["district_names"]


def district_names(atlas: Atlas, flows: Flows) -> Mapping[str, str]:
    """Names by code, as the boundary datasets of the home areas have them; empty without any."""
    source = next(one for one in atlas.settings.flows if one.dataset == flows.dataset)
    if not source.district_name:
        return {}

    def read() -> dict[str, str]:
        found: dict[str, str] = {}
        for dataset in source.areas:
            table = atlas.table(dataset, (source.district, source.district_name))
            for row in table.to_pylist() if table is not None else ():
                code, name = row.get(source.district), row.get(source.district_name)
                if code and name:
                    found.setdefault(str(code), str(name))
        return found

    return atlas.cached(f"districts of {source}", source.areas, read)
