"""A run pins what it reads, keeps what it gives, and can be found, repeated and taken back."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import openpyxl
import pytest
from pyarrow import parquet as pq

from interurban.catalog.loading import Origin
from interurban.catalog.loads import load
from interurban.catalog.node import Node
from interurban.core.errors import (
    BadRequest,
    ConfigurationError,
    InvalidInput,
    NotFound,
    Refused,
    UnknownDataset,
    UnknownRun,
)
from interurban.core.model import Run
from interurban.core.policy import Policy, Reader
from interurban.core.query import Query
from interurban.policy.door import Door
from interurban.workspace import (
    Catalogue,
    Workspace,
    compare_runs,
    compare_table,
    cover,
    export_run,
    record_of,
    template,
)
from interurban.workspace.uploads import check_file

from .conftest import MODULE
from .growth import population_csv

PATIENCE_S = 120


def finished(workspace: Workspace, **changes: object) -> Run:
    values = {"rate": 0.1, "last_year": 2016, **changes}
    begun = workspace.start("growth", "bristol", parameters=values)
    ended = workspace.wait(begun.id, PATIENCE_S)
    assert (ended.state, ended.error) == ("successful", "")
    return ended


def test_the_journey_of_a_run(workspace: Workspace, node: Node) -> None:
    """One long test, because each run is a process and starting one takes seconds."""
    first = finished(workspace)

    # It is recorded: inputs, parameters, code, time.
    assert first.inputs["population"].version == node.snapshot("bristol.population").version
    assert first.parameters["rate"] == 0.1
    assert first.code_version
    assert first.started_at is not None
    assert first.ended_at is not None
    assert first.progress == 100
    record = record_of(workspace, first)
    assert json.loads(json.dumps(record))["sources"][0]["publisher"] == "ONS"

    # Its outputs are datasets like any other, and say that they are modelled.
    outputs = {name: pin.dataset for name, pin in first.outputs.items()}
    assert set(outputs) == {"projected", "total"}
    projected = node.dataset(outputs["projected"])
    assert projected.standard == "population_by_single_year@1"
    assert projected.licence == "ogl"
    assert projected.attribution == "Modelled from: Office for National Statistics"
    assert "(MODELLED)" in projected.title
    assert node.snapshot(projected.id).modelled
    assert node[projected.id].filter("year = 2016 AND sex = 'F'").count() == 8
    with pytest.raises(ConfigurationError, match="was worked out by a model"):
        load(node, projected.id, Origin())

    # The same again gives the same bytes, under another id and the next version.
    again = workspace.wait(workspace.again(first.id).id, PATIENCE_S)
    assert (again.version, first.version) == (2, 1)
    for name, pin in first.outputs.items():
        assert again.outputs[name].content_hash == pin.content_hash
        assert again.outputs[name].dataset != pin.dataset

    # Another rate gives another run, and the two can be compared.
    other = finished(workspace, rate=0.2)
    compared = compare_runs(workspace, first.id, other.id)
    assert [change.name for change in compared.parameters] == ["rate"]
    assert compared.inputs == ()
    assert compared.equal == ()
    assert set(compare_runs(workspace, first.id, again.id).equal) == {"projected", "total"}
    table = compare_table(workspace, first.id, other.id, "projected", by=["year"])
    rows = {row["year"]: row for row in table.to_pylist()}
    assert rows[2014]["difference"] == 0
    assert rows[2016]["percent"] == pytest.approx(100 * (1.2**2 / 1.1**2 - 1))
    with pytest.raises(BadRequest, match="can't be compared by 'people'"):
        compare_table(workspace, first.id, other.id, "projected", by=["people"])

    # What a run gave can be the input of another, when somebody names it.
    chained = workspace.start(
        "growth", "bristol", inputs={"population": outputs["projected"]}, title="On top"
    )
    on_top = workspace.wait(chained.id, PATIENCE_S)
    assert (on_top.state, on_top.error) == ("successful", "")
    assert on_top.inputs["population"] == first.outputs["projected"]
    workspace.delete(on_top.id)

    # It can be downloaded in every form, with its sources.
    book = openpyxl.load_workbook(io.BytesIO(export_run(workspace, first.id, "xlsx")))
    assert book.sheetnames == ["projected", "total", "Sources", "Parameters", "Warnings", "Run"]
    assert book["projected"].max_row == 49
    assert "Open Government Licence v3.0" in [cell.value for cell in book["Sources"][2]]
    assert book["Run"]["B2"].value.startswith("MODELLED")
    document = json.loads(export_run(workspace, first.id, "json"))
    assert len(document["tables"]["projected"]) == 48
    text = export_run(workspace, first.id, "csv", ["total"]).decode()
    assert text.splitlines()[0] == '"area_id","year","people"'
    read = pq.read_table(io.BytesIO(export_run(workspace, first.id, "parquet", ["total"])))
    assert json.loads(read.schema.metadata[b"interurban"])["run"] == first.id
    with pytest.raises(BadRequest, match="CSV holds one table"):
        export_run(workspace, first.id, "csv")

    # It is found in the list, by its link, and under another name.
    assert [run.id for run in workspace.runs(city="bristol")] == [other.id, again.id, first.id]
    assert workspace.shared(first.share).id == first.id
    renamed = workspace.rename(first.id, "  Slow   growth ")
    assert (renamed.title, renamed.version) == ("Slow growth", 1)
    with pytest.raises(BadRequest, match="successful and can't be dismissed"):
        workspace.dismiss(first.id)

    # A deleted run takes its datasets with it, and leaves a record of its deletion.
    workspace.seen_by(Reader("anna")).delete(first.id)
    with pytest.raises(UnknownRun):
        workspace.run(first.id)
    with pytest.raises(UnknownRun):
        workspace.shared(first.share)
    with pytest.raises(UnknownDataset):
        node.dataset(outputs["projected"])
    gone = workspace.deleted()[0]
    assert (gone.id, gone.deleted_by) == (first.id, "anna")
    assert node.count(Query(again.outputs["projected"].dataset)).count == 48


def test_a_snapshot_replaced_while_a_run_reads_changes_nothing(
    workspace: Workspace, node: Node
) -> None:
    begun = workspace.start("growth", "bristol", parameters={"last_year": 2015, "pause": 2})
    mirror = node.home.root.parent / "mirror"
    (mirror / "population.csv").write_text(population_csv(people=5_000))
    replaced = load(node, "bristol.population", Origin(mirror))
    assert replaced.version > begun.inputs["population"].version
    ended = workspace.wait(begun.id, PATIENCE_S)
    assert ended.state == "successful"
    assert ended.inputs == begun.inputs
    people = workspace.output(ended.id, "total").column("people").to_pylist()
    assert max(people) < 5_000


def test_a_file_of_ones_own_is_checked_before_the_run_and_kept_with_it(
    workspace: Workspace, tmp_path: Path
) -> None:
    file = tmp_path / "mine.csv"
    lines = population_csv().splitlines()
    file.write_text("\n".join([*lines[:3], lines[3].rpartition(",")[0] + ",", *lines[4:]]))
    with pytest.raises(InvalidInput) as refused:
        workspace.start("growth", "bristol", inputs={"population": file})
    assert "mine.csv: 1 problem" in str(refused.value)
    assert "row 3, population" in str(refused.value)
    with pytest.raises(UnknownDataset):  # a text never names a file of this machine
        workspace.start("growth", "bristol", inputs={"population": str(file)})
    assert workspace.runs() == []
    file.write_text("\n".join([*lines, lines[1]]))
    begun = workspace.start("growth", "bristol", inputs={"population": file})
    file.unlink()
    ended = workspace.wait(begun.id, PATIENCE_S)
    assert ended.state == "successful"
    assert ended.inputs["population"].dataset == "file:mine.csv"
    assert any("repeats another" in said for said in ended.warnings)
    assert "own file mine.csv" in workspace.node.dataset(ended.outputs["total"].dataset).attribution


def test_a_dataset_with_broken_rows_fails_the_run_with_every_row(
    workspace: Workspace, node: Node
) -> None:
    mirror = node.home.root.parent / "mirror"
    lines = population_csv().splitlines()
    (mirror / "population.csv").write_text("\n".join(lines[:-2]))
    load(node, "bristol.population", Origin(mirror))
    ended = workspace.wait(workspace.start("growth", "bristol").id, PATIENCE_S)
    assert ended.state == "failed"
    assert "2 problems" in ended.error
    assert "area_id B, sex M, age 3, year 2013" in ended.error
    listed = workspace.problems(ended.id)["population"].read_text()
    assert listed.count("there is no such row") == 2
    with pytest.raises(NotFound, match="it is failed"):
        workspace.output(ended.id, "projected")


def test_a_loop_without_end_fails_with_its_sentence(workspace: Workspace) -> None:
    ended = workspace.wait(workspace.start("endless", "bristol").id, PATIENCE_S)
    assert ended.state == "failed"
    assert "The loop for_ever was not over after 25 rounds" in ended.error
    assert not [d for d in workspace.node.datasets() if ".run_" in d.id]


def test_a_run_can_be_dismissed(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flag = tmp_path / "flag"
    monkeypatch.setenv("GROWTH_FLAG", str(flag))
    begun = workspace.start("stuck", "bristol")
    end = time.monotonic() + PATIENCE_S
    while not flag.exists():
        assert time.monotonic() < end
        time.sleep(0.05)
    assert workspace.dismiss(begun.id).state == "dismissed"
    while workspace.folder.is_worked_on(begun.id):
        assert time.monotonic() < end
        time.sleep(0.05)
    assert workspace.wait(begun.id).state == "dismissed"
    assert workspace.recover() == []


def test_a_run_outlives_who_started_it(home: Path, node: Node) -> None:
    """The process that starts a run is killed at once; the run is finished all the same."""
    code = (
        "import sys, os, signal\n"
        "from interurban.catalog.node import Node\n"
        "from interurban.workspace import Catalogue, Workspace\n"
        "w = Workspace(Node(sys.argv[1]), Catalogue((sys.argv[2],)))\n"
        "print(w.start('growth', 'bristol').id, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code, str(home), MODULE], cwd=root, capture_output=True, text=True
    )
    assert done.returncode == -signal.SIGKILL
    with Workspace(node, Catalogue((MODULE,))) as other:
        assert other.wait(done.stdout.strip(), PATIENCE_S).state == "successful"


def test_a_full_disk_fails_the_run_with_a_sentence_and_leaves_nothing(
    workspace: Workspace, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No file of the worker may grow past 100 KB, as on a disk that is full."""
    monkeypatch.setattr("interurban.workspace.runs._WORKER", "tests.workspace.small_disk")
    begun = workspace.start("growth", "bristol")
    ended = workspace.wait(begun.id, PATIENCE_S)
    assert ended.state == "failed"
    assert ended.error.startswith("The disk is full, so nothing of the run was stored.")
    monkeypatch.undo()
    assert not [d for d in workspace.node._engine.history() if ".run_" in d]
    assert not [d for d in workspace.node.datasets() if ".run_" in d.id]
    assert workspace.wait(workspace.again(begun.id).id, PATIENCE_S).state == "successful"


def test_a_reader_without_the_right_starts_nothing(
    workspace: Workspace, node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node, "_door", Door(lambda dataset: Policy()))
    with pytest.raises(Refused):
        workspace.start("growth", "bristol", inputs={"population": "bristol.population"})
    with pytest.raises(InvalidInput, match="no dataset"):
        workspace.start("growth", "bristol")
    assert workspace.runs() == []


def test_what_nothing_serves_is_named(workspace: Workspace, node: Node) -> None:
    with pytest.raises(InvalidInput) as refused:
        workspace.start("growth", "chicago")
    assert "population (Population) has no dataset on population_by_single_year@1" in str(
        refused.value
    )
    found = cover(node, workspace.plan("growth").graph, "chicago")
    assert not found.runs
    assert found.percent == 0
    assert "Chicago has no dataset on population_by_single_year@1" in found.missing[0]
    here = cover(node, workspace.plan("growth").graph, "bristol")
    assert (here.runs, here.percent, here.missing) == (True, 100.0, ())
    assert here.tables[0].serving == ("bristol.population",)


def test_a_table_is_given_once_by_whichever_name(workspace: Workspace) -> None:
    given = {"population": "bristol.population", "Population": "bristol.population"}
    with pytest.raises(InvalidInput, match="population is given twice, once as Population"):
        workspace.start("growth", "bristol", inputs=given)
    assert workspace.check("growth", ":population", "bristol.population").ok
    assert workspace.runs() == []


def test_a_template_is_filled_in_and_taken(workspace: Workspace, tmp_path: Path) -> None:
    empty = template(workspace, "growth", "population", "csv").decode().splitlines()
    assert empty[0] == '"area_id","sex","age","year","population"'
    assert len(empty) == 9
    filled = tmp_path / "filled.xlsx"
    content = template(workspace, "growth", "population", "xlsx", "bristol.population")
    filled.write_bytes(content)
    contract = workspace.contract("growth", "population")
    checked = check_file(filled, contract, sheet="population")
    assert checked.problems.sorted() == []
    assert checked.table.num_rows == 32
    book = openpyxl.load_workbook(filled)
    assert "What goes where" in book.sheetnames
    assert workspace.check("growth", "population", "bristol.population").ok


def test_the_records_are_as_the_migrations_make_them(workspace: Workspace) -> None:
    import sqlalchemy as sa
    from alembic.autogenerate import compare_metadata
    from alembic.config import Config
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    from interurban.workspace.control import HEAD, metadata

    engine = sa.create_engine(f"sqlite:///{workspace.folder.control}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    config = Config()
    config.set_main_option("script_location", "interurban.workspace:migrations")
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_where_no_process_is_left_the_run_is_taken_up(workspace: Workspace) -> None:
    begun = workspace.start("growth", "bristol", parameters={"pause": 1})
    worker = workspace._workers[begun.id]
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait(30)
    assert workspace.recover() == [begun.id]
    assert workspace.wait(begun.id, PATIENCE_S).state == "successful"
