"""The audit log for residents: one plain page without scripts, made on the server."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from starlette.responses import HTMLResponse, Response

from interurban.policy.audit import KINDS, Entry, Head

from .guard import PAGE_POLICY

__all__ = ["CHECK", "audit_page"]

CHECK = """\
import hashlib, json, sys
from urllib.request import urlopen

node, number = sys.argv[1].rstrip("/"), sys.argv[2]
proof = json.load(urlopen(f"{node}/api/audit/proof/{number}"))

def sha256(data):
    return hashlib.sha256(data).digest()

found = sha256(b"\\0" + proof["text"].encode())
place, last = proof["leaf_index"], proof["head"]["size"] - 1
for step in map(bytes.fromhex, proof["path"]):
    if place % 2 or place == last:
        found = sha256(b"\\1" + step + found)
        while place and place % 2 == 0:
            place, last = place // 2, last // 2
    else:
        found = sha256(b"\\1" + found + step)
    place, last = place // 2, last // 2
holds = last == 0 and found.hex() == proof["head"]["root"]
print(proof["text"])
print("This is in the log." if holds else "THIS IS NOT IN THE LOG.")
sys.exit(0 if holds else 1)
"""
"""A program of Python's own library that checks a proof: what a resident may run."""

_STYLE = """
body { font: 16px/1.5 Inter, system-ui, sans-serif; color: #16202A; background: #FBFAF7;
  max-width: 960px; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 2.5rem; }
p, li { max-width: 72ch; }
code, pre { font-size: .85rem; background: #EFECE4; border-radius: 4px; }
code { padding: .1em .35em; overflow-wrap: anywhere; }
pre { padding: .75rem 1rem; overflow-x: auto; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
th, td { text-align: left; vertical-align: top; padding: .3rem .75rem .3rem 0;
  border-bottom: 1px solid #E3E0D8; white-space: nowrap; }
td:last-child { white-space: normal; overflow-wrap: anywhere; min-width: 16rem; }
dt { font-weight: 600; } dd { margin: 0 0 .5rem; overflow-wrap: anywhere; }
a { color: #2F4B8F; }
@media (prefers-color-scheme: dark) {
  body { color: #E8EAED; background: #11161C; } a { color: #9DB4F0; }
  code, pre { background: #27303A; } th, td { border-color: #27303A; }
}
"""

_ABOUT = """
<p>This node writes down what is done with data: which versions came in, who may use what, what was
worked out, shared or signed off. Each entry is chained to all before it by a hash, so that none can
be changed, added in between or taken away without everybody being able to tell.</p>
<p>No entry holds personal data. Who did something, and every detail in words, stand only as salted
hashes: the node can show later whom an entry means, and nobody can guess it from here.</p>
"""

_HOW = """
<h2>Check it yourself</h2>
<ol>
<li>Keep a <a href="/api/audit/head">head</a>: save it, or write down its size and root. This node
signed it, and it stands for every entry up to that size.</li>
<li>Later, ask for the <a href="/api/audit/consistency?from=1">consistency</a> of your head with the
newest: <code>/api/audit/consistency?from=SIZE</code>. The root given for your size must be the
one you kept, and the path must lead from it to the new one.</li>
<li>Ask for the proof of any entry: <code>/api/audit/proof/NUMBER</code>. With its hashes you work
out the root from the entry itself. The program below does that, and needs only Python.</li>
</ol>
"""


def audit_page(
    address: str, head: Head | None, witnesses: Sequence[str], entries: Sequence[Entry]
) -> Response:
    """The page.

    Parameters
    ----------
    address: of the node, with the closing slash.
    head: the newest; ``None`` when nothing is recorded yet.
    witnesses: fingerprints of the nodes that countersigned it.
    entries: the last ones, the newest first.
    """
    told = f"python check.py {address.rstrip('/')} {entries[0].number if entries else 1}"
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Audit log</title><style>{_STYLE}</style></head><body><main>"
        f'<p><a href="/">Interurban</a></p><h1>Audit log</h1>{_ABOUT}'
        f"<h2>Newest head</h2>{_head(head, witnesses)}"
        f"<h2>Last entries</h2>{_entries(entries)}{_HOW}"
        f"<p>Save this as <code>check.py</code>, and run <code>{escape(told)}</code>:</p>"
        f"<pre><code>{escape(CHECK)}</code></pre></main></body></html>"
    )
    return HTMLResponse(
        page, headers={"Content-Security-Policy": PAGE_POLICY, "Cache-Control": "no-store"}
    )


def _head(head: Head | None, witnesses: Sequence[str]) -> str:
    if head is None:
        return "<p>Nothing is recorded yet.</p>"
    said = head.said
    by = ", ".join(f"<code>{escape(each)}</code>" for each in witnesses) or "nobody yet"
    return (
        f"<dl><dt>Entries</dt><dd>{head.size:,}</dd>"
        f"<dt>Root</dt><dd><code>{escape(said['root'])}</code></dd>"
        f"<dt>Signed</dt><dd>{_time(said['time'])} by node <code>{escape(head.node)}</code></dd>"
        f"<dt>Signature (Ed25519)</dt><dd><code>{head.signature.hex()}</code></dd>"
        f"<dt>Countersigned by</dt><dd>{by}</dd></dl>"
    )


def _entries(entries: Sequence[Entry]) -> str:
    if not entries:
        return "<p>None yet.</p>"
    rows = "".join(_row(entry.number, entry.said) for entry in entries)
    return (
        '<div class="wide" tabindex="0" role="region" aria-label="Last entries"><table><thead><tr>'
        '<th scope="col">Entry</th><th scope="col">When (UTC)</th><th scope="col">What</th>'
        '<th scope="col">Dataset</th><th scope="col">In the open</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
        f"<h3>What they are about</h3><dl>{_kinds(entries)}</dl>"
    )


def _kinds(entries: Sequence[Entry]) -> str:
    """What the kinds of these entries mean."""
    shown = {entry.said["kind"] for entry in entries}
    return "".join(
        f"<dt>{_title(kind)}</dt><dd>{escape(KINDS[kind].capitalize())}.</dd>"
        for kind in KINDS
        if kind in shown
    )


def _title(kind: str) -> str:
    return escape(kind.replace("-", " ").capitalize())


def _row(number: int, said: dict[str, Any]) -> str:
    facts = ", ".join(f"{name} {value}" for name, value in said.get("facts", {}).items())
    return (
        f'<tr><td><a href="/api/audit/proof/{number}">{number:,}</a></td>'
        f"<td>{_time(said['at'])}</td><td>{_title(said['kind'])}: {escape(said['what'])}</td>"
        f"<td>{escape(said.get('dataset', ''))}</td><td>{escape(facts)}</td></tr>"
    )


def _time(text: str) -> str:
    return f'<time datetime="{escape(text)}">{escape(text[:19].replace("T", " "))}</time>'
