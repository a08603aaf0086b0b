"""Signed notes, checkpoints, cosignatures and proofs. Section "tlog" of docs/protocol.md.

    c2sp.org/tlog-proof@v1
    index 1
    hDXs5f6ZP4rsY5NNDRAaWfKpJFSX6qHYeBIzzPpVN9c=

    relay.example/log
    2
    1pTJw2WbCyLpc2VXsXoh9PZ6YIDWLqGXzvGoFbwJyTk=

    — relay.example/log Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=

Nothing here knows whose keys are whose.
"""

import base64
import hashlib
import re
from typing import NamedTuple

from . import keys, times

NOTE_MAX = 65_536
SIGNATURES_MAX = 128
SIGNS_NOTES = 1
COSIGNS = 4

NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")
NAME = re.compile(r"[^\s+]+")
SIGNATURE_LINE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+=*)")


class VerifierKey(NamedTuple):
    """`NAME+hex(key id)+base64(algorithm and key)`, as it stands in a policy."""

    name: str
    id: bytes
    algorithm: int
    key: bytes


class Note(NamedTuple):
    """A text and the (name, key id, signature) behind it."""

    text: bytes
    signatures: list


class Checkpoint(NamedTuple):
    """What the text of a checkpoint says."""

    origin: str
    size: int
    root: bytes


class Proof(NamedTuple):
    """A proof file: where the entry is, and the bytes of the checkpoint's note."""

    index: int
    path: list
    note: bytes


def verifier_key(text, algorithm):
    """Reads a verifier key of one algorithm. Raises ValueError."""
    name, key_id, encoded = (text.split("+", 2) + ["", ""])[:3]
    value = base64_exact(encoded)
    if not NAME.fullmatch(name) or len(value) != 33 or value[0] != algorithm:
        raise ValueError("not a verifier key")
    if hashlib.sha256(name.encode() + b"\n" + value).digest()[:4].hex() != key_id:
        raise ValueError("the key id of a verifier key is not its own")
    return VerifierKey(name, bytes.fromhex(key_id), algorithm, value[1:])


def parse_note(data):
    """Cuts a note into its text and signatures. Raises ValueError."""
    if len(data) > NOTE_MAX:
        raise ValueError("a note of too many bytes")
    text = data.decode("utf-8")
    if any(c != "\n" and (ord(c) < 0x20 or ord(c) == 0x7F) for c in text):
        raise ValueError("a note with control characters")
    said, blank, rest = text.rpartition("\n\n")
    if not blank or not rest.endswith("\n"):
        raise ValueError("not a signed note")
    lines = rest[:-1].split("\n")
    if len(lines) > SIGNATURES_MAX:
        raise ValueError("a note of too many signatures")
    signatures = [signature_line(line) for line in lines]
    if len({(name, key_id) for name, key_id, _ in signatures}) != len(signatures):
        raise ValueError("a note with two signatures of one key")
    return Note((said + "\n").encode(), signatures)


def signature_line(line):
    """One line behind a note: name, key id, and the bytes of the signature."""
    found = SIGNATURE_LINE.fullmatch(line)
    if not found:
        raise ValueError("not the line of a signature")
    value = base64_exact(found[2])
    if len(value) < 5:
        raise ValueError("a signature that is too short")
    return found[1], value[:4], value[4:]


def parse_checkpoint(text):
    """The three lines of a checkpoint. Raises ValueError."""
    lines = text.decode("utf-8").split("\n")
    if len(lines) != 4 or not NAME.fullmatch(lines[0]):
        raise ValueError("not the three lines of a checkpoint")
    return Checkpoint(lines[0], number(lines[1]), hash_of(lines[2]))


def is_signed(note, key):
    """Whether the log signed the note. Raises ValueError on a signature in its name that is wrong."""
    value = signature_of(note, key)
    if value is None:
        return False
    keys.check_ed25519(key.key, value, note.text)
    return True


def cosigned_at(note, key):
    """The second at which the witness cosigned, or None. Raises ValueError on one in its name that is wrong."""
    value = signature_of(note, key)
    if value is None:
        return None
    time = int.from_bytes(value[:8], "big")
    if time > times.LAST.seconds:
        raise ValueError("a cosignature of no time")
    message = b"cosignature/v1\ntime %d\n" % time + note.text
    keys.check_ed25519(key.key, value[8:], message)
    return time


def signature_of(note, key):
    """The bytes that stand behind this key's name and id."""
    for name, key_id, value in note.signatures:
        if (name, key_id) == (key.name, key.id):
            return value
    return None


def parse_proof(text):
    """Cuts a proof file. The note in it is left as it is. Raises ValueError."""
    head, blank, note = text.partition("\n\n")
    lines = head.split("\n")
    if not blank or lines[0] != "c2sp.org/tlog-proof@v1" or len(lines) < 2:
        raise ValueError("not a tlog-proof")
    if not lines[1].startswith("index "):
        raise ValueError("a proof without an index")
    return Proof(number(lines[1][len("index "):]), [hash_of(line) for line in lines[2:]], note.encode())


def entry(statement, signature):
    """What the log holds of a statement: two digests."""
    digests = [hashlib.sha256(value).hexdigest() for value in (statement, signature)]
    return ("quitus/entry/v1\n%s\n%s\n" % tuple(digests)).encode()


def leaf(value):
    """The hash of an entry (RFC 6962 section 2.1)."""
    return hashlib.sha256(b"\0" + value).digest()


def node(left, right):
    """The hash of two neighbours."""
    return hashlib.sha256(b"\1" + left + right).digest()


def is_included(entry_hash, index, size, path, root):
    """RFC 9162 section 2.1.3.2."""
    if index >= size:
        return False
    fn, sn, r = index, size - 1, entry_hash
    for p in path:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            r = node(p, r)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node(r, p)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and r == root


def is_consistent(first, second, path, first_root, second_root):
    """RFC 9162 section 2.1.4.2, for 0 < first < second."""
    if not 0 < first < second or not path:
        return False
    path = list(path)
    if first & (first - 1) == 0:
        path.insert(0, first_root)
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = node(c, fr), node(c, sr)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node(sr, c)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and fr == first_root and sr == second_root


def number(text):
    """Decimal digits without leading zeros, below 2^63."""
    if not NUMBER.fullmatch(text) or int(text) >= 2**63:
        raise ValueError("not a number in its one spelling")
    return int(text)


def hash_of(text):
    """32 bytes in base64."""
    value = base64_exact(text)
    if len(value) != 32:
        raise ValueError("not a hash of 32 bytes")
    return value


def base64_exact(text):
    """Base64 with padding, in its one spelling."""
    value = base64.b64decode(text.encode("ascii"), validate=True)
    if base64.b64encode(value).decode() != text:
        raise ValueError("base64 in another spelling")
    return value
