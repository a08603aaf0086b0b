"""Bytes as text, in one spelling: hex, base64url, base64. Section "text" of the document.

    00ff   AP8   AP8=

Whatever a reader here accepts prints back to the same text.
"""

import base64
import re

HEX = re.compile(r"(?:[0-9a-f]{2})*")
BASE64 = re.compile(r"[A-Za-z0-9+/]*")
BASE64URL = re.compile(r"[A-Za-z0-9_-]*")


def hex_bytes(text, length):
    """Reads `length` bytes of lower-case hex. Raises ValueError on any other spelling."""
    if len(text) != 2 * length or not HEX.fullmatch(text):
        raise ValueError(f"not {2 * length} lower-case hex digits")
    return bytes.fromhex(text)


def base64url_bytes(text):
    """Reads base64url without padding (RFC 4648 section 5)."""
    if not BASE64URL.fullmatch(text):
        raise ValueError("not base64url without padding")
    return _decode(text, b"-_")


def base64url_text(value):
    """Prints base64url without padding."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def base64_bytes(text):
    """Reads base64 without padding (RFC 4648 section 4)."""
    if not BASE64.fullmatch(text):
        raise ValueError("not base64 without padding")
    return _decode(text, b"+/")


def base64_text(value):
    """Prints base64 without padding."""
    return base64.b64encode(value).rstrip(b"=").decode()


def _decode(text, symbols):
    """Decodes, and encodes again: unused bits that are not zero do not come back."""
    if len(text) % 4 == 1:
        raise ValueError("not a length that base64 can have")
    value = base64.b64decode(text + "=" * (-len(text) % 4), altchars=symbols)
    if base64.b64encode(value, altchars=symbols).rstrip(b"=").decode() != text:
        raise ValueError("unused bits of base64 are not zero")
    return value
