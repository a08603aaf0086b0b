"""Files and folders on this machine. Nothing gets its final name before everything is verified.

    .OUTDIR.quitus-<id>/      everything, while it arrives
    .OUTDIR.grant-<id>        the grant key, while the transfer is not received
    OUTDIR/                   everything, at once, at the end

The first two stand beside OUTDIR, for their owner only.
"""

import os
import secrets
import shutil

from . import blake3
from .failure import Local, Refused, shown

READ_MAX = 65_536


class Stream:
    """Plaintext to be taken in exact amounts. `chunks` yields only what authenticated."""

    def __init__(self, chunks):
        self.chunks = chunks
        self.rest = b""

    def take_some(self, most):
        """One to `most` bytes."""
        while not self.rest:
            self.rest = next(self.chunks, None)
            if self.rest is None:
                raise Refused("the archive ends before the manifest's entries do")
        taken, self.rest = self.rest[:most], self.rest[most:]
        return taken

    def take(self, length):
        """Yields `length` bytes in pieces."""
        while length > 0:
            piece = self.take_some(min(length, READ_MAX))
            length -= len(piece)
            yield piece

    def expect_end(self):
        """Runs the stream to its end: only then its last chunk has opened as the last one."""
        if self.rest or any(self.chunks):
            raise Refused("the archive goes on behind the manifest's entries")


def unpack(pieces, chunks, folder):
    """Writes the files of a layout below `folder` and compares every other byte."""
    stream = Stream(chunks)
    for piece in pieces:
        if isinstance(piece, bytes):
            if b"".join(stream.take(len(piece))) != piece:
                raise Refused("the tar differs from what the manifest says")
        else:
            write_file(os.path.join(folder, piece.path), piece, stream)
    stream.expect_end()


def write_file(path, entry, stream):
    """Writes one file and checks its digest."""
    hasher = blake3.Hasher()
    with open(path, "xb") as file:
        for piece in stream.take(entry.file.bytes):
            hasher.update(piece)
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    if hasher.digest() != entry.file.digest:
        raise Refused(f"the digest of {shown(entry.path)} differs")


def make_folders(entries, folder):
    """Makes every folder, for the owner only; their modes come last."""
    for entry in entries:
        if entry.file is None:
            os.mkdir(os.path.join(folder, entry.path), 0o700)


def set_attributes(entries, folder):
    """Modes and times, from the deepest entry up: writing into a folder changes its time."""
    for entry in reversed(entries):
        path = os.path.join(folder, entry.path)
        if entry.file is None:
            sync_folder(path)
        nanos = entry.mtime.seconds * 1_000_000_000 + entry.mtime.nanos
        os.utime(path, ns=(nanos, nanos))
        os.chmod(path, entry.mode)


def sync_folder(path):
    """Makes the names in a folder durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Arrival:
    """A hidden folder beside `target` that becomes `target`, or goes away."""

    def __init__(self, target, id):
        self.target = os.path.abspath(target)
        self.folder = beside(target, "quitus", id)

    def check_free(self):
        """Refuses a target that exists; nothing is overwritten."""
        if os.path.lexists(self.target):
            raise Local(f"{shown(self.target)} exists already")

    def __enter__(self):
        self.remove()  # What a run that was killed left behind.
        os.mkdir(self.folder, 0o700)
        return self

    def __exit__(self, *_):
        self.remove()

    def remove(self):
        """Removes the hidden folder; after `finish` there is none."""
        if os.path.lexists(self.folder):
            make_removable(self.folder)
            shutil.rmtree(self.folder)

    def finish(self):
        """Gives everything its final name, durably."""
        self.check_free()
        sync_folder(self.folder)
        os.rename(self.folder, self.target)
        sync_folder(os.path.dirname(self.target))


def beside(target, kind, id):
    """A hidden name in the folder of `target`."""
    folder, name = os.path.split(os.path.abspath(target))
    return os.path.join(folder, f".{name}.{kind}-{id.hex()}")


def make_removable(folder):
    """Gives the owner back the right to list and empty folders that arrived without it."""
    for path, folders, _ in os.walk(folder):
        for name in folders:
            os.chmod(os.path.join(path, name), 0o700)


class GrantKey:
    """The grant key of a transfer, in a file until the transfer is received."""

    def __init__(self, target, id):
        self.path = beside(target, "grant", id)

    def load_or_draw(self):
        """The key of an interrupted run, or a new one, durable before it is returned."""
        try:
            with open(self.path, "rb") as file:
                key = file.read()
        except FileNotFoundError:
            return self.draw()
        if len(key) != 32:
            raise Local(f"{shown(self.path)} is no grant key: remove it")
        return key

    def draw(self):
        """Writes a new key under another name first, so that half a key is never found."""
        key = secrets.token_bytes(32)
        draft = self.path + ".new"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        os.rename(draft, self.path)
        sync_folder(os.path.dirname(self.path))
        return key

    def erase(self):
        """Overwrites the key and removes its file."""
        if os.path.exists(self.path):
            with open(self.path, "r+b") as file:
                file.write(bytes(32))
                file.flush()
                os.fsync(file.fileno())
            os.unlink(self.path)
