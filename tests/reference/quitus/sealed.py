"""age v1: headers, X25519 stanzas, payloads. Sections "header" and "sealed" of the document.

    age-encryption.org/v1
    -> X25519 YFpyXSpK3+6xop4X7dYhwbdZPujNvESsbEq24vgF0jw
    kv5nAh4zsRCotJo1WfkAwi2GCeP4Ubt0pv69h4/XI2g
    --- H42nqQW3K0jmRDTCUqrS21jpzH3g1L51xb6wNojKAPI
    16 bytes of payload nonce, then chunks

Promises that no byte of a chunk that did not authenticate comes out. Knows X25519 stanzas only.
"""

import hmac
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from .failure import Refused
from .parts import CHUNK, TAG
from .split import hkdf
from .text import base64_bytes

HEADER_MAX = 65_536
NONCE = 16
FIRST_LINE = b"age-encryption.org/v1"
BODY_LINE = 64
SEALED_CHUNK = CHUNK + TAG


class Stanza(NamedTuple):
    """One way to the file key: a type, its arguments, a body."""

    words: list
    body: bytes


class Header(NamedTuple):
    """A well-formed header. `text` is what the MAC covers; `length` counts the nonce too."""

    stanzas: list
    text: bytes
    mac: bytes
    nonce: bytes
    length: int


def parse_header(data):
    """Reads the header and the nonce at the beginning of `data`. Raises Refused."""
    try:
        return read_header(data[:HEADER_MAX])
    except ValueError as error:
        raise Refused(f"the age header is not well-formed: {error}") from error


def read_header(data):
    """The grammar: a first line, stanzas, the MAC, the nonce."""
    line, at = read_line(data, 0)
    if line != FIRST_LINE:
        raise ValueError("it does not begin with age-encryption.org/v1")
    stanzas = []
    while data.startswith(b"-> ", at):
        stanza, at = read_stanza(data, at)
        stanzas.append(stanza)
    if not stanzas:
        raise ValueError("it has no stanza")
    text = data[:at] + b"---"
    line, at = read_line(data, at)
    if not line.startswith(b"--- ") or len(line) != 4 + 43:
        raise ValueError("no MAC behind the stanzas")
    mac = base64_bytes(line[4:].decode("ascii"))
    nonce = data[at:at + NONCE]
    if len(nonce) != NONCE:
        raise ValueError("it is cut off, or longer than 65,536 bytes")
    return Header(stanzas, text, mac, nonce, at + NONCE)


def read_line(data, at):
    """The line that begins at `at`, and where the next one begins."""
    end = data.find(b"\n", at)
    if end < 0:
        raise ValueError("a line does not end")
    return data[at:end], end + 1


def read_stanza(data, at):
    """One stanza: words, then a body whose first line below 64 characters is its last."""
    line, at = read_line(data, at)
    words = line[3:].split(b" ")
    if not all(word and all(0x21 <= byte <= 0x7E for byte in word) for word in words):
        raise ValueError("a stanza's words are not visible ASCII with one space between two")
    body = b""
    while True:
        line, at = read_line(data, at)
        if len(line) > BODY_LINE:
            raise ValueError("a line of a stanza's body is longer than 64 characters")
        body += base64_bytes(line.decode("ascii"))
        if len(line) < BODY_LINE:
            return Stanza([word.decode() for word in words], body), at


def open_header(key, header):
    """The payload key, by the X25519 scalar `key`. Raises Refused."""
    file_key = find_file_key(key, header.stanzas)
    mac = hmac.digest(hkdf(file_key, b"", b"header"), header.text, "sha256")
    if not hmac.compare_digest(mac, header.mac):
        raise Refused("the MAC of the age header differs")
    return hkdf(file_key, header.nonce, b"payload")


def find_file_key(key, stanzas):
    """The file key in the first X25519 stanza that is for us."""
    scalar = X25519PrivateKey.from_private_bytes(key)
    for stanza in stanzas:
        if stanza.words[0] == "X25519":
            file_key = unwrap(scalar, stanza)
            if file_key is not None:
                return file_key
    raise Refused("the link and the relay's share do not open it: no stanza is for this key")


def unwrap(scalar, stanza):
    """The file key in one X25519 stanza, or None if the stanza is for someone else."""
    ephemeral = check_x25519(stanza)
    try:
        secret = scalar.exchange(X25519PublicKey.from_public_bytes(ephemeral))
    except ValueError as error:  # The library refuses a shared secret that is all zeros.
        raise Refused("an X25519 stanza has a point of small order") from error
    recipient = scalar.public_key().public_bytes_raw()
    wrap_key = hkdf(secret, ephemeral + recipient, b"age-encryption.org/v1/X25519")
    try:
        return ChaCha20Poly1305(wrap_key).decrypt(bytes(12), stanza.body, None)
    except InvalidTag:
        return None


def check_x25519(stanza):
    """The 32 bytes of the one argument; the body has 32 bytes."""
    if len(stanza.words) != 2 or len(stanza.body) != 32:
        raise Refused("an X25519 stanza has not one argument and a body of 32 bytes")
    try:
        ephemeral = base64_bytes(stanza.words[1])
    except ValueError as error:
        raise Refused(f"the argument of an X25519 stanza is {error}") from error
    if len(ephemeral) != 32:
        raise Refused("the argument of an X25519 stanza has not 32 bytes")
    return ephemeral


def open_chunk(payload_key, number, is_last, sealed):
    """The plaintext of one chunk. Raises Refused if it does not authenticate."""
    nonce = number.to_bytes(11, "big") + bytes([is_last])
    try:
        return ChaCha20Poly1305(payload_key).decrypt(nonce, sealed, None)
    except InvalidTag as error:
        raise Refused(f"chunk {number} does not authenticate") from error


def open_chunks(payload_key, first_chunk, holds_end, sealed):
    """Yields the plaintext of consecutive chunks; the last one ends the stream if `holds_end`."""
    n_chunks = max(1, -(-len(sealed) // SEALED_CHUNK))
    for n in range(n_chunks):
        chunk = sealed[n * SEALED_CHUNK:(n + 1) * SEALED_CHUNK]
        is_last = holds_end and n == n_chunks - 1
        number = first_chunk + n
        if len(chunk) <= TAG and number > 0:
            raise Refused(f"chunk {number} is empty")
        yield open_chunk(payload_key, number, is_last, chunk)


def open_file(key, data):
    """The plaintext of a whole age v1 file in memory."""
    header = parse_header(data)
    payload_key = open_header(key, header)
    return b"".join(open_chunks(payload_key, 0, True, data[header.length:]))
