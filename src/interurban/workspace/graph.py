"""A graph is made ready to run, or refused in one sentence that says what does not fit.

The six refusals: a contract or parameter that can't be; a name that stands twice; a node that takes
from one that is not there; a model that declares nothing or is two things at once; an input that
nobody supplies; and a table that two parents give.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from interurban.core.errors import InvalidGraph
from interurban.core.model import (
    PARAMETER_TYPES,
    Graph,
    Loop,
    Model,
    ModelNode,
    Parameter,
    TableContract,
)
from interurban.standards.spelling import did_you_mean

from .declared import check_declared
from .parameters import graph_parameters, parameter_fault

__all__ = ["OUTSIDE", "LoopStep", "NodeStep", "Plan", "Step", "compile_graph"]

OUTSIDE = ""
"""The supplier of a graph's own inputs."""

_VERSION = re.compile(r"\d+\.\d+\.\d+")
_ID = re.compile(r"[a-z][a-z0-9_]{0,40}")


@dataclass(frozen=True, slots=True)
class NodeStep:
    """A node in its place: which node supplies each of its tables."""

    node: ModelNode
    takes: Mapping[str, str]
    gives: tuple[str, ...]

    @property
    def name(self) -> str:
        """Of the node."""
        return self.node.name


@dataclass(frozen=True, slots=True)
class LoopStep:
    """A loop in its place.

    Parameters
    ----------
    takes: table to supplier, of what the first round needs from outside.
    body: the round's steps in order; what ``OUTSIDE`` supplies there is taken or carried.
    gives: table to the body node that gives it, of the round's outputs.
    """

    loop: Loop
    takes: Mapping[str, str]
    body: tuple[NodeStep, ...]
    gives: Mapping[str, str]

    @property
    def name(self) -> str:
        """Of the loop."""
        return self.loop.name


Step = NodeStep | LoopStep


@dataclass(frozen=True, slots=True)
class Plan:
    """A graph ready to run.

    Parameters
    ----------
    steps: in an order in which each comes after those it takes from.
    gives: output of the graph to the step that gives it.
    parameters: those a person may set.
    """

    graph: Graph
    steps: tuple[Step, ...]
    gives: Mapping[str, str]
    parameters: tuple[Parameter, ...]


def compile_graph(graph: Graph) -> Plan:
    """Make a graph ready to run.

    Raises
    ------
    InvalidGraph: what does not fit, in one sentence.
    """
    _check_words(graph)
    _check_names(graph)
    _check_models(graph)
    for node in graph.nodes:
        _check_after(node, [n.name for n in graph.nodes], f"graph {graph.id}")
        if isinstance(node, Loop):
            for inner in node.nodes:
                _check_after(inner, [n.name for n in node.nodes], f"loop {node.name}")
    parameters = _checked_parameters(graph)
    outside = {contract.name: contract for contract in graph.needs}
    given: dict[str, dict[str, TableContract]] = {}
    steps: list[Step] = []
    for node in _in_order(graph.nodes, f"graph {graph.id}"):
        parents = _merged(node.name, {name: given[name] for name in node.after})
        if isinstance(node, Loop):
            step: Step = _loop_step(node, parents, outside)
            given[node.name] = _round_outputs(node)
        else:
            step = _node_step(node, parents, outside)
            given[node.name] = {contract.name: contract for contract in node.model.gives}
        steps.append(step)
    return Plan(graph, tuple(steps), _graph_gives(graph, given), parameters)


# 1. Words that can't be


def _check_words(graph: Graph) -> None:
    if not _ID.fullmatch(graph.id):
        raise InvalidGraph(f"A graph can't have the id {graph.id!r}: use small letters, digits, _.")
    if not _VERSION.fullmatch(graph.version):
        raise InvalidGraph(f"Graph {graph.id}: {graph.version!r} is no version, as 1.0.0 is.")
    if not graph.nodes or not graph.gives:
        raise InvalidGraph(f"Graph {graph.id} has no {'output' if graph.nodes else 'node'}.")
    for contract in (*graph.needs, *graph.gives):
        check_declared(contract, f"graph {graph.id}")
    for node in graph.nodes:
        for each in node.nodes if isinstance(node, Loop) else (node,):
            for contract in (*each.model.needs, *each.model.gives):
                check_declared(contract, f"model {each.model.id}")
        if isinstance(node, Loop) and node.limit < 1:
            raise InvalidGraph(f"Loop {node.name} may run {node.limit} rounds: allow at least one.")


# 2. Names


def _check_names(graph: Graph) -> None:
    names = [node.name for node in graph.nodes]
    for node in graph.nodes:
        names += [inner.name for inner in node.nodes] if isinstance(node, Loop) else []
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None or OUTSIDE in names:
        raise InvalidGraph(f"Two nodes of graph {graph.id} are called {twice!r}: name one anew.")
    for contracts, what in ((graph.needs, "needs"), (graph.gives, "gives")):
        tables = [contract.name for contract in contracts]
        again = next((name for name in tables if tables.count(name) > 1), None)
        if again is not None:
            raise InvalidGraph(f"Graph {graph.id} {what} the table {again!r} twice.")


# 3. Nodes that are not there


def _check_after(node: ModelNode | Loop, names: Sequence[str], where: str) -> None:
    for name in node.after:
        if name not in names:
            raise InvalidGraph(
                f"Node {node.name} comes after {name!r}, which is not in {where}.",
                advice=did_you_mean(name, names),
            )


# 4. Models without a contract


def _check_models(graph: Graph) -> None:
    known: dict[tuple[str, str], Model] = {}
    for node in graph.nodes:
        for each in node.nodes if isinstance(node, Loop) else (node,):
            model = each.model
            if not _VERSION.fullmatch(model.version) or not _ID.fullmatch(model.id):
                raise InvalidGraph(
                    f"Node {each.name} asks for {model.id!r} version {model.version!r}, "
                    "which no contract can be found by: a version looks like 1.0.0."
                )
            if not model.gives:
                raise InvalidGraph(
                    f"Node {each.name} asks for {model.id} {model.version}, which has no contract: "
                    "it does not say what it gives."
                )
            twin = known.setdefault((model.id, model.version), model)
            if twin is not model and twin != model:
                raise InvalidGraph(
                    f"Node {each.name} asks for {model.id} {model.version}, and two different "
                    "models are called so."
                )
            strange = next((n for n in each.fixed if n not in _names(model.parameters)), None)
            if strange is not None:
                raise InvalidGraph(
                    f"Node {each.name} settles {strange!r}, which is no parameter of {model.id}.",
                    advice=did_you_mean(strange, _names(model.parameters)),
                )


def _names(parameters: Iterable[Parameter]) -> list[str]:
    return [parameter.name for parameter in parameters]


def _checked_parameters(graph: Graph) -> tuple[Parameter, ...]:
    declared = graph_parameters(graph)
    first = {p.name: p for p in declared}
    for node in graph.nodes:
        for each in node.nodes if isinstance(node, Loop) else (node,):
            for parameter in each.model.parameters:
                if parameter.type not in PARAMETER_TYPES:
                    raise InvalidGraph(
                        f"Parameter {parameter.name} of {each.model.id} has the type "
                        f"{parameter.type!r}; it can be {', '.join(PARAMETER_TYPES)}."
                    )
                fault = parameter_fault(parameter, parameter.default)
                if fault:
                    raise InvalidGraph(
                        f"The default of {parameter.name} of {each.model.id} can't be: {fault}"
                    )
                other = first.get(parameter.name)
                if parameter.name not in each.fixed and other != parameter:
                    raise InvalidGraph(
                        f"Two models of graph {graph.id} mean different things by the parameter "
                        f"{parameter.name!r}: name one anew."
                    )
    return declared


# 5. Inputs that nobody supplies


def _node_step(
    node: ModelNode,
    parents: Mapping[str, tuple[str, TableContract]],
    outside: Mapping[str, TableContract],
) -> NodeStep:
    takes: dict[str, str] = {}
    for need in node.model.needs:
        supplier, contract = parents.get(need.name, (OUTSIDE, outside.get(need.name)))
        if contract is None:
            if need.required:
                raise InvalidGraph(
                    f"Node {node.name} needs the table {need.name!r}, and neither "
                    f"{_listed(node.after) or 'the graph'} nor the graph's inputs supply it.",
                    advice=did_you_mean(need.name, [*parents, *outside]),
                )
            continue
        _check_fits(node.name, need, supplier, contract)
        takes[need.name] = supplier
    return NodeStep(node, takes, tuple(contract.name for contract in node.model.gives))


def _check_fits(node: str, need: TableContract, supplier: str, given: TableContract) -> None:
    """Refuse a table of the right name that is another thing: other dimensions, or no cube."""
    one = (given.value is None) == (need.value is None)
    same = given.key == need.key if need.value is not None else True
    lacking = [f.name for f in need.fields if f.required and given.field(f.name) is None]
    if not one or not same or (need.value is None and lacking):
        shape = f"{', '.join(given.key) or 'records'}"
        wanted = f"{', '.join(need.key) or 'records'}"
        raise InvalidGraph(
            f"Node {node} needs the table {need.name!r} by {wanted}, and "
            f"{supplier or 'the graph'} supplies it by {shape}."
        )


def _loop_step(
    loop: Loop,
    parents: Mapping[str, tuple[str, TableContract]],
    outside: Mapping[str, TableContract],
) -> LoopStep:
    if not loop.nodes:
        raise InvalidGraph(f"Loop {loop.name} has no node.")
    around = {**outside, **{name: contract for name, (_, contract) in parents.items()}}
    given: dict[str, dict[str, TableContract]] = {}
    body: list[NodeStep] = []
    for node in _in_order(loop.nodes, f"loop {loop.name}"):
        assert isinstance(node, ModelNode)
        merged = _merged(node.name, {name: given[name] for name in node.after})
        body.append(_node_step(node, merged, around))
        given[node.name] = {contract.name: contract for contract in node.model.gives}
    ends = _round_outputs(loop)
    needed = {name for step in body for name, who in step.takes.items() if who == OUTSIDE}
    for output, becomes in loop.carries.items():
        if output not in ends:
            raise InvalidGraph(
                f"Loop {loop.name} carries {output!r} on, which its round does not give.",
                advice=did_you_mean(output, ends),
            )
        if becomes not in needed:
            raise InvalidGraph(
                f"Loop {loop.name} carries {output!r} on as {becomes!r}, which no node of it needs."
            )
        need = next(n for s in body for n in s.node.model.needs if n.name == becomes)
        _check_fits(loop.name, need, loop.name, ends[output])
    takes = {name: parents[name][0] if name in parents else OUTSIDE for name in sorted(needed)}
    givers = {table: who for who, tables in given.items() for table in tables if table in ends}
    return LoopStep(loop, takes, tuple(body), {table: givers[table] for table in ends})


def _round_outputs(loop: Loop) -> dict[str, TableContract]:
    """What a round gives: the outputs of the nodes that no other comes after."""
    inner = {name for node in loop.nodes for name in node.after}
    ends = {
        node.name: {contract.name: contract for contract in node.model.gives}
        for node in loop.nodes
        if node.name not in inner
    }
    return {name: contract for name, (_, contract) in _merged(loop.name, ends).items()}


def _graph_gives(graph: Graph, given: Mapping[str, Mapping[str, TableContract]]) -> dict[str, str]:
    """Which node gives each output: of several, the one that comes after all the others."""
    before = _ancestors(graph.nodes)
    gives: dict[str, str] = {}
    for contract in graph.gives:
        givers = [name for name, tables in given.items() if contract.name in tables]
        last = [name for name in givers if all(o in before[name] for o in givers if o != name)]
        if not givers:
            raise InvalidGraph(
                f"Graph {graph.id} gives the table {contract.name!r}, and none of its nodes does.",
                advice=did_you_mean(contract.name, [t for each in given.values() for t in each]),
            )
        if not last:
            raise InvalidGraph(
                f"Graph {graph.id} gives the table {contract.name!r}, and both "
                f"{_listed(givers)} give one: name one anew."
            )
        _check_fits(f"{graph.id} (output)", contract, last[0], given[last[0]][contract.name])
        gives[contract.name] = last[0]
    return gives


# 6. Tables that two parents give


def _merged(
    node: str, parents: Mapping[str, Mapping[str, TableContract]]
) -> dict[str, tuple[str, TableContract]]:
    merged: dict[str, tuple[str, TableContract]] = {}
    for parent, tables in parents.items():
        for name, contract in tables.items():
            if name in merged:
                raise InvalidGraph(
                    f"Node {node} takes from {merged[name][0]} and {parent}, and both give the "
                    f"table {name!r}: name one anew."
                )
            merged[name] = (parent, contract)
    return merged


# Order


def _in_order(nodes: Sequence[ModelNode | Loop], where: str) -> list[ModelNode | Loop]:
    """Each node after those it takes from, else as they stand."""
    done: list[ModelNode | Loop] = []
    left = list(nodes)
    while left:
        names = {node.name for node in done}
        ready = next((node for node in left if names.issuperset(node.after)), None)
        if ready is None:
            circle = _listed([node.name for node in left])
            raise InvalidGraph(
                f"The nodes {circle} of {where} wait for each other: repeat them with a loop."
            )
        done.append(ready)
        left.remove(ready)
    return done


def _ancestors(nodes: Sequence[ModelNode | Loop]) -> dict[str, set[str]]:
    before: dict[str, set[str]] = {}
    for node in _in_order(nodes, "the graph"):
        before[node.name] = set(node.after).union(*(before[name] for name in node.after))
    return before


def _listed(names: Sequence[str]) -> str:
    return " and ".join(names) if len(names) < 3 else f"{', '.join(names[:-1])} and {names[-1]}"
