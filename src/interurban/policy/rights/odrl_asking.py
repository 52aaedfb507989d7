"""The slow road: the same question put to the ODRL rendering of a policy.

It exists to be compared with: the terms that are published and the decisions that are made are
two renderings of one policy, and tests show that they agree.
"""

from __future__ import annotations

import json
from datetime import datetime
from functools import cache

from rdflib import RDF, BNode, Graph, Literal, URIRef
from rdflib.term import Node

from interurban.core.policy import ANYONE, Action, Policy, Reader

from . import profile, purposes
from .evaluate import parties_of
from .odrl import Outcome, PolicyReport, evaluate, outcome, read_json_ld
from .odrl.evaluation import NOW
from .odrl.vocabulary import DCT, ODRL, SKOS
from .odrl_writing import to_json_ld

__all__ = ["ask", "request_of", "world_of"]

_READER = URIRef("urn:interurban:reader")


def ask(
    policy: Policy, dataset: str, reader: Reader, action: Action, at: datetime
) -> tuple[Outcome, PolicyReport]:
    """What the published terms say, with the report behind it."""
    terms = read_json_ld(json.dumps(to_json_ld(policy, dataset)))
    (report,) = evaluate(terms, request_of(dataset, reader, action), world_of(reader, at))
    return outcome(report, terms), report


def request_of(dataset: str, reader: Reader, action: Action) -> Graph:
    """Who asks to do what with a dataset, and what for, as an ODRL request."""
    graph = Graph()
    request, rule = BNode(), BNode()
    graph.add((request, RDF.type, ODRL.Request))
    graph.add((request, ODRL.permission, rule))
    graph.add((rule, RDF.type, ODRL.Permission))
    graph.add((rule, ODRL.assignee, _READER))
    graph.add((rule, ODRL.target, profile.asset(dataset)))
    graph.add((rule, ODRL.action, profile.ACTIONS[action]))
    if reader.purpose != purposes.PUBLIC:
        purpose = BNode()
        graph.add((rule, ODRL.constraint, purpose))
        graph.add((purpose, ODRL.leftOperand, ODRL.purpose))
        graph.add((purpose, ODRL.operator, ODRL.eq))
        graph.add((purpose, ODRL.rightOperand, _term(reader.purpose)))
    return graph


def world_of(reader: Reader, at: datetime) -> Graph:
    """The time, the collections that a reader is part of, and how purposes nest."""
    graph = Graph()
    graph += _purposes()
    graph.add((NOW, DCT.issued, Literal(at)))
    graph.add((profile.ACTIONS["aggregate"], ODRL.includedIn, ODRL.use))
    for name in parties_of(reader) - {ANYONE}:
        collection = profile.party(name)
        if collection is not None:
            graph.add((_READER, ODRL.partOf, collection))
    return graph


@cache
def _purposes() -> Graph:
    graph = Graph()
    for purpose in purposes.purposes().values():
        for above in purpose.broader:
            graph.add((_term(purpose.term), SKOS.broader, _term(above)))
    return graph


def _term(purpose: str) -> Node:
    return URIRef(purposes.DPV + purpose.removeprefix(purposes.PREFIX))
