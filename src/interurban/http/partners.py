"""What a served node needs to be somebody's partner: the door for messages, and the rounds."""

from __future__ import annotations

import asyncio

from interurban.alliance.answering import Answering
from interurban.alliance.joined import JoinedNode
from interurban.alliance.messages import Answer, Message
from interurban.alliance.opened import Alliance
from interurban.alliance.owned import Owned
from interurban.alliance.pairing import Card, own_card
from interurban.alliance.rounds import Rounds
from interurban.alliance.tally import Tally
from interurban.catalog.node import Node
from interurban.core.alliance import Peer

__all__ = ["Partners"]


class Partners:
    """The partners of a node that is served.

    Parameters
    ----------
    node: its own data are what partners are told of and may ask for.
    title: what its people call it; the names of its cities when empty.
    """

    def __init__(self, node: Node, title: str = "") -> None:
        self._is_ours = not isinstance(node, JoinedNode)
        if isinstance(node, JoinedNode):
            self.alliance = node.alliance
            self._node: Node = node.own
        else:
            self.alliance, self._node = Alliance(node.home.root), node
        self._title = title
        self._tally = Tally(node.home.root)
        self._owned = Owned(self._node, self._tally)
        self.answering = Answering(
            self.alliance,
            self._node,
            {
                "query": self._owned.handle,
                "agreement": self._agreement,
            },
        )
        self._rounds = Rounds(self.alliance)

    def _agreement(self, peer: Peer, message: Message) -> Answer:
        return self.alliance.agreements.handle(peer, message)

    def card(self, url: str) -> Card:
        """What this node says of itself.

        Parameters
        ----------
        url: where partners reach it.
        """
        return own_card(self.alliance, self._node, title=self._title, url=url)

    def start(self) -> None:
        """Begin the rounds."""
        self._rounds.start()

    async def close(self) -> None:
        """End the rounds, and what is under way; the alliance too, if nobody else has it."""
        self._rounds.close()
        await asyncio.to_thread(self._end)

    def _end(self) -> None:
        self.alliance.calls.close()
        self._rounds.wait()
        self.answering.close()
        self._owned.close()
        self._tally.close()
        if self._is_ours:
            self.alliance.close()
