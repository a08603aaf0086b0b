#!/usr/bin/env python3
"""Serves the self-test's transfers to a `quitus` program: does it refuse what this receiver refuses?

    python3 against.py ../../target/release/quitus

Every transfer is sealed and signed here, from the document alone; one is right, the others have one
thing wrong each. Prints a line for each; exits 1 if the program accepts a wrong one, or refuses the
right one.
"""

import http.server
import json
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from quitus import example, link, selftest
from quitus.split import claim_credential
from quitus.text import base64url_text

INTEGRITY = 6
CREDENTIAL = claim_credential(example.SECRET, example.ID)


class Answers(http.server.BaseHTTPRequestHandler):
    """Answers as a relay does, for the one transfer of the server."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        """The manifest, or the only part."""
        transfer = self.server.transfer
        body = transfer.manifest_body if self.path.endswith("/manifest") else transfer.body
        self.answer(200, "application/octet-stream", body)

    def do_POST(self):
        """Claim and done."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path.endswith("/claim"):
            self.answer(200, "application/json", granted(self.server.transfer))
        else:
            self.answer(204, None, b"")

    def answer(self, status, kind, body):
        """One answer."""
        self.send_response(status)
        if kind:
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
        self.send_header("Quitus-Protocol", "1")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Says nothing."""


def granted(transfer):
    """The body of the answer to a claim."""
    grant = transfer.claim(CREDENTIAL)
    return json.dumps({
        "share": base64url_text(grant.share), "header": base64url_text(grant.header),
        "terms": base64url_text(grant.terms), "archiveBytes": grant.archive_bytes,
        "manifestBytes": grant.manifest_bytes, "leaseUntil": "9999-01-01T00:00:00Z",
    }).encode()


def offer(program, server, change):
    """Lets the program receive a transfer that was changed so; its exit code and its words."""
    origin = f"http://127.0.0.1:{server.server_port}"
    transfer = example.Transfer("tar", {"a": None, "a/b": b"hello"})
    transfer.value["relay"] = origin
    change(transfer)
    server.transfer = transfer.seal()
    secret = base64url_text(example.SECRET + link.check_of(example.ID, example.SECRET))
    text = f"{origin}/t/{example.ID.hex()}#v1.{secret}"
    with tempfile.TemporaryDirectory() as home:
        command = [program, "--home", f"{home}/home", "--quiet", "receive", "-", "-o", f"{home}/out"]
        ended = subprocess.run(command, input=text, capture_output=True, text=True, timeout=60)
        return ended.returncode, Path(home, "out").exists(), ended.stderr.partition("\n")[0]


def main():
    """Offers them all."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    cases = {"nothing wrong": lambda transfer: None, **selftest.TAMPERED}
    n_failed = 0
    for name, change in cases.items():
        expected = (INTEGRITY, False) if name in selftest.TAMPERED else (0, True)
        code, exists, words = offer(sys.argv[1], server, change)
        is_right = (code, exists) == expected
        n_failed += not is_right
        print(f"{'ok    ' if is_right else 'FAILED'}  {name}: {code} {words[:120]}")
    return 1 if n_failed else 0


if __name__ == "__main__":
    sys.exit(main())
