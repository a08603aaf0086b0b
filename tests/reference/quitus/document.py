"""The signed manifest and terms. Sections "document", "manifest" and "terms".

    -----BEGIN SSH SIGNATURE-----
    ...
    -----END SSH SIGNATURE-----
    {"type":"quitus/terms/v1","manifest":"25c5...","version":1,"recipients":[],...}

The signature is verified first; then the JSON is read, printed again and compared, so that there
is one text for one meaning. What only the transfer can tell (id, relay, share) is checked by
`check_bindings`.
"""

import hashlib
import hmac
import json
from typing import NamedTuple, Optional

from . import archive, keys, paths, split, times, tlog
from .failure import Refused, shown
from .parts import ARCHIVE_MAX
from .text import hex_bytes

SIGNATURE_MAX = 4_096
ENTRIES_MAX = 200_000
U32_MAX = 2**32 - 1
MANIFEST_FIELDS = ("type", "id", "relay", "logKey", "sender", "sealedDigest", "shareCommitment",
                   "engagement", "form", "archiveBytes", "entries")
ENTRY_FIELDS = ("path", "mode", "mtime", "file")
FILE_FIELDS = ("bytes", "digest", "salt")
TERMS_FIELDS = ("type", "manifest", "version", "recipients", "expiresAt", "downloads")


class File(NamedTuple):
    """What the manifest says of a file's content. `digest` is BLAKE3."""

    bytes: int
    digest: bytes


class Entry(NamedTuple):
    """A file, or a folder if `file` is None. `mtime` is a times.Moment."""

    path: str
    mode: int
    mtime: times.Moment
    file: Optional[File]


class Manifest(NamedTuple):
    """A manifest whose signature, spelling, entries and layout are right."""

    id: bytes
    relay: str
    sender: str
    share_commitment: bytes
    form: str
    archive_bytes: int
    entries: list
    public_key: bytes
    digest: bytes


def open_manifest(document):
    """Checks 1 to 4 of the section "manifest". Raises Refused."""
    return checked("manifest", read_manifest, document)


def open_terms(document, manifest):
    """Checks the terms against the manifest they are of. Raises Refused."""
    checked("terms", read_terms, document, manifest)


def checked(name, read, *arguments):
    """Says which document it was that is not right."""
    try:
        return read(*arguments)
    except (ValueError, RecursionError) as error:
        raise Refused(f"the {name}: {error}") from error


def read_manifest(document):
    """A manifest from a signed document."""
    public_key, text = verified(document, keys.MANIFEST)
    value = parsed(text, "quitus/manifest/v1", MANIFEST_FIELDS)
    value["entries"] = [in_order(e, ENTRY_FIELDS) for e in array(value["entries"], ENTRIES_MAX)]
    for entry in value["entries"]:
        if entry["file"] is not None:
            entry["file"] = in_order(entry["file"], FILE_FIELDS)
    check_spelling(value, text)
    if value["logKey"] is not None:
        key = tlog.verifier_key(string(value["logKey"]), tlog.SIGNS_NOTES)
        if key.name != string(value["relay"]).split("://", 1)[-1] + "/log":
            raise ValueError(f"{shown(key.name)} is not the log of its relay")
    # A link is of no engagement: its transfers are for keys, and this is a receiver of links.
    if value["engagement"] is not None:
        raise ValueError("it names an engagement, of which the relay said nothing")
    hex_bytes(string(value["sealedDigest"]), 32)
    manifest = Manifest(
        id=hex_bytes(string(value["id"]), 16),
        relay=string(value["relay"]),
        sender=string(value["sender"]),
        share_commitment=hex_bytes(string(value["shareCommitment"]), 32),
        form=string(value["form"]),
        archive_bytes=number(value["archiveBytes"], ARCHIVE_MAX),
        entries=[read_entry(entry) for entry in value["entries"]],
        public_key=public_key,
        digest=hashlib.sha256(text).digest(),
    )
    check_manifest(manifest)
    return manifest


def read_entry(value):
    """One entry; its path is checked with all the others."""
    path = string(value["path"])
    try:
        mode = number(value["mode"], 0o777)
        return Entry(path, mode, times.parse(string(value["mtime"])), read_file(value["file"]))
    except ValueError as error:
        raise ValueError(f"the entry {shown(path)}: {error}") from error


def read_file(value):
    """What an entry says of its content, or None for a folder."""
    if value is None:
        return None
    hex_bytes(string(value["salt"]), 16)
    return File(number(value["bytes"], ARCHIVE_MAX), hex_bytes(string(value["digest"]), 32))


def check_manifest(manifest):
    """What a manifest says of itself must agree."""
    if manifest.sender != keys.fingerprint(manifest.public_key):
        raise ValueError(f"{shown(manifest.sender)} did not sign it")
    if manifest.form not in ("file", "secret", "tar"):
        raise ValueError(f"the form {shown(manifest.form)} is not known")
    paths.check_entries(manifest.entries)
    length = archive.length_of(archive.layout(manifest.form, manifest.entries))
    if length != manifest.archive_bytes:
        raise ValueError(f"its entries make {length} bytes, it says {manifest.archive_bytes}")


def check_bindings(manifest, link, share, archive_bytes):
    """Check 5 of the section "manifest": it is the one of this link and this grant."""
    if manifest.id != link.id:
        raise Refused("the manifest is of another transfer")
    if manifest.relay != link.origin.text:
        raise Refused(f"the manifest was sent through {shown(manifest.relay)}, not this relay")
    commitment = split.share_commitment(link.id, share)
    if not hmac.compare_digest(commitment, manifest.share_commitment):
        raise Refused("the relay gave out another share than the sender's")
    if manifest.archive_bytes != archive_bytes:
        raise Refused(f"the relay says {archive_bytes} bytes, the manifest {manifest.archive_bytes}")


def read_terms(document, manifest):
    """The terms need no memory: everything in them is for the relay or the sender to keep."""
    public_key, text = verified(document, keys.TERMS)
    value = parsed(text, "quitus/terms/v1", TERMS_FIELDS)
    check_spelling(value, text)
    if public_key != manifest.public_key:
        raise ValueError("another key signed them than the manifest")
    if hex_bytes(string(value["manifest"]), 32) != manifest.digest:
        raise ValueError("they are of another manifest")
    if array(value["recipients"], ENTRIES_MAX):
        raise ValueError("they name recipients, which this version cannot check")
    number(value["version"], U32_MAX)
    times.parse(string(value["expiresAt"]))
    number(value["downloads"], U32_MAX)


def verified(document, namespace):
    """The key that signed, and the JSON it signed."""
    end = document[:SIGNATURE_MAX].find(keys.END.encode())
    if end < 0:
        raise ValueError(f"no signature within the first {SIGNATURE_MAX} bytes")
    end += len(keys.END)
    armour = document[:end].decode("ascii")
    return keys.verify(armour, namespace, document[end:]), document[end:]


def parsed(text, kind, fields):
    """The JSON's fields in the order of the table, if it is of this type."""
    value = json.loads(text.decode("utf-8"))
    found = value.get("type") if isinstance(value, dict) else None
    if found != kind:
        raise ValueError(f"the type {shown(str(found))} is not {kind}")
    return in_order(value, fields)


def in_order(value, fields):
    """An object with exactly these fields, in this order."""
    if not isinstance(value, dict) or set(value) != set(fields):
        raise ValueError(f"not an object with the fields {', '.join(fields)}")
    return {field: value[field] for field in fields}


def check_spelling(value, text):
    """Prints what was read; only that text may have been read."""
    printed = json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"
    if printed.encode() != text:
        raise ValueError("its JSON has another spelling than the one allowed")


def string(value):
    """A JSON string."""
    if not isinstance(value, str):
        raise ValueError("a field is not a string")
    return value


def number(value, most):
    """A JSON number from 0 to `most`. True and False are numbers to Python, not to us."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise ValueError(f"a field is not a number from 0 to {most}")
    return value


def array(value, most):
    """A JSON array of at most `most` values."""
    if not isinstance(value, list) or len(value) > most:
        raise ValueError(f"a field is not a list of at most {most}")
    return value
