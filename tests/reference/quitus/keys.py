"""Fingerprints and SSHSIG over Ed25519. Section "keys" of the document.

    -----BEGIN SSH SIGNATURE-----
    U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgF0VTtFbd38aQjsqxwQH+arIeK6
    ...
    -----END SSH SIGNATURE-----

A signature names its key; who that key belongs to is not decided here.
"""

import base64
import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from .text import base64_bytes, base64_text

MANIFEST = "quitus-manifest-v1"
TERMS = "quitus-terms-v1"
STATEMENT = "quitus-statement-v1"

BEGIN = "-----BEGIN SSH SIGNATURE-----\n"
END = "-----END SSH SIGNATURE-----\n"
LINE = 70
WHITE = " \t\r\n\f"
NO_WHITE = {ord(c): None for c in WHITE}
SECURITY_KEY = b"sk-ssh-ed25519@openssh.com"
KEY_AT = len(b"SSHSIG") + 4 + 4 + len(b"....ssh-ed25519") + 4

PRIME = 2**255 - 19
GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493
# The y of a point whose order is 8; its negative is the y of another.
ORDER_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
SMALL_ORDER = (0, 1, PRIME - 1, ORDER_8, PRIME - ORDER_8)


def string(value):
    """The length in four bytes, then the bytes (RFC 4251 section 5)."""
    return len(value).to_bytes(4, "big") + value


def public_key_blob(public_key):
    """The 51 bytes OpenSSH knows an Ed25519 key by."""
    return string(b"ssh-ed25519") + string(public_key)


def fingerprint(public_key):
    """As `ssh-keygen -l` prints it."""
    return blob_fingerprint(public_key_blob(public_key))


def blob_fingerprint(blob):
    """The same of a public key blob, which may be a security key's."""
    return "SHA256:" + base64_text(hashlib.sha256(blob).digest())


def signed_bytes(namespace, message):
    """What the Ed25519 signature is computed over."""
    return (b"SSHSIG" + string(namespace.encode()) + string(b"") + string(b"sha512")
            + string(hashlib.sha512(message).digest()))


def signature_blob(public_key, namespace, signature):
    """The signature blob; there is one for given values, so a reader compares with it."""
    return (b"SSHSIG" + (1).to_bytes(4, "big") + string(public_key_blob(public_key))
            + string(namespace.encode()) + string(b"") + string(b"sha512")
            + string(string(b"ssh-ed25519") + string(signature)))


def armoured(blob):
    """The blob as text in lines of 70 characters."""
    text = base64.b64encode(blob).decode()
    lines = [text[at:at + LINE] + "\n" for at in range(0, len(text), LINE)]
    return BEGIN + "".join(lines) + END


def unarmoured(text):
    """The blob in an armoured form. Raises ValueError on any other wrapping or spelling."""
    if not text.startswith(BEGIN) or not text.endswith(END):
        raise ValueError("not an SSH signature")
    blob = base64_bytes(text[len(BEGIN):-len(END)].replace("\n", "").rstrip("="))
    if armoured(blob) != text:
        raise ValueError("an SSH signature that is wrapped otherwise")
    return blob


def unwrapped(text):
    """The blob in an armoured form that a mailer may have wrapped otherwise. Raises ValueError."""
    text = text.strip(WHITE)
    if len(text) < len(BEGIN + END) - 2 or not text.startswith(BEGIN[:-1]) or not text.endswith(END[:-1]):
        raise ValueError("not an SSH signature")
    joined = text[len(BEGIN) - 1:-len(END) + 1].translate(NO_WHITE)
    value = base64_bytes(joined.rstrip("="))
    if base64.b64encode(value).decode() != joined:
        raise ValueError("base64 in another spelling")
    return value


def verify(armour, namespace, message):
    """Verifies a signature over `message` and returns the 32-byte public key it names."""
    public_key, signature = cut_blob(unarmoured(armour), namespace)
    check_ed25519(public_key, signature, signed_bytes(namespace, message))
    return public_key


def verify_detached(blob, namespace, message):
    """The same of a blob that may be a security key's; returns the public key blob it names."""
    if SECURITY_KEY not in blob[:64]:
        public_key, signature = cut_blob(blob, namespace)
        check_ed25519(public_key, signature, signed_bytes(namespace, message))
        return public_key_blob(public_key)
    key, public_key, application, signature, flags, counter = cut_security_key(blob, namespace)
    if not flags[0] & 1 or not application.startswith(b"ssh:"):
        raise ValueError("nobody touched the security key, or it signed for a website")
    signed = hashlib.sha256(signed_bytes(namespace, message)).digest()
    signed = hashlib.sha256(application).digest() + flags + counter + signed
    check_ed25519(public_key, signature, signed)
    return key


def cut_security_key(blob, namespace):
    """A security key's blob. What was cut out, put together again, must be the same bytes."""
    at = len(b"SSHSIG") + 4
    key_bytes = int.from_bytes(blob[at:at + 4], "big")
    key = blob[at + 4:at + 4 + key_bytes]
    public_key, application = key[34:66], key[70:]
    signature, flags, counter = blob[-69:-5], blob[-5:-4], blob[-4:]
    again = (b"SSHSIG" + (1).to_bytes(4, "big")
             + string(string(SECURITY_KEY) + string(public_key) + string(application))
             + string(namespace.encode()) + string(b"") + string(b"sha512")
             + string(string(SECURITY_KEY) + string(signature) + flags + counter))
    if blob != again:
        raise ValueError(f"not a security key's signature in the namespace {namespace}")
    return key, public_key, application, signature, flags, counter


def check_ed25519(public_key, signature, message):
    """Verifies Ed25519 strictly. Raises ValueError."""
    if len(signature) != 64:
        raise ValueError("not a signature of 64 bytes")
    check_points(public_key, signature)
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError) as error:
        raise ValueError("the signature does not verify") from error


def cut_blob(blob, namespace):
    """Public key and signature. Their places are fixed: what is around them must be as printed."""
    public_key = blob[KEY_AT:KEY_AT + 32]
    signature = blob[-64:]
    if blob != signature_blob(public_key, namespace, signature):
        raise ValueError(f"not an Ed25519 signature in the namespace {namespace}")
    return public_key, signature


def check_points(public_key, signature):
    """Refuses what strict verification refuses and RFC 8032 to the letter would not."""
    for name, point in (("public key", public_key), ("R", signature[:32])):
        y = int.from_bytes(point, "little") & (2**255 - 1)  # The top bit is the sign of x.
        if y >= PRIME:
            raise ValueError(f"the {name} of a signature is not canonical")
        if y in SMALL_ORDER:
            raise ValueError(f"the {name} of a signature has a small order")
    if int.from_bytes(signature[32:], "little") >= GROUP_ORDER:
        raise ValueError("the S of a signature is not below the group order")
