"""Names of entries: which are refused, and their order. Sections "Paths" and "Portable names".

    a   a/b   a/b/z   a/c   a.b          ascending

Does not make names portable: it refuses those that are not.
"""

import re
import unicodedata

from .failure import Refused, shown

PATH_MAX = 3_072
PART_MAX = 255
DEPTH_MAX = 128
SYMBOLS = frozenset('<>:"|?*')
RESERVED = re.compile(r"CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(?:COM|LPT)[0-9¹²³]")


def check_path(path):
    """Refuses a path that is not safe on every system. Raises Refused."""
    reason = fault_of_path(path)
    if reason:
        raise Refused(f"the path {shown(path)} {reason}")


def fault_of_path(path):
    """Why a path is refused, or None."""
    parts = path.split("/")
    if len(path.encode()) > PATH_MAX:
        return f"is longer than {PATH_MAX} bytes"
    if len(parts) > DEPTH_MAX:
        return f"has more than {DEPTH_MAX} parts"
    if "\\" in path or any(unicodedata.category(c) == "Cc" for c in path):
        return "has a backslash or a control character"
    return next(filter(None, map(fault_of_part, parts)), None)


def fault_of_part(part):
    """Why one part of a path is refused, or None. An absolute path has an empty first part."""
    if part in ("", ".", ".."):
        return "is absolute, or has an empty part, . or .."
    if len(part.encode()) > PART_MAX:
        return f"has a part above {PART_MAX} bytes"
    if SYMBOLS.intersection(part) or part[-1] in ". ":
        return "has a part that some systems cannot hold"
    stem = re.split(r"[.:]", part, maxsplit=1)[0].rstrip().upper()
    if RESERVED.fullmatch(stem):
        return "has a part that is a device on some systems"
    return None


def order(path):
    """Sorts paths part by part, each by its UTF-8 bytes."""
    return [part.encode() for part in path.split("/")]


def folded(path):
    """Equal for two paths that some system cannot tell apart."""
    composed = unicodedata.normalize("NFC", path)
    return unicodedata.normalize("NFC", "".join(c.lower() for c in composed))


def check_entries(entries):
    """Refuses a list of entries in which a path is bad, out of order or without its folder."""
    folders = set()
    seen = {}
    before = []
    for entry in entries:
        check_path(entry.path)
        key = order(entry.path)
        if key <= before:
            raise Refused(f"the path {shown(entry.path)} is out of order")
        before = key
        parent = entry.path.rpartition("/")[0]
        if parent and parent not in folders:
            raise Refused(f"the path {shown(entry.path)} is in no folder")
        other = seen.setdefault(folded(entry.path), entry.path)
        if other != entry.path:
            raise Refused(f"some systems cannot tell {shown(entry.path)} from {shown(other)}")
        if entry.file is None:
            folders.add(entry.path)
