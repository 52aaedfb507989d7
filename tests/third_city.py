"""Springfield, which is in no bundled pack: what a third city says of itself."""

from __future__ import annotations

__all__ = ["CITY", "city_with"]

CITY = """\
id: springfield
name: Springfield
country: United States
time_zone: America/Chicago
crs: EPSG:26971
bounds: [-89.8, 39.6, -89.5, 39.9]
region: [-90.0, 39.4, -89.3, 40.1]
locale: en-US
units: imperial
suppression_threshold: 5
licences:
  - {id: open, title: Open, url: "https://example.org/", attribution: City of Springfield}
"""


def city_with(boundaries: str) -> str:
    """The city with one boundary set, as ``{name: wards, dataset: springfield.wards, ...}``."""
    return f"{CITY}boundaries:\n  - {boundaries}\n"
