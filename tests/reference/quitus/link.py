"""Origins and links. Sections "origin" and "link" of the document.

    https://relay.example/t/000102030405060708090a0b0c0d0e0f#v1.ICEi...TY3ODk6Ozw9Pj9N9g9N

A text that is no link is refused with its own reason before anyone is asked.
"""

import hashlib
import hmac
import ipaddress
import re
from typing import NamedTuple

from .failure import BadLink, shown
from .text import base64url_bytes, hex_bytes

LINK_MAX = 1_024
# Unicode White_Space. str.strip() alone would also take U+001C to U+001F.
WHITE_SPACE = ("\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008"
               "\u2009\u200a\u2028\u2029\u202f\u205f\u3000")
SECRET_CHARACTERS = 48
LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
ORIGIN = re.compile(r"(https?)://(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::([1-9][0-9]{0,4}))?")


class Origin(NamedTuple):
    """The address of a relay. `host` is without brackets."""

    text: str
    is_tls: bool
    host: str
    port: int


class Link(NamedTuple):
    """What a link says. `secret` is L: it travels in no request."""

    origin: Origin
    id: bytes
    secret: bytes


def parse(text):
    """Reads a link. Raises BadLink."""
    text = text.strip(WHITE_SPACE)
    if len(text.encode(errors="surrogatepass")) > LINK_MAX:
        raise BadLink(f"the link is longer than {LINK_MAX} bytes")
    if "%23" in text.partition("#")[0]:
        text = text.replace("%23", "#", 1)
    address, mark, fragment = text.partition("#")
    origin_text, found, id_text = address.partition("/t/")
    origin = parse_origin(origin_text)
    if not found:
        raise BadLink("the link has no /t/ behind the relay's address")
    id = parse_id(id_text)
    if not mark or not fragment:
        raise BadLink("the part of the link behind # is missing: copy all of it")
    return Link(origin, id, parse_fragment(fragment, id))


def parse_id(text):
    """Reads 32 hex digits."""
    try:
        return hex_bytes(text, 16)
    except ValueError as error:
        raise BadLink(f"the transfer's id in the link is {error}: {shown(text)}") from error


def parse_fragment(fragment, id):
    """Reads `v1.` and 48 characters: L and its check. Never shows them."""
    version, dot, encoded = fragment.partition(".")
    if not dot or version != "v1":
        raise BadLink("the link is not of version v1")
    if len(encoded) != SECRET_CHARACTERS:
        raise BadLink(f"the link's secret has {len(encoded)} characters, expected {SECRET_CHARACTERS}")
    try:
        value = base64url_bytes(encoded)
    except ValueError as error:
        raise BadLink(f"the link's secret is {error}") from error
    secret, check = value[:32], value[32:]
    if not hmac.compare_digest(check, check_of(id, secret)):
        raise BadLink("the link was changed on its way: its check differs")
    return secret


def check_of(id, secret):
    """The four bytes that tell a mistyped link."""
    return hashlib.sha256(b"quitus/link/v1\0" + id + secret).digest()[:4]


def parse_origin(text):
    """Reads an origin in its one spelling. Raises BadLink."""
    found = ORIGIN.fullmatch(text)
    if not found:
        raise BadLink(f"not the address of a relay: {shown(text)}")
    scheme, host, port = found.groups()
    is_tls = scheme == "https"
    usual = 443 if is_tls else 80
    number = int(port) if port else usual
    if number > 65_535 or (port and number == usual):
        raise BadLink(f"not the one spelling of a port: {port}")
    is_loopback = check_host(host)
    if not is_tls and not is_loopback:
        raise BadLink(f"http:// is for this machine only, not for {shown(host)}")
    return Origin(text, is_tls, host.strip("[]"), number)


def check_host(host):
    """Refuses a host in any but its one spelling; says whether it is loopback."""
    if host.startswith("["):
        return check_ipv6(host)
    if host.rpartition(".")[2][:1].isdigit():
        return check_ipv4(host)
    if len(host) > 253 or not all(LABEL.fullmatch(label) for label in host.split(".")):
        raise BadLink(f"not a host name: {shown(host)}")
    return host == "localhost"


def check_ipv4(host):
    """Four decimal numbers without leading zeros."""
    try:
        return ipaddress.IPv4Address(host) in ipaddress.IPv4Network("127.0.0.0/8")
    except ValueError as error:
        raise BadLink(f"not an IPv4 address: {shown(host)}") from error


def check_ipv6(host):
    """RFC 5952; an IPv4-mapped address ends in dotted decimal (its section 5)."""
    try:
        address = ipaddress.IPv6Address(host[1:-1])
    except ValueError as error:
        raise BadLink(f"not an IPv6 address: {shown(host)}") from error
    mapped = address.ipv4_mapped
    printed = f"::ffff:{mapped}" if mapped else address.compressed
    if host != f"[{printed}]":
        raise BadLink(f"not the one spelling of an IPv6 address: {shown(host)}")
    return address == ipaddress.IPv6Address("::1")
