"""BLAKE3, hash mode only, as the BLAKE3 paper has it (section 2). Plain and slow.

    blake3.digest(b"abc").hex()  ->  6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85

Input is cut into chunks of 1,024 bytes, a chunk into blocks of 64. A chunk becomes a chaining
value of eight words; the chaining values are the leaves of a binary tree. No key, no context, no
longer output than 32 bytes.
"""

import struct

CHUNK = 1024
BLOCK = 64
CHUNK_START, CHUNK_END, PARENT, ROOT = 1, 2, 4, 8
MASK = 0xFFFF_FFFF
# The first 32 bits of the fractions of the square roots of the first 8 primes, as in SHA-256.
IV = (0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19)
PERMUTATION = (2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8)
# Columns, then diagonals, of the 4 x 4 state.
QUARTERS = ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
            (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14))


def compress(chaining, block, counter, length, flags):
    """The compression function; returns the eight words of the next chaining value."""
    state = [*chaining, *IV[:4], counter & MASK, counter >> 32, length, flags]
    words = struct.unpack("<16I", block.ljust(BLOCK, b"\0"))
    for _ in range(7):
        for n, (a, b, c, d) in enumerate(QUARTERS):
            quarter_round(state, a, b, c, d, words[2 * n], words[2 * n + 1])
        words = [words[n] for n in PERMUTATION]
    return [state[n] ^ state[n + 8] for n in range(8)]


def quarter_round(state, ia, ib, ic, id, x, y):
    """Mixes two words of the message into four words of the state."""
    a, b, c, d = state[ia], state[ib], state[ic], state[id]
    a = (a + b + x) & MASK
    d = rotate(d ^ a, 16)
    c = (c + d) & MASK
    b = rotate(b ^ c, 12)
    a = (a + b + y) & MASK
    d = rotate(d ^ a, 8)
    c = (c + d) & MASK
    b = rotate(b ^ c, 7)
    state[ia], state[ib], state[ic], state[id] = a, b, c, d


def rotate(word, bits):
    """Turns 32 bits to the right."""
    return (word >> bits) | ((word << (32 - bits)) & MASK)


def hash_chunk(chunk, number, flags=0):
    """The chaining value of chunk `number`; `flags` is ROOT if there is no other chunk."""
    blocks = [chunk[at:at + BLOCK] for at in range(0, len(chunk), BLOCK)] or [b""]
    chaining = IV
    for n, block in enumerate(blocks):
        start = CHUNK_START if n == 0 else 0
        end = CHUNK_END | flags if n == len(blocks) - 1 else 0
        chaining = compress(chaining, block, number, len(block), start | end)
    return chaining


def hash_parent(left, right, flags=0):
    """The chaining value of two subtrees."""
    return compress(IV, struct.pack("<16I", *left, *right), 0, BLOCK, PARENT | flags)


class Hasher:
    """Takes bytes piece by piece."""

    def __init__(self):
        self.rest = b""       # The chunk being filled; a full one waits: it may be the last.
        self.n_chunks = 0     # Chunks hashed.
        self.subtrees = []    # Chaining values of whole subtrees, each larger than the next.

    def update(self, data):
        """Appends bytes."""
        data = self.rest + data
        at = 0
        while len(data) - at > CHUNK:
            self.add_chunk(hash_chunk(data[at:at + CHUNK], self.n_chunks))
            at += CHUNK
        self.rest = data[at:]

    def add_chunk(self, chaining):
        """Joins every pair of subtrees of equal size: one for each zero bit at the end of the count."""
        self.n_chunks += 1
        count = self.n_chunks
        while count % 2 == 0:
            chaining = hash_parent(self.subtrees.pop(), chaining)
            count //= 2
        self.subtrees.append(chaining)

    def digest(self):
        """The 32 bytes of the hash."""
        if not self.subtrees:
            return struct.pack("<8I", *hash_chunk(self.rest, 0, ROOT))
        chaining = hash_chunk(self.rest, self.n_chunks)
        for left in reversed(self.subtrees[1:]):
            chaining = hash_parent(left, chaining)
        return struct.pack("<8I", *hash_parent(self.subtrees[0], chaining, ROOT))


def digest(data):
    """The 32-byte hash of all of `data`."""
    hasher = Hasher()
    hasher.update(data)
    return hasher.digest()
