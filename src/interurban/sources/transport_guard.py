"""Where a request may go: an answer of a portal must not lead into the node's own network.

A URL that a person wrote into a pack may name any host but the ones cloud machines keep their
secrets on. A URL that a portal gave (a redirect, the next page, a resource of its catalogue) may
not reach further inside than the one the person wrote: from the internet not to a private
address, and to this machine only from this machine.
"""

from __future__ import annotations

import ipaddress
import socket
from enum import IntEnum
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from interurban.core.errors import ConfigurationError, SourceRefused

__all__ = ["Guard", "Scope", "expect_url", "is_same_host", "scope_of"]

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_METADATA = frozenset(
    ipaddress.ip_address(text) for text in ("169.254.169.254", "100.100.100.200", "fd00:ec2::254")
)


class Scope(IntEnum):
    """How far inside an address lies."""

    PUBLIC = 0
    PRIVATE = 1
    LOOPBACK = 2
    FORBIDDEN = 3


def scope_of(text: str) -> Scope:
    """Say how far inside the address lies; link-local and metadata addresses are forbidden."""
    address: Address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or _nat64(address)
        if inner is not None:
            return scope_of(str(inner))
    if address in _METADATA or address.is_link_local or address.is_multicast:
        return Scope.FORBIDDEN
    if address.is_loopback or address.is_unspecified:
        return Scope.LOOPBACK
    return Scope.PUBLIC if address.is_global else Scope.PRIVATE


def expect_url(url: str, part: str = "url") -> str:
    """Make sure that a configured URL is one of http or https with a host.

    Raises
    ------
    ConfigurationError: it is not.
    """
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        httpx.URL(url)
    except (ValueError, httpx.InvalidURL):
        good = False
    if not good:
        raise ConfigurationError(
            f'"{url}" is no web address.',
            advice="Write it whole, beginning with https:// or http://.",
            part=part,
        )
    return url


def is_same_host(one: str, other: str) -> bool:
    """Whether two URLs name the same host and port, whatever their scheme's default."""
    return _host_port(one) == _host_port(other)


class Guard:
    """Watches where the requests of one reading go.

    Parameters
    ----------
    home: the URL a person configured.
    """

    def __init__(self, home: str) -> None:
        self.home = home
        self._scopes: dict[tuple[str, int], Scope] = {}

    def check(self, url: str, previous: str | None = None) -> None:
        """Make sure that a request may go there.

        Parameters
        ----------
        previous: the URL that redirected here, or ``None``.

        Raises
        ------
        SourceRefused: it may not.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise _refused(url, "is no address of the web")
        was = urlsplit(previous).scheme if previous is not None else ""
        if was == "https" and parts.scheme == "http":
            raise _refused(url, "is not encrypted, and the source is")
        scope = self._scope(url)
        if scope is Scope.FORBIDDEN:
            raise _refused(url, "lies where machines keep their own secrets")
        if scope > self._scope(self.home):
            raise _refused(url, "lies further inside this network than the source does")

    def check_peer(self, url: str, response: httpx.Response) -> None:
        """Make sure that the connection ended where the name said it would.

        Raises
        ------
        SourceRefused: the host's name was answered differently a second time.
        """
        stream = response.extensions.get("network_stream")
        address = stream.get_extra_info("server_addr") if stream is not None else None
        if not address or _through_proxy(url):
            return
        scope = scope_of(str(address[0]))
        if scope is Scope.FORBIDDEN or scope > self._scope(self.home):
            raise _refused(url, "answers from another network than its name says")

    def _scope(self, url: str) -> Scope:
        where = _host_port(url)
        if where not in self._scopes:
            self._scopes[where] = _resolve(url, *where)
        return self._scopes[where]


def _resolve(url: str, host: str, port: int) -> Scope:
    """The innermost of a host's addresses; a name only a proxy knows is taken for public."""
    try:
        return scope_of(host)
    except ValueError:
        pass
    if host == "localhost" or host.endswith(".localhost"):
        return Scope.LOOPBACK
    if _through_proxy(url):
        return Scope.PUBLIC
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        return Scope.PUBLIC
    return max(scope_of(str(entry[4][0])) for entry in found)


def _host_port(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return (parts.hostname or "").rstrip("."), parts.port or (
        443 if parts.scheme == "https" else 80
    )


def _through_proxy(url: str) -> bool:
    parts = urlsplit(url)
    proxies = getproxies()
    return (parts.scheme in proxies or "all" in proxies) and not proxy_bypass(parts.hostname or "")


def _nat64(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if address in ipaddress.ip_network("64:ff9b::/96"):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def _refused(url: str, why: str) -> SourceRefused:
    host = urlsplit(url).netloc.rpartition("@")[2] or url[:100]
    return SourceRefused(
        f"The source leads to {host}, which {why}.",
        advice="If the data have moved there, write the new address into the pack.",
    )
