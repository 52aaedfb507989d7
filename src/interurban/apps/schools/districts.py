"""The names of the districts (boroughs) that home areas lie in."""

from __future__ import annotations

from collections.abc import Mapping

from .reading import Atlas
from .subjects import Flows

__all__ = ["district_names"]


def district_names(atlas: Atlas, flows: Flows) -> Mapping[str, str]:
    """Names by code, as the boundary datasets of the home areas have them; empty without any."""
    source = next((one for one in atlas.settings.flows if one.dataset == flows.dataset), None)
    if source is None:
        # Modelled flows are of no dataset; their areas may be those of one that is.
        shaped = {one for one in flows.areas.datasets if one}
        source = next((s for s in atlas.settings.flows if shaped <= set(s.areas)), None)
    if source is None or not source.district_name:
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
