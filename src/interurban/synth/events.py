"""What happens in a synthetic city: one function for each standard that records events.

Each takes a batch of rows and gives columns named as the standard's fields; ``longitude`` and
``latitude`` stand for its geometry.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from .batch import Batch, Columns, coded
from .ground import uniform
from .names import firm_names
from .seeds import generator

__all__ = ["EVENTS", "MOST", "SHARES"]

_US = pa.timestamp("us", "UTC")

_SERVICES = (
    ("Pothole in street", "Streets", 17),
    ("Graffiti removal", "Streets", 15),
    ("Street light out", "Lighting", 12),
    ("Missed refuse collection", "Waste", 11),
    ("Rubbish dumped", "Waste", 10),
    ("Rat complaint", "Health", 9),
    ("Tree trim", "Parks", 8),
    ("Abandoned vehicle", "Streets", 7),
    ("Water on street", "Water", 5),
    ("Noise complaint", "Health", 4),
    ("Pavement broken", "Streets", 4),
    ("Sewer blocked", "Water", 3),
    ("Snow not cleared", "Streets", 2),
    ("Playground repair", "Parks", 1),
)
_CRIMES = (
    ("theft", "Theft from shop", "Under 300", 14),
    ("theft", "Theft from the person", "Pocket picked", 10),
    ("theft", "Bicycle theft", "From a rack", 5),
    ("violence", "Assault", "Simple", 19),
    ("violence", "Assault", "With injury", 9),
    ("damage and arson", "Criminal damage", "To property", 11),
    ("anti-social behaviour", "Nuisance", "Noise", 8),
    ("burglary", "Burglary", "Forced entry", 7),
    ("vehicle crime", "Vehicle theft", "Car", 8),
    ("drugs", "Drugs", "Possession", 5),
    ("fraud", "Deceptive practice", "Card fraud", 5),
    ("robbery", "Robbery", "Armed", 3),
    ("public order", "Public disorder", "Affray", 3),
    ("weapons", "Weapon offence", "Unlawful possession", 2),
    ("other", "Other offence", "Other", 2),
)
_PLACES = ("street", "residence", "apartment", "shop", "pavement", "car park", "station", "school")
_PERMITS = (
    ("Renovation", "Building", "Existing", 40, 9.6),
    ("Electrical", "Electrical", "Existing", 22, 7.9),
    ("Plumbing", "Plumbing", "Existing", 12, 8.2),
    ("Roof", "Roof", "Existing", 10, 9.2),
    ("New construction", "Building", "New", 8, 12.8),
    ("Demolition", "Demolition", "Existing", 5, 9.9),
    ("Sign", "Sign", "New", 3, 8.1),
)
_LICENCES = (
    ("Retail food", 30),
    ("Limited business", 28),
    ("Alcohol on the premises", 12),
    ("Pavement seating", 8),
    ("Home occupation", 8),
    ("Motor repair", 7),
    ("Child care", 4),
    ("Public entertainment", 3),
)
_KITCHENS = ("Restaurant", "Cafe", "Grocery", "School", "Takeaway", "Bakery", "Hospital")
_FINDINGS = (
    None,
    "Hand basin without soap",
    "Cold store too warm",
    "Floor not clean",
    "Signs of mice",
    "No thermometer",
    "Food stored on the floor",
)
_PROPERTIES = (
    ("PM2.5", "ug/m3", 11.0, 0.30),
    ("NO2", "ug/m3", 31.0, 0.35),
    ("Air temperature", "Cel", 12.0, 0.05),
    ("Noise level", "dB", 58.0, 0.05),
    ("Relative humidity", "%", 66.0, 0.08),
)
_USES = (
    ("Office", 190.0),
    ("Multifamily housing", 165.0),
    ("Hotel", 260.0),
    ("School", 150.0),
    ("Hospital", 480.0),
    ("Retail", 210.0),
)


def _service_request(batch: Batch) -> Columns:
    kind = batch.draw(len(_SERVICES), [weight for _, _, weight in _SERVICES])
    requested = batch.instants("awake")
    wait = batch.later(6.0)
    closed = requested + (wait * 86_400 + 3_600).astype("timedelta64[s]")
    still_open = batch.past(batch.days + wait + 1)
    place = batch.place(batch.anywhere())
    return {
        **place,
        "service_request_id": batch.ids("SYN-SR-"),
        "service_name": coded(kind, [name for name, _, _ in _SERVICES]),
        "agency_responsible": coded(kind, [agency for _, agency, _ in _SERVICES]),
        "status": coded(still_open.astype(np.int64), ("closed", "open")),
        "requested_datetime": pa.array(requested).cast(_US),
        "closed_datetime": pa.array(closed, mask=still_open).cast(_US),
        "updated_datetime": pa.array(np.where(still_open, requested, closed)).cast(_US),
    }


def _crime_incident(batch: Batch) -> Columns:
    kind = batch.draw(len(_CRIMES), [weight for *_, weight in _CRIMES])
    place = batch.place(batch.anywhere())
    location = place.pop("address")
    return {
        **place,
        "incident_id": batch.ids("SYN-CR-"),
        "occurred_at": pa.array(batch.instants("night")).cast(_US),
        "occurred_precision": batch.pick(("minute",)),
        "category": coded(kind, [category for category, *_ in _CRIMES]),
        "primary_type": coded(kind, [name for _, name, _, _ in _CRIMES]),
        "description": coded(kind, [detail for _, _, detail, _ in _CRIMES]),
        "place_description": batch.pick(_PLACES, (30, 20, 15, 12, 9, 7, 5, 2)),
        "location": location,
        "arrest": pa.array(batch.chance(0.18)),
        "domestic": pa.array(batch.chance(0.15)),
    }


def _crime_count(batch: Batch) -> Columns:
    usual = batch.ground.usual
    areas, kinds = len(usual.ids), len(_CRIMES)
    kind = (batch.numbers - 1) % kinds
    area = (batch.numbers - 1) // kinds % areas
    month = (batch.numbers - 1) // (kinds * areas)
    first = np.datetime64(batch.calendar.first, "M") + month.astype("timedelta64[M]")
    weights = np.array([weight for *_, weight in _CRIMES])
    rate = (0.2 + uniform(area, 72)) * weights[kind] * (1 + 0.2 * np.sin(month / 6 * np.pi))
    return {
        "area_id": coded(area, usual.ids),
        "area_name": coded(area, usual.names),
        "time_period": pa.array(first.astype("datetime64[D]")),
        "frequency": batch.pick(("month",)),
        "category": coded(kind, [category for category, *_ in _CRIMES]),
        "primary_type": coded(kind, [name for _, name, _, _ in _CRIMES]),
        "description": coded(kind, [detail for _, _, detail, _ in _CRIMES]),
        "crimes": pa.array(batch.rng.poisson(rate)),
    }


def _food_inspection(batch: Batch) -> Columns:
    businesses = max(1, batch.total // 5)
    site, spots = batch.sites(businesses)
    names = firm_names(generator(batch.ground.seed, batch.stream, "firms"), min(businesses, 4_000))
    quality = np.clip(batch.rng.normal(uniform(site, 31) * 30 + 65, 9), 0, 100).round()
    result = np.digitize(quality, (62.0, 72.0))
    found = batch.draw(len(_FINDINGS), (30, 15, 15, 15, 8, 9, 8))
    return {
        **batch.place(spots),
        "inspection_id": batch.ids("SYN-FI-"),
        "business_id": batch.ids("SYN-B-", site + 1),
        "name": coded(site % len(names), names),
        "facility_type": coded((uniform(site, 32) ** 1.8 * 7).astype(np.int64), _KITCHENS),
        "date": pa.array(batch.calendar.dates(batch.days)),
        "type": batch.pick(("routine", "followup", "complaint", "initial"), (60, 20, 14, 6)),
        "result": coded(result, ("fail", "pass with conditions", "pass")),
        "score": pa.array(quality),
        "risk": coded((uniform(site, 33) * 3).astype(np.int64), ("high", "medium", "low")),
        "violations": coded(np.where(result == 2, 0, found), _FINDINGS),
    }


def _building_permit(batch: Batch) -> Columns:
    kind = batch.draw(len(_PERMITS), [weight for *_, weight, _ in _PERMITS])
    cost = np.exp(batch.rng.normal(np.array([level for *_, level in _PERMITS])[kind], 1.1))
    cost = np.round(cost, -2)
    place = batch.place(batch.anywhere())
    address = place.pop("address")
    wait = batch.later(30.0)
    firms = firm_names(generator(batch.ground.seed, batch.stream, "firms"), 800)
    return {
        **place,
        "permit_num": batch.ids("SYN-BP-"),
        "permit_type": coded(kind, [name for name, *_ in _PERMITS]),
        "permit_type_mapped": coded(kind, [mapped for _, mapped, *_ in _PERMITS]),
        "work_class_mapped": coded(kind, [work for _, _, work, *_ in _PERMITS]),
        "status_current_mapped": batch.pick(
            ("Permit Issued", "Permit Finaled", "Inspection Phase", "Permit Expired"),
            (45, 40, 10, 5),
        ),
        "applied_date": pa.array(batch.calendar.dates(batch.days - wait)),
        "issued_date": pa.array(batch.calendar.dates(batch.days)),
        "original_address1": address,
        "est_project_cost": pa.array(cost),
        "fee": pa.array(np.round(75 + 0.008 * cost, 2)),
        "contractor_company_name": coded(batch.draw(800) ** 2 // 800, firms),
    }


def _business_licence(batch: Batch) -> Columns:
    businesses = max(1, batch.total // 3)
    site, spots = batch.sites(businesses)
    names = firm_names(generator(batch.ground.seed, batch.stream, "firms"), min(businesses, 4_000))
    until = batch.days + 730
    return {
        **batch.place(spots),
        "licence_id": batch.ids("SYN-BL-"),
        "licence_number": batch.ids("SYN-L-", site + 1),
        "trading_name": coded(site % len(names), names),
        "licence_type": coded(
            np.searchsorted(
                np.cumsum([weight for _, weight in _LICENCES]) / 100, uniform(site, 41), "right"
            ).astype(np.int64),
            [name for name, _ in _LICENCES],
        ),
        "application_type": batch.pick(("renewal", "issue", "change of place"), (70, 25, 5)),
        "status": coded(batch.past(until).astype(np.int64), ("expired", "issued")),
        "issued_date": pa.array(batch.calendar.dates(batch.days)),
        "valid_from": pa.array(batch.calendar.dates(batch.days)),
        "valid_until": pa.array(batch.calendar.dates(until)),
    }


def _sensor_observation(batch: Batch) -> Columns:
    sensors = min(400, max(1, batch.total // 200))
    site, spots = batch.sites(sensors)
    kind = batch.draw(len(_PROPERTIES))
    level = np.array([value for _, _, value, _ in _PROPERTIES])[kind]
    spread = np.array([value for _, _, _, value in _PROPERTIES])[kind]
    result = level * (0.8 + 0.4 * uniform(site, 51)) * np.exp(batch.rng.normal(0, spread))
    number = (site + 1) * len(_PROPERTIES) + kind
    return {
        "longitude": pa.array(spots.lon),
        "latitude": pa.array(spots.lat),
        "observation_id": batch.ids("SYN-O-"),
        "thing_id": batch.ids("SYN-T-", site + 1),
        "thing_name": batch.ids("Sensor ", site + 1),
        "datastream_id": batch.ids("SYN-D-", number),
        "observed_property": coded(kind, [name for name, *_ in _PROPERTIES]),
        "unit_of_measurement": coded(kind, [unit for _, unit, *_ in _PROPERTIES]),
        "phenomenon_time": pa.array(batch.instants("even")).cast(_US),
        "result": pa.array(result.round(2)),
    }


def _building_energy(batch: Batch) -> Columns:
    buildings = -(-batch.total // 5)
    building = (batch.numbers - 1) % buildings
    years = (batch.numbers - 1) // buildings
    spots = batch.ground.spots(np.stack([uniform(building, salt) for salt in (61, 62, 63)]))
    use = (uniform(building, 64) * len(_USES)).astype(np.int64)
    floor = np.round(np.exp(8.6 + 1.6 * uniform(building, 65)))
    intensity = np.array([typical for _, typical in _USES])[use]
    intensity = intensity * np.exp(batch.rng.normal(0, 0.25, batch.rows)) * 0.985**years
    electric = 0.35 + 0.4 * uniform(building, 66)
    year = batch.calendar.first.year - 2 + years
    january = (year - 1970).astype("datetime64[Y]").astype("datetime64[D]")
    return {
        **batch.place(spots),
        "report_id": batch.ids("SYN-E-"),
        "building_id": batch.ids("SYN-BD-", building + 1),
        "property_name": batch.ids("Building ", building + 1),
        "reporting_year": pa.array(year),
        "reporting_date": pa.array(january),
        "primary_use": coded(use, [name for name, _ in _USES]),
        "year_built": pa.array(1880 + (uniform(building, 67) * 140).astype(np.int64)),
        "gross_floor_area": pa.array(floor),
        "electricity_use": pa.array((floor * intensity * electric).round()),
        "natural_gas_use": pa.array((floor * intensity * (1 - electric)).round()),
        "site_eui": pa.array(intensity.round(1)),
        "ghg_emissions": pa.array((floor * intensity * 0.25 / 1_000).round(1)),
        "ghg_intensity": pa.array((intensity * 0.25).round(2)),
    }


def _area_statistic(batch: Batch) -> Columns:
    usual = batch.ground.usual
    areas = len(usual.ids)
    area = (batch.numbers - 1) % areas
    month = (batch.numbers - 1) // areas
    first = np.datetime64(batch.calendar.first, "M") + month.astype("timedelta64[M]")
    rate = 20 + 180 * uniform(area, 71) * (1 + 0.2 * np.sin(month / 6 * np.pi))
    return {
        "area_id": coded(area, usual.ids),
        "area_name": coded(area, usual.names),
        "measure": batch.pick(("Recorded events",)),
        "time_period": pa.array(first.astype("datetime64[D]")),
        "frequency": batch.pick(("month",)),
        "value": pa.array(batch.rng.poisson(rate).astype(np.float64)),
        "unit": batch.pick(("events",)),
    }


EVENTS: dict[str, Callable[[Batch], Columns]] = {
    "area_statistic": _area_statistic,
    "building_energy": _building_energy,
    "building_permit": _building_permit,
    "business_licence": _business_licence,
    "crime_count": _crime_count,
    "crime_incident": _crime_incident,
    "food_inspection": _food_inspection,
    "sensor_observation": _sensor_observation,
    "service_request": _service_request,
}
"""The maker of each standard's rows, by the standard's name."""

SHARES = {
    "area_statistic": 2,
    "building_energy": 1,
    "building_permit": 8,
    "business_licence": 6,
    "crime_count": 2,
    "crime_incident": 30,
    "food_inspection": 8,
    "sensor_observation": 15,
    "service_request": 30,
}
"""How a city's rows are shared among its event datasets, by standard; any scale."""

MOST = {"area_statistic": 10_000, "building_energy": 100_000, "crime_count": 10_000}
"""Rows past which a table would say nothing new."""
