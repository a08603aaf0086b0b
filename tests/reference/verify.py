#!/usr/bin/env python3
"""Verifies a Quitus dossier. Written from docs/evidence.md alone.

    python3 verify.py DOSSIER [--annex FILE] [--policy FILE] [--at TIME]

DOSSIER is the zip file or the folder it unpacks to, or one statement, NAME.json with NAME.json.sig beside
it. Prints the lines of the section "Verification"; for one statement, only its own.
Exit codes: 0 valid, 11 does not verify, 12 a type or version that cannot be judged, 13 consistent but
the signer is not confirmed, 2 usage.
"""

import argparse
import sys
import time
from pathlib import Path

from quitus import dossier, times
from quitus.failure import shown

ENDS = {0: "valid", 11: "does not verify", 12: "unsupported", 13: "signer not confirmed"}


def arguments():
    """The command line."""
    parser = argparse.ArgumentParser(description="Verifies a Quitus dossier.")
    parser.add_argument("dossier", metavar="DOSSIER", type=Path, help="a zip file, or the folder it unpacks to")
    parser.add_argument("--annex", metavar="FILE", type=Path, help="the annex of the contract")
    parser.add_argument("--policy", metavar="FILE", type=Path, help="the log and witnesses to trust")
    parser.add_argument("--at", metavar="TIME", type=times.parse, help="judge as of this time")
    return parser.parse_args()


def show(verdict, is_whole):
    """Prints the lines."""
    for name, reason, label, remark in verdict.statements:
        print(f"{name}: {f'FAIL {reason}' if reason else f'ok {label}'}  {shown(remark)}")
    for reason in verdict.reasons:
        print(f"dossier: FAIL {reason}")
    if is_whole:
        print(f"dossier: {ENDS[verdict.exit_code]}")


def main():
    """Reads what was named and judges it."""
    given = arguments()
    try:
        annex, policy = (path and path.read_bytes() for path in (given.annex, given.policy))
    except OSError as error:
        print(f"verify.py: {error}", file=sys.stderr)
        return 2
    seconds, nanos = divmod(time.time_ns(), 10**9)
    is_whole = given.dossier.suffix != ".json"
    if is_whole:
        verdict = dossier.verify(given.dossier, annex, policy, given.at or times.Moment(seconds, nanos))
    else:
        verdict = dossier.verify_statement(given.dossier, annex)
    show(verdict, is_whole)
    return verdict.exit_code


if __name__ == "__main__":
    sys.exit(main())
