"""What follows from the two halves of a transfer's key. Section "split" of the document.

    L ... from the link     S ... from the relay, with a grant

GAP: Python cannot overwrite bytes; these secrets live until the process ends.
"""

import hashlib
import hmac


def hkdf(ikm, salt, info):
    """RFC 5869 with SHA-256 and 32 bytes of output: one round of expansion."""
    extracted = hmac.digest(salt, ikm, "sha256")
    return hmac.digest(extracted, info + b"\x01", "sha256")


def sealed_key(secret, share, id):
    """K(sealed), which opens the header of the transfer."""
    return hkdf(secret + share, id, b"quitus/v1/sealed")


def manifest_key(secret, share, id):
    """K(manifest), which opens the sealed manifest and the sealed terms."""
    return hkdf(secret + share, id, b"quitus/v1/manifest")


def claim_credential(secret, id):
    """What shows the relay that one holds the link. Needs no share."""
    return hkdf(secret, id, b"quitus/v1/claim")


def share_commitment(id, share):
    """What the manifest says of S."""
    return hashlib.sha256(b"quitus/share/v1\0" + id + share).digest()
