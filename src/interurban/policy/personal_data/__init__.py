"""Personal data are looked for in every load, and keep a file of one's own closed until signed off.

``scan`` looks at a table; ``keep_report`` keeps what it found; ``sign_off`` opens it with a reason,
``withdraw`` takes that back; ``blocked`` is what policy asks before it lets anybody in.
"""

from .findings import (
    Blocked,
    Finding,
    Report,
    SignOff,
    State,
    blocked,
    keep_report,
    read_report,
    reports,
    sign_off,
    withdraw,
)
from .scan import SAMPLE_ROWS, scan

__all__ = [
    "SAMPLE_ROWS",
    "Blocked",
    "Finding",
    "Report",
    "SignOff",
    "State",
    "blocked",
    "keep_report",
    "read_report",
    "reports",
    "scan",
    "sign_off",
    "withdraw",
]
