#!/bin/sh
# Verifies the dossier in this folder with a POSIX shell, ssh-keygen and openssl (3.0 or later).
#
#     sh verify.sh [ANNEX]                ANNEX: the annex of the contract, a file of your own
#
# One line a statement, `NAME: ok LABEL` or `NAME: FAIL REASON`, then what is wrong with the whole, then
# the sum. Exit codes: 0 valid; 11 does not verify; 12 a type or version that cannot be judged;
# 13 consistent, but without an annex nobody confirms whose keys these are; 2 it cannot work here.
# What the words mean stands in docs/evidence.md of Quitus, under "Verification".
#
# All text in a dossier is foreign. It is turned into ASCII before it is looked at, it is never a part of a
# program or of a file's name, and only words of a known form are printed. Every check has to succeed to
# count: whatever fails in between is a reason to refuse.

set -u
LC_ALL=C
export LC_ALL
unset CDPATH ENV 2>/dev/null || :
umask 077

work=${TMPDIR:-/tmp}/quitus-verify.$$
export work

stop() {
    printf 'verify.sh: %s\n' "$1" >&2
    exit 2
}

# What every awk program below begins with: hex is how bytes are looked at there.
library='
function value_of(hex,   i, n) {
    for (i = 1; i <= length(hex); i++) n = 16 * n + index("0123456789abcdef", substr(hex, i, 1)) - 1
    return n + 0
}
function byte_hex(n) {
    return substr(HEX, int(n / 16) + 1, 1) substr(HEX, n % 16 + 1, 1)
}
# As printf %b reads it.
function octal(hex,   i, out) {
    for (i = 1; i < length(hex); i += 2) out = out sprintf("\\0%03o", value_of(substr(hex, i, 2)))
    return out
}
# Base64 with its padding, in its one spelling; nothing if it is none.
function unbase64(text,   i, n, bits, held, out, body) {
    if (text == "" || length(text) % 4 || text !~ /^[A-Za-z0-9+\/]+=?=?$/) return ""
    body = text
    sub(/=+$/, "", body)
    for (i = 1; i <= length(body); i++) {
        held = held * 64 + index(BASE64, substr(body, i, 1)) - 1
        bits += 6
        if (bits >= 8) {
            bits -= 8
            n = int(held / POWER[bits])
            out = out byte_hex(n)
            held -= n * POWER[bits]
        }
    }
    return held == 0 && length(body) % 4 != 1 ? out : ""
}
function base64(hex,   i, bits, held, n, out) {
    for (i = 1; i < length(hex); i += 2) {
        held = held * 256 + value_of(substr(hex, i, 2))
        for (bits += 8; bits >= 6; ) {
            bits -= 6
            n = int(held / POWER[bits])
            out = out substr(BASE64, n + 1, 1)
            held -= n * POWER[bits]
        }
    }
    if (bits) out = out substr(BASE64, held * POWER[6 - bits] + 1, 1)
    while (length(out) % 4) out = out "="
    return out
}
# 32 bytes that are a little-endian number, the other way round.
function reversed(hex,   i, out) {
    for (i = length(hex) - 1; i >= 1; i -= 2) out = out substr(hex, i, 2)
    return out
}
# Whether a point is none that strict verification takes: of small order, or not below the prime.
function is_weak_point(hex,   y) {
    y = reversed(hex)
    y = byte_hex(value_of(substr(y, 1, 2)) % 128) substr(y, 3)
    return y >= PRIME || y == ZERO || y == ONE || y == LAST || y == EIGHT || y == OTHER_EIGHT
}
function is_strict(key, signature) {
    return length(key) == 64 && length(signature) == 128 && !is_weak_point(key) \
        && !is_weak_point(substr(signature, 1, 64)) && reversed(substr(signature, 65)) < ORDER
}
function is_name(text) {
    return text != "" && text !~ /[ +\003]/ && text !~ SPACES
}
function is_number(text) {
    return text ~ /^(0|[1-9][0-9]*)$/ && (length(text) < 19 || (length(text) == 19 && text "" <= "9223372036854775807"))
}
function is_fingerprint(text) {
    return length(text) == 50 && text ~ /^SHA256:[A-Za-z0-9+\/]+[AEIMQUYcgkosw048]$/
}
function floor(x,   n) {
    n = int(x)
    return n > x ? n - 1 : n
}
function days_in(year, month) {
    if (month == 2) return (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)) ? 29 : 28
    return (month == 4 || month == 6 || month == 9 || month == 11) ? 30 : 31
}
# Days since 1970; years begin in March, so that a leap day comes last.
function day_number(year, month, day,   past) {
    if (month <= 2) year--
    past = (month + 9) % 12
    return 365 * year + floor(year / 4) - floor(year / 100) + floor(year / 400) \
        + int((153 * past + 2) / 5) + day - 1 - 719468
}
# Reads a time in its one spelling into `seconds` since 1970, `fraction` of nine digits, and `day`, YYYYMMDD.
function is_time(text,   year, rest, month, of_month, hour, minute, second) {
    if (text !~ /^(-[0-9][0-9][0-9][0-9][0-9][0-9]|[0-9][0-9][0-9][0-9])-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9](\.[0-9]*[1-9])?Z$/) return 0
    year = substr(text, 1, text ~ /^-/ ? 7 : 4)
    rest = substr(text, length(year) + 1)
    if (year == "-000000") return 0
    month = substr(rest, 2, 2) + 0; of_month = substr(rest, 5, 2) + 0
    hour = substr(rest, 8, 2) + 0; minute = substr(rest, 11, 2) + 0; second = substr(rest, 14, 2) + 0
    fraction = substr(rest, 17, length(rest) - 17)
    if (length(fraction) > 9 || month < 1 || month > 12 || hour > 23 || minute > 59 || second > 59) return 0
    if (of_month < 1 || of_month > days_in(year + 0, month)) return 0
    fraction = substr(fraction "000000000", 1, 9)
    day = year ~ /^-/ ? 0 : year substr(rest, 2, 2) substr(rest, 5, 2)
    seconds = day_number(year + 0, month, of_month) * 86400 + hour * 3600 + minute * 60 + second
    return seconds >= FIRST && seconds <= FINAL
}
function list_of(text, table,   i, n, names) {
    n = split(text, names, " ")
    for (i = 1; i <= n; i++) table[names[i]] = 1
}
BEGIN {
    HEX = "0123456789abcdef"
    for (POWER[0] = i = 1; i <= 16; i++) POWER[i] = 2 * POWER[i - 1]
    BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    SPACES = "\001(0000[019][0-9a-f]|00007f|0000a0|001680|00200[0-9a]|00202[89f]|00205f|003000)\002"
    ZERO = "0000000000000000000000000000000000000000000000000000000000000000"
    ONE = "0000000000000000000000000000000000000000000000000000000000000001"
    PRIME = "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed"
    LAST = "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec"
    EIGHT = "7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7"
    OTHER_EIGHT = "05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826"
    ORDER = "1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed"
    FIRST = day_number(-9999, 1, 2) * 86400 + 7199
    FINAL = day_number(9999, 12, 30) * 86400 + 79200
}
'

# Text as ASCII: control characters but the line feed, and what is beyond ASCII, as \001 six hex digits \002.
# A last line without its line feed is followed by a line of \003. Fails if it is not UTF-8; with `strict`,
# also for control characters, and for a letter of ASCII and a mark that have one character together.
plain() {
    od -An -v -tx1 "$1" 2>/dev/null | awk -v strict="${2:-}" '
    BEGIN {
        for (n = 0; n < 256; n++) byte[sprintf("%02x", n)] = n
        for (n = 32; n < 127; n++) text[n] = sprintf("%c", n)
        pairs = "0300AEINOUWYaeinouwy 0301ACEGIKLMNOPRSUWYZacegiklmnoprsuwyz 0302ACEGHIJOSUWYZaceghijosuwyz"
        pairs = pairs " 0303AEINOUVYaeinouvy 0304AEGIOUYaegiouy 0306AEGIOUaegiou"
        pairs = pairs " 0307ABCDEFGHIMNOPRSTWXYZabcdefghmnoprstwxyz 0308AEHIOUWXYaehiotuwxy 0309AEIOUYaeiouy"
        pairs = pairs " 030aAUauwy 030bOUou 030cACDEGHIKLNORSTUZacdeghijklnorstuz 030fAEIORUaeioru"
        pairs = pairs " 0311AEIORUaeioru 031bOUou 0323ABDEHIKLMNORSTUVWYZabdehiklmnorstuvwyz 0324Uu 0325Aa"
        pairs = pairs " 0326STst 0327CDEGHKLNRSTcdeghklnrst 0328AEIOUaeiou 032dDELNTUdelntu 032eHh 0330EIUeiu"
        pairs = pairs " 0331BDKLNRTZbdhklnrtz 0338<=>"
        n = split(pairs, pair, " ")
        for (i = 1; i <= n; i++) composes["00" substr(pair[i], 1, 4)] = substr(pair[i], 5)
        last = 10
    }
    function bad() { failed = 1; exit }
    function marked(code,   hex) {
        hex = sprintf("%06x", code)
        if (strict && (code < 160 || (code >= 832 && code <= 836 && code != 834))) bad()
        if (strict && (hex in composes) && (before in text) && index(composes[hex], text[before])) bad()
        before = code
        return "\001" hex "\002"
    }
    function take(b) {
        last = b
        if (need) {
            if (b < low || b > high) bad()
            low = 128; high = 191
            code = code * 64 + b % 64
            return --need ? "" : marked(code)
        }
        if (b in text) { before = b; return text[b] }
        if (b == 10) { before = b; return "\n" }
        if (b < 128) return marked(b)
        low = 128; high = 191
        if (b >= 194 && b < 224) { need = 1; code = b - 192 }
        else if (b >= 224 && b < 240) { need = 2; code = b - 224; if (b == 224) low = 160; if (b == 237) high = 159 }
        else if (b >= 240 && b < 245) { need = 3; code = b - 240; if (b == 240) low = 144; if (b == 244) high = 143 }
        else bad()
        return ""
    }
    {
        line = ""
        for (f = 1; f <= NF; f++) line = line take(byte[$f])
        printf "%s", line
    }
    END {
        if (failed || need) exit 1
        if (last != 10) printf "\n\003\n"
    }'
}

# SHA-256 of what comes in, as hex.
sha256() {
    openssl dgst -sha256 -r 2>/dev/null | cut -c1-64
}

# key, message, signature: files. Points and numbers were looked at before.
is_signed() {
    openssl pkeyutl -verify -pubin -keyform DER -inkey "$1" -rawin -in "$2" -sigfile "$3" >/dev/null 2>&1
}

# left, right and result: files.
node() {
    { printf '\001'; cat "$1" "$2"; } | openssl dgst -sha256 -binary >"$work/node" 2>/dev/null && mv "$work/node" "$3"
}

# ---- names ------------------------------------------------------------------------------------------

names_are_right() {
    [ -z "$(find . -path ./timestamps -prune -o ! -name . -name '*[!A-Za-z0-9._-]*' -print)" ] || return 1
    find . -path ./timestamps -prune -o -type f -print | sed 's,^\./,,' | sort | awk '
    {
        if ($0 ~ /^statements\/[0-9][0-9][0-9][0-9]-[a-z-]+\.json$/) {
            statement[$0] = 1
            number = substr($0, 12, 4)
            numbered[number] = 1
            if (number + 0 != ++n) wrong = 1
        } else if ($0 ~ /^statements\/[0-9][0-9][0-9][0-9]-[a-z-]+\.json\.sig$/) signature[$0] = 1
        else if ($0 ~ /^proofs\/[0-9][0-9][0-9][0-9]\.tlog-proof$/) proof[substr($0, 8, 4)] = 1
        else if ($0 !~ /^(README\.txt|LISEZMOI\.txt|record\.(en|fr)\.html|access-log\.jsonl|verify\.sh)$/ \
            && $0 !~ /^(proofs\/consistency|trust\/(allowed_signers|log-policy|annex\.txt))$/) wrong = 1
    }
    END {
        for (name in signature) if (!(substr(name, 1, length(name) - 4) in statement)) wrong = 1
        for (number in proof) if (!(number in numbered)) wrong = 1
        exit (wrong || n == 0)
    }'
}

list_statements() {
    find statements -type f 2>/dev/null | sed 's,^statements/,,' |
        grep '^[0-9][0-9][0-9][0-9]-[a-z-][a-z-]*\.json$' | sort
}

# ---- trust ------------------------------------------------------------------------------------------

# `principal role fingerprint after before` a line.
read_signers() {
    : >"$work/signers"
    [ -f trust/allowed_signers ] && plain trust/allowed_signers >"$work/plain" || return 1
    awk "$library"'
    function is_day(text) { return is_time(substr(text, 1, 4) "-" substr(text, 5, 2) "-" substr(text, 7) "T00:00:00Z") }
    function is_key(type, hex,   start, rest) {
        start = type == "ssh-ed25519" ? "0000000b7373682d6564323535313900000020" : \
            "0000001a736b2d7373682d65643235353139406f70656e7373682e636f6d00000020"
        if (substr(hex, 1, length(start)) != start) return 0
        rest = substr(hex, length(start) + 65)
        if (type == "ssh-ed25519") return length(hex) == length(start) + 64
        return length(rest) >= 8 && value_of(substr(rest, 1, 8)) * 2 == length(rest) - 8
    }
    function bad() { failed = 1; exit }
    {
        n = split($0, word, " ")
        role = word[1]
        sub(/-([2-9]|[1-9][0-9]+)$/, "", role)
        if (n != 4 || $0 != word[1] " " word[2] " " word[3] " " word[4]) bad()
        if (role !~ /^(relay|client|freelancer|sender|recipient)$/) bad()
        option = word[2]
        if (option !~ /^namespaces="quitus-statement-v1"(,valid-after="[0-9]+Z")?(,valid-before="[0-9]+Z")?$/) bad()
        after = before = "-"
        if (match(option, /valid-after="[0-9]+/)) after = substr(option, RSTART + 13, RLENGTH - 13)
        if (match(option, /valid-before="[0-9]+/)) before = substr(option, RSTART + 14, RLENGTH - 14)
        if (after != "-" && (length(after) != 8 || !is_day(after))) bad()
        if (before != "-" && (length(before) != 8 || !is_day(before))) bad()
        hex = unbase64(word[4])
        if ((word[3] != "ssh-ed25519" && word[3] != "sk-ssh-ed25519@openssh.com") || !is_key(word[3], hex)) bad()
        print word[1], role, after, before, octal(hex)
    }
    END { exit (failed || NR == 0) }' "$work/plain" >"$work/signers.octal" || return 1
    while read -r principal role after before key; do
        printf '%s %s %s %s %s\n' "$principal" "$role" "$(fingerprint "$key")" "$after" "$before"
    done <"$work/signers.octal" >"$work/signers"
}

fingerprint() {
    printf 'SHA256:%s' "$(printf %b "$1" | openssl dgst -sha256 -binary 2>/dev/null | openssl base64 | tr -d '=\n')"
}

# `number principal name id key` a line; number 0 is the log. Keys lie in $work/key.NUMBER.
read_policy() {
    : >"$work/policy"
    [ -f trust/log-policy ] && plain trust/log-policy >"$work/plain" || return 1
    awk "$library"'
    function bad() { failed = 1; exit }
    function key_of(text, algorithm,   name, id, hex, at) {
        at = index(text, "+")
        name = substr(text, 1, at - 1)
        id = substr(text, at + 1, 8)
        if (at == 0 || !is_name(name) || id !~ /^[0-9a-f]+$/ || substr(text, at + 9, 1) != "+") bad()
        hex = unbase64(substr(text, at + 10))
        if (length(hex) != 66 || substr(hex, 1, 2) != algorithm) bad()
        return name " " id " " hex
    }
    ended { bad() }
    $0 == "quorum none" && NR > 1 { ended = 1; next }
    {
        n = split($0, word, " ")
        if (n != 3 || $0 != word[1] " " word[2] " " word[3]) bad()
        if (NR == 1) {
            if (word[1] != "log" || word[3] !~ /^[!-~]+$/) bad()
            print 0, "-", key_of(word[2], "01")
        } else {
            if (word[1] != "witness" || word[2] !~ /^[a-z0-9._-]+$/ || length(word[2]) > 64) bad()
            print NR - 1, word[2], key_of(word[3], "04")
        }
    }
    END { exit (failed || !ended) }' "$work/plain" >"$work/policy.hex" || return 1
    while read -r number principal name id hex; do
        # The name as it stands in the file: what is beyond ASCII is marked in the plain text.
        field=2
        [ "$number" = 0 ] || field=3
        spelled=$(sed -n "$((number + 1))p" trust/log-policy | cut -d ' ' -f "$field" | cut -d + -f 1)
        octal=$(printf '%s\n' "$hex" | awk "$library"'{ print octal($0) }')
        [ "$({ printf '%s\n' "$spelled"; printf %b "$octal"; } | sha256 | cut -c1-8)" = "$id" ] || return 1
        { printf %b '\060\052\060\005\006\003\053\145\160\003\041\000'
            printf %b "${octal#?????}"; } >"$work/key.$number"
        printf '%s %s %s %s %s\n' "$number" "$principal" "$name" "$id" "${hex#??}"
    done <"$work/policy.hex" >"$work/policy.read" && mv "$work/policy.read" "$work/policy"
}

# `key ROLE FINGERPRINT`, `log VKEY`, `witness PRINCIPAL VKEY` a line.
read_annex() {
    tr '\000\r\t\v\f' '?    ' <"$1" | awk "$library"'
    NF == 2 && $1 ~ /^(relay|client|freelancer|sender|recipient)$/ && is_fingerprint($2) { print "key", $1, $2 }
    NF == 2 && $1 == "log" { print "log", $2 }
    NF == 3 && $1 == "witness" { print "witness", $2, $3 }' >"$work/annex"
}

# Whether the log and every witness of the policy stand in the annex.
annex_confirms_policy() {
    [ -s "$work/policy" ] || return 1
    awk 'FNR == NR { known[$0] = 1; next }
    $1 == "log" { if (!(("log " $2) in known)) wrong = 1 }
    $1 == "witness" { if (!(("witness " $2 " " $3) in known)) wrong = 1 }
    END { exit wrong }' "$work/annex" trust/log-policy
}

# ---- a statement ------------------------------------------------------------------------------------

# Looks at a signature's form. Leaves the key for ssh-keygen in $work/signer, the signature as ssh-keygen
# writes it in $work/sig, key and blob for printf in $work/key.octal and $work/blob.octal.
read_signature() {
    tr '\000\r\t\f\n' '?    ' <"$1" | awk "$library"'
    function bad() { failed = 1; exit }
    # The string at `at`; `at` moves behind it.
    function string(   n, found) {
        n = value_of(substr(hex, at, 8))
        found = substr(hex, at + 8, 2 * n)
        if (at + 7 > length(hex) || length(found) != 2 * n) bad()
        at += 8 + 2 * n
        return found
    }
    {
        text = $0
        gsub(/^ +| +$/, "", text)
        begin = "-----BEGIN SSH SIGNATURE-----"
        end = "-----END SSH SIGNATURE-----"
        if (NR > 1 || length(text) < length(begin end)) bad()
        if (substr(text, 1, length(begin)) != begin || substr(text, length(text) - length(end) + 1) != end) bad()
        armour = substr(text, length(begin) + 1, length(text) - length(begin end))
        gsub(/ /, "", armour)
        blob = hex = unbase64(armour)
        if (substr(hex, 1, 20) != "53534853494700000001") bad()
        at = 21
        key = string()
        if (string() != "7175697475732d73746174656d656e742d7631" || string() != "" || string() != "736861353132") bad()
        signature = string()
        if (at != length(hex) + 1) bad()
        hex = key; at = 1
        type = string(); point = string()
        is_hardware = type == "736b2d7373682d65643235353139406f70656e7373682e636f6d"
        if (!is_hardware && type != "7373682d65643235353139") bad()
        if (is_hardware && string() !~ /^7373683a/) bad()
        if (at != length(hex) + 1) bad()
        hex = signature; at = 1
        if (string() != type) bad()
        made = string()
        if (is_hardware) {
            if (value_of(substr(hex, at, 2)) % 2 != 1) bad()
            at += 10
        }
        if (at != length(hex) + 1 || !is_strict(point, made)) bad()
        work = ENVIRON["work"]
        print octal(key) >(work "/key.octal")
        print octal(blob) >(work "/blob.octal")
        print "signer namespaces=\"quitus-statement-v1\" " (is_hardware ? "sk-ssh-ed25519@openssh.com" : "ssh-ed25519") \
            " " base64(key) >(work "/signer")
        print begin >(work "/sig")
        for (; armour != ""; armour = substr(armour, 71)) print substr(armour, 1, 70) >(work "/sig")
        print end >(work "/sig")
    }
    END { exit (failed || NR != 1) }'
}

# Reads a statement from plain text. Prints one reason, or `ok`, type, role, key, scope, seq, prev, time, and
# the digests of the statements it names.
read_statement() {
    awk "$library"'
    function bad(reason) { print reason; failed = 1; exit }
    function at(path, name) { return path SEP "." name }
    function element(rest,   path, name) {
        if (depth == 0) path = ""
        else {
            n[depth]++
            if (kind[depth] == "{") {
                if (!match(rest, STRING)) bad("layout")
                name = substr(rest, 2, RLENGTH - 2)
                rest = substr(rest, RLENGTH + 1)
                if (substr(rest, 1, 2) != ": ") bad("layout")
                rest = substr(rest, 3)
                path = at(path_of[depth], name)
            } else path = path_of[depth] SEP "#" n[depth]
        }
        if (path in T) bad("layout")
        if (rest == "{" || rest == "[") {
            if (depth == 127) bad("layout")
            T[path] = rest
            depth++
            kind[depth] = rest; path_of[depth] = path; n[depth] = 0; has_comma[depth] = 0
        } else if (rest ~ /^(\{\}|\[\])/) {
            if (depth == 127) bad("layout")
            T[path] = substr(rest, 1, 1); N[path] = 0
            behind(substr(rest, 3))
        } else if (match(rest, STRING)) {
            T[path] = "string"; V[path] = substr(rest, 2, RLENGTH - 2)
            behind(substr(rest, RLENGTH + 1))
        } else if (match(rest, /^(true|false|null)/)) {
            T[path] = substr(rest, 1, RLENGTH) == "null" ? "null" : "bool"
            behind(substr(rest, RLENGTH + 1))
        } else if (match(rest, /^(0|-?[1-9][0-9]*)/)) {
            T[path] = "number"; V[path] = substr(rest, 1, RLENGTH)
            if (!is_safe(V[path])) bad("layout")
            behind(substr(rest, RLENGTH + 1))
        } else bad("layout")
    }
    function behind(rest) {
        if (rest != "" && (rest != "," || depth == 0)) bad("layout")
        if (depth == 0) done = 1
        else has_comma[depth] = rest == ","
    }
    function is_safe(text) {
        sub(/^-/, "", text)
        return length(text) < 16 || (length(text) == 16 && text "" <= "9007199254740991")
    }
    BEGIN {
        SEP = "\004"
        STRING = "^\"([^\"\\\\]|\\\\[\"\\\\])*\""
    }
    {
        if (done || /\003/) bad("layout")
        if (depth == 0) { element($0); next }
        while (length(spaces) < 2 * depth) spaces = spaces "  "
        close_mark = substr(spaces, 1, 2 * depth - 2) (kind[depth] == "{" ? "}" : "]")
        if (substr($0, 1, length(close_mark)) == close_mark) {
            if (n[depth] == 0 || has_comma[depth]) bad("layout")
            N[path_of[depth]] = n[depth]
            depth--
            behind(substr($0, length(close_mark) + 1))
        } else {
            if (n[depth] > 0 && !has_comma[depth]) bad("layout")
            if (substr($0, 1, 2 * depth) != substr(spaces, 1, 2 * depth)) bad("layout")
            element(substr($0, 2 * depth + 1))
        }
    }

    function is_hex(path, digits) {
        return T[path] == "string" && length(V[path]) == digits && V[path] ~ /^[0-9a-f]+$/
    }
    function is_form(form, path) {
        if (form == "digest") return is_hex(path, 64)
        if (form == "transfer") return is_hex(path, 32)
        if (form == "fingerprint") return T[path] == "string" && is_fingerprint(V[path])
        if (form == "time") return T[path] == "string" && is_time(V[path])
        if (form == "count") return T[path] == "number" && V[path] !~ /^-/
        if (form == "count32") return T[path] == "number" && V[path] !~ /^-/ && V[path] + 0 < 4294967296
        return T[path] == form
    }
    function is_list(form, path,   i) {
        if (T[path] != "[") return 0
        for (i = 1; i <= N[path]; i++) if (!is_form(form, path SEP "#" i)) return 0
        return 1
    }
    # An object with fields; a question mark is behind those that may be null.
    function has_facts(path, names,   i, count, name, is_optional, field) {
        if (T[path] != "{") return 0
        count = split(names, field, " ")
        for (i = 1; i <= count; i++) {
            name = field[i]
            is_optional = sub(/\?$/, "", name)
            if (T[at(path, name)] == "null" && is_optional) continue
            if (!is_fact(name, at(path, name))) return 0
        }
        return 1
    }
    function is_fact(name, path,   i, form) {
        if (name == "file" || name == "relay") return has_facts(path, OBJECT[name])
        if (name in OBJECT) {
            if (T[path] != "[") return 0
            for (i = 1; i <= N[path]; i++) if (!has_facts(path SEP "#" i, OBJECT[name])) return 0
            return 1
        }
        if (name in WORDS) return T[path] == "string" && V[path] !~ / / && index(" " WORDS[name] " ", " " V[path] " ")
        form = name in FORM ? FORM[name] : "string"
        return form ~ /^\[/ ? is_list(substr(form, 2), path) : is_form(form, path)
    }
    function have_form(form, names,   i, count, name) {
        count = split(names, name, " ")
        for (i = 1; i <= count; i++) FORM[name[i]] = form
    }
    function prepare() {
        have_form("digest", "request instruction shareCommitment manifest rules other statement certificate digest sha256 prev")
        have_form("fingerprint", "owner member sender client freelancer statementKey who key")
        have_form("time", "at by from until backupsAfter expiresAt lastUsedAt lastSeenAt issuedAt")
        have_form("count", "bytes archiveBytes n nLines nKeysErased nFiles nUnreadable nLive nNeverFetched nVersions nDeleteMarkers nUploads seq")
        have_form("count32", "nParts nConsumed nReleased downloads inactiveDays version")
        have_form("bool", "isReturn isIncident")
        have_form("[digest", "heads seen")
        have_form("[fingerprint", "recipients")
        have_form("[transfer", "transfers")
        have_form("[string", "missing")
        have_form("transfer", "engagement nonce")
        OBJECT["files"] = OBJECT["file"] = "bytes digest"
        OBJECT["actions"] = "method at n effect"
        OBJECT["copies"] = "place? fileSystem bytes state method? effect"
        OBJECT["searched"] = "place? fileSystem nFiles nUnreadable"
        OBJECT["retained"] = "file basis"
        OBJECT["answers"] = "question language text answer"
        OBJECT["members"] = "member lastSeenAt? decision"
        OBJECT["documents"] = "name sha256"
        OBJECT["relay"] = "origin statementKey logKey"
        OBJECT["observed"] = "at code what result"
        OBJECT["declared"] = "language text"
        OBJECT["notCovered"] = "code what"
        WORDS["ending"] = "expired used revoked"
        WORDS["end"] = "confirmed lease-ended"
        WORDS["choice"] = "destroy return both"
        WORDS["state"] = "destroyed retained left"
        WORDS["decision"] = "keep cut"
        WORDS["role"] = "relay client freelancer sender recipient"
        WORDS["method"] = "share.erase store.delete-version access.revoke unlink overwrite-and-unlink key.erase" \
            " volume-key.erase device-sanitised-externally paper-destroyed third-party-deletion-requested"
        by_relay = "instruction ending nConsumed nReleased shareCommitment actions backupsAfter"
        by_holder = "instruction? transfers files searched copies retained nKeysErased answers certificate?"
        FACTS["received"] = "request owner recipients shareCommitment archiveBytes nParts expiresAt downloads"
        FACTS["delivered"] = "who? grant end nConsumed nReleased"
        FACTS["revoked"] = "instruction nConsumed nReleased"
        FACTS["expired"] = "expiresAt nConsumed nReleased"
        FACTS["destroyed"] = FACTS["destruction-incomplete"] = by_relay
        FACTS["deactivated"] = "member lastUsedAt inactiveDays"
        FACTS["access-log-exported"] = "from until nLines"
        FACTS["returned"] = FACTS["credentials-changed"] = "transfers"
        FACTS["destroyed-by-holder"] = by_holder
        FACTS["instructed"] = "choice transfers by?"
        FACTS["access-reviewed"] = "month members nLive nNeverFetched"
        FACTS["checked"] = "store nVersions nDeleteMarkers nUploads"
        FACTS["acknowledged"] = "heads missing reservations?"
        FACTS["accepted"] = "manifest sender nFiles bytes files isReturn"
        FACTS["engaged"] = "rules client freelancer other? documents reservations? relay"
        FACTS["amended"] = "version rules other?"
        FACTS["frozen"] = FACTS["thawed"] = "at isIncident"
        FACTS["corrected"] = "statement"
    }
    function read_type(   text) {
        if (T[at("", "predicateType")] != "string") bad("malformed")
        text = V[at("", "predicateType")]
        if (text !~ /^urn:quitus:[a-z-]+:[^:]*$/) bad("type")
        type = substr(text, 12)
        sub(/:.*$/, "", type)
        if (!(type in FACTS)) bad("type")
        if (text != "urn:quitus:" type ":v1") bad("version")
    }
    # The scope that a subject may give, in `transfer`.
    function is_subject(path,   name, digest) {
        if (T[at(path, "name")] != "string" || !is_hex(at(at(path, "digest"), "sha256"), 64)) return 0
        name = V[at(path, "name")]
        digest = V[at(at(path, "digest"), "sha256")]
        if (name ~ /^document:./) { documents = documents "," digest; return 1 }
        if (name ~ /^statement:/) return substr(name, 11) == digest
        if (name !~ /^(transfer|engagement):[0-9a-f]+$/ || length(substr(name, index(name, ":") + 1)) != 32) return 0
        if (transfer == "" && name ~ /^transfer:/) transfer = name
        return 1
    }
    function is_well_formed(   p, i, subject, facts) {
        p = at("", "predicate")
        subject = at("", "subject")
        if (V[at("", "_type")] != "https://in-toto.io/Statement/v1" || T[at("", "_type")] != "string") return 0
        if (T[subject] != "[" || N[subject] == 0) return 0
        for (i = 1; i <= N[subject]; i++) if (!is_subject(subject SEP "#" i)) return 0
        if (!has_facts(p, "engagement? seq prev? seen nonce issuedAt observed declared notCovered tool")) return 0
        if (V[at(p, "seq")] == "0" || (V[at(p, "seq")] == "1") != (T[at(p, "prev")] == "null")) return 0
        if (!has_facts(at(p, "issuer"), "role name key")) return 0
        if (T[at(p, "notBefore")] != "null") {
            if (T[at(p, "notBefore")] != "{" || T[at(at(p, "notBefore"), "origin")] != "string") return 0
            if (!is_form("count", at(at(p, "notBefore"), "size")) || !is_hex(at(at(p, "notBefore"), "root"), 64)) return 0
        }
        role = V[at(at(p, "issuer"), "role")]
        if (type == "destruction-incomplete" && role != "relay") FACTS[type] = by_holder
        scope = T[at(p, "engagement")] == "null" ? transfer : "engagement:" V[at(p, "engagement")]
        if (scope == "") scope = "-"
        return has_facts(at(p, "facts"), FACTS[type])
    }
    function named(path) {
        if (T[path] == "string") references = references "," V[path]
    }
    function name_all(path,   i) {
        for (i = 1; i <= N[path]; i++) named(path SEP "#" i)
    }
    END {
        if (failed) exit
        if (!done) { print "layout"; exit }
        prepare()
        read_type()
        if (failed) exit
        if (!is_well_formed()) { print "malformed"; exit }
        p = at("", "predicate")
        facts = at(p, "facts")
        name_all(at(p, "seen"))
        if (type == "acknowledged") name_all(at(facts, "heads"))
        if (type == "engaged" || type == "amended") named(at(facts, "other"))
        if (type == "corrected") named(at(facts, "statement"))
        if (type == "destroyed-by-holder" || (type == "destruction-incomplete" && role != "relay")) named(at(facts, "instruction"))
        is_time(V[at(p, "issuedAt")])
        prev = T[at(p, "prev")] == "null" ? "-" : V[at(p, "prev")]
        printf "ok %s %s %s %s %s %s %.0f %s %s %s %s %s\n", type, role, V[at(at(p, "issuer"), "key")], scope, \
            V[at(p, "seq")], prev, seconds, fraction, day, V[at(p, "issuedAt")], \
            (references == "" ? "-" : references), (documents == "" ? "-" : documents)
    }' "$1"
}

# ---- a proof ----------------------------------------------------------------------------------------

# Prints `ok`, the index, the lines of the head, and the path for printf.
read_proof_head() {
    awk "$library"'
    function bad() { failed = 1; exit }
    NR == 1 { if ($0 != "c2sp.org/tlog-proof@v1") bad(); next }
    NR == 2 {
        if (substr($0, 1, 6) != "index " || !is_number(substr($0, 7))) bad()
        place = substr($0, 7)
        next
    }
    $0 == "" { found = NR; exit }
    {
        hex = unbase64($0)
        if (length(hex) != 64 || NR > 66) bad()
        path = path " " octal(hex)
    }
    END {
        if (failed || !found) exit 1
        print "ok", place, found, path
    }' "$1"
}

# Prints `ok SIZE ROOT`, then `NUMBER TIME SIGNATURE` for every key of the policy that has a line;
# the time is 16 hex digits, and the signature is `-` if it cannot be one.
read_note() {
    awk "$library"'
    function bad() { failed = 1; exit }
    FNR == NR {
        number[$3 " " $4] = $1; key[$1] = $5
        if ($1 == 0) origin = $3
        next
    }
    /\003/ || /\001(0000[01][0-9a-f]|00007f)\002/ { bad() }
    { line = FNR }
    line == 1 { if (!is_name($0) || $0 != origin) bad(); next }
    line == 2 { if (!is_number($0)) bad(); size = $0; next }
    line == 3 { root = unbase64($0); if (length(root) != 64) bad(); next }
    line == 4 { if ($0 != "") bad(); next }
    {
        count = split($0, word, " ")
        if (count != 3 || $0 != word[1] " " word[2] " " word[3] || word[1] != "\001002014\002") bad()
        hex = unbase64(word[3])
        if (!is_name(word[2]) || length(hex) < 10 || line > 132) bad()
        who = word[2] " " substr(hex, 1, 8)
        if (who in seen) bad()
        seen[who] = 1
        if (!(who in number)) next
        time = number[who] == 0 ? "-" : substr(hex, 9, 16)
        made = substr(hex, number[who] == 0 ? 9 : 25)
        out[++n] = number[who] " " time " " (is_strict(key[number[who]], made) ? octal(made) : "-")
    }
    END {
        if (failed || line < 5) exit 1
        print "ok", size, octal(root)
        for (i = 1; i <= n; i++) print out[i]
    }' "$work/policy" "$1"
}

# Judges a checkpoint: prints `REASON SIZE ROOT COSIGNED`; REASON is `ok`, COSIGNED is PRINCIPAL=TIME,...
judge_note() {
    cosigned=- is_logged=no is_right=yes
    if [ ! -s "$work/policy" ] || [ "$(wc -c <"$1")" -gt 65536 ] || ! plain "$1" >"$work/plain" \
        || ! read_note "$work/plain" >"$work/note.read"; then
        printf '%s\n' "checkpoint - - -"
        return
    fi
    sed -n 1,3p "$1" >"$work/text"
    read -r _ size root <"$work/note.read"
    sed 1d "$work/note.read" >"$work/note.lines"
    while read -r number time signature; do
        cp "$work/text" "$work/message"
        if [ "$number" != 0 ]; then
            # Beyond 9999-12-30T22:00:00Z there is no time.
            [ "$(printf '%s\n' "$time" 0000003afff2d3e0 | sort | sed -n 2p)" = 0000003afff2d3e0 ] || signature=-
            time=$(printf %d "0x$time" 2>/dev/null) || signature=-
            { printf 'cosignature/v1\ntime %s\n' "$time"; cat "$work/text"; } >"$work/message"
        fi
        printf %b "$signature" >"$work/made"
        if [ "$signature" = - ] || ! is_signed "$work/key.$number" "$work/message" "$work/made"; then
            [ "$number" = 0 ] || is_right=no
            continue
        fi
        [ "$number" != 0 ] || { is_logged=yes; continue; }
        cosigned=$cosigned,$(awk -v number="$number" '$1 == number { print $2 }' "$work/policy")=$time
    done <"$work/note.lines"
    if [ "$is_logged" = no ]; then printf '%s\n' "checkpoint - - -"
    elif [ "$is_right" = no ]; then printf '%s\n' "witness - - -"
    else printf '%s\n' "ok $size $root $cosigned"
    fi
}

# RFC 9162 section 2.1.3.2: index, size, root and path for printf; the entry is in $work/entry.
is_included() {
    fn=$1 sn=$(($2 - 1)) root=$3
    [ "$fn" -le "$sn" ] || return 1
    shift 3
    { printf '\000'; cat "$work/entry"; } | openssl dgst -sha256 -binary >"$work/r" 2>/dev/null || return 1
    for p in "$@"; do
        [ "$sn" -ne 0 ] || return 1
        printf %b "$p" >"$work/p"
        if [ $((fn & 1)) -eq 1 ] || [ "$fn" -eq "$sn" ]; then
            node "$work/p" "$work/r" "$work/r" || return 1
            while [ $((fn & 1)) -eq 0 ] && [ "$fn" -ne 0 ]; do fn=$((fn >> 1)) sn=$((sn >> 1)); done
        else
            node "$work/r" "$work/p" "$work/r" || return 1
        fi
        fn=$((fn >> 1)) sn=$((sn >> 1))
    done
    printf %b "$root" >"$work/root"
    [ "$sn" -eq 0 ] && cmp -s "$work/r" "$work/root"
}

# Judges the proof of a statement whose entry is in $work/entry; prints as judge_note does, `none` without one.
judge_proof() {
    [ -f "$1" ] || { printf '%s\n' "none - - -"; return; }
    if ! plain "$1" >"$work/plain.proof" || ! head=$(read_proof_head "$work/plain.proof"); then
        printf '%s\n' "proof - - -"
        return
    fi
    set -- "$1" $head # Numbers and octal digits only.
    sed "1,${4}d" "$1" >"$work/note"
    cached=$work/note.$(sha256 <"$work/note")
    [ -s "$cached" ] || judge_note "$work/note" >"$cached"
    read -r reason size root cosigned <"$cached"
    place=$3
    shift 4
    if [ "$reason" != ok ]; then printf '%s\n' "$reason - - -"
    elif ! is_included "$place" "$size" "$root" "$@"; then printf '%s\n' "proof - - -"
    else printf '%s\n' "ok $size $root $cosigned"
    fi
}

# ---- the table of reasons ---------------------------------------------------------------------------

# Everything that one statement says by itself: a line for the judgement.
examine() {
    file=statements/$1
    digest=$(sha256 <"$file")
    rm -f "$work/key.octal" "$work/blob.octal" "$work/signer" "$work/sig"
    if [ ! -f "$file.sig" ]; then printf '%s\n' "$1 file"; return; fi
    if [ "$(wc -c <"$file")" -gt 1048576 ]; then printf '%s\n' "$1 layout"; return; fi
    if ! read_signature "$file.sig" || ! ssh-keygen -Y verify -f "$work/signer" -I signer \
        -n quitus-statement-v1 -s "$work/sig" <"$file" >/dev/null 2>&1; then
        printf '%s\n' "$1 signature"
        return
    fi
    read -r octal <"$work/key.octal"
    key=$(fingerprint "$octal")
    if ! plain "$file" strict >"$work/plain.statement"; then printf '%s\n' "$1 layout $key"; return; fi
    said=$(read_statement "$work/plain.statement")
    case $said in
    "ok "*) ;;
    layout | malformed | type | version) printf '%s\n' "$1 $said $key"; return ;;
    *) printf '%s\n' "$1 layout $key"; return ;;
    esac
    read -r octal <"$work/blob.octal"
    blob=$(printf %b "$octal" | sha256)
    printf 'quitus/entry/v1\n%s\n%s\n' "$digest" "$blob" >"$work/entry"
    number=${1%%-*}
    printf '%s\n' "$1 ok $key $digest ${said#ok } $(judge_proof "proofs/$number.tlog-proof")"
}

# Reads $work/{signers,annex,digests,examined}; prints the lines of the statements to $work/lines, what
# checkpoints were shown to $work/shown, and whether a statement that is named is missing.
judge() {
    awk "$library"'
    FILENAME ~ /signers$/ {
        n_signers++
        principal[n_signers] = $1; role_of[$1] = $2; role_in[n_signers] = $2
        key_in[n_signers] = $3; after[n_signers] = $4; before[n_signers] = $5
        next
    }
    FILENAME ~ /annex$/ { if ($1 == "key") pinned[$2 " " $3] = 1; next }
    FILENAME ~ /digests$/ { here[$1] = 1; next }
    function say(text) { print text >(work "/lines") }
    function is_made(type, role) {
        if (type ~ /^(destruction-incomplete|frozen|thawed|corrected)$/) return 1
        if (type ~ /^(received|delivered|revoked|expired|destroyed|deactivated|access-log-exported)$/) return role == "relay"
        if (type == "returned") return role == "freelancer"
        if (type == "destroyed-by-holder") return role ~ /^(freelancer|recipient)$/
        if (type == "checked") return role ~ /^(client|sender)$/
        if (type == "accepted") return role ~ /^(client|freelancer|recipient)$/
        if (type ~ /^(engaged|amended)$/) return role ~ /^(client|freelancer)$/
        return role == "client"
    }
    function is_vouched(   i) {
        for (i = 1; i <= n_signers; i++)
            if (role_in[i] == role && key_in[i] == signer && (after[i] == "-" || after[i] + 0 <= day + 0) \
                && (before[i] == "-" || day + 0 < before[i] + 0)) return 1
        return 0
    }
    # A statement is at most five minutes later than that.
    function is_later(limit) {
        return seconds > limit + 300 || (seconds == limit + 300 && fraction + 0 > 0)
    }
    function reason_of(   follows, i, n, one) {
        if (issuer != signer) return "issuer"
        if (!is_made(type, role)) return "role"
        if (scope == "" && its_scope != "-") scope = its_scope
        n = split(references, one, ",")
        for (i = 1; i <= n; i++) if (one[i] != "" && one[i] != "-" && !(one[i] in here)) missing = 1
        if (its_scope == scope) {
            follows = !(signer in last_seq) ? seq == 1 : \
                last_seq[signer] == "any" || (seq == last_seq[signer] + 1 && prev == last_digest[signer])
            last_seq[signer] = seq; last_digest[signer] = digest
        }
        if (name != substr(name, 1, 5) type ".json") return "file"
        if (!is_vouched()) return "signer"
        if (has_annex && !((role " " signer) in pinned)) return "trust"
        if (its_scope != scope || scope == "") return "engagement"
        if (!follows) return "chain"
        if (is_later(now)) return "time"
        if (proof != "ok" && proof != "none") return proof
        if (proof == "ok") print size, root >(work "/shown")
        n_cosigned = split(cosigned, one, ",")
        for (i = 2; i <= n_cosigned; i++) {
            witness[i] = one[i]
            sub(/=.*/, "", witness[i])
            sub(/.*=/, "", one[i])
            if (is_later(one[i] + 0)) return "time"
        }
        return ""
    }
    function label(   i, k, best) {
        if (proof == "none") return "L1"
        best = "L2"
        for (i = 2; i <= n_cosigned; i++) {
            if (!(witness[i] in role_of)) return "L4"
            if (role_of[witness[i]] != "relay") {
                for (k = 1; k <= n_signers; k++) if (principal[k] == witness[i] && key_in[k] == signer) break
                if (k > n_signers) best = "L3"
            }
        }
        return best
    }
    BEGIN {
        work = ENVIRON["work"]
        if (!is_time(ENVIRON["today"])) exit 1
        now = seconds
        has_annex = ENVIRON["has_annex"] == "yes"
    }
    {
        name = $1
        n_cosigned = 0
        if ($2 != "ok") {
            if ($2 == "type" || $2 == "version") { last_seq[$3] = "any"; unsupported = 1 }
            else wrong = 1
            say(name ": FAIL " $2)
            next
        }
        signer = $3; digest = $4; type = $5; role = $6; issuer = $7; its_scope = $8; seq = $9; prev = $10
        seconds = $11 + 0; fraction = $12; day = $13; issued = $14; references = $15
        proof = $17; size = $18; root = $19; cosigned = $20
        reason = reason_of()
        if (reason == "" && type == "access-log-exported") print $16 >(work "/exported")
        if (reason != "") wrong = 1
        say(name ": " (reason == "" ? "ok " label() "  " role ", " issued : "FAIL " reason))
    }
    END { print "done", (wrong ? "wrong" : unsupported ? "unsupported" : "right"), (missing ? "missing" : "whole") }
    ' "$work/signers" "$work/annex" "$work/digests" "$work/examined"
}

# Whether the access log, if there is one, is a file that the relay stated to have handed over.
has_exported() {
    [ -f access-log.jsonl ] || return 0
    digest=$(sha256 <access-log.jsonl)
    [ ${#digest} -eq 64 ] && grep -q "$digest" "$work/exported"
}

# RFC 9162 section 2.1.4.2: sizes, roots and path for printf.
is_consistent() {
    first=$1 second=$2 first_root=$3 second_root=$4
    shift 4
    [ "$first" -gt 0 ] && [ "$first" -lt "$second" ] && [ $# -gt 0 ] || return 1
    printf %b "$first_root" >"$work/first"
    printf %b "$second_root" >"$work/second"
    [ $((first & (first - 1))) -ne 0 ] || set -- "$first_root" "$@"
    fn=$((first - 1)) sn=$((second - 1))
    while [ $((fn & 1)) -eq 1 ]; do fn=$((fn >> 1)) sn=$((sn >> 1)); done
    printf %b "$1" >"$work/fr"
    printf %b "$1" >"$work/sr"
    shift
    for c in "$@"; do
        [ "$sn" -ne 0 ] || return 1
        printf %b "$c" >"$work/c"
        if [ $((fn & 1)) -eq 1 ] || [ "$fn" -eq "$sn" ]; then
            node "$work/c" "$work/fr" "$work/fr" && node "$work/c" "$work/sr" "$work/sr" || return 1
            while [ $((fn & 1)) -eq 0 ] && [ "$fn" -ne 0 ]; do fn=$((fn >> 1)) sn=$((sn >> 1)); done
        else
            node "$work/sr" "$work/c" "$work/sr" || return 1
        fi
        fn=$((fn >> 1)) sn=$((sn >> 1))
    done
    [ "$sn" -eq 0 ] && cmp -s "$work/fr" "$work/first" && cmp -s "$work/sr" "$work/second"
}

# Whether the checkpoints that were shown are of one log.
is_one_log() {
    sort -n "$work/shown" | uniq >"$work/states"
    [ "$(cut -d ' ' -f 1 "$work/states" | uniq | wc -l)" -eq "$(wc -l <"$work/states")" ] || return 1
    : >"$work/plain"
    if [ -f proofs/consistency ]; then
        plain proofs/consistency >"$work/plain" && [ -s "$work/plain" ] || return 1
    else
        [ "$(wc -l <"$work/states")" -lt 2 ]
        return
    fi
    # One line a pair: sizes, roots, path.
    awk "$library"'
    function bad() { failed = 1; exit }
    FNR == NR { n++; size[n] = $1; root[n] = $2; next }
    $1 == "consistency" {
        if (line != "") print line
        k++
        if (k >= n || $0 != "consistency " size[k] " " size[k + 1]) bad()
        line = size[k] " " size[k + 1] " " root[k] " " root[k + 1]
        next
    }
    {
        hex = unbase64($0)
        if (k == 0 || length(hex) != 64) bad()
        line = line " " octal(hex)
    }
    END {
        if (failed || k + 1 != n) exit 1
        print line
    }' "$work/states" "$work/plain" >"$work/steps" || return 1
    while read -r step; do
        is_consistent $step || return 1 # Numbers and octal digits only.
    done <"$work/steps"
}

main() {
    [ $# -le 1 ] || stop 'usage: sh verify.sh [ANNEX]'
    for tool in ssh-keygen openssl awk od sed; do
        command -v "$tool" >/dev/null 2>&1 || stop "$tool is needed"
    done
    openssl pkeyutl -help 2>&1 | grep -q rawin || stop 'openssl 3.0 or later is needed'
    # A run that was killed may have left a folder of this name.
    for n in 1 2 3 4 5 6 7 8 9; do
        mkdir "$work" 2>/dev/null && break
        [ "$n" -lt 9 ] || stop "no folder to work in: set TMPDIR"
        work=$work.$n
    done
    trap 'rm -rf "$work"' EXIT
    trap 'exit 2' HUP INT TERM
    has_annex=no today=$(date -u +%Y-%m-%dT%H:%M:%SZ)
    export has_annex today
    : >"$work/annex"
    if [ $# -eq 1 ]; then
        [ -f "$1" ] && [ -r "$1" ] || stop 'the annex cannot be read'
        has_annex=yes
        read_annex "$1" || stop 'the annex cannot be read'
    fi
    : >"$work/lines"; : >"$work/shown"; : >"$work/exported"; : >"$work/examined"
    if [ -n "$(find . ! -type f ! -type d -print | sed -n 1p)" ]; then
        printf 'dossier: FAIL file\ndossier: does not verify\n'
        exit 11
    fi
    faults=
    names_are_right || faults=file
    read_signers || { faults=file; : >"$work/signers"; }
    read_policy || { faults=file; : >"$work/policy"; }
    find statements -type f -exec openssl dgst -sha256 -r {} + 2>/dev/null | cut -c1-64 >"$work/digests"
    list_statements >"$work/names"
    while read -r name; do
        examine "$name" </dev/null
    done <"$work/names" >"$work/examined"
    judged=$(judge)
    cat "$work/lines"
    has_exported || faults=file
    [ "$has_annex" = no ] || annex_confirms_policy || faults="$faults trust"
    case $judged in *" missing") faults="$faults missing" ;; esac
    is_one_log || faults="$faults fork"
    for fault in $faults; do printf 'dossier: FAIL %s\n' "$fault"; done
    finish "$judged" "$faults"
}

finish() {
    case $1 in
    "done right whole") ;;
    "done unsupported whole")
        [ -n "$2" ] || { printf '%s\n' 'dossier: unsupported'; exit 12; }
        ;;
    *) set -- "$1" "wrong" ;;
    esac
    [ -z "$2" ] || { printf '%s\n' 'dossier: does not verify'; exit 11; }
    [ "$has_annex" = yes ] || {
        printf '%s\n' 'dossier: signer not confirmed  with the annex of the contract: sh verify.sh ANNEX'
        exit 13
    }
    printf '%s\n' 'dossier: valid'
    exit 0
}

main "$@"
