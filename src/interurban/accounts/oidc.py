"""OpenID Connect, as the one who relies on it: authorization code with PKCE, and ID tokens.

Everything a provider says is checked: its own description, the signature of the token against its
keys (looked up anew when they changed), issuer, audience, nonce and times.

Sources: OpenID Connect Core 1.0, sections 3.1.2 and 3.1.3; RFC 7636 (PKCE); RFC 9207 (issuer in
the answer); RFC 9700 (security practice of OAuth 2.0).
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx
from authlib.common.urls import add_params_to_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from interurban.core.errors import SignInNeeded, SourceRefused, SourceUnreachable

from .providers import Provider, is_safe_url

__all__ = ["Relying"]

_ALGORITHMS = ("RS256", "PS256", "ES256", "RS384", "RS512", "ES384", "ES512", "PS512", "Ed25519")
"""Signatures that need the provider's private key: never ``none``, never a shared secret."""

_LEEWAY_S = 60
_KEPT_S = 3_600.0
_TIMEOUT_S = 10.0
_MOST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class _Description:
    authorization: str
    token: str
    keys: str
    methods: tuple[str, ...]
    algorithms: tuple[str, ...]
    names_itself: bool
    read_at: float


class Relying:
    """What this node needs of one provider.

    Parameters
    ----------
    provider: as it is configured.
    """

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self._description: _Description | None = None
        self._keys: tuple[KeySet, float] | None = None

    def authorization_url(self, redirect: str, state: str, nonce: str, verifier: str) -> str:
        """Where the browser goes to sign in.

        Parameters
        ----------
        redirect: where it comes back to.
        verifier: the secret of PKCE; only its hash goes along.

        Raises
        ------
        SourceUnreachable, SourceRefused: the provider can't be asked, or is not who it should be.
        """
        asked = {
            "response_type": "code",
            "client_id": self.provider.client,
            "redirect_uri": redirect,
            "scope": " ".join(self.provider.scopes),
            "state": state,
            "nonce": nonce,
            "code_challenge": create_s256_code_challenge(verifier),
            "code_challenge_method": "S256",
        }
        return str(add_params_to_uri(self._described().authorization, list(asked.items())))

    def check_answer(self, answer: Mapping[str, str]) -> str:
        """The code in what the browser came back with.

        Raises
        ------
        SignInNeeded: the provider refused, or it is another one's answer.
        """
        issuer = answer.get("iss")
        if issuer is None and self._described().names_itself:
            raise self._refused("its answer does not say whose it is")
        if issuer is not None and issuer != self.provider.issuer:
            raise self._refused("the answer is another provider's")
        error = answer.get("error", "")
        if error:
            plain = error if error.replace("_", "").isalnum() and error.isascii() else "an error"
            raise self._refused(f"it says {plain[:60]}")
        code = answer.get("code", "")
        if not code:
            raise self._refused("its answer has no code")
        return code

    def claims(self, code: str, redirect: str, nonce: str, verifier: str) -> dict[str, Any]:
        """What the provider says of who signed in, once that is sure.

        Raises
        ------
        SignInNeeded: a check failed. SourceUnreachable, SourceRefused.
        """
        described = self._described()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect,
            "code_verifier": verifier,
            "client_id": self.provider.client,
        }
        auth = None
        if self.provider.secret and "client_secret_basic" in described.methods:
            # RFC 6749, 2.3.1: both are form-encoded before they are joined.
            auth = httpx.BasicAuth(quote(self.provider.client), quote(self.provider.secret))
        elif self.provider.secret:
            form["client_secret"] = self.provider.secret
        answer = self._ask("POST", described.token, data=form, auth=auth)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise self._refused("it gave no ID token")
        return self._checked(token, str(answer.get("access_token") or ""), nonce)

    def _checked(self, token: str, access_token: str, nonce: str) -> dict[str, Any]:
        try:
            try:
                decoded = jwt.decode(token, self._key_set(), self._described().algorithms)
            except JoseError:
                # The keys may have changed since they were read; a forged token fails again.
                self._keys = None
                decoded = jwt.decode(token, self._key_set(), self._described().algorithms)
            claims = CodeIDToken(
                decoded.claims,
                decoded.header,
                options={
                    "iss": {"essential": True, "value": self.provider.issuer},
                    "aud": {"essential": True, "value": self.provider.client},
                },
                params={
                    "nonce": nonce,
                    "client_id": self.provider.client,
                    "access_token": access_token,
                },
            )
            claims.validate(now=int(time.time()), leeway=_LEEWAY_S)
        except (JoseError, ValueError, TypeError) as error:
            reason = getattr(error, "error", "") or "it can't be read"
            raise self._refused(f"its token is not valid ({reason})") from error
        subject = claims["sub"]
        if not isinstance(subject, str) or not 0 < len(subject) <= 255:
            raise self._refused("its token does not say who it is about")
        return dict(claims)

    # What the provider publishes

    def _described(self) -> _Description:
        held = self._description
        if held is not None and time.monotonic() - held.read_at < _KEPT_S:
            return held
        base = self.provider.issuer.removesuffix("/")
        said = self._ask("GET", f"{base}/.well-known/openid-configuration")
        if said.get("issuer") != self.provider.issuer:
            raise self._wrong("its description names another issuer")
        offered = said.get("id_token_signing_alg_values_supported") or ["RS256"]
        algorithms = tuple(name for name in _ALGORITHMS if name in offered)
        if not algorithms:
            raise self._wrong("it signs in no way that is safe")
        methods = said.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        self._description = _Description(
            authorization=self._address(said, "authorization_endpoint"),
            token=self._address(said, "token_endpoint"),
            keys=self._address(said, "jwks_uri"),
            methods=tuple(map(str, methods)),
            algorithms=algorithms,
            names_itself=said.get("authorization_response_iss_parameter_supported") is True,
            read_at=time.monotonic(),
        )
        return self._description

    def _address(self, said: Mapping[str, Any], name: str) -> str:
        address = said.get(name)
        if not isinstance(address, str) or not is_safe_url(address):
            raise self._wrong(f"its {name} is no https address")
        return address

    def _key_set(self) -> KeySet:
        if self._keys is None or time.monotonic() - self._keys[1] > _KEPT_S:
            said = self._ask("GET", self._described().keys)
            keys = said.get("keys")
            if not isinstance(keys, list):
                raise self._wrong("its keys can't be read")
            try:
                self._keys = KeySet.import_key_set({"keys": keys}), time.monotonic()
            except (JoseError, ValueError, TypeError, KeyError) as error:
                raise self._wrong("its keys can't be read") from error
        return self._keys[0]

    def _ask(
        self,
        method: str,
        url: str,
        *,
        data: dict[str, str] | None = None,
        auth: httpx.BasicAuth | None = None,
    ) -> dict[str, Any]:
        body = bytearray()
        try:
            with (
                httpx.Client(timeout=_TIMEOUT_S, follow_redirects=False) as client,
                client.stream(
                    method, url, data=data, auth=auth, headers={"Accept": "application/json"}
                ) as answer,
            ):
                for chunk in answer.iter_bytes():
                    body += chunk
                    if len(body) > _MOST_BYTES:
                        raise self._wrong("its answer is too long")
                status = answer.status_code
        except httpx.HTTPError as error:
            raise SourceUnreachable(
                f"{self.provider.title} can't be reached to sign in.",
                advice="Try again, or sign in with a password.",
            ) from error
        if status != httpx.codes.OK:
            if method == "POST":
                raise self._refused("it does not accept the code")
            raise self._wrong(f"it answers {status}")
        try:
            said = json.loads(bytes(body))
        except (ValueError, RecursionError) as error:
            raise self._wrong("its answer is no JSON") from error
        if not isinstance(said, dict):
            raise self._wrong("its answer is no JSON object")
        return said

    def _refused(self, reason: str) -> SignInNeeded:
        return SignInNeeded(
            f"The sign-in at {self.provider.title} is not accepted: {reason}.",
            advice="Begin again.",
        )

    def _wrong(self, reason: str) -> SourceRefused:
        return SourceRefused(
            f"{self.provider.title} can't be used to sign in: {reason}.",
            advice="Tell an administrator of this node.",
        )
