"""The audit log over HTTP: anybody can check it, with nothing but what the page gives them."""

from __future__ import annotations

import html
import re
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from interurban.catalog.node import Node
from interurban.policy.audit import is_consistent, is_included, opened, read_head, record
from interurban.policy.audit.tree import leaf_hash

from .conftest import DATASETS


def test_every_load_is_in_the_log(client: httpx.Client) -> None:
    answer = client.get("/api/audit/entries", params={"kind": "snapshot", "limit": 1000}).json()
    assert set(DATASETS) <= {entry["dataset"] for entry in answer["entries"]}
    schools = client.get("/api/audit/entries?dataset=london.schools").json()["entries"][-1]
    assert schools["facts"]["rows"] > 0
    assert set(schools["hashed"]) == {"who", "origin", "sha256"}


def test_the_head_is_signed_and_covers_everything(client: httpx.Client) -> None:
    document = client.get("/api/audit/head").json()
    head = read_head(document)
    assert head.is_sound()
    assert document["size"] == client.get("/api/audit/entries?limit=1").json()["size"]
    assert document["countersignatures"] == []


def test_each_entry_is_proven_by_what_is_sent(client: httpx.Client) -> None:
    size = client.get("/api/audit/head").json()["size"]
    for number in range(1, size + 1):
        proof = client.get(f"/api/audit/proof/{number}").json()
        head = read_head(proof["head"])
        path = [bytes.fromhex(step) for step in proof["path"]]
        leaf = leaf_hash(proof["text"].encode())
        assert leaf.hex() == proof["leaf_hash"]
        assert is_included(leaf, proof["leaf_index"], head.size, path, head.root)


def test_an_older_head_is_proven_to_be_a_beginning(client: httpx.Client, node: Node) -> None:
    older = client.get("/api/audit/head").json()
    record(node.home.root, "backup", "made")
    answer = client.get("/api/audit/consistency", params={"from": older["size"]}).json()
    assert answer["from_root"] == older["root"]
    path = [bytes.fromhex(step) for step in answer["path"]]
    was, now = (bytes.fromhex(answer[name]) for name in ("from_root", "to_root"))
    assert is_consistent(answer["from"], was, answer["to"], now, path)
    assert answer["to_root"] == client.get("/api/audit/head").json()["root"]


def test_the_program_on_the_page_checks_a_proof(
    client: httpx.Client, server: str, tmp_path: Path
) -> None:
    page = client.get("/audit")
    assert page.headers["content-type"].startswith("text/html")
    assert "<script" not in page.text
    assert "script-src 'self'" in page.headers["content-security-policy"]
    (program,) = re.findall(r"<pre><code>(.*?)</code></pre>", page.text, flags=re.DOTALL)
    file = tmp_path / "check.py"
    file.write_text(html.unescape(program))
    done = subprocess.run([sys.executable, file, server, "3"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("This is in the log.\n")


def test_the_page_shows_the_head_and_the_last_entries(client: httpx.Client) -> None:
    page, head = client.get("/audit").text, client.get("/api/audit/head").json()
    assert head["root"] in page
    assert head["node"] in page
    assert "A version of a dataset was stored" in page


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
def test_another_program_checks_the_signature(client: httpx.Client, tmp_path: Path) -> None:
    head = client.get("/api/audit/head").json()
    (tmp_path / "key.pem").write_text(head["public_key_pem"])
    (tmp_path / "statement").write_text("interurban audit head v1\n" + head["statement"])
    (tmp_path / "signature").write_bytes(bytes.fromhex(head["signature"]))
    command = [
        *("openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "key.pem", "-rawin"),
        *("-in", "statement", "-sigfile", "signature"),
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_pages_of_entries_join_without_a_gap(client: httpx.Client) -> None:
    numbers: list[int] = []
    before = None
    while True:
        params = {"limit": 3} | ({"before": before} if before is not None else {})
        answer = client.get("/api/audit/entries", params=params).json()
        numbers += [entry["number"] for entry in answer["entries"]]
        before = answer["next"]
        if before is None:
            break
    assert numbers == list(range(numbers[0], 0, -1))


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/api/audit/proof/0", 404, "no entry 0"),
        ("/api/audit/proof/999999", 404, "It has entries 1 to"),
        ("/api/audit/proof/one", 404, "no entry 'one'"),
        ("/api/audit/proof/2?size=999999", 404, "No head of 999999"),
        ("/api/audit/consistency?from=9&to=2", 400, "has not grown from 9 to 2"),
        ("/api/audit/consistency?from=-1", 400, "can't be used"),
        ("/api/audit/entries?kind=gossip", 400, "no kind of entry"),
        ("/api/audit/entries?limit=100000", 400, "can't be used"),
        ("/api/audit/head?node=x", 400, "no parameter"),
    ],
)
def test_what_can_not_be_is_said(client: httpx.Client, path: str, status: int, said: str) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert said in answer.json()["detail"] + " " + answer.json().get("advice", "")


def test_nothing_of_who_did_it_leaves_the_node(client: httpx.Client, node: Node) -> None:
    number = record(node.home.root, "account", "added", who="mary-ann", details={"name": "Mary"})
    for path in ("/api/audit/entries", f"/api/audit/proof/{number}", "/audit"):
        assert "mary" not in client.get(path).text.lower()
    with opened(node.home.root) as log:
        assert len(log.particulars(number)) == 2
