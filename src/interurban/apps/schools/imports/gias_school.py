"""A row of England's register as a school of the standard: its words for the register's.

Source of the types and their groups: GIAS, glossary, "Establishment type group".
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from .imported import day_of, whole_number

__all__ = ["SCHOOLS", "ages_eaten", "has_closed", "school_of"]

_PHASES = {
    "nursery": "nursery",
    "primary": "primary",
    "middle deemed primary": "middle",
    "middle deemed secondary": "middle",
    "secondary": "secondary",
    "all-through": "all-through",
    "all through": "all-through",
    "16 plus": "16 plus",
}
_GROUPS = {
    "local authority maintained schools": "public",
    "academies": "autonomous",
    "free schools": "autonomous",
    "colleges": "autonomous",
    "independent schools": "private",
}
_KINDS = (
    (("city technology college",), "autonomous"),
    (("independent", "non-maintained"), "private"),
    (("academy", "academies", "free school", "studio school", "university technical college",
      "further education", "sixth form cent"), "autonomous"),
    (("community", "voluntary", "foundation", "local authority nursery", "pupil referral unit"),
     "public"),
)  # fmt: skip
"""Words in a type of establishment, and who runs it; the first that fits."""
_STATUSES = {
    "open": "open",
    "open, but proposed to close": "open",
    "closed": "closed",
    "proposed to open": "proposed",
}
_GENDERS = {"girls": "girls", "boys": "boys", "mixed": "mixed"}
_ADMISSIONS = {
    "selective": "selective",
    "selective (grammar)": "selective",
    "non-selective": "open",
    "comprehensive": "open",
    "comprehensive (secondary)": "open",
}
_NO_FAITH = ("", "none", "does not apply", "not applicable", "not recorded", "null")
_NO_AREA = "999999999"
SCHOOLS = pa.schema(
    [
        ("school_id", pa.string()),
        ("name", pa.string()),
        ("phase", pa.string()),
        ("school_type", pa.string()),
        ("governance", pa.string()),
        ("gender", pa.string()),
        ("faith", pa.string()),
        ("admissions", pa.string()),
        ("lowest_age", pa.int64()),
        ("highest_age", pa.int64()),
        ("pupils", pa.int64()),
        ("capacity", pa.int64()),
        ("status", pa.string()),
        ("opened", pa.date32()),
        ("closed", pa.date32()),
        ("website", pa.string()),
        ("address", pa.string()),
        ("postal_code", pa.string()),
        ("area_id", pa.string()),
        ("area_name", pa.string()),
        ("longitude", pa.float64()),
        ("latitude", pa.float64()),
    ]
)
"""Fields of the standard ``school`` that the register states; a place as degrees (WGS84)."""


def school_of(said: Mapping[str, str], place: np.ndarray) -> dict[str, object]:
    """The school of a row.

    Parameters
    ----------
    said: fields by the letters and digits of their names. place: longitude and latitude (2,), NaN
        without one.
    """
    kind, faith = said["typeofestablishmentname"], said["religiouscharactername"]
    special = "special" in kind.lower()
    phase = _PHASES.get(said["phaseofeducationname"].lower(), "other")
    area = said["lsoacode"]
    placed = not np.isnan(place[0])
    return {
        "school_id": said["urn"],
        "name": _line(said["establishmentname"]),
        "phase": "special" if special else phase,
        "school_type": kind or None,
        "governance": _governance(kind.lower(), said["establishmenttypegroupname"].lower()),
        "gender": _GENDERS.get(said["gendername"].lower()),
        "faith": faith if faith.lower() not in _NO_FAITH else None,
        "admissions": _ADMISSIONS.get(said["admissionspolicyname"].lower()),
        "lowest_age": _whole(said["statutorylowage"]),
        "highest_age": _whole(said["statutoryhighage"]),
        "pupils": _whole(said["numberofpupils"]),
        "capacity": _whole(said["schoolcapacity"]) or None,
        "status": _STATUSES.get(said["establishmentstatusname"].lower()),
        "opened": day_of(said["opendate"]),
        "closed": day_of(said["closedate"]),
        "website": said["schoolwebsite"] or None,
        "address": _line(", ".join(t for t in (said["street"], said["town"]) if t)),
        "postal_code": said["postcode"] or None,
        "area_id": area if area not in ("", _NO_AREA) else None,
        "area_name": said["laname"] or None,
        "longitude": float(place[0]) if placed else None,
        "latitude": float(place[1]) if placed else None,
    }


def _line(text: str) -> str | None:
    """A text on one line: cells of the register have lines of their own."""
    return " ".join(text.split()) or None


def has_closed(said: Mapping[str, str]) -> bool:
    """Whether the register calls the school of a row closed."""
    return _STATUSES.get(said["establishmentstatusname"].lower()) == "closed"


def ages_eaten(said: Mapping[str, str]) -> bool:
    """Whether an age is a date by now: ``11-16`` becomes 11-Nov or 2016-11-11."""
    return any(
        any(mark in text for mark in "-/") and _whole(text) is None
        for text in (said["statutorylowage"], said["statutoryhighage"])
    )


def _governance(kind: str, group: str) -> str:
    """Who runs a school: by its type, which tells special schools apart, else by its group."""
    by_kind = next((who for words, who in _KINDS if any(word in kind for word in words)), "")
    return by_kind or _GROUPS.get(group, "other")


def _whole(text: str) -> int | None:
    """A whole number; ``None`` of anything else, such as an age that a spreadsheet made a date."""
    try:
        return whole_number(text)
    except ValueError:
        return None
