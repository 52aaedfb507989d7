"""What terms are checked against at the provider's: the datasets that they are about."""

from __future__ import annotations

from datetime import UTC, tzinfo

from interurban.catalog.node import Node
from interurban.catalog.policies import check_policy, known_of
from interurban.core.alliance import Terms
from interurban.core.errors import BadRequest, NotFound
from interurban.core.policy import Policy
from interurban.policy.rights.evaluate import PEER
from interurban.policy.rights.rules import Known

from .rules import rule_of_terms
from .terms import terms_of_document
from .writing import document_of

__all__ = ["Datasets"]


class Datasets:
    """The datasets of a node.

    Parameters
    ----------
    node: whose they are; what its partners have is known by name, and not taken for its own.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._own = node.own

    def is_open(self, dataset: str) -> bool:
        """Whether anybody may do anything with a dataset; one that is not here is not open."""
        try:
            return self._own.is_open(dataset)
        except NotFound:
            return False

    def zone(self, datasets: tuple[str, ...]) -> tzinfo:
        """Whose midnight a date in terms means: that of the first dataset's city, or UTC."""
        for dataset in datasets:
            city = self._node.cities.get(dataset.partition(".")[0])
            if city is not None:
                return city.zone
        return UTC

    def title(self, dataset: str) -> str:
        """What people call a dataset; its id where it is not known."""
        try:
            return self._node.dataset(dataset).title
        except NotFound:
            return dataset

    def expect(self, terms: Terms) -> None:
        """Let pass terms that can be kept here: about datasets of this node and fields of theirs.

        Raises
        ------
        BadRequest: a dataset is not here or lacks a field, or an obligation can't be carried out
            on it.
        """
        for dataset in terms.datasets:
            try:
                known = known_of(self._own, dataset)
            except NotFound as error:
                raise BadRequest(
                    f"This node has no dataset {dataset}.",
                    advice=error.advice or "Offer one that is here.",
                    part="datasets",
                ) from error
            try:
                terms_of_document(document_of(terms), Known(known.fields, None, known.zone))
            except BadRequest as error:
                raise BadRequest(
                    f"For {dataset}, {error.what}", advice=error.advice, part=error.part
                ) from error
            policy = Policy((rule_of_terms(terms, "agreement", (f"{PEER}partner",)),))
            for finding in check_policy(self._own, dataset, policy):
                if finding.severity == "error":
                    raise BadRequest(
                        f"For {dataset}, these terms can't be kept: {finding.what}",
                        advice=finding.advice,
                        part="obligations",
                    )
