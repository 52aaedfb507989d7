"""The words of ODRL 2.2 that an evaluation needs: names, and which action is part of which.

The table of actions follows the ODRL Vocabulary & Expression 2.2 (W3C Recommendation, 15 February
2018): every action is included in ``use`` or ``transfer``, some through another action. Terms of
older versions stand for what replaced them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rdflib import Graph, Namespace, URIRef
from rdflib.term import Node

__all__ = [
    "CC",
    "DCT",
    "LOGICAL",
    "ODRL",
    "OPERATORS",
    "REPORT",
    "SKOS",
    "actions_above",
    "current",
]

ODRL = Namespace("http://www.w3.org/ns/odrl/2/")
CC = Namespace("http://creativecommons.org/ns#")
DCT = Namespace("http://purl.org/dc/terms/")
SKOS = Namespace("http://www.w3.org/2004/02/skos/core#")
REPORT = Namespace("https://w3id.org/force/compliance-report#")

OPERATORS: tuple[URIRef, ...] = tuple(
    ODRL[name]
    for name in """eq neq lt lteq gt gteq isA isPartOf hasPart isAnyOf isAllOf isNoneOf""".split()
)
LOGICAL: tuple[URIRef, ...] = tuple(ODRL[name] for name in ("and", "or", "xone", "andSequence"))

_IN_USE = """acceptTracking aggregate annotate anonymize archive attribute compensate concurrentUse
    delete derive digitize distribute ensureExclusivity execute grantUse include index inform
    install modify move nextPolicy obtainConsent play present print read reproduce reviewPolicy
    stream synchronize textToSpeech transform translate uninstall watermark""".split()
_IN_USE_CC = """Attribution CommercialUse DerivativeWorks Distribution Notice Reproduction
    ShareAlike Sharing SourceCode""".split()

_INCLUDED_IN: Mapping[URIRef, URIRef] = {
    **{ODRL[name]: ODRL.use for name in _IN_USE},
    **{CC[name]: ODRL.use for name in _IN_USE_CC},
    ODRL.display: ODRL.play,
    ODRL.extract: ODRL.reproduce,
    ODRL.give: ODRL.transfer,
    ODRL.sell: ODRL.transfer,
}
_REPLACED: Mapping[URIRef, URIRef] = {
    ODRL.append: ODRL.modify,
    ODRL.appendTo: ODRL.modify,
    ODRL.write: ODRL.modify,
    ODRL.writeTo: ODRL.modify,
    ODRL.attachPolicy: CC.Notice,
    ODRL.attachSource: CC.SourceCode,
    ODRL.commercialize: CC.CommercialUse,
    ODRL["copy"]: ODRL.reproduce,
    ODRL.export: ODRL.transform,
    ODRL.license: ODRL.grantUse,
    ODRL.pay: ODRL.compensate,
    ODRL.share: CC.Sharing,
    ODRL.shareAlike: CC.ShareAlike,
}


def current(action: Node) -> Node:
    """The term of ODRL 2.2 for an action of an older version."""
    return _REPLACED.get(action, action) if isinstance(action, URIRef) else action


def actions_above(action: Node, *graphs: Graph) -> frozenset[Node]:
    """The action and every action that it is part of.

    Parameters
    ----------
    graphs: where profiles say with ``odrl:includedIn`` what their own actions are part of.
    """
    found = {current(action)}
    waiting = list(found)
    while waiting:
        for above in _included_in(waiting.pop(), graphs):
            if above not in found:
                found.add(above)
                waiting.append(above)
    return frozenset(found)


def _included_in(action: Node, graphs: tuple[Graph, ...]) -> Iterator[Node]:
    if isinstance(action, URIRef) and action in _INCLUDED_IN:
        yield _INCLUDED_IN[action]
    for graph in graphs:
        for above in graph.objects(action, ODRL.includedIn):
            yield current(above)
