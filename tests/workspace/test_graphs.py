"""Graphs are refused in one sentence, run in order, and work out only what has changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from interurban.core.cube import Cube
from interurban.core.errors import InvalidGraph, InvalidInput, RunCancelled, RunFailed, UnknownModel
from interurban.core.model import Graph, Loop, Model, ModelNode, Parameter, Result, TableContract
from interurban.core.standard import Field
from interurban.workspace.cache import Cache, Entry
from interurban.workspace.catalogue import Catalogue
from interurban.workspace.executing import execute
from interurban.workspace.graph import compile_graph
from interurban.workspace.parameters import read_parameters
from interurban.workspace.tables import content_hash

from . import growth
from .growth import BEGIN, CALLS, ENDLESS, FINISH, GROWTH, YEARS

POPULATION = Cube(
    ("area_id", "sex", "age", "year"),
    (("A",), ("F", "M"), (0, 1, 2, 3), (2013, 2014)),
    np.arange(16, dtype=float).reshape(1, 2, 4, 2),
    "people",
)
DEFAULTS = {"rate": 0.1, "pause": 0.0, "last_year": 2018, "rounded": False}

NodeOrLoop = ModelNode | Loop


def graph(*nodes: NodeOrLoop) -> Graph:
    return replace(GROWTH, nodes=nodes)


def renamed(contract: TableContract, **changes: object) -> TableContract:
    return replace(contract, **changes)  # type: ignore[arg-type]


# The six refusals


def bad_field() -> Graph:
    wrong = renamed(growth.TOTAL, key=("area_id", "yaer"))
    return replace(GROWTH, gives=(wrong,))


def twice() -> Graph:
    return graph(ModelNode("begin", BEGIN), YEARS, ModelNode("begin", FINISH, ("years",)))


def not_there() -> Graph:
    return graph(ModelNode("begin", BEGIN), YEARS, ModelNode("finish", FINISH, ("yeers",)))


def no_contract() -> Graph:
    silent = replace(BEGIN, gives=())
    return graph(ModelNode("begin", silent), YEARS, ModelNode("finish", FINISH, ("years",)))


def not_supplied() -> Graph:
    return graph(ModelNode("begin", BEGIN), YEARS, ModelNode("finish", FINISH, ("begin",)))


def two_suppliers() -> Graph:
    twin = replace(BEGIN, id="begin_too")
    nodes = (ModelNode("begin", BEGIN), ModelNode("begin_too", twin))
    return graph(
        *nodes,
        replace(YEARS, after=("begin", "begin_too")),
        ModelNode("finish", FINISH, ("years",)),
    )


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (bad_field, "Table total of graph growth: there is no field 'yaer' in it. Did you mean"),
        (twice, "Two nodes of graph growth are called 'begin': name one anew."),
        (not_there, "Node finish comes after 'yeers', which is not in graph growth. Did you mean"),
        (no_contract, "Node begin asks for begin 1.0.0, which has no contract"),
        (not_supplied, "Node finish needs the table 'grown', and neither begin nor"),
        (two_suppliers, "Node years takes from begin and begin_too, and both give the table"),
    ],
)
def test_the_six_refusals_are_sentences(made: Callable[[], Graph], said: str) -> None:
    with pytest.raises(InvalidGraph) as refused:
        compile_graph(made())
    assert str(refused.value).startswith(said)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (replace(GROWTH, version="one"), "'one' is no version"),
        (replace(GROWTH, nodes=()), "has no node"),
        (replace(GROWTH, needs=(renamed(growth.POPULATION, standard="populatoin@1"),)),
         "there is no standard"),
        (replace(GROWTH, needs=(renamed(growth.POPULATION, standard="population@1"),)),
         "has no field"),
        (graph(ModelNode("begin", BEGIN, ("finish",)), replace(YEARS, after=("begin",)),
               ModelNode("finish", FINISH, ("years",))), "wait for each other"),
        (graph(ModelNode("begin", BEGIN), replace(YEARS, carries={"grwon": "start"}),
               ModelNode("finish", FINISH, ("years",))), "carries 'grwon' on"),
        (graph(ModelNode("begin", BEGIN, fixed={"speed": 1}), YEARS,
               ModelNode("finish", FINISH, ("years",))), "no parameter of begin"),
        (replace(GROWTH, gives=(renamed(growth.TOTAL, name="totals"),)), "none of its nodes does"),
        (graph(ModelNode("begin", replace(BEGIN, parameters=(
            Parameter("rate", "Rate", "number", 5.0, maximum=1),))), YEARS,
               ModelNode("finish", FINISH, ("years",))), "5 is more than 1"),
        (replace(GROWTH, needs=(renamed(growth.POPULATION, key=("area_id", "sex", "age"),
                                        complete=()),)),
         "supplies it by area_id, sex, age"),
    ],
)  # fmt: skip
def test_other_things_that_can_not_be_are_told(changed: Graph, said: str) -> None:
    with pytest.raises(InvalidGraph) as refused:
        compile_graph(changed)
    assert said in str(refused.value)


# Running


def test_a_loop_carries_its_rounds_on_until_it_is_over() -> None:
    plan = compile_graph(GROWTH)
    result = execute(plan, {"population": POPULATION}, DEFAULTS)
    projected = result.tables["projected"]
    assert isinstance(projected, Cube)
    assert projected.along("year") == (2014, 2015, 2016, 2017, 2018)
    last = POPULATION.at(year=2014).values * 1.1**4
    np.testing.assert_allclose(projected.at(year=2018).values, last)
    total = result.tables["total"]
    assert isinstance(total, Cube)
    assert total.dims == ("area_id", "year")


def test_the_same_run_gives_the_same_bytes() -> None:
    plan = compile_graph(GROWTH)
    once, again = (execute(plan, {"population": POPULATION}, DEFAULTS) for _ in range(2))
    for name, table in once.tables.items():
        assert content_hash(table) == content_hash(again.tables[name])


def test_a_changed_parameter_runs_only_what_is_downstream(tmp_path: Path) -> None:
    plan, cache = compile_graph(GROWTH), Cache(tmp_path)

    def calls(**changes: float | bool) -> dict[str, int]:
        CALLS.clear()
        execute(plan, {"population": POPULATION}, {**DEFAULTS, **changes}, cache=cache)
        return dict(CALLS)

    assert calls() == {"begin": 1, "grow": 4, "finish": 1}
    assert calls() == {}
    assert calls(rounded=True) == {"finish": 1}
    assert calls(rate=0.2) == {"grow": 4, "finish": 1}
    assert calls(rate=0.1, rounded=False) == {}


def test_what_only_the_end_of_a_loop_reads_counts_too(tmp_path: Path) -> None:
    """No model of the loop declares the last year here; another one does."""
    loop = replace(YEARS, nodes=(ModelNode("grow", growth.GROW),))
    ending = replace(FINISH, id="ending", parameters=(*FINISH.parameters, growth.LAST_YEAR))
    plan = compile_graph(
        graph(ModelNode("begin", BEGIN), loop, ModelNode("finish", ending, ("years",)))
    )
    cache = Cache(tmp_path)

    def years(last_year: int, **changes: bool) -> int:
        values = {**DEFAULTS, "last_year": last_year, **changes}
        result = execute(plan, {"population": POPULATION}, values, cache=cache)
        projected = result.tables["projected"]
        assert isinstance(projected, Cube)
        return len(projected.along("year"))

    assert years(2016) == 3
    assert years(2018) == 5
    assert years(2016) == 3
    CALLS.clear()
    assert years(2018, rounded=True) == 5
    assert CALLS == {"finish": 1}


def test_a_changed_input_runs_everything_again(tmp_path: Path) -> None:
    plan, cache = compile_graph(GROWTH), Cache(tmp_path)
    execute(plan, {"population": POPULATION}, DEFAULTS, cache=cache)
    CALLS.clear()
    other = POPULATION.like(POPULATION.values + 1)
    execute(plan, {"population": other}, DEFAULTS, cache=cache)
    assert CALLS == {"begin": 1, "grow": 4, "finish": 1}


def test_the_cache_gives_what_was_worked_out_warnings_and_all(tmp_path: Path) -> None:
    plan, cache = compile_graph(GROWTH), Cache(tmp_path)
    values = {**DEFAULTS, "rounded": True}
    once, again = (execute(plan, {"population": POPULATION}, values, cache=cache) for _ in range(2))
    assert once.warnings == again.warnings == ("People were rounded.",)
    for name, table in once.tables.items():
        assert content_hash(table) == content_hash(again.tables[name])


def test_the_cache_is_bounded_and_forgets_what_was_not_asked_for_longest(tmp_path: Path) -> None:
    entry = Entry.of({"population": POPULATION}, ())
    Cache(tmp_path).keep("aa0", entry)
    size = next(tmp_path.glob("*/*")).stat().st_size
    cache = Cache(tmp_path, max_bytes=5 * size)
    for number in range(1, 8):
        cache.keep(f"aa{number}", entry)
        assert cache.get("aa1") is not None
    assert cache.get("aa0") is None
    assert len(list(tmp_path.glob("*/*"))) <= 5


def test_a_broken_entry_of_the_cache_is_worked_out_anew(tmp_path: Path) -> None:
    plan, cache = compile_graph(GROWTH), Cache(tmp_path)
    execute(plan, {"population": POPULATION}, DEFAULTS, cache=cache)
    for file in tmp_path.glob("*/*"):
        file.write_bytes(file.read_bytes()[:-40])
    CALLS.clear()
    execute(plan, {"population": POPULATION}, DEFAULTS, cache=cache)
    assert CALLS == {"begin": 1, "grow": 4, "finish": 1}


def test_a_loop_that_never_ends_is_refused() -> None:
    plan = compile_graph(ENDLESS)
    with pytest.raises(RunFailed, match="The loop for_ever was not over after 25 rounds"):
        execute(plan, {"population": POPULATION}, {"rate": 0.0, "pause": 0.0, "rounded": False})


def test_a_model_gets_only_what_it_declares_and_only_that_is_kept() -> None:
    seen: list[set[str]] = []

    def spy(tables, values, watch):  # type: ignore[no-untyped-def]
        seen.append({*tables, *values})
        return Result({"start": POPULATION.select("year", [2014]), "secret": POPULATION})

    nosy = replace(BEGIN, compute=spy)
    more = renamed(growth.TOTAL, name="more")
    plan = compile_graph(
        replace(
            graph(ModelNode("begin", nosy), YEARS, ModelNode("finish", FINISH, ("years",))),
            needs=(growth.POPULATION, more),
        )
    )
    total = POPULATION.sum("sex", "age")
    result = execute(plan, {"population": POPULATION, "more": total}, DEFAULTS)
    assert seen == [{"population"}]
    assert set(result.tables) == {"projected", "total"}


def broken(give: Callable[[], object]) -> Graph:
    model = Model(
        "broken", "1.0.0", "Broken", "", (growth.POPULATION,),
        (TableContract("out", "Out", (growth.AREA, Field("n", "number", "N", minimum=0)),
                       ("area_id",), "n"),),
        (), lambda tables, values, watch: give(),  # type: ignore[arg-type, return-value]
    )  # fmt: skip
    return Graph("broken", "1.0.0", "Broken", "", (growth.POPULATION,), model.gives,
                 (ModelNode("broken", model),))  # fmt: skip


def out(dims: tuple[str, ...], *values: float) -> Result:
    labels = (tuple("ABC"[: len(values)]),)
    return Result({"out": Cube(dims, labels, np.array(values))})


@pytest.mark.parametrize(
    ("give", "said"),
    [
        (lambda: Result({}), "did not give the table 'out'"),
        (lambda: out(("sex",), 1.0), "it is by sex where area_id was declared"),
        (lambda: out(("area_id",), 1.0, -2.0), "1 of its values are less than 0; the first is -2"),
        (lambda: out(("area_id",), np.inf), "are infinite"),
        (lambda: 1 / 0, "broke off in node broken: ZeroDivisionError"),
    ],
)
def test_what_a_model_gives_is_checked(give: Callable[[], object], said: str) -> None:
    with pytest.raises(RunFailed) as failed:
        execute(compile_graph(broken(give)), {"population": POPULATION}, {})
    assert said in str(failed.value)


def test_the_checks_between_models_can_be_turned_off() -> None:
    plan = compile_graph(broken(lambda: out(("area_id",), -2.0)))
    result = execute(plan, {"population": POPULATION}, {}, validate=False)
    assert set(result.tables) == {"out"}


def test_progress_is_told_and_a_run_can_be_stopped() -> None:
    told: list[int] = []

    def watch(done: int, total: int) -> None:
        told.append(done)
        if done > 300:
            raise RunCancelled("stop")

    with pytest.raises(RunCancelled):
        execute(compile_graph(GROWTH), {"population": POPULATION}, DEFAULTS, watch)
    assert told[0] == 0
    assert told == sorted(told)


# Parameters and the catalogue


@pytest.mark.parametrize(
    ("name", "said", "value"),
    [("rate", "0.05", 0.05), ("last_year", "2040", 2040), ("rounded", "yes", True)],
)
def test_parameters_are_read_from_text(name: str, said: str, value: object) -> None:
    assert read_parameters(compile_graph(GROWTH).parameters, {name: said})[name] == value


YEARS_KNOB = Parameter(
    "window", "Window", "years", (2003, 2014), minimum=1900, maximum=2100,
    also=("avg-years",), ends=("start-year", "end-year"),
)  # fmt: skip
CHOICE = Parameter("variant", "Variant", "choice", "fixed", choices={"fixed": "Fixed"})
AREAS = Parameter("areas", "Areas", "areas", ())


def test_years_choices_and_areas_are_read() -> None:
    read = read_parameters(
        (YEARS_KNOB, CHOICE, AREAS), {"window": "2010-2014", "areas": "E1, E2", "variant": "fixed"}
    )
    assert read == {"window": (2010, 2014), "variant": "fixed", "areas": ("E1", "E2")}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"rate": "2"}, "rate: 2 is more than 1."),
        ({"rate": "fast"}, "rate: 'fast' is not a number."),
        ({"last_year": "2015.5"}, "is not a whole number"),
        ({"rat": 1}, "There is no parameter 'rat'. Did you mean"),
        ({"rate": "nan"}, "rate: it is not a finite number."),
    ],
)
def test_parameters_that_can_not_be_are_refused(given: dict[str, object], said: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_parameters(compile_graph(GROWTH).parameters, given)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("given", "window"),
    [
        ({"Avg Years": "2005-2010"}, (2005, 2010)),
        ({":start-year": "2005", "end_year": 2010}, (2005, 2010)),
        ({"end-year": "2010"}, (2003, 2010)),
    ],
)
def test_a_parameter_goes_by_other_names_too(
    given: dict[str, object], window: tuple[int, int]
) -> None:
    assert read_parameters((YEARS_KNOB,), given) == {"window": window}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"window": "2005-2010", "avg-years": "2005-2010"}, "window is given twice"),
        ({"start-year": 2005, "window": "2005-2010"}, "window is given twice"),
        ({"end-year": 2010, "end_year": 2011}, "window is given twice"),
        ({"start-year": "soon"}, "is not two years"),
        ({"end-year": 1999}, "the first year, 2003, is after the last, 1999"),
    ],
)
def test_a_parameter_is_given_once_and_read_whole(given: dict[str, object], said: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_parameters((YEARS_KNOB,), given)
    assert said in str(refused.value)


def test_all_wrong_parameters_are_named_together() -> None:
    with pytest.raises(InvalidInput) as refused:
        read_parameters(
            (YEARS_KNOB, CHOICE, AREAS), {"window": "2014-2010", "variant": "x", "areas": 3}
        )
    for name in ("window", "variant", "areas"):
        assert name in str(refused.value)


def test_the_catalogue_finds_graphs_and_names_the_nearest() -> None:
    catalogue = Catalogue((growth.__name__,))
    assert set(catalogue.plans) == {"endless", "growth", "stuck"}
    with pytest.raises(UnknownModel, match='Did you mean "growth"'):
        catalogue.plan("grwoth")
    assert Catalogue.discover("interurban.nothing").modules == ()
