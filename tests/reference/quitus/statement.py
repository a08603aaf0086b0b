"""A statement: its layout, its fields, its type. Section "Statement" of docs/evidence.md.

    {
      "_type": "https://in-toto.io/Statement/v1",
      "subject": [
    ...

`read` takes bytes whose signature was verified, and says why they are no statement by the reason of the
document.
"""

import hashlib
import json
import re
import unicodedata
from typing import NamedTuple, Optional

from . import keys, times
from .text import base64_bytes

BYTES_MAX = 1_048_576
NUMBER_MAX = 2**53 - 1
DEPTH_MAX = 127
IN_TOTO = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = re.compile(r"urn:quitus:([a-z-]+):([^:]*)")
ROLES = ("relay", "client", "freelancer", "sender", "recipient")
HOLDERS = ("freelancer", "recipient")

# Who may make statements of a type. A role that is not here makes none.
TYPES = {
    "received": ("relay",),
    "delivered": ("relay",),
    "revoked": ("relay",),
    "expired": ("relay",),
    "destroyed": ("relay",),
    "deactivated": ("relay",),
    "access-log-exported": ("relay",),
    "returned": ("freelancer",),
    "destroyed-by-holder": HOLDERS,
    "instructed": ("client",),
    "access-reviewed": ("client",),
    "checked": ("client", "sender"),
    "credentials-changed": ("client",),
    "acknowledged": ("client",),
    "accepted": ("client", "freelancer", "recipient"),
    "engaged": ("client", "freelancer"),
    "amended": ("client", "freelancer"),
    "destruction-incomplete": ROLES,
    "frozen": ROLES,
    "thawed": ROLES,
    "corrected": ROLES,
}

COMMON = ("engagement seq prev seen nonce issuer issuedAt notBefore observed declared notCovered facts "
          "tool").split()
BY_RELAY = ("instruction ending nConsumed nReleased shareCommitment actions backupsAfter")
BY_HOLDER = ("instruction? transfers files searched copies retained nKeysErased answers certificate?")
FACTS = {
    "received": "request owner recipients shareCommitment archiveBytes nParts expiresAt downloads",
    "delivered": "who? grant end nConsumed nReleased",
    "revoked": "instruction nConsumed nReleased",
    "expired": "expiresAt nConsumed nReleased",
    "destroyed": BY_RELAY,
    "deactivated": "member lastUsedAt inactiveDays",
    "access-log-exported": "from until nLines",
    "returned": "transfers",
    "destroyed-by-holder": BY_HOLDER,
    "instructed": "choice transfers by?",
    "access-reviewed": "month members nLive nNeverFetched",
    "checked": "store nVersions nDeleteMarkers nUploads",
    "credentials-changed": "transfers",
    "acknowledged": "heads missing reservations?",
    "accepted": "manifest sender nFiles bytes files isReturn",
    "engaged": "rules client freelancer other? documents reservations? relay",
    "amended": "version rules other?",
    "frozen": "at isIncident",
    "thawed": "at isIncident",
    "corrected": "statement",
}


# The form of a fact by its name. A list is in brackets; a question mark is behind what may be null.
FORMS = {
    "digest": "request instruction shareCommitment manifest rules other statement certificate digest sha256",
    "fingerprint": "owner member sender client freelancer statementKey who",
    "time": "at by from until backupsAfter expiresAt lastUsedAt lastSeenAt",
    "count": "bytes archiveBytes n nLines nKeysErased nFiles nUnreadable nLive nNeverFetched nVersions "
             "nDeleteMarkers nUploads",
    "count32": "nParts nConsumed nReleased downloads inactiveDays version",
    "bool": "isReturn isIncident",
    "[digest]": "heads",
    "[fingerprint]": "recipients",
    "[transfer]": "transfers",
    "[string]": "missing",
}
FORM_OF = {name: form for form, names in FORMS.items() for name in names.split()}
OBJECTS = {
    "files": "bytes digest",
    "file": "bytes digest",
    "actions": "method at n effect",
    "copies": "place? fileSystem bytes state method? effect",
    "searched": "place? fileSystem nFiles nUnreadable",
    "retained": "file basis",
    "answers": "question language text answer",
    "members": "member lastSeenAt? decision",
    "documents": "name sha256",
    "relay": "origin statementKey logKey",
}
SINGLE = ("file", "relay")
WORDS = {
    "ending": "expired used revoked",
    "end": "confirmed lease-ended",
    "choice": "destroy return both",
    "state": "destroyed retained left",
    "decision": "keep cut",
    "method": "share.erase store.delete-version access.revoke unlink overwrite-and-unlink key.erase "
              "volume-key.erase device-sanitised-externally paper-destroyed third-party-deletion-requested",
}


class Wrong(Exception):
    """A reason of the document, and what was found."""

    def __init__(self, reason, found):
        super().__init__(f"{reason}: {found}")
        self.reason = reason
        self.found = found


class Statement(NamedTuple):
    """What the verification needs of a statement."""

    kind: str
    role: str
    name: str
    key: str
    scope: Optional[str]
    seq: int
    prev: Optional[str]
    issued_at: times.Moment
    references: list
    documents: set
    digest: str


def parse(data):
    """The values of a file in the layout. Raises Wrong."""
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=object_of)
        check_values(value)
        printed = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
        if printed.encode() != data:
            raise ValueError("printing its values gives other bytes")
    except (ValueError, RecursionError) as error:
        raise Wrong("layout", str(error)) from error
    return value


def object_of(pairs):
    """An object, if every name stands in it once."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in an object")
    return found


def check_values(value, depth=0):
    """Refuses numbers and strings that the layout does not have, and more depth."""
    if isinstance(value, (dict, list)) and depth == DEPTH_MAX:
        raise ValueError("too many lists and objects inside each other")
    if isinstance(value, dict):
        for name, inner in value.items():
            check_string(name)
            check_values(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            check_values(inner, depth + 1)
    elif isinstance(value, str):
        check_string(value)
    elif isinstance(value, float):
        raise ValueError("a number that is not whole")
    elif isinstance(value, int) and abs(value) > NUMBER_MAX:
        raise ValueError("a number beyond 2^53 - 1")


def check_string(text):
    """Refuses other normal forms than C, and control characters."""
    if unicodedata.normalize("NFC", text) != text:
        raise ValueError("a text that is not in normal form C")
    if any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 for c in text):
        raise ValueError("a text with control characters")


def type_of(value):
    """The type in `predicateType`. Raises Wrong for other versions and types."""
    text = value.get("predicateType") if isinstance(value, dict) else None
    if not isinstance(text, str):
        raise Wrong("malformed", "there is no predicateType")
    found = PREDICATE_TYPE.fullmatch(text)
    if not found or found[1] not in TYPES:
        raise Wrong("type", f"the type {text!r} is not known")
    if found[2] != "v1":
        raise Wrong("version", f"version {found[2]} of a type known in version v1")
    return found[1]


def read(value, kind, data):
    """The fields of a statement of that type. Raises Wrong."""
    try:
        return fields(value, kind, data)
    except ValueError as error:
        raise Wrong("malformed", str(error)) from error


def fields(value, kind, data):
    """Checks every field that the document names."""
    has(value, "_type", "subject", "predicateType", "predicate")
    if value["_type"] != IN_TOTO:
        raise ValueError("the _type is not that of an in-toto Statement")
    subjects = [subject(one) for one in listed(value["subject"])]
    if not subjects:
        raise ValueError("there is no subject")
    said = has(value["predicate"], *COMMON)
    check_common(said)
    issuer = said["issuer"]
    check_facts(said["facts"], facts_of(kind, issuer["role"]))
    return Statement(kind, issuer["role"], issuer["name"], issuer["key"], scope(said, subjects), said["seq"],
                     said["prev"], times.parse(said["issuedAt"]), references(kind, issuer["role"], said),
                     {digest for name, digest in subjects if name.startswith("document:")},
                     hashlib.sha256(data).hexdigest())


def check_common(said):
    """The fields that every type has."""
    if said["engagement"] is not None:
        hex_text(said["engagement"], 16)
    count(said["seq"])
    if said["prev"] is not None:
        hex_text(said["prev"], 32)
    if said["seq"] == 0 or (said["seq"] == 1) != (said["prev"] is None):
        raise ValueError("seq and prev do not agree")
    for digest in listed(said["seen"]):
        hex_text(digest, 32)
    hex_text(said["nonce"], 16)
    issuer = has(said["issuer"], "role", "name", "key")
    if issuer["role"] not in ROLES:
        raise ValueError("no role")
    string(issuer["name"])
    fingerprint(issuer["key"])
    times.parse(string(said["issuedAt"]))
    not_before(said["notBefore"])
    for one in listed(said["observed"]):
        times.parse(string(has(one, "at", "code", "what", "result")["at"]))
        strings(one, "code", "what", "result")
    for one in listed(said["declared"]):
        strings(one, "language", "text")
    for one in listed(said["notCovered"]):
        strings(one, "code", "what")
    string(said["tool"])


def subject(one):
    """The name and the digest of a subject."""
    has(one, "name", "digest")
    name, digest = string(one["name"]), has(one["digest"], "sha256")["sha256"]
    hex_text(digest, 32)
    kind, colon, rest = name.partition(":")
    if kind in ("transfer", "engagement") and colon:
        hex_text(rest, 16)
    elif kind == "statement" and colon:
        if rest != digest:
            raise ValueError("the digest of a statement is not the one in its name")
    elif kind != "document" or not rest:
        raise ValueError("a subject of no kind")
    return name, digest


def not_before(value):
    """Null, or a checkpoint."""
    if value is not None:
        has(value, "origin", "size", "root")
        string(value["origin"])
        count(value["size"])
        hex_text(value["root"], 32)


def facts_of(kind, role):
    """The names of the facts; a question mark is behind those that may be null."""
    if kind == "destruction-incomplete":
        return BY_RELAY if role == "relay" else BY_HOLDER
    return FACTS[kind]


def check_facts(facts, names):
    """Every fact is there and of its form, and null only where it may be."""
    for name in names.split():
        fact = name.rstrip("?")
        value = has(facts, fact)[fact]
        if value is not None or not name.endswith("?"):
            check_fact(fact, value)


def check_fact(name, value):
    """One fact, by its name."""
    if name in OBJECTS:
        for one in [value] if name in SINGLE else listed(value):
            check_facts(one, OBJECTS[name])
    elif name in WORDS:
        if string(value) not in WORDS[name].split():
            raise ValueError(f"no word for {name}")
    else:
        form = FORM_OF.get(name, "string")
        for one in listed(value) if form.startswith("[") else [value]:
            CHECKS[form.strip("[]")](one)


def scope(said, subjects):
    """The engagement, or else the transfer."""
    if said["engagement"] is not None:
        return "engagement:" + said["engagement"]
    for name, _ in subjects:
        if name.startswith("transfer:"):
            return name
    return None


def references(kind, role, said):
    """The digests of the statements it names."""
    facts = said["facts"]
    found = list(said["seen"])
    if kind == "acknowledged":
        found += listed(facts["heads"])
    if kind in ("engaged", "amended"):
        found.append(facts["other"])
    if kind == "corrected":
        found.append(facts["statement"])
    if kind == "destroyed-by-holder" or (kind == "destruction-incomplete" and role != "relay"):
        found.append(facts["instruction"])
    found = [one for one in found if one is not None]
    for one in found:
        hex_text(one, 32)
    return found


def has(value, *names):
    """An object with at least these fields."""
    if not isinstance(value, dict) or any(name not in value for name in names):
        raise ValueError(f"not an object with the fields {', '.join(names)}")
    return value


def listed(value):
    """A list."""
    if not isinstance(value, list):
        raise ValueError("a field is not a list")
    return value


def string(value):
    """A string."""
    if not isinstance(value, str):
        raise ValueError("a field is not a string")
    return value


def strings(value, *names):
    """An object with these fields, all of them strings."""
    for name in names:
        string(has(value, name)[name])


def count(value):
    """A number from 0."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError("a field is not a number from 0")
    return value


def hex_text(value, length):
    """Lower-case hex of so many bytes."""
    if not re.fullmatch("[0-9a-f]{%d}" % (2 * length), string(value)):
        raise ValueError(f"a field is not {2 * length} lower-case hex digits")


def fingerprint(value):
    """A fingerprint as OpenSSH prints it."""
    if not string(value).startswith("SHA256:") or len(base64_bytes(value[len("SHA256:"):])) != 32:
        raise ValueError("a field is not a fingerprint")


def moment(value):
    """A time."""
    times.parse(string(value))


def count32(value):
    """A number of 32 bits."""
    if count(value) >= 2**32:
        raise ValueError("a number beyond 2^32 - 1")


def truth(value):
    """True or false."""
    if not isinstance(value, bool):
        raise ValueError("a field is neither true nor false")


CHECKS = {
    "digest": lambda value: hex_text(value, 32),
    "transfer": lambda value: hex_text(value, 16),
    "fingerprint": fingerprint,
    "time": moment,
    "count": count,
    "count32": count32,
    "bool": truth,
    "string": string,
}
