"""The OpenAPI document in words: one plain page without scripts, made on the server."""

from __future__ import annotations

from html import escape
from typing import Any

from starlette.responses import HTMLResponse, Response

from .guard import PAGE_POLICY
from .problems import KINDS

__all__ = ["api_page"]

_STYLE = """
body { font: 16px/1.5 Inter, system-ui, sans-serif; color: #16202A; background: #FBFAF7;
  max-width: 960px; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 2.5rem; }
h3 { margin: 1.75rem 0 .25rem; font-size: 1rem; overflow-wrap: anywhere; }
code { font-size: .9em; background: #E3E0D8; padding: .1em .35em; border-radius: 4px; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
th, td { text-align: left; vertical-align: top; padding: .3rem .75rem .3rem 0;
  border-bottom: 1px solid #E3E0D8; overflow-wrap: anywhere; }
th:first-child { width: 11rem; }
a { color: #2F4B8F; } p { max-width: 72ch; }
@media (prefers-color-scheme: dark) {
  body { color: #E8EAED; background: #11161C; } a { color: #9DB4F0; }
  code { background: #27303A; } th, td { border-color: #27303A; }
}
"""


def api_page(document: dict[str, Any]) -> Response:
    """Every address with its parameters, and every kind of problem.

    Parameters
    ----------
    document: the OpenAPI document.
    """
    sections: dict[str, list[str]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            entry = _operation(f"{method.upper()} {path}", operation, document["components"])
            sections.setdefault(operation["tags"][0], []).append(entry)
    body = "".join(f"<h2>{escape(tag)}</h2>{''.join(all_)}" for tag, all_ in sections.items())
    info = document["info"]
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(info['title'])} API</title><style>{_STYLE}</style></head><body><main>"
        f"<h1>{escape(info['title'])} API</h1><p>{escape(info['description'])}</p>"
        '<p><a href="/api?f=json">OpenAPI 3.1 document</a> &middot; '
        '<a href="/?f=json">Landing page</a> &middot; <a href="/collections">Datasets</a></p>'
        f"{body}<h2>Problems</h2><p>Errors are problem documents (RFC 9457): <code>detail</code> "
        "says what was wrong, <code>part</code> where, <code>advice</code> what to do.</p>"
        f"<table>{_problems()}</table></main></body></html>"
    )
    return HTMLResponse(page, headers={"Content-Security-Policy": PAGE_POLICY})


def _operation(address: str, operation: dict[str, Any], components: dict[str, Any]) -> str:
    common = components["parameters"]
    rows = []
    for given in operation["parameters"]:
        parameter = common[given["$ref"].rpartition("/")[2]] if "$ref" in given else given
        described = escape(parameter["description"])
        choices = parameter["schema"].get("enum", ())
        if 0 < len(choices) <= 12:
            described += " " + ", ".join(f"<code>{escape(str(one))}</code>" for one in choices)
        rows.append(f"<tr><th scope=row><code>{escape(parameter['name'])}</code></th>")
        rows.append(f"<td>{described}</td></tr>")
    rows += _body(operation, components["schemas"])
    table = f"<table>{''.join(rows)}</table>" if rows else ""
    return f"<h3><code>{escape(address)}</code></h3><p>{escape(operation['summary'])}</p>{table}"


def _body(operation: dict[str, Any], schemas: dict[str, Any]) -> list[str]:
    """The members of a JSON body, or the media types of another."""
    content = operation.get("requestBody", {}).get("content", {})
    named = content.get("application/json", {}).get("schema", {}).get("$ref")
    if named is None:
        kinds = ", ".join(f"<code>{escape(each)}</code>" for each in content)
        return [f"<tr><th scope=row>Body</th><td>As {kinds}</td></tr>"] if kinds else []
    schema = schemas[named.rpartition("/")[2]]
    if "properties" not in schema:
        described = escape(schema.get("description", "JSON."))
        return [f"<tr><th scope=row>Body</th><td>{described}</td></tr>"]
    return [
        f"<tr><th scope=row><code>{escape(name)}</code></th>"
        f"<td>In the JSON body. {escape(member.get('description', ''))}</td></tr>"
        for name, member in schema["properties"].items()
    ]


def _problems() -> str:
    kinds = sorted(set(KINDS.values()), key=lambda kind: (kind.status, kind.slug))
    return "".join(
        f'<tr id="{kind.slug}"><th scope=row><code>{kind.status} {kind.slug}</code></th>'
        f"<td>{escape(kind.title)}</td></tr>"
        for kind in kinds
    )
