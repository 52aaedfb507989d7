"""The five kinds of portal, as small as they can be and still answer any question we ask.

Socrata's answers are computed by SQLite from rows kept as the recorded ones are; the others in
plain Python from the shapes their documentation gives.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .portal_server import Asked, Reply, json_reply

Row = dict[str, Any]


class Socrata:
    """One dataset of a Socrata portal, with its row ids and times."""

    def __init__(
        self, view: Mapping[str, Any], rows: Sequence[Row], at: str = "2018-08-08"
    ) -> None:
        self.view = dict(view)
        self.rows: list[Row] = []
        self.before: Callable[[int], None] = lambda _number: None
        self._queries = 0
        self._made = 0
        for row in rows:
            self.add(row, f"{at}T10:00:00.000Z")

    def add(self, row: Row, at: str) -> None:
        self._made += 1
        own = {":id": f"row-{self._made:05d}", ":created_at": at, ":updated_at": at}
        self.rows.append({**row, **own})

    def change(self, key: str, value: str, at: str, **changes: Any) -> None:
        for row in self.rows:
            if row.get(key) == value:
                row.update(changes)
                row[":updated_at"] = at

    def remove(self, key: str, value: str) -> None:
        self.rows = [row for row in self.rows if row.get(key) != value]

    def __call__(self, asked: Asked) -> Reply | None:
        identifier = self.view["id"]
        if asked.path == f"/api/views/{identifier}.json":
            return json_reply(self.view)
        if asked.path == f"/resource/{identifier}.json":
            return self._answer(
                asked.params.get("$select", "*"),
                asked.params.get("$where", ""),
                asked.params.get("$limit"),
            )
        if asked.path == f"/api/v3/views/{identifier}/query.json":
            if not asked.headers.get("x-app-token"):
                return json_reply({"error": True, "message": "An app token is needed"}, 403)
            return self._answer_3(str(asked.document["query"]))
        return None

    def _answer_3(self, query: str) -> Reply:
        found = re.fullmatch(
            r"SELECT (.*?)(?: WHERE (.*?))?(?: ORDER BY (.*?))?(?: LIMIT (\d+))?", query
        )
        assert found is not None, query
        return self._answer(found.group(1), found.group(2) or "", found.group(4))

    def _answer(self, select: str, where: str, limit: str | None) -> Reply:
        self._queries += 1
        self.before(self._queries)
        names = sorted({key for row in self.rows for key in row} | {":id", ":updated_at"})
        base = sqlite3.connect(":memory:")
        base.execute(f"CREATE TABLE t (at INTEGER, {', '.join(map(_quoted, names))})")
        marks = ", ".join("?" * (len(names) + 1))
        base.executemany(
            f"INSERT INTO t VALUES ({marks})",
            [(at, *(_flat(row.get(n)) for n in names)) for at, row in enumerate(self.rows)],
        )
        counting = "count(*)" in select
        what = _sql(select) if counting else "at"
        sql = f"SELECT {what} FROM t" + (f" WHERE {_sql(where)}" if where else "")
        if not counting:
            sql += ' ORDER BY ":id"' + (f" LIMIT {int(limit)}" if limit else "")
        try:
            cursor = base.execute(sql)
        except sqlite3.OperationalError as error:
            return json_reply({"message": f"Query coordinator error: {error}"}, 400)
        found = cursor.fetchall()
        if counting:
            keys = [column[0] for column in cursor.description]
            counted = zip(keys, found[0], strict=True)
            return json_reply([{key: str(value) for key, value in counted if value is not None}])
        star = select.startswith("*")
        wanted = [name.strip(" `") for name in select.split(",")]
        return json_reply(
            [
                {
                    key: value
                    for key, value in self.rows[at].items()
                    if value is not None and (key in wanted or (star and key[0] != ":"))
                }
                for (at,) in found
            ]
        )


def _quoted(name: str) -> str:
    return f'"{name}"'


def _sql(soql: str) -> str:
    return re.sub(r":(?:id|created_at|updated_at)\b", lambda m: _quoted(m.group()), soql)


def _flat(value: Any) -> Any:
    return value if value is None or isinstance(value, str) else json.dumps(value)


class ArcGis:
    """One layer of a FeatureServer."""

    def __init__(self, layer: Mapping[str, Any], features: Sequence[Row], page: int = 2) -> None:
        self.layer = {"maxRecordCount": page, **layer}
        self.features = list(features)
        self.page = page
        self.reference: Mapping[str, Any] = {"wkid": 4326, "latestWkid": 4326}
        self.before: Callable[[int], None] = lambda _number: None
        self.path = "/arcgis/rest/services/Parks/FeatureServer/0"
        self._queries = 0

    def __call__(self, asked: Asked) -> Reply | None:
        if asked.path == self.path:
            return json_reply(self.layer)
        if asked.path != f"{self.path}/query":
            return None
        self._queries += 1
        self.before(self._queries)
        form = asked.params
        if form.get("where", "").startswith("BROKEN"):
            details = {"code": 400, "message": "", "details": ["'where' clause is not valid"]}
            return json_reply({"error": details})
        oid = self.layer.get("objectIdField")
        found = [f for f in self.features if _holds(f["attributes"], form.get("where", "1=1"))]
        if form.get("returnCountOnly") == "true":
            return json_reply({"count": len(found)})
        if form.get("returnIdsOnly") == "true":
            ids = [f["attributes"][oid] for f in found]
            return json_reply({"objectIdFieldName": oid, "objectIds": ids or None})
        if "objectIds" in form:
            ids = {int(one) for one in form["objectIds"].split(",")}
            found = [f for f in self.features if f["attributes"][oid] in ids]
        start = int(form.get("resultOffset", 0))
        limit = min(self.page, int(form.get("resultRecordCount", self.page)))
        answer: Row = {"features": found[start : start + limit]}
        if self.layer.get("geometryType"):
            answer["spatialReference"] = self.reference
        if len(found) > start + limit:
            answer["exceededTransferLimit"] = True
        return json_reply(answer)


def _holds(attributes: Row, where: str) -> bool:
    if where == "1=1":
        return True
    found = re.fullmatch(r"(\w+) LIKE '(.*)%'", where)
    assert found is not None, where
    return str(attributes[found.group(1)]).startswith(found.group(2))


class Ckan:
    """A CKAN portal with a datastore."""

    def __init__(self, packages: Mapping[str, Row]) -> None:
        self.packages = dict(packages)
        self.stores: dict[str, list[Row]] = {}
        self.most = 3
        self.before: Callable[[int], None] = lambda _number: None
        self._queries = 0

    def __call__(self, asked: Asked) -> Reply | None:
        prefix = "/api/3/action/"
        if not asked.path.startswith(prefix):
            return None
        action = asked.path.removeprefix(prefix)
        if action == "package_show" and asked.params["id"] in self.packages:
            return json_reply({"success": True, "result": self.packages[asked.params["id"]]})
        if action == "package_search":
            start, rows = int(asked.params["start"]), int(asked.params["rows"])
            names = [n for n in self.packages if asked.params["q"] in n]
            found = [self.packages[n] for n in names[start : start + min(rows, self.most)]]
            return json_reply({"success": True, "result": {"count": len(names), "results": found}})
        if action == "datastore_search":
            return self._datastore(asked)
        missing = {"__type": "Not Found Error", "message": "Not found"}
        return json_reply({"success": False, "error": missing}, 404)

    def _datastore(self, asked: Asked) -> Reply:
        self._queries += 1
        self.before(self._queries)
        rows = self.stores[asked.params["resource_id"]]
        filters = json.loads(asked.params.get("filters", "{}"))
        rows = [r for r in rows if all(r[k] == v for k, v in filters.items())]
        offset = int(asked.params["offset"])
        limit = min(int(asked.params["limit"]), self.most)
        names = list(rows[0]) if rows else []
        result = {
            "include_total": True,
            "fields": [{"id": name, "type": "text"} for name in names],
            "records": sorted(rows, key=lambda r: r["_id"])[offset : offset + limit],
            "limit": limit,
            "total": len(rows),
            "total_was_estimated": False,
        }
        return json_reply({"success": True, "result": result})


class DataPress:
    """The London Datastore as its clients describe it: everything at once, resources by id."""

    def __init__(self, datasets: Mapping[str, Row]) -> None:
        self.datasets = datasets

    def __call__(self, asked: Asked) -> Reply | None:
        if asked.path == "/api/action/package_search":
            listed = [{"name": slug, **one} for slug, one in self.datasets.items()]
            return json_reply({"success": True, "result": {"result": listed}})
        slug = asked.path.removeprefix("/api/dataset/")
        return json_reply(self.datasets[slug]) if slug in self.datasets else None


class Opendatasoft:
    """One dataset of an Opendatasoft portal."""

    def __init__(self, identifier: str, fields: Sequence[Row], records: Sequence[Row]) -> None:
        self.identifier = identifier
        self.fields = list(fields)
        self.records = list(records)
        self.processed = "2023-06-01T12:00:00+00:00"
        self.exports = True
        self.before: Callable[[str], None] = lambda _path: None

    def __call__(self, asked: Asked) -> Reply | None:
        base = f"/api/explore/v2.1/catalog/datasets/{self.identifier}"
        if not asked.path.startswith(base):
            return None
        self.before(asked.path)
        rest = asked.path.removeprefix(base)
        if rest == "":
            metas = {"default": {"data_processed": self.processed, "title": self.identifier}}
            return json_reply({"metas": metas, "fields": self.fields, "has_records": True})
        if rest == "/records":
            limit, offset = int(asked.params["limit"]), int(asked.params.get("offset", 0))
            results = self.records[offset : offset + min(limit, 100)]
            return json_reply({"total_count": len(self.records), "results": results})
        if not self.exports:
            return json_reply({"error_code": "Forbidden", "message": "Exports are closed"}, 403)
        if rest == "/exports/jsonl":
            lines = "".join(json.dumps(record) + "\n" for record in self.records)
            return Reply(200, lines.encode(), {"Content-Type": "application/x-ndjson"})
        if rest == "/exports/geojson":
            return json_reply(
                {
                    "type": "FeatureCollection",
                    "features": [
                        {"type": "Feature", "geometry": r["shape"], "properties": r}
                        for r in self.records
                    ],
                }
            )
        return None


class OgcFeatures:
    """One collection of an OGC API - Features server."""

    def __init__(self, url: str, features: Sequence[Row]) -> None:
        self.url = url
        self.features = list(features)
        self.tag = '"one"'
        self.before: Callable[[int], None] = lambda _number: None
        self._queries = 0

    def __call__(self, asked: Asked) -> Reply | None:
        if asked.path != "/collections/trees/items":
            return None
        self._queries += 1
        self.before(self._queries)
        limit = int(asked.params["limit"])
        start = int(asked.params.get("start", 0))
        found = self.features
        if "bbox" in asked.params:
            west, south, east, north = map(float, asked.params["bbox"].split(","))
            found = [
                f
                for f in found
                if west <= f["geometry"]["coordinates"][0] <= east
                and south <= f["geometry"]["coordinates"][1] <= north
            ]
        page = found[start : start + limit]
        links = []
        if start + limit < len(found):
            more = {k: v for k, v in asked.params.items() if k != "start"}
            query = "&".join(f"{k}={v}" for k, v in more.items())
            href = f"/collections/trees/items?{query}&start={start + limit}"
            links = [
                {"rel": "next", "type": "text/html", "href": href + "&f=html"},
                {"rel": "next", "type": "application/geo+json", "href": href},
            ]
        document = {
            "type": "FeatureCollection",
            "features": page,
            "links": links,
            "numberMatched": len(found),
            "numberReturned": len(page),
        }
        return json_reply(document, ETag=self.tag)
