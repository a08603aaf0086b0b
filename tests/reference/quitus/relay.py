"""The relay, over HTTP/1.1. Section "protocol" of the document.

    POST /v1/transfers/{id}/claim        Authorization: Bearer <grant key>
    GET  /v1/transfers/{id}/manifest
    GET  /v1/transfers/{id}/parts/{index}
    POST /v1/transfers/{id}/done

Tries again, with growing pauses, after 429, 500, 503 and a broken connection. Follows no redirect,
knows no proxy.
"""

import http.client
import json
import ssl
import time
from typing import NamedTuple

from . import times
from .failure import Failure, Gone, Refused, Temporary, shown
from .parts import ARCHIVE_MAX
from .text import base64url_bytes, base64url_text

TIMEOUT_SECONDS = 60
PAUSES_SECONDS = (0.25, 0.5, 1, 2, 4)
REFUSAL_MAX = 65_536
GRANT_MAX = 262_144       # Header and terms are 65,536 bytes each at most, in base64url.
MANIFEST_MAX = 67_108_864
TERMS_MAX = 65_536
AGAIN = (429, 500, 503)
PROTOCOL = 1


class Grant(NamedTuple):
    """What a claim gives."""

    share: bytes
    header: bytes
    terms: bytes
    archive_bytes: int
    manifest_bytes: int


class Relay:
    """One transfer at one relay, under one grant key."""

    def __init__(self, link, grant_key, ca_file=None):
        self.origin = link.origin
        self.base = f"/v1/transfers/{link.id.hex()}"
        self.token = base64url_text(grant_key)
        self.tls = ssl.create_default_context(cafile=ca_file) if link.origin.is_tls else None

    def claim(self, credential):
        """Asks for a grant; the same grant key gets the same grant."""
        body = json.dumps({"claim": base64url_text(credential)}).encode()
        return read_grant(self.ask("POST", "/claim", 200, GRANT_MAX, body))

    def manifest(self, length):
        """The sealed manifest."""
        return exactly(length, self.ask("GET", "/manifest", 200, length), "the manifest")

    def part(self, part):
        """One sealed part."""
        body = self.ask("GET", f"/parts/{part.index}", 200, part.sealed_bytes)
        return exactly(part.sealed_bytes, body, f"part {part.index}")

    def done(self):
        """Ends the grant."""
        self.ask("POST", "/done", 204, 0)

    def ask(self, method, path, expected, most, body=None):
        """One request, repeated while that may help."""
        for pause in (*PAUSES_SECONDS, None):
            try:
                status, answer = self.ask_once(method, path, most, body)
                trouble = refusal_text(status, answer)
            except ssl.SSLCertVerificationError as error:
                raise Temporary(f"the certificate of {self.origin.text}: {error.verify_message}") from error
            except (OSError, http.client.HTTPException) as error:
                status, trouble = None, f"{type(error).__name__}: {shown(str(error))}"
            if status == expected:
                return answer
            if status is not None and status not in AGAIN:
                raise failure_of(status, answer)
            if pause is not None:
                time.sleep(pause)
        raise Temporary(f"the relay {self.origin.text} does not answer: {trouble}")

    def ask_once(self, method, path, most, body):
        """One request; the status and at most one byte more of the body than it may have."""
        connection = self.connect()
        headers = {"Authorization": f"Bearer {self.token}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            connection.request(method, self.base + path, body, headers)
            answer = connection.getresponse()
            if answer.status < 300 and not speaks_enough(answer.getheader("Quitus-Protocol")):
                raise Refused(f"the relay {self.origin.text} speaks an older protocol")
            return answer.status, read_body(answer, most if answer.status < 400 else REFUSAL_MAX)
        finally:
            connection.close()

    def connect(self):
        """A new connection; the certificate is checked against host and authorities."""
        host, port = self.origin.host, self.origin.port
        if self.tls is None:
            return http.client.HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)
        return http.client.HTTPSConnection(host, port, timeout=TIMEOUT_SECONDS, context=self.tls)


def speaks_enough(named):
    """Whether a relay that names this protocol, or none, speaks the one described."""
    return named is not None and named.isascii() and named.isdigit() and int(named) >= PROTOCOL


def read_body(answer, most):
    """The body, and one byte more than it may have if it is longer. A broken one is an error."""
    body = answer.read(most + 1)
    if len(body) <= most and answer.length:
        raise http.client.IncompleteRead(body, answer.length)
    return body


def exactly(length, body, name):
    """The body, if it has the length it must have."""
    if len(body) != length:
        raise Refused(f"{name} has not the {length} bytes it should have")
    return body


def read_grant(body):
    """Reads the answer to a claim. Fields it does not know are left alone."""
    try:
        value = json.loads(body.decode("utf-8"))
        times.parse(value["leaseUntil"])
        return Grant(
            share=exactly(32, base64url_bytes(value["share"]), "the share"),
            header=base64url_bytes(value["header"]),
            terms=at_most(TERMS_MAX, base64url_bytes(value["terms"])),
            archive_bytes=count(value["archiveBytes"], ARCHIVE_MAX),
            manifest_bytes=count(value["manifestBytes"], MANIFEST_MAX),
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Refused(f"the relay's answer to the claim cannot be read: {shown(str(error))}") from error


def at_most(most, value):
    """Bytes within their limit."""
    if len(value) > most:
        raise ValueError(f"{len(value)} bytes where at most {most} may be")
    return value


def count(value, most):
    """A number from 0 to `most`."""
    if type(value) is not int or not 0 <= value <= most:
        raise ValueError(f"{value} is not a number from 0 to {most}")
    return value


def failure_of(status, answer):
    """What a refusal means for the person."""
    code = refusal(answer)[0]
    text = refusal_text(status, answer)
    if status == 404 and code == "gone":
        return Gone("the transfer is expired, used up, revoked or unknown")
    if status >= 500:
        return Temporary(text)
    if status < 400:
        return Temporary(f"the relay answered {status}; nothing else than its answer is followed")
    return Failure(text)


def refusal_text(status, answer):
    """A refusal in one line. Its message is foreign text."""
    code, message = refusal(answer)
    return f"the relay answered {status} {shown(code)}: {shown(message)}"


def refusal(answer):
    """Code and message of a refusal's body, or empty texts if it is no refusal's body."""
    try:
        error = json.loads(answer.decode("utf-8"))["error"]
        return str(error["code"]), str(error["message"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return "", ""
