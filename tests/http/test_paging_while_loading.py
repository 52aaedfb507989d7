"""A load that commits between two pages moves no row: a reader skips and repeats nothing."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from interurban.catalog.loading import Origin
from interurban.catalog.loads import load
from interurban.catalog.node import Node
from interurban.http import Settings

DATASET = "chicago.libraries"
FILE = "core/chicago/libraries.csv"


@pytest.fixture
def mirror(shared_data: Path, tmp_path: Path) -> Path:
    """A mirror of one file that a test can change."""
    path = tmp_path / "mirror" / FILE
    path.parent.mkdir(parents=True)
    path.write_bytes((shared_data / FILE).read_bytes())
    return tmp_path / "mirror"


@pytest.mark.parametrize("params", [{}, {"sortby": "name"}])
def test_pages_begun_before_a_load_end_as_they_began(
    mirror: Path,
    tmp_path: Path,
    serve,
    params: dict[str, str],
) -> None:
    home = tmp_path / "home"
    origin = Origin(mirror=mirror)
    path = f"/collections/{DATASET}/items"
    with Node(home) as node, Node(home) as loader:
        before = load(loader, DATASET, origin)
        with (
            serve(node, Settings(web_root=tmp_path)) as address,
            httpx.Client(base_url=address, timeout=60) as client,
        ):
            expected = client.get(path, params={"limit": "10000", **params}).json()["features"]
            page = client.get(path, params={"limit": "10", **params})
            etag = page.headers["ETag"]
            features = page.json()["features"]

            lines = (mirror / FILE).read_text(encoding="utf-8").splitlines(keepends=True)
            (mirror / FILE).write_text("".join([lines[0], *lines[31:]]), encoding="utf-8")
            after = load(loader, DATASET, origin)
            assert (before.rows, after.rows) == (81, 51)

            links = page.json()["links"]
            while following := [one["href"] for one in links if one["rel"] == "next"]:
                assert f"as_of={before.version}" in following[0]
                document = client.get(following[0]).json()
                assert document["numberMatched"] == before.rows
                features += document["features"]
                links = document["links"]
            assert features == expected

            newest = client.get(
                path, params={"limit": "10", **params}, headers={"If-None-Match": etag}
            )
            assert newest.status_code == 200
            assert newest.json()["numberMatched"] == after.rows
            versions = client.get(f"/collections/{DATASET}/history").json()["versions"]
            assert [one["version"] for one in versions] == [after.version, before.version]
