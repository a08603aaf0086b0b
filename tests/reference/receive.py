#!/usr/bin/env python3
"""Receives a Quitus transfer. Written from docs/protocol.md alone.

    python3 receive.py LINK OUTDIR          the link stands in the process list: prefer -
    python3 receive.py - OUTDIR             the link is the first line of standard input
    python3 receive.py --self-test

Prints the sender's fingerprint and the paths. Exit codes: 0 done, 1 unexpected, 2 usage or no
link, 5 gone, 6 not what the sender made (nothing written), 7 the relay cannot be reached,
8 this machine's disk.
"""

import argparse
import sys

from quitus import archive, disk, document, link, parts, sealed, split
from quitus.failure import Failure, Gone, Local, Refused, shown
from quitus.relay import Relay


def receive(address, target, connect):
    """The whole path: claim, check, download, open, compare, and only then the final name."""
    arrival = disk.Arrival(target, address.id)
    arrival.check_free()
    grant_key = disk.GrantKey(target, address.id)
    relay = connect(grant_key.load_or_draw())
    grant = claim(relay, address, grant_key)
    manifest = check_documents(relay, address, grant)
    with arrival:
        fetch_archive(relay, address, grant, manifest, arrival.folder)
        arrival.finish()
    grant_key.erase()
    report_done(relay)
    return manifest


def claim(relay, address, grant_key):
    """Asks for the grant. A key whose grant is gone helps nobody: the next run draws a new one."""
    try:
        return relay.claim(split.claim_credential(address.secret, address.id))
    except Gone:
        grant_key.erase()
        raise


def check_documents(relay, address, grant):
    """Everything that can be known before a byte of the archive is downloaded."""
    key = split.manifest_key(address.secret, grant.share, address.id)
    signed = sealed.open_file(key, relay.manifest(grant.manifest_bytes))
    manifest = document.open_manifest(signed)
    document.check_bindings(manifest, address, grant.share, grant.archive_bytes)
    document.open_terms(sealed.open_file(key, grant.terms), manifest)
    return manifest


def fetch_archive(relay, address, grant, manifest, folder):
    """Lays the entries out in a hidden folder."""
    key = split.sealed_key(address.secret, grant.share, address.id)
    header = sealed.parse_header(grant.header)
    if header.length != len(grant.header):
        raise Refused("the age header is not well-formed: bytes stand behind its nonce")
    chunks = open_parts(relay, sealed.open_header(key, header), manifest.archive_bytes)
    disk.make_folders(manifest.entries, folder)
    disk.unpack(archive.layout(manifest.form, manifest.entries), chunks, folder)
    disk.set_attributes(manifest.entries, folder)


def open_parts(relay, payload_key, archive_bytes):
    """Yields the archive, chunk by chunk."""
    for part in parts.plan(archive_bytes):
        body = relay.part(part)
        yield from sealed.open_chunks(payload_key, part.first_chunk, part.is_last, body)


def report_done(relay):
    """Tells the relay. If that fails the files are in place all the same, and the lease ends."""
    try:
        relay.done()
    except Failure as failure:
        print(f"quitus-reference: the relay was not told: {failure}", file=sys.stderr)


def show(manifest):
    """Who sent what."""
    print(f"sender {manifest.sender}")
    for entry in manifest.entries:
        size = f"{entry.file.bytes} bytes" if entry.file else "folder"
        print(f"{shown(entry.path)} ({size})")


def arguments():
    """The command line."""
    parser = argparse.ArgumentParser(description="Receives a Quitus transfer.")
    parser.add_argument("link", nargs="?", metavar="LINK", help="the link, or - for standard input")
    parser.add_argument("outdir", nargs="?", metavar="OUTDIR", help="a folder that does not exist yet")
    parser.add_argument("--ca-file", help="trust the authorities in this PEM file, and no others")
    parser.add_argument("--self-test", action="store_true", help="check this program and the document")
    given = parser.parse_args()
    if not given.self_test and given.outdir is None:
        parser.error("LINK and OUTDIR are needed")
    return given


def run(given):
    """Receives what the command line asks for."""
    text = sys.stdin.readline() if given.link == "-" else given.link
    address = link.parse(text)
    try:
        show(receive(address, given.outdir, lambda key: Relay(address, key, given.ca_file)))
    except OSError as error:
        raise Local(f"{type(error).__name__}: {shown(str(error))}") from error


def main():
    """Runs, and turns a failure into one line and an exit code."""
    given = arguments()
    if given.self_test:
        from quitus import selftest
        return selftest.run()
    try:
        run(given)
    except Failure as failure:
        print(f"quitus-reference: {failure}", file=sys.stderr)
        return failure.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
