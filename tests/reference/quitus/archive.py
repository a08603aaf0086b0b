"""The bytes of an archive, from the manifest's entries alone. Section "archive" of the document.

    layout("tar", [folder a, file a/b of 5 bytes])
    ->  block of a/, block of a/b, <5 bytes of a/b>, 507 + 1,024 zeros

The tar that arrives is never obeyed: what is not a file's must be these bytes.
"""

from .failure import Refused

BLOCK = 512
END = bytes(2 * BLOCK)
NUMBER_MAX = 2**33 - 1  # Eleven octal digits.
NAME_MAX = 100
SECRET_MAX = 16_384


def layout(form, entries):
    """Yields the pieces in order: bytes that are given, and entries whose content stands there."""
    if form in ("file", "secret"):
        yield the_file(form, entries)
        return
    for entry in entries:
        yield blocks_of(entry)
        if entry.file is not None:
            yield entry
            yield padding(entry.file.bytes)
    yield END


def the_file(form, entries):
    """The only entry of the forms `file` and `secret`."""
    if len(entries) != 1 or entries[0].file is None or "/" in entries[0].path:
        raise Refused(f"an archive of form {form} has not exactly one file")
    if form == "secret" and entries[0].file.bytes > SECRET_MAX:
        raise Refused("a secret is longer than 16,384 bytes")
    return entries[0]


def length_of(pieces):
    """The bytes of an archive."""
    return sum(len(piece) if isinstance(piece, bytes) else piece.file.bytes for piece in pieces)


def blocks_of(entry):
    """What stands before an entry's content: its records, if it needs some, and its block."""
    name = tar_path(entry)
    size = entry.file.bytes if entry.file else 0
    records = []
    if len(name) > NAME_MAX or max(name) > 0x7F:
        records.append(record(b"path", name))
        name = b"see-pax-header"
    if size > NUMBER_MAX:
        records.append(record(b"size", b"%d" % size))
        size = 0
    return records_of(entry, b"".join(records)) + block(
        name, entry.mode, size, entry.mtime, b"0" if entry.file else b"5")


def records_of(entry, records):
    """A PAX header block, the records and zeros; nothing if there are no records."""
    if not records:
        return b""
    header = block(b"PaxHeader", 0o644, len(records), entry.mtime, b"x")
    return header + records + padding(len(records))


def tar_path(entry):
    """The path in the tar: a folder's ends in a slash."""
    return entry.path.encode() + (b"" if entry.file else b"/")


def record(key, value):
    """`<length> <key>=<value>\\n`; the length counts itself, and the smaller one is right."""
    rest = len(b" =\n") + len(key) + len(value)
    digits = 1
    while len(str(rest + digits)) != digits:
        digits += 1
    return b"%d %s=%s\n" % (rest + digits, key, value)


def block(name, mode, size, mtime, kind):
    """One ustar block of 512 bytes."""
    seconds = min(max(mtime.seconds, 0), NUMBER_MAX)
    before = (name.ljust(NAME_MAX, b"\0") + b"%07o\0" % mode + b"%07o\0" % 0 + b"%07o\0" % 0
              + b"%011o\0" % size + b"%011o\0" % seconds)
    behind = (kind + bytes(100) + b"ustar\0" + b"00").ljust(BLOCK - 156, b"\0")
    checksum = sum(before) + sum(b" " * 8) + sum(behind)
    return before + b"%06o\0 " % checksum + behind


def padding(length):
    """Zeros up to a multiple of 512."""
    return bytes(-length % BLOCK)
