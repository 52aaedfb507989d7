"""The audit log: who did what with which data, written down so that nobody can change it later.

``record`` is what the rooms above call; ``opened`` reads the log; ``verify`` works all of it out
again; ``witness`` and ``keep_countersignature`` let two nodes watch each other's.
"""

from .entries import KINDS, Event, canonical
from .heads import Countersignature, Head, read_countersignature, read_head
from .keys import NodeKey, fingerprint, is_signed, node_key, public_pem
from .log import Entry, Log, Proof, log_path, opened
from .recording import local_user, record, record_all
from .tree import is_consistent, is_included
from .verify import Problem, Verified, verify
from .witness import keep_countersignature, last_countersigned, last_witnessed, witness

__all__ = [
    "KINDS",
    "Countersignature",
    "Entry",
    "Event",
    "Head",
    "Log",
    "NodeKey",
    "Problem",
    "Proof",
    "Verified",
    "canonical",
    "fingerprint",
    "is_consistent",
    "is_included",
    "is_signed",
    "keep_countersignature",
    "last_countersigned",
    "last_witnessed",
    "local_user",
    "log_path",
    "node_key",
    "opened",
    "public_pem",
    "read_countersignature",
    "read_head",
    "record",
    "record_all",
    "verify",
    "witness",
]
