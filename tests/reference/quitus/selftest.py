"""python3 receive.py --self-test: known answers, the worked example, and transfers tampered with.

Every value of the worked example is looked up in docs/protocol.md too, where that file is near.
"""

import hashlib
import io
import os
import tarfile
import tempfile
from pathlib import Path

import receive

from . import archive, blake3, document, example, keys, link, parts, paths, sealed, split, text, times, tlog
from .failure import BadLink, Failure, Refused

DOCUMENT = Path(__file__).parents[3] / "docs" / "protocol.md"

# From the test vectors of the BLAKE3 reference: byte n of the input is n mod 251.
BLAKE3 = {
    0: "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262",
    1: "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213",
    1024: "42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7",
    1025: "d00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444",
    2049: "5f4d72f40d7a5f82b15ca2b2e44b1de3c2ef86c426c95c1af0b6879522563030",
    31744: "62b6960e1a44bcc1eb1a611a8d6235b6b4b78f32e7abc4fb4c6cdcce94895c47",
    102400: "bc3e3d41a1146b069abffad3c0d44860cf664390afce4d9661f7902e7943e085",
}


def test_blake3_gives_the_known_answers():
    for length, expected in BLAKE3.items():
        data = bytes(n % 251 for n in range(length))
        assert blake3.digest(data).hex() == expected, length
        hasher = blake3.Hasher()
        for at in range(0, length, 777):
            hasher.update(data[at:at + 777])
        assert hasher.digest().hex() == expected, f"{length} in pieces"


def test_hkdf_gives_the_answer_of_rfc_5869():
    # Appendix A.1; the first 32 of its 42 bytes.
    okm = split.hkdf(b"\x0b" * 22, bytes(range(13)), bytes(range(0xF0, 0xFA)))
    assert okm.hex() == "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"


def test_text_has_one_spelling():
    for read, good, bad in (
        (text.base64url_bytes, "AP8", ("AP9", "AP8=", "AP8 ", "A", "AP+", "AP8\n")),
        (text.base64_bytes, "AP8", ("AP9", "AP8=", " AP8", "A-8")),
        (lambda t: text.hex_bytes(t, 2), "00ff", ("00FF", "00f", "00ff00", "00f ", "0x0f", "٠٠ff")),
    ):
        assert read(good) == b"\x00\xff"
        for spelling in bad:
            refused(ValueError, read, spelling)


def test_times_have_one_spelling():
    assert times.parse("1970-01-01T00:00:00Z") == (0, 0)
    assert times.parse("2026-11-22T03:37:18.25Z") == (1795318638, 250_000_000)
    assert times.parse("1969-12-31T23:59:59.5Z") == (-1, 500_000_000)
    assert times.parse("2000-02-29T00:00:00Z").seconds == 951_782_400
    for good in ("-009999-01-02T01:59:59Z", "0000-02-29T00:00:00Z",
                 "9999-12-30T22:00:00.999999999Z"):
        times.parse(good)
    for bad in ("2026-11-22T03:37:18.50Z", "2026-11-22T03:37:18.Z", "2026-11-22T03:37:18+00:00",
                "2026-11-22t03:37:18z", "2026-11-22T03:37:60Z", "2026-02-29T00:00:00Z",
                "2026-11-22T24:00:00Z", "-000000-01-01T00:00:00Z", "-009999-01-02T01:59:58Z",
                "9999-12-30T22:00:01Z", "10000-01-01T00:00:00Z", "2026-11-22T03:37:18Z\n",
                "2026-11-22T03:37:18.1234567891Z", "2026-00-10T00:00:00Z"):
        refused(ValueError, times.parse, bad)


def test_links_are_refused_before_anyone_is_asked():
    good = example.LINK
    assert link.parse(f" {good}\n") == link.parse(good.replace("#", "%23")) == example.ADDRESS
    assert link.check_of(example.ID, example.SECRET).hex() == in_document("4df60f4d")
    in_document(good)
    for bad in ("", good.partition("#")[0], good.partition("#")[0] + "#", good[:-1], good + "A",
                good[:-1] + "M", good[:-2] + "8N", good.replace("#v1", "#v2"), good.replace("0f#", "0F#"),
                good.replace("https", "HTTPS"), good.replace("https", "http"),
                good.replace("relay.example", "Relay.example"), good.replace("/t/", "/"),
                good.replace("/t/", "/x/t/"), good.replace("/t/", "/t/t/"), "x" * 2_000 + good,
                good.replace("00", "0", 1), good.replace("/t/", ":443/t/")):
        refused(BadLink, link.parse, bad)


def test_origins_have_one_spelling():
    for good in ("https://a", "https://a.b-c.d1:8443", "http://localhost:7470", "http://127.1.2.3",
                 "http://[::1]", "https://[2001:db8::1]:1", "https://192.0.2.1", "https://3com.example",
                 "https://[::ffff:192.0.2.1]", "https://xn--bcher-kva.example"):
        link.parse_origin(good)
    for bad in ("https://", "https://a/", "https://a?", "https://u@a", "https://a:0", "https://a:08",
                "https://a:65536", "http://localhost:80", "http://a", "http://128.0.0.1",
                "https://1.2.3", "https://01.2.3.4", "https://a.1b", "https://[::0]", "https://[::1%25lo]",
                "https://[2001:DB8::1]", "https://-a", "https://a-", "https://a..b", "https://a.",
                "https://" + "a" * 64, "ftp://a", "https://[::ffff:c000:201]", "http://[::ffff:127.0.0.1]"):
        refused(BadLink, link.parse_origin, bad)


def test_the_plan_of_the_parts_matches_the_document():
    mib = 2**20
    for length, n_parts, part_bytes, last in (
        (0, 1, 8, 16), (65_536, 1, 8, 65_552), (65_537, 1, 8, 65_569), (8 * mib, 1, 8, 8_390_656),
        (8 * mib + 1, 2, 8, 17), (80_000 * mib, 10_000, 8, 8_390_656), (80_000 * mib + 1, 5_001, 16, 17),
    ):
        plan = parts.plan(length)
        assert len(plan) == n_parts and plan[-1].sealed_bytes == last, length
        assert [part.is_last for part in plan].count(True) == 1 and plan[-1].is_last
        assert n_parts == 1 or plan[1].first_chunk == part_bytes * mib // parts.CHUNK


def test_the_split_matches_the_document():
    key, credential = example.SEALED_KEY, split.claim_credential(example.SECRET, example.ID)
    for value, expected in (
        (key, "e9b7563cb6be1115c4f5bc840162be6b958cabae2528a5d7450a8356eaa89bcb"),
        (example.MANIFEST_KEY, "1ccb6f1b6cc7b8f1e015da0868ca7b4fe9cd7ba108a0fa33f0d054a42b781813"),
        (credential, "f1ce70a76312671d3719303977e03bcfa2985da5e42c7d82de760a8aa666786a"),
        (hashlib.sha256(credential).digest(),
         "1946f740726e0e171876f944751db179990cb4ef6a0fa01b86017e647c3ae9e0"),
        (split.share_commitment(example.ID, example.SHARE),
         "6ed8d160698a9923abf459996c9108906176836318d4c0d07b31e06ec32c60bb"),
    ):
        assert value.hex() == in_document(expected)


def test_header_and_part_match_the_document():
    header = example.make_header(example.SEALED_KEY)
    in_document(header[:-16].decode())
    body = example.seal_chunks(example.CONTENT, example.payload_key())
    read = sealed.parse_header(header)
    assert len(header) == read.length == 184
    key = sealed.open_header(example.SEALED_KEY, read)
    assert b"".join(sealed.open_chunks(key, 0, True, body)) == example.CONTENT
    for value, expected in (
        (blake3.digest(header), "6acc53ec8a838873fb0b00d1197dc6169b1d32c31d8d858f2bf81507fa1ee1c8"),
        (key, "c7f9ef370be58a4183814d58e9fd091bfb0680739780932ff90fe3bbcc13ca92"),
        (body, "6f417f10151e21dfc4965a67a032895b59c4b9c72208"),
        (blake3.digest(body), "b1ca1bacb28d71ab6b32ef571f17befe721e2ed317f4687b8682e8be4b39e647"),
        (example.sealed_digest(header, [body], 6),
         "42cc696f7d3ec6235e5d2e2216c97069bf48698089c6cf7392add0dce5653280"),
    ):
        assert value.hex() == in_document(expected)


def test_manifest_and_terms_match_the_document():
    manifest_text = example.spelled(example.manifest())
    assert len(manifest_text) == 606
    assert hashlib.sha256(manifest_text).hexdigest() == in_document(
        "25c5761c68ae82155662a9a835d6e8f3bae1a7993d67cac9e22c4ec416f078e7")
    signed = example.sign(keys.MANIFEST, manifest_text)
    terms = example.sign(keys.TERMS, example.spelled(example.terms(manifest_text)))
    manifest = document.open_manifest(in_document(signed.decode()).encode())
    document.open_terms(in_document(terms.decode()).encode(), manifest)
    assert manifest.sender == in_document("SHA256:OD42K2r1p8To2i8ghGLiHbiVdnwQuA2FVbSTnNqhFLc")
    assert keys.fingerprint(example.PUBLIC_KEY) == manifest.sender
    in_document("ssh-ed25519 " + text.base64_text(keys.public_key_blob(example.PUBLIC_KEY)))


def test_the_signed_request_matches_the_document():
    nonce = text.base64url_text(example.REQUEST_NONCE)
    lines = ("quitus/request/v1", "GET", "https://relay.example", f"/v1/transfers/{example.ID.hex()}",
             hashlib.sha256(b"").hexdigest(), keys.fingerprint(example.PUBLIC_KEY),
             "2026-11-22T03:37:18Z", nonce)
    message = "".join(line + "\n" for line in lines).encode()
    signature = example.SIGNER.sign(keys.signed_bytes("quitus-request-v1", message))
    blob = keys.signature_blob(example.PUBLIC_KEY, "quitus-request-v1", signature)
    signed = text.base64url_text(blob)
    in_document(f"Authorization: Quitus time={lines[6]},nonce={nonce},signature={signed}\n")


def test_headers_that_are_not_well_formed_are_refused():
    good = example.make_header(example.SEALED_KEY)
    grease = b"-> x-grease ! ~\n" + b"A" * 64 + b"\n\n"
    with_grease = example.make_header(example.SEALED_KEY, grease=grease)
    assert sealed.open_header(example.SEALED_KEY, sealed.parse_header(with_grease))
    stanza = good[22:good.index(b"---")]
    for bad in (b"", good[:-1], good.replace(b"v1\n", b"v2\n"), good.replace(b"\n", b"\r\n"),
                good.replace(stanza, b""), good.replace(b"-> X25519 ", b"-> X25519  "),
                good.replace(b"I2g\n", b"I2h\n"), good.replace(b"I2g\n", b"I2g=\n"),
                good.replace(b"--- ", b"---  "), good.replace(b"/XI2g", b"/X\xc3\xa9"),
                with_grease.replace(b"A\n\n", b"A\n"), with_grease.replace(b"x-grease", b"x\x7f"),
                example.make_header(example.SEALED_KEY, grease=b"-> x\n" + (b"A" * 64 + b"\n") * 1024)):
        refused(Refused, sealed.parse_header, bad)
    zero_share = b"-> X25519 " + b"A" * 43 + b"\n" + b"A" * 43 + b"\n"
    for bad in (good.replace(b"pK3+", b"pK3/"), example.make_header(example.SEALED_KEY, grease=zero_share),
                good.replace(b"H42nqQ", b"H42nqR"),
                good.replace(b" YFpy", b" a YFpy"), good.replace(b"0jw\n", b"0jx\n", 1),
                good.replace(b"X25519 ", b"x25519 "), with_grease.replace(b"!", b"?")):
        refused(Refused, open_as_sealed, bad)


def open_as_sealed(header):
    return sealed.open_header(example.SEALED_KEY, sealed.parse_header(header))


def test_chunks_open_in_their_place_only():
    key = example.payload_key()
    for length in (0, 1, 65_535, 65_536, 65_537, 131_072):
        plain = bytes(length)
        body = example.seal_chunks(plain, key)
        assert b"".join(sealed.open_chunks(key, 0, True, body)) == plain
        for bad in ((key, 1, True, body), (key, 0, False, body), (key, 0, True, body[:-1]),
                    (key, 0, True, body[:-17]), (key, 0, True, body + bytes(16)), (key, 0, True, b"")):
            refused(Refused, lambda args: list(sealed.open_chunks(*args)), bad)
    full = example.seal_chunks(bytes(65_536), key, holds_end=False)
    empty = example.seal_chunks(b"", key, first_chunk=1)
    refused(Refused, lambda body: list(sealed.open_chunks(key, 0, True, body)), full + empty)


def test_signatures_are_verified_strictly():
    curve_d = -121_665 * pow(121_666, -1, keys.PRIME)
    for y in keys.SMALL_ORDER[3:]:  # Doubled, such a point has y = 0: x^2 = -y^2 on the curve.
        assert (curve_d * y**4 + 2 * y * y - 1) % keys.PRIME == 0
    message = b"m"
    good = example.sign(keys.TERMS, message)[:-1].decode()
    assert keys.verify(good, keys.TERMS, message) == example.PUBLIC_KEY
    for bad in (good[:-1], good + "\n", " " + good, good.replace("\n", "\r\n"), good.replace("U1NI", "U1NJ"),
                good.replace("\n", "", 3), good.replace("=\n", "\n"), "", keys.BEGIN + keys.END,
                good.replace("=\n", "==\n")):
        refused(ValueError, lambda armour: keys.verify(armour, keys.TERMS, message), bad)
    refused(ValueError, lambda armour: keys.verify(armour, keys.MANIFEST, message), good)
    refused(ValueError, lambda armour: keys.verify(armour, keys.TERMS, b"n"), good)


def test_points_of_small_order_are_refused():
    for y in (*keys.SMALL_ORDER, keys.PRIME, keys.PRIME + 1, 2**255 - 1):
        for sign in (0, 2**255):
            point = (y | sign).to_bytes(32, "little")
            for pair in ((point, bytes([9] * 32) + bytes(32)), (example.PUBLIC_KEY, point + bytes(32))):
                refused(ValueError, lambda pair: keys.check_points(*pair), pair)
    high = bytes([9] * 32) + keys.GROUP_ORDER.to_bytes(32, "little")
    refused(ValueError, lambda signature: keys.check_points(example.PUBLIC_KEY, signature), high)


def test_paths_that_are_not_safe_everywhere_are_refused():
    for good in ("a", "a/b", "é", "a b", ".a", "a..b", "COM10", "xCON", "a/" * 127 + "a", "ſ", "CON1"):
        paths.check_path(good)
    for bad in ("", "/", "/a", "a/", "a//b", ".", "..", "a/../b", "a\\b", "a\0", "a\u0085", "a\x7f",
                "x" * 256, "é" * 128, "a/" * 128 + "a", ("x" * 250 + "/") * 13 + "x", "a.", "a ", "a?",
                "a:b", "con", "Con.txt", "nul .x", "com1", "LPT²", "CONOUT$", "a/aux/b", "com0.tar.gz"):
        refused(Refused, paths.check_path, bad)


def test_entries_ascend_and_have_their_folders():
    def check(*names):
        entries = [example.entry(n.rstrip("/"), None if n.endswith("/") else b"") for n in names]
        paths.check_entries([document.read_entry(value) for value in entries])

    check("a/", "a/b/", "a/b/z", "a/c", "a.b", "é")
    check()
    for bad in (("b", "a"), ("a", "a"), ("a", "a/b"), ("a/b",), ("a.b", "a/", "a/b"), ("a/", "a/b/c"),
                ("A", "a"), ("é", "é"), ("A/", "A/x", "a/", "a/x"), ("ΑΣ", "ασ"), ("İ", "i̇")):
        refused(Refused, lambda names: check(*names), bad)


def test_the_tar_is_one_that_tar_reads():
    long = "d" * 99
    contents = {"a": None, "a/b": b"hello", "a/é": b"", "a.b": bytes(512),
                long: None, long + "/" + "f" * 200: b"x"}
    entries = [example.entry(path, contents[path], mtime="2026-11-22T03:37:18.5Z")
               for path in sorted(contents, key=paths.order)]
    whole = example.archive_of("tar", entries, contents)
    with tarfile.open(fileobj=io.BytesIO(whole)) as tar:
        members = {member.name: member for member in tar.getmembers()}
        assert set(members) == set(contents)
        for path, content in contents.items():
            assert members[path].isdir() if content is None else tar.extractfile(path).read() == content
            assert members[path].mode == 0o644 and members[path].mtime == 1795318638
    assert len(whole) % 512 == 0
    assert archive.record(b"path", "é".encode()) == b"11 path=\xc3\xa9\n"
    # Lengths of 99 and 100 would both be right here; the smaller one is.
    assert archive.record(b"path", b"x" * 90) == b"99 path=" + b"x" * 90 + b"\n"


def test_sizes_beyond_ustar_have_a_record():
    for size, expected in ((2**33 - 1, False), (2**33, True)):
        value = example.entry("a", b"")
        value["file"]["bytes"] = size
        before = archive.blocks_of(document.read_entry(value))
        assert (b"size=8589934592\n" in before) == expected
        assert len(before) == (1_536 if expected else 512)


def test_a_transfer_arrives():
    for form, contents in (
        ("file", {"hello.txt": example.CONTENT}), ("file", {"empty": b""}),
        ("tar", {"a": None, "a/b": b"hello", "a/empty": b"", "é": bytes(200_000)}), ("tar", {"a": None}),
    ):
        with tempfile.TemporaryDirectory() as home:
            transfer = example.Transfer(form, contents).seal()
            target = Path(home) / "out"
            receive.receive(example.ADDRESS, target, lambda key: transfer)
            for path, content in contents.items():
                assert content is None or (target / path).read_bytes() == content
            assert (target / path).stat().st_mtime == 1795318638
            assert os.listdir(home) == ["out"] and transfer.n_done == 1


def test_a_transfer_that_names_the_log_of_its_relay_arrives():
    transfer = example.Transfer("file", {"hello.txt": example.CONTENT})
    set_value("logKey", example.verifier_key("relay.example/log"))(transfer)
    transfer = transfer.seal()
    with tempfile.TemporaryDirectory() as home:
        receive.receive(example.ADDRESS, Path(home) / "out", lambda key: transfer)
        assert (Path(home) / "out" / "hello.txt").read_bytes() == example.CONTENT


def tampered_transfers():
    """Transfers with one thing wrong each."""
    for name, change in TAMPERED.items():
        transfer = example.Transfer("tar", {"a": None, "a/b": b"hello"})
        change(transfer)
        yield name, transfer.seal()


def set_value(field, value):
    """Another value in the manifest, signed all the same."""
    return lambda transfer: transfer.value.update({field: value})


def set_terms(field, value):
    """Another value in the terms, signed all the same."""
    def change(transfer):
        terms = example.terms(example.spelled(transfer.value)) | {field: value}
        transfer.terms_document = example.sign(keys.TERMS, example.spelled(terms))
    return change


def set_text(change_text):
    """Another spelling of the manifest's JSON, signed all the same."""
    def change(transfer):
        text = change_text(example.spelled(transfer.value))
        transfer.manifest_document = example.sign(keys.MANIFEST, text)
        transfer.terms_document = example.sign(keys.TERMS, example.spelled(example.terms(text)))
    return change


def flip_archive(at):
    """Another byte in the archive, sealed all the same."""
    def change(transfer):
        changed = bytearray(transfer.archive)
        changed[at] ^= 1
        transfer.archive = bytes(changed)
    return change


def other_signer(transfer):
    """Terms that someone else signed."""
    signer = example.Ed25519PrivateKey.from_private_bytes(bytes(32))
    terms = example.spelled(example.terms(example.spelled(transfer.value)))
    transfer.terms_document = example.sign(keys.TERMS, terms, signer)


def unsealed_end(transfer):
    """An archive whose last chunk does not say that it is the last."""
    transfer.body = example.seal_chunks(transfer.archive, example.payload_key(), holds_end=False)


TAMPERED = {
    "another id": set_value("id", "00" * 16),
    "another relay": set_value("relay", "https://other.example"),
    "another sender": set_value("sender", "SHA256:" + "A" * 43),
    "another share": set_value("shareCommitment", "00" * 32),
    "another type": set_value("type", "quitus/manifest/v2"),
    "another form": set_value("form", "zip"),
    "form file for two entries": set_value("form", "file"),
    "another length": set_value("archiveBytes", 6),
    "a length that is no integer": set_value("archiveBytes", 2560.0),
    "an unknown field": set_value("more", None),
    "upper-case hex": set_value("sealedDigest", "AA" * 32),
    "a key of a log with another id": set_value(
        "logKey", example.verifier_key("relay.example/log").replace("+", "+0", 1)),
    "a key of another relay's log": set_value("logKey", example.verifier_key("other.example/log")),
    "a cosigner's key for a log": set_value(
        "logKey", example.verifier_key("relay.example/log", tlog.COSIGNS)),
    "an engagement": set_value("engagement", "00" * 32),
    "a mode with more than permissions": set_value("entries", [example.entry("a", None, 0o1755)]),
    "a path that climbs": set_value("entries", [example.entry("..", None)]),
    "another digest": set_value("entries", [example.entry("a", None), example.entry("a/b", b"hullo")]),
    "another mode than the tar": set_value(
        "entries", [example.entry("a", None, 0o700), example.entry("a/b", b"hello")]),
    "a space in the JSON": set_text(lambda text: text.replace(b":", b": ", 1)),
    "no line feed": set_text(lambda text: text[:-1]),
    "two line feeds": set_text(lambda text: text + b"\n"),
    "a needless escape": set_text(lambda text: text.replace(b'"tar"', b'"\\u0074ar"')),
    "a doubled field": set_text(lambda text: text.replace(b'"logKey":null,', b'"logKey":null,' * 2)),
    "fields in another order": set_text(lambda text: text.replace(b'"form":"tar",', b"").replace(
        b'"archiveBytes":2560,', b'"archiveBytes":2560,"form":"tar",')),
    "a lone surrogate": set_text(lambda text: text.replace(b'"a"', b'"\\ud800"')),
    "not UTF-8": set_text(lambda text: text.replace(b'"a"', b'"\xff"')),
    "no JSON": set_text(lambda text: b"[" * 100_000),
    "another byte in a file": flip_archive(1024),
    "another byte in a block": flip_archive(0),
    "another byte in the padding": flip_archive(1100),
    "another byte in the end": flip_archive(-1),
    "an end that was not sealed as one": unsealed_end,
    "a share that is not the sender's": lambda t: setattr(t, "share", bytes(32)),
    "a header with something behind": lambda t: setattr(t, "header", t.header + b"x"),
    "a header for someone else": lambda t: setattr(t, "header", example.make_header(example.MANIFEST_KEY)),
    "terms of another manifest": set_terms("manifest", "00" * 32),
    "terms with recipients": set_terms("recipients", ["SHA256:" + "A" * 43]),
    "terms of another type": set_terms("type", "quitus/manifest/v1"),
    "terms of another signer": other_signer,
}


def test_nothing_that_was_tampered_with_arrives():
    for name, transfer in tampered_transfers():
        with tempfile.TemporaryDirectory() as home:
            target = Path(home) / "out"
            try:
                receive.receive(example.ADDRESS, target, lambda key: transfer)
            except Refused:
                assert [n for n in os.listdir(home) if ".grant-" not in n] == [], name
                assert transfer.n_done == 0, name
            else:
                raise AssertionError(f"{name} was accepted")


def in_document(expected):
    """The value, which the document must contain word for word; where there is no document, only it."""
    if DOCUMENT.exists():
        assert expected in DOCUMENT.read_text(encoding="utf-8"), f"not in the document: {expected}"
    return expected


def refused(kind, read, bad):
    """Reads something that must be refused."""
    try:
        read(bad)
    except kind:
        return
    raise AssertionError(f"accepted: {bad!r}"[:200])


def run():
    """Runs every test of this module; the exit code says whether all of them held."""
    n_failed = 0
    for name, test in list(globals().items()):
        if name.startswith("test_"):
            try:
                test()
                print(f"ok      {name[5:].replace('_', ' ')}")
            except (AssertionError, Failure, ValueError) as error:
                n_failed += 1
                print(f"FAILED  {name[5:].replace('_', ' ')}: {error!r}")
    return 1 if n_failed else 0
