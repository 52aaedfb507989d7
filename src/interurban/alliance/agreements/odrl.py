"""An agreement as ODRL 2.2 in JSON-LD: the same rule that is enforced, in published words.

Both nodes write the same document: parties are named by the fingerprints of their keys.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from interurban.core.alliance import Role
from interurban.core.policy import Rule
from interurban.policy.audit import fingerprint
from interurban.policy.rights import profile
from interurban.policy.rights.evaluate import PEER
from interurban.policy.rights.odrl_writing import agreement_to_json_ld

from .register import View
from .rules import rule_at_provider
from .states import other

__all__ = ["parties", "rule_of", "to_json_ld"]


def to_json_ld(view: View, own: bytes) -> dict[str, Any]:
    """An agreement as an ``odrl:Agreement``.

    Parameters
    ----------
    own: this node's public key.
    """
    found, terms = view.agreement, view.agreement.terms
    said: dict[str, Any] = {
        "dct:title": terms.title,
        "dct:identifier": found.id,
        "dct:hasVersion": str(found.version),
        "dpv:hasLegalBasis": {"@id": terms.legal_basis},
        "dct:conformsTo": terms.law,
        "iu:state": found.state,
        "iu:termsHash": found.terms_hash,
    }
    if found.provider is not None and found.consumer is not None:
        said["iu:signedBy"] = [
            {"@id": str(profile.party(PEER + fingerprint(each.public)))}
            for each in (found.provider, found.consumer)
        ]
    name = f"urn:interurban:agreement:{found.id}:{found.version}"
    provider = parties(view, own)["provider"]
    return agreement_to_json_ld(
        rule_of(view, own), terms.datasets, name, PEER + fingerprint(provider), said
    )


def rule_of(view: View, own: bytes) -> Rule:
    """What is agreed as a rule for the consumer's node, named by its fingerprint."""
    consumer = parties(view, own)["consumer"]
    return replace(rule_at_provider(view.agreement), to=(PEER + fingerprint(consumer),))


def parties(view: View, own: bytes) -> dict[Role, bytes]:
    """The public keys of both sides."""
    role = view.agreement.role
    return {role: own, other(role): view.partner.public}
