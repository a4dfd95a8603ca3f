"""Which addresses docproc may speak to when somebody else says where: those of the public internet, and those allowed.

A URL in a request is a way to let this server ask servers that only it can reach (server-side request forgery). So what
counts is the address that is connected to, not the name; see `outgoing`, which connects to nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import quote, urlsplit

from docproc.core.errors import UsageError

Address = IPv4Address | IPv6Address
PORTS = frozenset({80, 443, 8080, 8443})  # of hosts that nobody has allowed: those where web servers are
LONGEST = 2000  # characters of a URL
_NAME = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,62}\.)*[a-z0-9_-]{0,62}[a-z0-9_]|[a-z0-9_]")
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f\\]")
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: carries an IPv4 address
# Ranges that no service of the internet is in, and that `is_global` lets through on some Python or other.
_NEVER = tuple(
    ip_network(text)
    for text in (
        "192.0.0.0/24",
        "192.88.99.0/24",
        "64:ff9b:1::/48",
        "2002::/16",
        "2001::/32",
        "::/96",
        "fec0::/10",
        "100::/64",
        "3fff::/20",
    )
)


@dataclass(frozen=True, slots=True)
class Allowed:
    """Hosts beside the public ones: by name, by the end of the name (`.corp.example`), by address or network."""

    names: frozenset[str] = frozenset()
    ends: tuple[str, ...] = ()
    networks: tuple[IPv4Network | IPv6Network, ...] = ()

    def has_name(self, host: str) -> bool:
        """Whether a host is allowed by its name."""
        return host in self.names or host.endswith(self.ends)

    def has_address(self, address: Address) -> bool:
        """Whether an address is in one of the networks."""
        return any(address.version == network.version and address in network for network in self.networks)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a URL leads: `host` is a name or an address without brackets, `path` what is asked for, in ASCII."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """The value of the header Host."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == {"http": 80, "https": 443}[self.scheme] else f"{host}:{self.port}"


def allowed(text: str) -> Allowed:
    """Read `erp.example, .corp.example, 10.0.0.0/8, ::1`. Raises UsageError."""
    names, ends, networks = set(), [], []
    for word in (part.strip().lower() for part in text.split(",")):
        if not word:
            continue
        try:
            networks.append(ip_network(word))
        except ValueError as error:
            if not _NAME.fullmatch(word.removeprefix(".")):
                raise UsageError(f"{word!r} is no host name, address or network such as 10.0.0.0/8") from error
            if word.startswith("."):
                ends.append(word)
            else:
                names.add(word)
    return Allowed(frozenset(names), tuple(ends), tuple(networks))


def target(url: str, beside: Allowed = Allowed()) -> Target:
    """Where a URL leads, as far as that can be told without asking for its address. Raises UsageError (url_refused)."""
    if len(url) > LONGEST or _FORBIDDEN.search(url):
        raise refused("the URL", f"has a space or a control character, or more than {LONGEST} characters")
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
        literal = _literal(host)
        name = host if literal is not None else host.encode("idna").decode("ascii").lower()
    except ValueError as error:  # UnicodeError among them
        raise refused("the URL", "is not one") from error
    if parts.scheme not in ("http", "https"):
        raise refused("the URL", "does not begin with https:// or http://")
    if "@" in parts.netloc:
        raise refused("the URL", "has a name or password in it")
    if literal is None and not _NAME.fullmatch(name):
        raise refused("the URL", "names no host")
    found = Target(parts.scheme, name, port or {"http": 80, "https": 443}[parts.scheme], _path(parts.path, parts.query))
    if literal is not None:
        vetted(found, [literal], beside)
    elif not beside.networks:
        _check_port(found, beside.has_name(name))
    return found


def vetted(found: Target, addresses: Sequence[str], beside: Allowed) -> list[str]:
    """The addresses of a host, all of them fit to be connected to. Raises UsageError where one is not (url_refused).

    A host that is allowed by its name may lie inside, but not where a cloud tells its machines their secrets.
    """
    if not addresses:
        raise refused(found.host, "has no address")
    named = beside.has_name(found.host)
    known = [ip_address(text.partition("%")[0]) for text in addresses]
    listed = [beside.has_address(address) for address in known]
    for address, inside in zip(known, listed, strict=True):
        if not (inside or _public(address) or (named and _within(address))):
            raise refused(found.host, "is not on the public internet, and is not among the hosts that are allowed")
    _check_port(found, named or all(listed))
    return [str(address) for address in known]


def refused(host: str, reason: str) -> UsageError:
    """The error: where docproc does not connect to, and why. It tells no address: what lies inside is nobody's."""
    return UsageError(f"{host} {reason}", code="url_refused")


def _check_port(found: Target, any_port: bool) -> None:
    if not any_port and found.port not in PORTS:
        ports = ", ".join(str(port) for port in sorted(PORTS))
        raise refused(f"port {found.port} of {found.host}", f"is none of {ports}, and the host is not an allowed one")


def _public(address: Address) -> bool:
    address = _carried(address)
    no_host = address.is_multicast or address.is_reserved or address.is_unspecified or address.is_loopback
    local = address.is_link_local or address.is_private
    never = any(address.version == network.version and address in network for network in _NEVER)
    return address.is_global and not (no_host or local or never)


def _within(address: Address) -> bool:
    """Whether a host of one's own may have this address."""
    address = _carried(address)
    metadata = address in (ip_address("fd00:ec2::254"), ip_address("100.100.100.200"), ip_address("192.0.0.192"))
    return not (metadata or address.is_link_local or address.is_multicast or address.is_unspecified)


def _carried(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, where it does."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _literal(host: str) -> str | None:
    try:
        return str(ip_address(host))
    except ValueError:
        return None


def _path(path: str, query: str) -> str:
    kept = "%/:=&?~+!$,;'@()*[]"
    return quote(path or "/", safe=kept) + (f"?{quote(query, safe=kept)}" if query else "")
