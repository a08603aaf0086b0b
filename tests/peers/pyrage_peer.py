"""Seals or opens standard input with pyrage: `seal RECIPIENT` or `open IDENTITY_FILE`."""

import sys

import pyrage


def main() -> None:
    verb, key = sys.argv[1:]
    data = sys.stdin.buffer.read()
    if verb == "seal":
        recipient = pyrage.x25519.Recipient.from_str(key)
        result = pyrage.encrypt(data, [recipient])
    else:
        with open(key, encoding="ascii") as file:
            secret = next(line.strip() for line in file if line.startswith("AGE-SECRET-KEY-"))
        result = pyrage.decrypt(data, [pyrage.x25519.Identity.from_str(secret)])
    sys.stdout.buffer.write(result)


main()
