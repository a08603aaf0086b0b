"""The works that are measured, each against what a person would use instead.

Each row is a function of a `Bench` that gives its results; the first run of each side is checked, and a
wrong result ends the script. Nothing here judges speed.
"""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import inputs
from inputs import digest_of_file, digest_of_folder
from peers import Authority, Nginx, Relay, find
from processes import CORES, Failed, run
from race import Patience, Runner, added, race, sums

GIB = 1024 * inputs.MIB


@dataclass
class Result:
    """One line of the table of speed."""

    work: str
    against: str
    at_least: float
    ours: list
    theirs: list


@dataclass
class Peak:
    """One line of the table of memory."""

    work: str
    program: str
    mib: float
    at_most: float


class Bench:
    """Folders, programs and sizes that all rows share."""

    def __init__(self, folder, large_folder, programs, quick, durable):
        self.folder, self.large_folder = folder, large_folder
        self.quitus, self.relay = programs
        self.patience, self.is_durable = Patience(0), durable
        self.scale = 16 if quick else 1
        self.n_runs = 3 if quick else 5
        self.notes = []
        self.age, self.rage, self.curl, self.tar = map(find, ("age", "rage", "curl", "tar"))
        self.env = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "QUITUS_HOME": str(folder / "home")}
        self.identity = folder / "identity.txt"
        self.recipient = self.make_identity()
        self.authority = Authority(folder / "authority")

    def make_identity(self):
        """Makes an age identity and gives its recipient."""
        words = [find("age-keygen"), "-o", str(self.identity)]
        said = subprocess.run(words, capture_output=True, text=True, check=True)
        return (said.stdout + said.stderr).split()[-1]

    def races(self, *runners, n_runs=None):
        """Lets runners take turns."""
        return race(runners, n_runs or self.n_runs, self.patience)

    def run(self, *pipeline, **places):
        """Runs a pipeline in this bench's environment."""
        return run(*pipeline, env=self.env, **places)

    def note(self, text):
        """Keeps a sentence for the foot of the table."""
        if text not in self.notes:
            self.notes.append(text)

    def fresh(self, name):
        """The path of something that does not exist yet."""
        path = self.folder / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
        return path


def same(expected, actual, work):
    """Ends the script if a result is wrong."""
    if expected != actual:
        raise Failed(f"{work}: the result is wrong: {actual}, expected {expected}")


def fresh_home(bench):
    """A home that nobody has used."""
    home = bench.fresh("other-home")
    return {**bench.env, "QUITUS_HOME": str(home)}


# One stream


def encrypt(bench):
    """`encrypt` into /dev/null."""
    plain = inputs.one_file(bench.folder / "plain", 2 * GIB // bench.scale)
    try:
        return against_age_and_rage(bench, encrypting(bench, plain), (1.8, 2.4), "encrypt")
    finally:
        plain.unlink()


def decrypt(bench):
    """`decrypt` into /dev/null, of a file sealed by Debian age."""
    plain = inputs.one_file(bench.folder / "plain", 2 * GIB // bench.scale)
    sealed = bench.folder / "sealed.age"
    try:
        bench.run([bench.age, "-r", bench.recipient], stdin=plain, stdout=sealed)
        digest = digest_of_file(plain)
        plain.unlink()
        runners = decrypting(bench, sealed, digest)
        return against_age_and_rage(bench, runners, (2.5, 3.5), "decrypt")
    finally:
        plain.unlink(missing_ok=True)
        sealed.unlink(missing_ok=True)


def against_age_and_rage(bench, runners, at_least, work):
    """Races the three and gives a result for each peer."""
    size = size_of(2 * GIB // bench.scale)
    costs = bench.races(*runners)
    ours = costs.pop("quitus")
    if "rage" not in costs:
        bench.note("rage is not installed (`cargo install rage --locked`): its rows are left out.")
    peaks = max(cost.peaks["quitus"] for cost in ours) / 1024
    lines = [
        Result(f"`{work}` {size} to `/dev/null`", name, least, ours, costs[name])
        for name, least in zip(("age", "rage"), at_least)
        if name in costs
    ]
    return [*lines, Peak(f"`{work}` {size}", "quitus", peaks, 16)]


def encrypting(bench, plain):
    """Quitus, age and rage, each sealing a file."""
    words = {
        "quitus": [bench.quitus, "--quiet", "encrypt", "-r", bench.recipient, str(plain)],
        "age": [bench.age, "-r", bench.recipient, str(plain)],
        "rage": [bench.rage, "-r", bench.recipient, str(plain)],
    }
    digest = digest_of_file(plain)
    return [sealing_runner(bench, name, args, digest) for name, args in words.items() if args[0]]


def sealing_runner(bench, name, words, digest):
    """One that seals; what it seals, age opens."""

    def check():
        opened = bench.fresh("opened")
        opening = [bench.age, "-d", "-i", str(bench.identity)]
        bench.run(words, opening, stdout=opened)
        same(digest, digest_of_file(opened), f"{name} encrypt")
        opened.unlink()

    return Runner(name, lambda: bench.run(words), check=check)


def decrypting(bench, sealed, digest):
    """Quitus, age and rage, each opening a file."""
    key = ["-i", str(bench.identity)]
    words = {
        "quitus": [bench.quitus, "--quiet", "decrypt", *key, str(sealed)],
        "age": [bench.age, "-d", *key, str(sealed)],
        "rage": [bench.rage, "-d", *key, str(sealed)],
    }
    return [opening_runner(bench, name, args, digest) for name, args in words.items() if args[0]]


def opening_runner(bench, name, words, digest):
    """One that opens."""

    def check():
        opened = bench.fresh("opened")
        bench.run(words, stdout=opened)
        same(digest, digest_of_file(opened), f"{name} decrypt")
        opened.unlink()

    return Runner(name, lambda: bench.run(words), check=check)


def digest(bench):
    """Sealing with BLAKE3 of the plaintext, as `send` does it: bench/seal.rs, since `encrypt` does not hash."""
    program = Path(bench.quitus).parent / "examples" / "seal"
    if not program.is_file():
        bench.note(f"{program} is not built: the row `digest` is left out.")
        return []
    plain = inputs.one_file(bench.folder / "plain", 2 * GIB // bench.scale)
    try:
        sealing = [str(program), bench.recipient, str(plain)]
        runners = [
            sealing_runner(bench, "quitus", sealing, digest_of_file(plain)),
            encrypting(bench, plain)[1],
        ]
        costs = bench.races(*runners)
        work = f"the same with BLAKE3 of the plaintext, {size_of(2 * GIB // bench.scale)}"
        return [Result(work, "age", 1.4, costs["quitus"], costs["age"])]
    finally:
        plain.unlink()


# Through a server


class Sides:
    """The servers of both sides: an nginx that stays, a relay that can be renewed."""

    def __init__(self, bench, is_tls=False):
        self.bench, self.is_tls = bench, is_tls
        self.relay = None
        self.nginx = Nginx(bench.folder / "nginx", bench.authority)
        self.url = self.nginx.tls_url if is_tls else self.nginx.url
        self.trust = ["--cacert", bench.authority.ca] if is_tls else []
        self.trust_ours = ["--ca-file", bench.authority.ca] if is_tls else []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.relay:
            self.relay.discard()
        self.nginx.stop()
        shutil.rmtree(self.bench.folder / "nginx")

    def renew(self):
        """Starts a relay on an empty folder, in place of the one before."""
        if self.relay:
            self.relay.discard()
        authority = self.bench.authority if self.is_tls else None
        self.relay = Relay(self.bench.relay, self.bench.folder / "relay", authority)

    def send(self, path, *options):
        """Sends with Quitus; the link goes to a file."""
        words = [self.bench.quitus, "--quiet", "send", "--relay", self.relay.url]
        link = self.bench.folder / "link"
        return self.bench.run([*words, *self.trust_ours, *options, str(path)], stdout=link)

    def receive(self, target, env):
        """Receives with Quitus what was sent last."""
        words = [self.bench.quitus, "--quiet", "receive", *self.trust_ours, "-o", str(target), "-"]
        return run(words, env=env, stdin=self.bench.folder / "link")

    def put(self, *source, stdin=None):
        """Seals with age what a command gives, or a file, and puts it to nginx."""
        seal = [self.bench.age, "-r", self.bench.recipient]
        put = [self.bench.curl, "-sSf", *self.trust, "-T", "-", f"{self.url}/sent.age"]
        cost = self.bench.run(*source, seal, put, stdin=stdin)
        return self.durable(cost, self.nginx.root / "sent.age")

    def get(self, *sink, stdout=None):
        """Gets from nginx and opens with age, into a file or a command."""
        get = [self.bench.curl, "-sSf", *self.trust, f"{self.url}/sent.age"]
        opening = [self.bench.age, "-d", "-i", str(self.bench.identity)]
        cost = self.bench.run(get, opening, *sink, stdout=stdout)
        return self.durable(cost, stdout or self.bench.folder)

    def durable(self, cost, path):
        """With --durable: adds what it costs to sync a file, or the file system of a folder."""
        if not self.bench.is_durable:
            return cost
        option = ["-f"] if path.is_dir() else []
        return added([cost, self.bench.run([find("sync"), *option, str(path)])])


def send(bench):
    """`send` of one file; the relay is durable at its answer, nginx is not."""
    plain = inputs.one_file(bench.folder / "plain", GIB // bench.scale)
    digest = digest_of_file(plain)
    with Sides(bench) as sides:
        ours = Runner("quitus", lambda: sides.send(plain), sides.renew,
                      lambda: check_sent(sides, plain.name, digest), lambda: sides.relay)
        theirs = Runner("age", lambda: sides.put(stdin=plain), lambda: sides.nginx.remove("sent.age"),
                        lambda: check_put(sides, digest), lambda: sides.nginx)
        costs = bench.races(ours, theirs)
    plain.unlink()
    work = f"`send` {size_of(GIB // bench.scale)}, loopback HTTP"
    return [Result(work, "`age \\| curl -T` to nginx", 1.5, costs["quitus"], costs["age"])]


def check_sent(sides, name, digest):
    """What Quitus sent can be received."""
    target = sides.bench.fresh("received")
    sides.receive(target, fresh_home(sides.bench))
    same(digest, digest_of_file(target / name), "send")
    shutil.rmtree(target)


def check_put(sides, digest):
    """What curl put can be got."""
    target = sides.bench.fresh("got")
    sides.get(stdout=target)
    same(digest, digest_of_file(target), "age | curl")
    target.unlink()


def receive(bench):
    """`receive` of one file into a file, digests checked."""
    plain = inputs.one_file(bench.folder / "plain", GIB // bench.scale)
    digest = digest_of_file(plain)
    with Sides(bench) as sides:
        sides.renew()
        sides.send(plain, "--downloads", "1000")
        sides.put(stdin=plain)
        plain.unlink()
        runners = receiving(bench, sides, lambda target: digest_of_file(target / plain.name), digest)
        costs = bench.races(*runners)
    work = f"`receive` {size_of(GIB // bench.scale)} into a file"
    return [Result(work, "`curl \\| age -d`", 2.0, costs["quitus"], costs["age"])]


def receiving(bench, sides, digest_of, digest):
    """Quitus and curl, each into a fresh place."""
    target, got = bench.folder / "received", bench.folder / "got"
    homes = {}

    def prepare():
        bench.fresh("received")
        homes["fresh"] = fresh_home(bench)

    return [
        Runner("quitus", lambda: sides.receive(target, homes["fresh"]), prepare,
               lambda: same(digest, digest_of(target), "receive"), lambda: sides.relay),
        Runner("age", lambda: sides.get(stdout=got), lambda: bench.fresh("got"),
               lambda: same(digest, digest_of_file(got), "curl | age"), lambda: sides.nginx),
    ]


def files(bench):
    """Many small files there and back."""
    n_files = 20_000 // bench.scale
    tree = inputs.many_files(bench.fresh("tree"), n_files)
    digest = digest_of_folder(tree)
    with Sides(bench) as sides:
        sending = bench.races(*sending_files(sides, tree))
        sides.renew()
        sides.send(tree, "--downloads", "1000")
        taking = bench.races(*receiving_files(sides, digest))
    shutil.rmtree(tree)
    peer = ("`tar \\| age \\| curl -T`", "`curl \\| age -d \\| tar x`", "both")
    rows = (("send", sending), ("receive", taking), ("send and receive", sums(sending, taking)))
    return [
        Result(f"{n_files} files of 1 to 4 KiB, {what}", against, least, costs["quitus"], costs["age"])
        for (what, costs), against, least in zip(rows, peer, (None, None, 1.0))
    ]


def sending_files(sides, tree):
    """Quitus and tar, each with a folder."""
    pack = [sides.bench.tar, "-C", str(tree.parent), "-cf", "-", tree.name]
    return [
        Runner("quitus", lambda: sides.send(tree), sides.renew, server=lambda: sides.relay),
        Runner("age", lambda: sides.put(pack), lambda: sides.nginx.remove("sent.age"),
               server=lambda: sides.nginx),
    ]


def receiving_files(sides, digest):
    """Quitus and tar, each into a fresh folder."""
    bench = sides.bench
    target, got = bench.folder / "received", bench.folder / "got"
    homes = {}
    unpack = [bench.tar, "-C", str(got), "-xf", "-"]

    def prepare():
        bench.fresh("received")
        homes["fresh"] = fresh_home(bench)

    return [
        Runner("quitus", lambda: sides.receive(target, homes["fresh"]), prepare,
               lambda: same(digest, digest_of_folder(target / "tree"), "receive"),
               lambda: sides.relay),
        Runner("age", lambda: sides.get(unpack), lambda: bench.fresh("got").mkdir(),
               lambda: same(digest, digest_of_folder(got / "tree"), "tar x"), lambda: sides.nginx),
    ]


def small(bench):
    """1 KiB, the whole client process, in plain and by TLS."""
    return [small_by(bench, is_tls) for is_tls in (False, True)]


def small_by(bench, is_tls):
    """1 KiB by one of the two."""
    plain = inputs.one_file(bench.folder / "plain", 1024)
    digest = digest_of_file(plain)
    with Sides(bench, is_tls) as sides:
        sides.renew()
        ours = Runner("quitus", lambda: sides.send(plain), None,
                      lambda: check_sent(sides, plain.name, digest), lambda: sides.relay)
        theirs = Runner("age", lambda: sides.put(stdin=plain), lambda: sides.nginx.remove("sent.age"),
                        lambda: check_put(sides, digest), lambda: sides.nginx)
        costs = bench.races(ours, theirs, n_runs=8 * bench.n_runs)
    plain.unlink()
    by = "https" if is_tls else "http"
    work = f"`send` 1 KiB by {by}, whole client process"
    return Result(work, "`age \\| curl -T` to nginx", 1.0, costs["quitus"], costs["age"])


# Copies


def copies(bench):
    """Finding the copies of what was received in a tree, against hashing all of it."""
    n_files, n_sent = 200_000 // bench.scale, 100
    tree = inputs.many_files(bench.fresh("tree"), n_files)
    brief = bench.fresh("brief")
    brief.mkdir()
    for number, file in enumerate(sorted(tree.rglob("*.txt"))[:: n_files // n_sent]):
        shutil.copy(file, brief / f"renamed {number}")
    n_sent = len(list(brief.iterdir()))
    found, sums_of_all = bench.folder / "found", bench.folder / "sums"
    env = {**fresh_home(bench), "XDG_DATA_HOME": str(bench.folder / "data")}
    relay = Relay(bench.relay, bench.folder / "relay")
    try:
        words = [bench.quitus, "--quiet", "send", "--relay", relay.url, str(brief)]
        bench.run(words, stdout=bench.folder / "link")
        words = [bench.quitus, "--quiet", "receive", "-o", str(bench.fresh("received")), "-"]
        run(words, env=env, stdin=bench.folder / "link")
        words = [bench.quitus, "--quiet", "destroy", "--all", "--dry-run", "--search", str(tree)]
        listing = [find("find"), str(tree), "-type", "f", "-print0"]
        hashing = [find("xargs"), "-0", "-P", str(CORES), "-n", "2000", find("b3sum")]
        costs = bench.races(
            Runner("quitus", lambda: run(words, env=env, stdout=found),
                   check=lambda: same(2 * n_sent, n_lines(found), "destroy --dry-run")),
            Runner("b3sum", lambda: bench.run(listing, hashing, stdout=sums_of_all),
                   check=lambda: same(n_files, n_lines(sums_of_all), "b3sum")),
        )
    finally:
        relay.discard()
        shutil.rmtree(tree)
        shutil.rmtree(bench.folder / "received", ignore_errors=True)
    work = f"`destroy --dry-run --search`: {n_sent} files received, {n_files} of 1 to 4 KiB searched"
    against = f"`find \\| xargs -P {CORES} b3sum` of all"
    return [Result(work, against, 1.0, costs["quitus"], costs["b3sum"])]


def n_lines(path):
    """Lines of a file."""
    return path.read_bytes().count(b"\n")


# Memory


def memory(bench):
    """`send` and `receive` of a file larger than any buffer, on a disk."""
    large = bench.large_folder
    plain = inputs.sparse_file(large / "plain", 5 * GIB // bench.scale)
    relay = Relay(bench.relay, large / "relay")
    link, target = large / "link", large / "received"
    size = size_of(5 * GIB // bench.scale)
    try:
        words = [bench.quitus, "--quiet", "send", "--relay", relay.url, str(plain)]
        sent = bench.run(words, stdout=link)
        sent.peaks["quitus-relay"] = relay.peak()
        words = [bench.quitus, "--quiet", "receive", "-o", str(target), "-"]
        received = run(words, env=fresh_home(bench), stdin=link)
        received.peaks["quitus-relay"] = relay.peak()
        same(digest_of_file(plain), digest_of_file(target / plain.name), "send and receive")
    finally:
        relay.discard()
        plain.unlink()
        shutil.rmtree(target, ignore_errors=True)
    return [
        Peak(f"`{work}` {size}", program, kib / 1024, 64)
        for work, spent in (("send", sent), ("receive", received))
        for program, kib in spent.peaks.items()
    ]


def size_of(n_bytes):
    """A length in the unit a person would use."""
    mib = n_bytes // inputs.MIB
    return f"{mib // 1024} GiB" if mib % 1024 == 0 else f"{mib} MiB"


ROWS = {row.__name__: row for row in (encrypt, decrypt, digest, send, receive, files, small, copies, memory)}
