"""The ways to fail, one exit code each, and how foreign text is shown.

    quitus-reference: the manifest's signature does not verify          exit code 6

Does not print anything: that is receive.py's affair.
"""

SHOWN_MAX = 200  # Enough to recognise a name; a message stays one line.


class Failure(Exception):
    """What went wrong, in one line; lower case, no full stop."""

    exit_code = 1


class BadLink(Failure):
    """The text is no link. Nobody was asked."""

    exit_code = 2


class Gone(Failure):
    """Expired, used up, revoked or unknown: the relay gives one answer for all."""

    exit_code = 5


class Refused(Failure):
    """Something is not what the sender made. No file got its final name."""

    exit_code = 6


class Temporary(Failure):
    """The relay cannot be reached or does not work now."""

    exit_code = 7


class Local(Failure):
    """This machine's disk says no."""

    exit_code = 8


def shown(text):
    """Foreign text, cut, with everything unprintable escaped."""
    cut = text if len(text) <= SHOWN_MAX else text[:SHOWN_MAX] + "..."
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in cut)
