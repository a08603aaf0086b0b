"""The document's worked example, and the sender's half of the formats: what a self-test needs.

Seals and signs, so that tampered transfers can be made. Not used by receive.py.
"""

import hashlib
import hmac
import json

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from . import archive, blake3, document, keys, link, parts, split, tlog
from .relay import Grant
from .text import base64_text

ID = bytes(range(0x00, 0x10))
SECRET = bytes(range(0x20, 0x40))
SHARE = bytes(range(0x40, 0x60))
SIGNER = Ed25519PrivateKey.from_private_bytes(bytes(range(0x60, 0x80)))
FILE_KEY = bytes(range(0x80, 0x90))
NONCE = bytes(range(0x90, 0xA0))
EPHEMERAL = bytes(range(0xA0, 0xC0))
SALT = bytes(range(0xC0, 0xD0))
REQUEST_NONCE = bytes(range(0xD0, 0xE0))
CONTENT = b"hello\n"

LINK = ("https://relay.example/t/000102030405060708090a0b0c0d0e0f"
        "#v1.ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj9N9g9N")
ADDRESS = link.parse(LINK)
SEALED_KEY = split.sealed_key(SECRET, SHARE, ID)
MANIFEST_KEY = split.manifest_key(SECRET, SHARE, ID)
PUBLIC_KEY = SIGNER.public_key().public_bytes_raw()


def make_header(key, file_key=FILE_KEY, nonce=NONCE, grease=b""):
    """Section "Making a header", with the example's ephemeral scalar."""
    recipient = X25519PrivateKey.from_private_bytes(key).public_key()
    scalar = X25519PrivateKey.from_private_bytes(EPHEMERAL)
    ephemeral = scalar.public_key().public_bytes_raw()
    wrap_key = split.hkdf(scalar.exchange(X25519PublicKey.from_public_bytes(recipient.public_bytes_raw())),
                          ephemeral + recipient.public_bytes_raw(), b"age-encryption.org/v1/X25519")
    body = base64_text(ChaCha20Poly1305(wrap_key).encrypt(bytes(12), file_key, None))
    stanza = f"-> X25519 {base64_text(ephemeral)}\n{body}\n".encode()
    text = b"age-encryption.org/v1\n" + grease + stanza + b"---"
    mac = hmac.digest(split.hkdf(file_key, b"", b"header"), text, "sha256")
    return text + f" {base64_text(mac)}\n".encode() + nonce


def payload_key(file_key=FILE_KEY, nonce=NONCE):
    """Section "Payload"."""
    return split.hkdf(file_key, nonce, b"payload")


def seal_chunks(plaintext, key, first_chunk=0, holds_end=True):
    """The chunks of a part, or of a whole payload."""
    cuts = range(0, max(1, len(plaintext)), parts.CHUNK)
    pieces = [plaintext[at:at + parts.CHUNK] for at in cuts]
    body = b""
    for n, piece in enumerate(pieces):
        is_last = holds_end and n == len(pieces) - 1
        nonce = (first_chunk + n).to_bytes(11, "big") + bytes([is_last])
        body += ChaCha20Poly1305(key).encrypt(nonce, piece, None)
    return body


def seal_file(key, plaintext):
    """A whole age v1 file."""
    return make_header(key) + seal_chunks(plaintext, payload_key())


def sign(namespace, text, signer=SIGNER):
    """A signed document."""
    public_key = signer.public_key().public_bytes_raw()
    signature = signer.sign(keys.signed_bytes(namespace, text))
    return keys.armoured(keys.signature_blob(public_key, namespace, signature)).encode() + text


def spelled(value):
    """A document's JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def file_value(content):
    """What a manifest says of a file's content."""
    return {"bytes": len(content), "digest": blake3.digest(content).hex(), "salt": SALT.hex()}


def entry(path, content=CONTENT, mode=0o644, mtime="2026-11-22T03:37:18Z"):
    """An entry of a manifest; a folder if `content` is None."""
    return {"path": path, "mode": mode, "mtime": mtime,
            "file": None if content is None else file_value(content)}


def manifest(form="file", entries=None, archive_bytes=6, sealed_digest=None):
    """The example's manifest, or another of the same sender."""
    digest = sealed_digest or "42cc696f7d3ec6235e5d2e2216c97069bf48698089c6cf7392add0dce5653280"
    return {
        "type": "quitus/manifest/v1", "id": ID.hex(), "relay": "https://relay.example",
        "logKey": None, "sender": keys.fingerprint(PUBLIC_KEY), "sealedDigest": digest,
        "shareCommitment": split.share_commitment(ID, SHARE).hex(), "engagement": None,
        "form": form, "archiveBytes": archive_bytes,
        "entries": entries or [entry("hello.txt")],
    }


def verifier_key(name, algorithm=tlog.SIGNS_NOTES):
    """The example's key under the name of a log, or as a cosigner."""
    value = bytes([algorithm]) + PUBLIC_KEY
    key_id = hashlib.sha256(name.encode() + b"\n" + value).digest()[:4].hex()
    return f"{name}+{key_id}+{base64_text(value)}"


def terms(manifest_text):
    """The terms of a manifest."""
    return {"type": "quitus/terms/v1", "manifest": hashlib.sha256(manifest_text).hexdigest(),
            "version": 1, "recipients": [], "expiresAt": "2026-11-29T03:37:18Z", "downloads": 1}


def sealed_digest(header, sealed_parts, archive_bytes):
    """Section "Sealed digest"; the part length of a short archive."""
    numbers = (archive_bytes, parts.PART_BYTES, len(sealed_parts))
    text = b"quitus/sealed/v1\0" + b"".join(n.to_bytes(8, "big") for n in numbers)
    return hashlib.sha256(text + b"".join(map(blake3.digest, [header, *sealed_parts]))).digest()


def archive_of(form, entries, contents):
    """The archive's bytes: each file's content where the layout has its place."""
    pieces = archive.layout(form, [document.read_entry(value) for value in entries])
    return b"".join(p if isinstance(p, bytes) else contents[p.path] for p in pieces)


class Transfer:
    """A transfer in memory, which answers as a relay does. Change a field to tamper with it."""

    def __init__(self, form="file", contents=None):
        contents = contents or {"hello.txt": CONTENT}
        entries = [entry(path, content) for path, content in contents.items()]
        self.archive = archive_of(form, entries, contents)
        self.value = manifest(form, entries, len(self.archive))
        self.share = SHARE
        self.header = make_header(SEALED_KEY)
        self.body = None
        self.manifest_document = None
        self.terms_document = None
        self.n_done = 0

    def seal(self):
        """Makes what was not put in place by hand."""
        text = spelled(self.value)
        self.body = self.body or seal_chunks(self.archive, payload_key())
        self.manifest_document = self.manifest_document or sign(keys.MANIFEST, text)
        self.terms_document = self.terms_document or sign(keys.TERMS, spelled(terms(text)))
        self.manifest_body = seal_file(MANIFEST_KEY, self.manifest_document)
        return self

    def claim(self, credential):
        """As relay.Relay."""
        assert credential == split.claim_credential(SECRET, ID)
        return Grant(self.share, self.header, seal_file(MANIFEST_KEY, self.terms_document),
                     len(self.archive), len(self.manifest_body))

    def manifest(self, length):
        """As relay.Relay."""
        return self.manifest_body

    def part(self, part):
        """As relay.Relay, for an archive of one part."""
        return self.body

    def done(self):
        """As relay.Relay."""
        self.n_done += 1
