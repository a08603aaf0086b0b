"""The plan of the parts, which follows from the archive's length. Section "parts" of the document.

    plan(8 MiB + 1)  ->  2 parts of 8,390,656 and 17 sealed bytes
"""

from typing import NamedTuple

ARCHIVE_MAX = 2**44
PARTS_MAX = 10_000
PART_BYTES = 8 * 2**20
CHUNK = 65_536
TAG = 16


class Part(NamedTuple):
    """One part: its number, its archive bytes, the number of its first chunk."""

    index: int
    plain_bytes: int
    first_chunk: int
    is_last: bool

    @property
    def sealed_bytes(self):
        """Its length at the relay."""
        return self.plain_bytes + TAG * max(1, ceil_div(self.plain_bytes, CHUNK))


def plan(archive_bytes):
    """The parts of an archive, in order."""
    part_bytes = PART_BYTES
    while ceil_div(archive_bytes, part_bytes) > PARTS_MAX:
        part_bytes *= 2
    n_parts = max(1, ceil_div(archive_bytes, part_bytes))
    return [part(i, n_parts, part_bytes, archive_bytes) for i in range(n_parts)]


def part(index, n_parts, part_bytes, archive_bytes):
    """Part `index` of the plan."""
    begin = index * part_bytes
    end = min(begin + part_bytes, archive_bytes)
    return Part(index, end - begin, begin // CHUNK, index == n_parts - 1)


def ceil_div(a, b):
    """a / b, rounded up."""
    return -(-a // b)
