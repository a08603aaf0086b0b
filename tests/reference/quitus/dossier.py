"""A dossier and who is trusted in it. Sections "Dossier", "Annex" and "Verification" of docs/evidence.md.

    0001-received.json: ok L3  relay relay.example, 2026-11-22T03:37:18Z
    dossier: valid

`judge` is the table of reasons, top to bottom. It asks neither a clock nor a network.
"""

import base64
import hashlib
import re
import zipfile
from pathlib import Path
from typing import NamedTuple

from . import keys, statement, times, tlog
from .failure import shown
from .statement import Wrong

LATE_SECONDS = 300
PARTIES = ("client", "freelancer", "sender", "recipient")

STATEMENT = re.compile(r"statements/([0-9]{4})-([a-z-]+)\.json(\.sig)?")
PROOF = re.compile(r"proofs/([0-9]{4})\.tlog-proof")
OTHER_NAMES = (
    "README.txt", "LISEZMOI.txt", "record.en.html", "record.fr.html", "access-log.jsonl", "verify.sh",
    "proofs/consistency", "trust/allowed_signers", "trust/log-policy", "trust/annex.txt",
)
PRINCIPAL = r"(relay|client|freelancer|sender|recipient)(?:-(?:[2-9]|[1-9][0-9]+))?"
WITNESS = re.compile(r"[a-z0-9._-]{1,64}")
SIGNER = re.compile(
    rf"({PRINCIPAL}) namespaces=\"quitus-statement-v1\""
    r"(?:,valid-after=\"([0-9]{8})Z\")?(?:,valid-before=\"([0-9]{8})Z\")?"
    r" (ssh-ed25519|sk-ssh-ed25519@openssh\.com) ([A-Za-z0-9+/]+=*)"
)


class Signer(NamedTuple):
    """A line of allowed_signers; the period is in seconds since 1970."""

    principal: str
    role: str
    key: str
    after: float
    before: float


class Policy(NamedTuple):
    """The log, its witnesses as (principal, key), and the same as they are spelled."""

    log: object
    witnesses: list
    log_text: str
    witness_texts: list


class Annex(NamedTuple):
    """What the annex pins: (role, fingerprint), logs, (principal, witness)."""

    keys: set
    logs: set
    witnesses: set


class Verdict(NamedTuple):
    """(name, reason or None, label or None, remark), the reasons of the whole, and the exit code."""

    statements: list
    reasons: list
    exit_code: int


class Checked(NamedTuple):
    """What a proof showed: (size, root) that the log signed, and who cosigned when."""

    reason: object
    signed: object
    cosigned: dict


def load(path):
    """Every file by its name, and whether no name stands twice. Raises Wrong if it is no dossier."""
    path = Path(path)
    if path.is_dir():
        found = [one for one in path.rglob("*") if one.is_symlink() or not one.is_dir()]
        if any(one.is_symlink() or not one.is_file() for one in found):
            raise Wrong("file", "something that is neither a file nor a folder")
        return {one.relative_to(path).as_posix(): one.read_bytes() for one in found}, True
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if not name.endswith("/")]
            return {name: archive.read(name) for name in names}, len(set(names)) == len(names)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, OSError) as error:
        raise Wrong("file", f"not a zip file that can be read: {error}") from error


def verify(path, annex, policy, now):
    """The verdict on a dossier. `annex` and `policy` are bytes or None, `now` is a times.Moment."""
    try:
        files, once = load(path)
    except Wrong:
        return Verdict([], ["file"], 11)
    pinned = None if annex is None else parse_annex(annex)
    return judge(files, once, pinned, policy, now)


def judge(files, once, annex, policy_text, now):
    """The table of reasons."""
    names_right = once and names_are_right(files)
    signers, signers_right = trusted(parse_signers, files.get("trust/allowed_signers"), [])
    policy_text = policy_text if policy_text is not None else files.get("trust/log-policy")
    policy, policy_right = trusted(parse_policy, policy_text, None)
    case = Case(files, signers, policy, annex, now)
    lines = [case.line(name) for name in statement_names(files)]
    reasons = []
    if not (names_right and signers_right and policy_right and has_exported(files, case)):
        reasons.append("file")
    if annex and not (policy and agrees(annex, policy)):
        reasons.append("trust")
    if any(one not in case.digests for one in case.references):
        reasons.append("missing")
    if is_forked(case.shown, files.get("proofs/consistency")):
        reasons.append("fork")
    return Verdict(lines, reasons, exit_code([line[1] for line in lines], reasons, annex))


def has_exported(files, case):
    """Whether the access log, if there is one, is a file that the relay stated to have handed over."""
    log = files.get("access-log.jsonl")
    return log is None or hashlib.sha256(log).hexdigest() in case.exported


def exit_code(of_statements, of_whole, annex):
    """11, 12, 13 or 0."""
    found = {reason for reason in of_statements if reason} | set(of_whole)
    if found - {"version", "type"}:
        return 11
    if found:
        return 12
    return 0 if annex else 13


def statement_names(files):
    """The names of the statements, in order, without the folder."""
    found = [name for name in files if STATEMENT.fullmatch(name) and name.endswith(".json")]
    return sorted(name[len("statements/"):] for name in found)


def names_are_right(files):
    """Whether exactly those names stand that may."""
    numbers = [name[:4] for name in statement_names(files)]
    if not numbers or numbers != ["%04d" % (n + 1) for n in range(len(numbers))]:
        return False
    for name in files:
        proof, signature = PROOF.fullmatch(name), STATEMENT.fullmatch(name)
        if proof and proof[1] in numbers or signature and name.removesuffix(".sig") in files:
            continue
        if name not in OTHER_NAMES and not name.startswith("timestamps/"):
            return False
    return True


def trusted(read, data, otherwise):
    """What a trust file says, and whether it is there and of its form."""
    try:
        if data is None:
            raise ValueError("it is missing")
        return read(data.decode("utf-8")), True
    except ValueError:
        return otherwise, False


def lines_of(text):
    """The lines of a text that ends with a line feed."""
    if not text.endswith("\n"):
        raise ValueError("the last line is not whole")
    return text[:-1].split("\n")


def parse_signers(text):
    """Reads `trust/allowed_signers`. Raises ValueError."""
    return [signer(line) for line in lines_of(text)]


def signer(line):
    """One line: who, when, which key."""
    found = SIGNER.fullmatch(line)
    if not found:
        raise ValueError("not a line of allowed_signers")
    principal, role, after, before, kind, encoded = found.groups()
    blob = tlog.base64_exact(encoded)
    check_key_blob(kind, blob)
    return Signer(principal, role, keys.blob_fingerprint(blob), midnight(after, float("-inf")), midnight(before, float("inf")))


def check_key_blob(kind, blob):
    """The type in the blob is the one before it, and nothing is behind the key."""
    start = keys.string(kind.encode()) + (32).to_bytes(4, "big")
    rest = blob[len(start) + 32:]
    if kind == "ssh-ed25519":
        right = len(blob) == len(start) + 32
    else:
        right = len(rest) >= 4 and int.from_bytes(rest[:4], "big") == len(rest) - 4
    if not blob.startswith(start) or not right:
        raise ValueError("a public key that is not of its type")


def midnight(day, otherwise):
    """Seconds since 1970 at the beginning of `YYYYMMDD`."""
    if day is None:
        return otherwise
    return times.parse(f"{day[:4]}-{day[4:6]}-{day[6:]}T00:00:00Z").seconds


def parse_policy(text):
    """Reads a policy. Raises ValueError."""
    lines = [line.split(" ") for line in lines_of(text)]
    if lines.pop() != ["quorum", "none"]:
        raise ValueError("a policy ends with `quorum none`")
    first = lines.pop(0) if lines else []
    if len(first) != 3 or first[0] != "log" or not re.fullmatch(r"[!-~]+", first[2]):
        raise ValueError("a policy begins with its log")
    witnesses = []
    for line in lines:
        if len(line) != 3 or line[0] != "witness" or not WITNESS.fullmatch(line[1]):
            raise ValueError("not the line of a witness")
        witnesses.append((line[1], tlog.verifier_key(line[2], tlog.COSIGNS)))
    texts = [(line[1], line[2]) for line in lines]
    return Policy(tlog.verifier_key(first[1], tlog.SIGNS_NOTES), witnesses, first[1], texts)


def parse_annex(data):
    """The lines of the annex that count. Everything else is for people."""
    annex = Annex(set(), set(), set())
    for line in data.split(b"\n"):
        words = [word.decode("utf-8", "replace") for word in line.split()]
        if len(words) == 2 and words[0] in statement.ROLES and words[1].startswith("SHA256:"):
            annex.keys.add((words[0], words[1]))
        if len(words) == 2 and words[0] == "log":
            annex.logs.add(words[1])
        if len(words) == 3 and words[0] == "witness":
            annex.witnesses.add((words[1], words[2]))
    return annex


def agrees(annex, policy):
    """Whether log and witnesses of the policy stand in the annex."""
    return policy.log_text in annex.logs and set(policy.witness_texts) <= annex.witnesses


def is_forked(signed, consistency):
    """Whether the checkpoints, as (size, root), are not shown to be of one log."""
    roots = dict(signed)
    if len(set(signed)) != len(roots):
        return True
    sizes = sorted(roots)
    try:
        found = parse_consistency(consistency or b"")
    except ValueError:
        return True
    if [pair for pair, _ in found] != list(zip(sizes, sizes[1:])):
        return True
    return not all(tlog.is_consistent(m, n, path, roots[m], roots[n]) for (m, n), path in found)


def parse_consistency(data):
    """Reads `proofs/consistency` as [((M, N), path)]. Raises ValueError."""
    found = []
    for line in lines_of(data.decode("ascii")) if data else []:
        words = line.split(" ")
        if len(words) == 3 and words[0] == "consistency":
            found.append(((tlog.number(words[1]), tlog.number(words[2])), []))
        elif found:
            found[-1][1].append(tlog.hash_of(line))
        else:
            raise ValueError("a path that belongs to no sizes")
    return found


def verify_signature(data, armour):
    """The blob of a signature and the public key blob that made it. Raises Wrong."""
    if armour is None:
        raise Wrong("file", "its signature is missing")
    if len(data) > statement.BYTES_MAX:
        raise Wrong("layout", "it is too long")
    try:
        blob = keys.unwrapped(armour.decode("ascii"))
        return blob, keys.verify_detached(blob, keys.STATEMENT, data)
    except ValueError as error:
        raise Wrong("signature", str(error)) from error


def read_statement(data, key):
    """What was signed by that key says, down to the reason `role`. Raises Wrong."""
    value = statement.parse(data)
    said = statement.read(value, statement.type_of(value), data)
    if said.key != keys.blob_fingerprint(key):
        raise Wrong("issuer", "another key signed it")
    if said.role not in statement.TYPES[said.kind]:
        raise Wrong("role", f"{said.role} makes no such statement")
    return said


def verify_statement(path, annex):
    """The verdict on one statement by itself, with its signature beside it."""
    signature = path.with_name(path.name + ".sig")
    pinned = None if annex is None else parse_annex(annex)
    try:
        data, armour = path.read_bytes(), signature.read_bytes() if signature.exists() else None
        said = read_statement(data, verify_signature(data, armour)[1])
        if pinned and (said.role, said.key) not in pinned.keys:
            raise Wrong("trust", "the annex does not pin that key for that role")
    except Wrong as wrong:
        line = path.name, wrong.reason, None, wrong.found
    else:
        line = path.name, None, "L1", f"{said.role} {shown(said.name)}"
    return Verdict([line], [], exit_code([line[1]], [], pinned))


class Case:
    """What was learned while the statements were judged, in their order."""

    def __init__(self, files, signers, policy, annex, now):
        self.files, self.signers, self.policy, self.annex, self.now = files, signers, policy, annex, now
        self.digests = {hashlib.sha256(data).hexdigest() for name, data in files.items()
                        if name.startswith("statements/")}
        self.scope = None  # That of the first statement that was well formed.
        self.latest = {}  # Key -> (seq, digest) of the statement before; None if that cannot be judged.
        self.references = []
        self.exported = set()  # Digests of access logs that were handed over.
        self.shown = []  # The (size, root) under which an entry was found.

    def line(self, name):
        """What is said of one statement."""
        data = self.files["statements/" + name]
        armour = self.files.get("statements/" + name + ".sig")
        try:
            signed = self.open(name, data, armour)
        except Wrong as wrong:
            return name, wrong.reason, None, wrong.found
        said, blob = signed
        try:
            checked = self.check(name, said, tlog.entry(data, blob))
        except Wrong as wrong:
            return name, wrong.reason, None, wrong.found
        if said.kind == "access-log-exported":
            self.exported |= said.documents
        remark = f"{said.role} {shown(said.name)}"
        return name, None, self.label(said, checked), remark

    def open(self, name, data, armour):
        """Verifies the signature, then reads the same bytes: the reasons down to `role`."""
        blob, key = verify_signature(data, armour)
        try:
            said = read_statement(data, key)
        except Wrong as wrong:
            if wrong.reason in ("version", "type"):
                self.latest[keys.blob_fingerprint(key)] = None  # Whatever follows it follows it.
            raise
        self.scope = self.scope or said.scope
        self.references += said.references
        return said, blob

    def check(self, name, said, entry):
        """The reasons behind `role`. What its proof shows, or None where it has none."""
        follows = self.follows(said)
        if name != f"{name[:4]}-{said.kind}.json":
            raise Wrong("file", f"it is of the type {said.kind}")
        if not any(self.vouches(signer, said) for signer in self.signers):
            raise Wrong("signer", "no line of allowed_signers has that key for that role at that time")
        if self.annex and (said.role, said.key) not in self.annex.keys:
            raise Wrong("trust", "the annex does not pin that key for that role")
        if not said.scope or said.scope != self.scope:
            raise Wrong("engagement", f"it is of {said.scope}")
        if not follows:
            raise Wrong("chain", "it does not follow the issuer's statement before it")
        self.check_time(said, [self.now])
        checked = self.proof(name[:4], entry)
        if checked and checked.reason:
            raise Wrong(checked.reason, "the log does not show it")
        if checked:
            self.shown.append(checked.signed)
            self.check_time(said, [times.Moment(at, 0) for at in checked.cosigned.values()])
        return checked

    def follows(self, said):
        """Whether it has the place behind the statement of its issuer before it; it is then that one."""
        before = self.latest.get(said.key, (0, None))
        if said.scope and said.scope == self.scope:
            self.latest[said.key] = (said.seq, said.digest)
        return before is None or (said.seq, said.prev) == (before[0] + 1, before[1])

    def check_time(self, said, seen_at):
        """Nothing is dated later than it was seen."""
        if any(said.issued_at > (at.seconds + LATE_SECONDS, at.nanos) for at in seen_at):
            raise Wrong("time", "it is dated later than it was seen")

    def vouches(self, signer, said):
        """Whether a line of allowed_signers has that key for that role at that time."""
        in_time = signer.after <= said.issued_at.seconds < signer.before
        return (signer.role, signer.key) == (said.role, said.key) and in_time

    def proof(self, number, entry):
        """Judges a proof, if there is one."""
        data = self.files.get(f"proofs/{number}.tlog-proof")
        if data is None:
            return None
        try:
            proof = tlog.parse_proof(data.decode("utf-8"))
        except ValueError:
            return Checked("proof", None, {})
        checked = self.checkpoint(proof.note)
        if checked.reason:
            return checked
        size, root = checked.signed
        if not tlog.is_included(tlog.leaf(entry), proof.index, size, proof.path, root):
            return checked._replace(reason="proof")
        return checked

    def checkpoint(self, data):
        """Who signed a checkpoint."""
        try:
            note = tlog.parse_note(data)
            checkpoint = tlog.parse_checkpoint(note.text)
        except ValueError:
            return Checked("checkpoint", None, {})
        cosigned, reason = self.cosignatures(note)
        try:
            log = self.policy and self.policy.log
            if not log or checkpoint.origin != log.name or not tlog.is_signed(note, log):
                return Checked("checkpoint", None, cosigned)
        except ValueError:
            return Checked("checkpoint", None, cosigned)
        return Checked(reason, (checkpoint.size, checkpoint.root), cosigned)

    def cosignatures(self, note):
        """When the witnesses of the policy cosigned, and whether one of them is wrong."""
        cosigned, reason = {}, None
        for principal, key in self.policy.witnesses if self.policy else []:
            try:
                time = tlog.cosigned_at(note, key)
                if time is not None:
                    cosigned[principal, key] = time
            except ValueError:
                reason = "witness"
        return cosigned, reason

    def label(self, said, checked):
        """The highest that applies."""
        if checked is None:
            return "L1"
        roles = {signer.principal: signer.role for signer in self.signers}
        own = {signer.principal for signer in self.signers if signer.key == said.key}
        principals = {principal for principal, _ in checked.cosigned}
        if any(principal not in roles for principal in principals):
            return "L4"
        if any(roles[principal] in PARTIES and principal not in own for principal in principals):
            return "L3"
        return "L2"
