"""What is sent: files made anew for a run, and whether what came back is the same."""

import hashlib
import os
import random
from pathlib import Path

MIB = 1024 * 1024


def one_file(path, n_bytes):
    """Makes a file of random bytes: nothing on the way can compress or skip it."""
    with open(path, "wb") as file:
        while n_bytes > 0:
            file.write(os.urandom(min(n_bytes, 8 * MIB)))
            n_bytes -= 8 * MIB
    return path


def sparse_file(path, n_bytes):
    """Makes a long file that takes little room: each MiB has a line of its own, the rest are holes."""
    with open(path, "wb") as file:
        file.truncate(n_bytes)
        for position in range(0, n_bytes, MIB):
            file.seek(position)
            file.write(b"at byte %d\n" % position)
    return path


def many_files(folder, n_files):
    """Makes folders of 200 files of 1 to 4 KiB, the same names and lengths every time."""
    lengths = random.Random(20_000)
    for number in range(n_files):
        place = folder / f"folder {number // 200:03}"
        if number % 200 == 0:
            place.mkdir(parents=True)
        content = os.urandom(lengths.randint(1024, 4096))
        (place / f"file {number:05}.txt").write_bytes(content)
    return folder


def digest_of_file(path):
    """SHA-256 of a file, hex."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(MIB):
            digest.update(block)
    return digest.hexdigest()


def digest_of_folder(folder):
    """SHA-256 over the names, permissions, whole seconds of change and bytes of all files, hex."""
    digest = hashlib.sha256()
    for path in sorted(Path(folder).rglob("*")):
        if path.is_file():
            found = path.stat()
            name = path.relative_to(folder)
            digest.update(f"{name} {found.st_mode} {int(found.st_mtime)}\n".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
