"""People in the OpenAPI document: signing in, one's own account, and administration."""

from __future__ import annotations

from typing import Any

from interurban.accounts import LONGEST_DAYS, SCOPES

from .identity import FORM_HEADER, cookie_name
from .openapi_operation import Operation
from .openapi_values import (
    FLAG,
    INSTANT,
    MAYBE_INSTANT,
    MAYBE_TEXT,
    TEXT,
    TEXTS,
    Schema,
    closed_object,
    path_parameter,
)

__all__ = ["ACCOUNT_OPERATIONS", "ACCOUNT_PARAMETERS", "ACCOUNT_SCHEMAS", "SECURITY_SCHEMES"]


def _list(name: str, of: str) -> Schema:
    items = {"$ref": f"#/components/schemas/{of}"}
    return closed_object({name: {"type": "array", "items": items}})


_ID: Schema = {"type": "string", "pattern": "^[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?$"}
_PASSWORD: Schema = {"type": "string", "format": "password", "minLength": 12, "maxLength": 256}
_SCOPES: Schema = {"type": "array", "items": {"enum": list(SCOPES)}, "minItems": 1}

_ABOUT_A_USER = {
    "organisation": MAYBE_TEXT,
    "groups": TEXTS,
    "purposes": TEXTS,
    "administrator": FLAG,
}
_ACCOUNT = closed_object(
    {
        "id": TEXT,
        "name": TEXT,
        "e_mail": TEXT,
        **_ABOUT_A_USER,
        "provider": MAYBE_TEXT,
        "has_password": FLAG,
        "created_at": INSTANT,
        "disabled_at": MAYBE_INSTANT,
    }
)
_TOKEN = {
    "id": TEXT,
    "account": TEXT,
    "name": TEXT,
    "scopes": _SCOPES,
    "created_at": INSTANT,
    "expires_at": INSTANT,
    "last_used_at": MAYBE_INSTANT,
}

_NAMED = closed_object({"id": TEXT, "name": TEXT})

ACCOUNT_SCHEMAS: dict[str, Schema] = {
    "Me": closed_object(
        {
            "signed_in": FLAG,
            "has_accounts": FLAG,
            "account": {**_ACCOUNT, "type": ["object", "null"]},
            "organisation": {**_NAMED, "type": ["object", "null"]},
            "administrator": FLAG,
            "purpose": TEXT,
            "purposes": TEXTS,
            "scopes": {"type": "array", "items": {"enum": list(SCOPES)}},
            "csrf": MAYBE_TEXT,
            "session_ends_at": MAYBE_INSTANT,
        }
    ),
    "WaysIn": closed_object(
        {
            "password": FLAG,
            "providers": {
                "type": "array",
                "items": closed_object({"id": TEXT, "title": TEXT, "href": TEXT}),
            },
        }
    ),
    "SignIn": closed_object({"name": TEXT, "password": TEXT}, purpose=TEXT),
    "Purposes": closed_object(
        {
            "purposes": {
                "type": "array",
                "items": closed_object(
                    {"term": TEXT, "label": TEXT, "definition": TEXT, "broader": TEXTS}
                ),
            },
        }
    ),
    "StatedPurpose": closed_object({"purpose": TEXT}),
    "PasswordChange": closed_object({"old": TEXT, "new": _PASSWORD}),
    "Account": _ACCOUNT,
    "Accounts": _list("users", "Account"),
    "NewAccount": closed_object(
        {"id": _ID, "name": TEXT, "e_mail": TEXT}, password=_PASSWORD, **_ABOUT_A_USER
    ),
    "AccountChange": closed_object(
        {}, name=TEXT, e_mail=TEXT, disabled=FLAG, password=_PASSWORD, **_ABOUT_A_USER
    ),
    "Token": closed_object(_TOKEN),
    "Tokens": _list("tokens", "Token"),
    "NewToken": closed_object(
        {"name": TEXT, "scopes": _SCOPES},
        days={"type": "integer", "minimum": 1, "maximum": LONGEST_DAYS},
    ),
    "MadeToken": closed_object({**_TOKEN, "secret": TEXT}),
    "Organisation": _NAMED,
    "Organisations": _list("organisations", "Organisation"),
    "Group": closed_object({"id": TEXT, "name": TEXT, "members": {"type": "integer"}}),
    "Groups": _list("groups", "Group"),
    "NewName": closed_object({"id": _ID, "name": TEXT}),
}

ACCOUNT_PARAMETERS: dict[str, dict[str, Any]] = {
    "user": path_parameter("user", "Id of an account."),
    "token": path_parameter("token", "Id of a token."),
    "provider": path_parameter("provider", "Id of a sign-in provider."),
    "back_to": {
        "name": "back_to",
        "in": "query",
        "description": "The path of this node to see once signed in.",
        "schema": {"type": "string", "default": "/"},
    },
    "of-account": {
        "name": "account",
        "in": "query",
        "description": "Whose tokens; one's own when absent. Others' are for administrators.",
        "schema": TEXT,
    },
    "everybody": {
        "name": "everybody",
        "in": "query",
        "description": "Those of every account; for administrators.",
        "schema": {"type": "boolean", "default": False},
    },
    "everywhere": {
        "name": "everywhere",
        "in": "query",
        "description": "Every browser of the account, and not only this one.",
        "schema": {"type": "boolean", "default": False},
    },
}

SECURITY_SCHEMES: dict[str, dict[str, Any]] = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "A token of an account, which begins with iu_.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": cookie_name(secure=True),
        "description": "A signed-in browser. What changes something needs csrf of /api/me in the "
        f"header {FORM_HEADER}, too.",
    },
}

_PEOPLE = "People"


def _gone(path: str, summary: str, *parameters: str) -> Operation:
    return Operation(
        path, _PEOPLE, summary, None, parameters, (), takes_f=False, method="delete", status="204"
    )


def _made(path: str, summary: str, body: str, schema: str) -> Operation:
    return Operation(path, _PEOPLE, summary, schema, method="post", body=body, status="201")


def _sent(path: str, summary: str, *parameters: str) -> Operation:
    """An address that sends a browser on."""
    also = (("502", "The provider can't be reached, or is not who it should be."),)
    return Operation(
        path, _PEOPLE, summary, None, parameters, (), takes_f=False, status="303", also=also
    )


ACCOUNT_OPERATIONS = (
    Operation("/api/me", _PEOPLE, "Who the node takes you for", "Me"),
    Operation(
        "/api/me", _PEOPLE, "Choose a purpose for this browser", "Me",
        method="patch", body="StatedPurpose",
    ),
    Operation("/api/purposes", _PEOPLE, "What may be asked for", "Purposes"),
    Operation(
        "/api/me/password", _PEOPLE, "Change one's own password", "Me",
        method="post", body="PasswordChange",
    ),
    Operation("/api/sign-in", _PEOPLE, "How one can sign in", "WaysIn"),
    _sent("/api/sign-in/oidc/{provider}", "Go to a sign-in provider", "provider", "back_to"),
    _sent("/api/sign-in/oidc/{provider}/return", "Come back from it, signed in", "provider"),
    Operation("/api/session", _PEOPLE, "Sign in", "Me", method="post", body="SignIn"),
    _gone("/api/session", "Sign out", "everywhere"),
    Operation("/api/tokens", _PEOPLE, "One's own tokens", "Tokens", ("of-account", "everybody")),
    _made("/api/tokens", "Make a token", "NewToken", "MadeToken"),
    _gone("/api/tokens/{token}", "End a token", "token"),
    Operation("/api/users", _PEOPLE, "Every account", "Accounts"),
    _made("/api/users", "Make an account", "NewAccount", "Account"),
    Operation("/api/users/{user}", _PEOPLE, "An account", "Account", ("user",)),
    Operation(
        "/api/users/{user}", _PEOPLE, "Change an account", "Account", ("user",),
        method="patch", body="AccountChange",
    ),
    _gone("/api/users/{user}/sessions", "Sign an account out everywhere", "user"),
    Operation("/api/organisations", _PEOPLE, "Every organisation", "Organisations"),
    _made("/api/organisations", "Make an organisation", "NewName", "Organisation"),
    Operation("/api/groups", _PEOPLE, "Every group", "Groups"),
    _made("/api/groups", "Make a group", "NewName", "Group"),
)  # fmt: skip
