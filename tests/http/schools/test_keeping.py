"""What a server keeps of the atlas does not grow with what anybody may think of asking."""

from __future__ import annotations

from pathlib import Path

from starlette.testclient import TestClient

from interurban.apps.schools.kept import Kept
from interurban.catalog.node import Node
from interurban.http import Settings, create_app


def test_catchments_of_every_school_are_kept_for_one_percentage(
    schools_home: Path, tmp_path: Path
) -> None:
    with Node(schools_home) as node:
        app = create_app(node, Settings(web_root=tmp_path, requests_per_s=0))
        kept: Kept = app.state.schools
        with TestClient(app) as client:

            def ask(percent: float) -> int:
                answer = client.get(f"/api/schools/chicago/catchments?method=ranked&q={percent}")
                assert answer.status_code == 200, answer.text
                return len(answer.json()["features"])

            schools = ask(80)
            held = len(kept._found)
            assert ask(10.5) == ask(11.5) == schools
            assert len(kept._found) == held
