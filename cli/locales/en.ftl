# The words of `quitus` in English. The same ids, with the same values, are in fr.ftl.

## Labels

label-error = error:{" "}
label-hint = hint:{" "}
label-warning = warning:{" "}
label-cause = {": "}
prompt = { $question }:{" "}

## Help: sections and words for values

heading-usage = Usage:
heading-commands = Commands
heading-arguments = Arguments
heading-options = Options
heading-global = Options of every command
value-command = COMMAND
value-path = PATH
value-url = URL
value-file = FILE
value-dir = DIR
value-when = WHEN
value-n = N
value-link = LINK
value-lang = LANG
value-recipient = RECIPIENT
value-in = IN
value-out = OUT
value-shell = SHELL

## Help: the program

help = Hand files over between people, end-to-end encrypted
help-more =
    Exit codes: 0 done, 1 unexpected, 2 usage, 3 partly done, 4 not allowed,
    5 gone (expired, used, revoked or unknown), 6 integrity or sender check failed,
    7 temporary, 8 local files, 9 policy or quota, 10 none of your keys opens it,
    11 evidence does not verify, 12 of an unknown version or type, 13 signer not
    confirmed, 130 and 143 interrupted.

    Results go to stdout, everything else to stderr. Variables: QUITUS_HOME,
    QUITUS_RELAY, NO_COLOR, and LC_ALL, LC_MESSAGES or LANG for the language.
help-lang = Language of messages: en or fr; that of the locale by default
help-json = Write events to stderr, one JSON object a line, instead of sentences
help-quiet = Write only errors and warnings
help-no-input = Never ask anything; fail instead
help-home = Folder of your keys and ledger (or QUITUS_HOME)
help-help = Show this page
help-version = Show the version

## Help: send

help-send = Send files or folders through a relay; prints the link to hand over
help-send-more =
    Example:
      quitus send ./brief notes.pdf --expires 36h > link.txt

    The files are sealed on this machine; the relay cannot read them. Whoever has
    the link can receive them: hand it over on a channel you trust.
help-send-paths = Files and folders to send
help-send-relay = Address of the relay (or QUITUS_RELAY; http://127.0.0.1:7470 by default)
help-send-ca-file = Trust only the authorities in this PEM file for the relay's certificate
help-send-expires = When the link ends: 36h, 7d, 2w or a date such as 2026-12-24 (7d by default)
help-send-downloads = How many times the link can be used (1 by default)

## Help: receive

help-receive = Receive what was sent
help-receive-more =
    Example:
      quitus receive - -o inbox < link.txt

    Without a link, it is asked for. A link given as an argument is visible to
    other programs on this machine while the command runs.
    Nothing appears under its final name before all of it has been verified.
help-receive-link = The link, or - to read it from standard input
help-receive-output = Folder to write into (the current one by default), or - for standard output
help-receive-sealed = Keep it sealed: write sealed.age and identity.txt, which age -d -i opens
help-receive-portable-names = Rename files whose names some systems cannot hold
help-receive-ca-file = Trust only the authorities in this PEM file for the relay's certificate

## Help: encrypt

help-encrypt = Seal a file for age recipients or with a passphrase
help-encrypt-more =
    Example:
      quitus encrypt -r age1… -o notes.pdf.age notes.pdf

    The result is a standard age file; any age program opens it.
help-encrypt-recipient = Seal for this recipient (age1… or ssh-ed25519 …); can be given several times
help-encrypt-recipients-file = Seal for the recipients listed in this file, one a line
help-encrypt-passphrase = Seal with a passphrase, asked for at the terminal
help-encrypt-passphrase-file = Seal with the passphrase on the first line of this file
help-encrypt-armor = Write text (PEM) instead of bytes
help-encrypt-output = File to write, which must not exist yet; standard output by default
help-encrypt-input = File to seal; standard input by default

## Help: decrypt

help-decrypt = Open an age file
help-decrypt-more =
    Example:
      quitus decrypt -i key.txt -o notes.pdf notes.pdf.age

    Binary and armored files are recognised. A file that was changed or cut exits
    with 6; what went to standard output until then is true but not all.
help-decrypt-identity = Open with the identities in this file; can be given several times
help-decrypt-passphrase = Open with a passphrase, asked for at the terminal
help-decrypt-passphrase-file = Use the passphrase on the first line of this file
help-decrypt-output = File to write, which must not exist yet; standard output by default
help-decrypt-input = File to open; standard input by default

## Help: completions, man

help-completions = Print the completion script of a shell
help-completions-shell = bash, elvish, fish, powershell or zsh
help-man = Write the manual pages into a folder
help-man-folder = Folder to write into

## A command line that cannot be understood

usage-unknown-command = there is no command "{ $name }"
usage-unknown-argument = "{ $argument }" is not expected here
usage-missing = missing: { $arguments }
usage-no-command = no command was given
usage-no-value = { $argument } needs a value
usage-invalid-value = { $argument } cannot be "{ $value }"
usage-twice = { $argument } was given twice
usage-conflict = { $argument } cannot be used together with { $other }
usage-not-text = an argument is not valid UTF-8
usage-other = the command line cannot be understood
usage-hint = see: quitus --help
usage-hint-command = see: quitus { $command } --help
usage-hint-meant = did you mean "{ $meant }"?
usage-hint-values = use one of: { $values }
usage-hint-expires = use a time span such as 36h, 7d or 2w, or a date such as 2026-12-24
usage-hint-downloads = use a whole number, 1 or more

## Asking

nobody-to-ask = nobody can be asked here: { $question }
nobody-to-ask-hint = use { $flag }
empty-answer = the answer is empty
answers-differ = the two answers differ
gave-up = given up at the question

## Files and streams

cannot-read = cannot read { $path }
cannot-write = cannot write { $path }
cannot-write-output = cannot write output
no-home-folder = the system names no home folder for you
no-home-folder-hint = name a folder for your keys with --home or QUITUS_HOME
unexpected = something went wrong that was not foreseen

reason-not-found = there is no such file or folder
reason-permission-denied = permission denied
reason-already-exists = it already exists
reason-not-a-folder = a part of the path is not a folder
reason-is-a-folder = it is a folder
reason-folder-not-empty = the folder is not empty
reason-read-only = the disk is read-only
reason-storage-full = no space left on the disk
reason-disk-quota = your disk quota is used up
reason-file-too-large = the file is too large for this disk
reason-invalid-name = this disk cannot hold the name
reason-connection-refused = nobody answers at that address
reason-connection-lost = the connection was lost
reason-unreachable = the network cannot reach it
reason-timed-out = it took too long
reason-ended-early = it ended too early
reason-out-of-memory = out of memory
reason-other = { $text }

## Progress

progress = { $label }: { SIZE($done) }, { SIZE($rate) }/s
progress-of = { $label }: { SIZE($done) } of { SIZE($total) }, { SIZE($rate) }/s, { $left } left
progress-things = { $label }: { $done }

## man

man-heading-name = NAME
man-heading-synopsis = SYNOPSIS
man-heading-description = DESCRIPTION
man-heading-notes = NOTES
man-heading-version = VERSION
man-done = { $pages ->
    [one] { $pages } page written into { $folder }
   *[other] { $pages } pages written into { $folder }
}

## Inputs and outputs

cannot-read-input = cannot read standard input
input-is-output = input and output are the same file
input-is-output-hint = name another output with -o
output-exists = { $path } exists already
output-exists-hint = name a file that does not exist yet; nothing is ever overwritten
sealed-to-screen = sealed bytes are not for a screen
sealed-to-screen-hint = name a file with -o, or add -a for text; -o - insists
opened-to-screen = the opened file is not text for a screen
opened-to-screen-hint = name a file with -o; -o - insists

## Keys and passphrases

ask-passphrase = Passphrase
ask-passphrase-again = The same passphrase again
ask-passphrase-of = Passphrase of { $path }
passphrase-empty = the first line of { $path } is empty: there is no passphrase
passphrase-not-text = the first line of { $path } is not valid UTF-8
key-file-too-large = { $path } is too large for a file of keys: more than { SIZE($limit) }
key-malformed = not an age key, or mistyped
key-is-secret = a secret key stands where a recipient is wanted
key-is-public = a recipient stands where a secret key is wanted
key-post-quantum = post-quantum keys are not supported yet
key-tagged = hardware-tagged keys are not supported yet
key-ssh = of SSH keys only ssh-ed25519 can be used
identity-is-link = the identity file { $path } is a symbolic link
identity-is-link-hint = name the file itself, so that it is sure which one is read
identity-is-shared = others can read the identity file { $path }
identity-is-shared-hint = chmod 600 { $path }
identity-is-empty = there is no identity in { $path }
key-file-sealed = the key file { $path } is sealed and cannot be opened
key-file-line = { $path }, line { $line }: { $why }
recipient-refused = cannot seal for { $recipient }: { $why }
recipient-hint = a recipient looks like age1… or ssh-ed25519 AAAA… and can be told to anyone
recipients-empty = there is no recipient in { $path }
recipients-mixed = these recipients cannot be used together
no-recipient = nobody was named to seal for
no-recipient-hint = use -r with a recipient, -R with a file of them, or -p for a passphrase
no-identity = no identity was given
no-identity-hint = name the file of your identity with -i
no-randomness = the system has no random numbers to give

## Opening

progress-sealing = Sealing
progress-opening = Opening
not-age = this is not an age file
file-cut = the file is cut: its end is missing
file-damaged = the file was damaged or changed (chunk { $chunk })
armor-damaged = the file was damaged or changed
file-goes-on = something follows the end of the sealed file
file-malformed = the file was damaged or changed
file-damaged-hint = get it again from where it came
file-damaged-hint-stdout = get it again from where it came; what came out so far is only its beginning
header-damaged = the beginning of the file was damaged or changed
too-much-work = the file asks for too much work to open it: factor { $actual }
no-key = { $identities ->
    [one] the identity does not open it
   *[other] none of the { $identities } identities opens it
}
needs-passphrase = it is sealed with a passphrase
needs-passphrase-hint = use -p or --passphrase-file instead of -i
wrong-passphrase = the passphrase is wrong

## Sending

sending = sending { $files ->
    [one] one file
   *[other] { $files } files
}, { SIZE($bytes) }
progress-sending = sending
skipped = { $path } is not sent: { $reason }
skipped-symlink = a symbolic link
skipped-special = not a regular file or folder
skipped-unreadable = it cannot be read
skipped-name = its name cannot be sent (not UTF-8, or a backslash or control character in it)
sent-partly = { $n ->
    [one] one thing was not sent
   *[other] { $n } things were not sent
}; the link is good for the rest
unportable-names = { $n ->
    [one] one name
   *[other] { $n } names
} cannot be held by every system; the recipient will have to use --portable-names
same-name-twice = two of the things to send are called { $name }
nothing-to-send = nothing is left to send
nothing-to-send-hint = name regular files or folders
no-name-to-send = { $path } has no name to be sent under
name-not-utf8 = the name of { $path } is not UTF-8
name-not-utf8-hint = rename it, or send the folder that holds it without it
too-many-files = more than { $max } files and folders
too-long-to-send = this is too much for one transfer
changed-while-sending = { $path } changed while it was being sent; nothing was handed over
changed-while-sending-hint = send again once nothing writes to it
relay-address = { $relay } is not the address of a relay

## Receiving

ask-link = Link
link-in-arguments = other programs on this machine can see a link given as an argument; use - and standard input
link-malformed = this is not a link
link-hint = a link reads https://relay.example/t/…#v1.…
link-no-secret = the part after # is missing
link-length = the part after # is incomplete or has something behind it: { $actual } characters instead of { $expected }
link-altered = the part after # was altered, or belongs to another link
link-secret-hint = copy the whole link again, with nothing before or behind it
link-version = the link is of version { $version }, which needs a newer version of quitus
link-version-hint = update quitus
receiving = receiving { $files ->
    [one] one file
   *[other] { $files } files
}, { SIZE($bytes) }, signed by { $sender }
progress-receiving = receiving
received = received: { $path }
hidden-name = { $path } begins with a dot: programs may obey it
name-collision = a name cannot be used on every system; nothing was written
name-collision-hint = --portable-names gives such files other names
destination-exists = { $path } exists already
destination-exists-hint = -o names a folder that does not exist yet
not-as-signed = this is not what the sender signed; nothing was written
not-as-signed-hint = ask the sender to send it again, and tell the operator of the relay
transfer-gone = the relay holds no such transfer: expired, used, revoked, or never there
transfer-gone-hint = ask the sender for a new one
own-transfer = this device is still sending that transfer
own-transfer-hint = let the sending end first

## The folder of keys and ledger

transfer-in-use = another quitus is working on this transfer
transfer-in-use-hint = let it end first
ledger-damaged = the ledger { $path } is damaged
ledger-incomplete = the ledger lacks a fact of this transfer
cannot-write-ledger = cannot write the ledger
slot-damaged = the keyring slot { $path } is damaged
not-signed = nothing was signed in your name
key-is-shared = others can read the key { $path }
key-is-shared-hint = chmod 600 { $path }
key-damaged = the key { $path } cannot be used

## Relays

relay-unreachable = cannot talk to the relay { $relay }
relay-unreachable-hint = check the address and the network, then run the same command again
account-forbidden = { $relay } does not let this key do that
account-forbidden-hint = quitus join redeems an invite of its operator, or of a client there
not-engaged = the rules of the engagement are not signed by both sides yet
not-engaged-hint = the freelancer agrees with quitus join, the client confirms with quitus engagement confirm
engagement-frozen = the engagement is frozen: nobody claims or sends for now
engagement-frozen-hint = whoever froze it, or the client, goes on with quitus thaw
engagement-ended = the engagement has ended
engagement-ended-hint = both sides can agree on a later end, unless the client has closed it for good
access-deactivated = access to the engagement was taken away, or was not used for too long
access-deactivated-hint = the client gives it back with quitus engagement admit
address-not-allowed = the engagement does not allow the address this comes from
address-not-allowed-hint = connect from a network that the rules name, or agree on other rules
relay-refused = the relay { $relay } refused
relay-later-hint = try again in a while: what had begun goes on where it was
not-a-relay = { $relay } answered { $status }, not as a relay does
answer-malformed = the relay { $relay } gave an answer that makes no sense
no-certificate = { $path } holds no certificate

## Addresses of relays

origin-scheme = the address of a relay begins with https://
origin-plain = http:// is for this machine only, not for { $host }
origin-user = the address of a relay has no user or password
origin-path = the address of a relay ends after its host and port
origin-host = { $host } is no host name in lower-case ASCII and no address
origin-port = { $port } is no port, or it is the usual one, which is left out

## A transfer's life

help-send-password = Ask for a password that the recipient must know, too
help-send-password-file = Use the password on the first line of this file
help-receive-password-file = Use the password on the first line of this file, if there is one
help-resume = Go on with what was interrupted
help-resume-transfer = The transfer, or the beginning of its id; everything without it
help-resume-ca-file = Trust only the authorities in this PEM file for the relay's certificate
help-list = List what you sent
help-list-relay = Address of the relay (every relay you used by default)
help-list-ca-file = Trust only the authorities in this PEM file for the relay's certificate
help-show = Show who came for a transfer, when, from where, how far
help-show-transfer = The transfer, or the beginning of its id
help-show-ca-file = Trust only the authorities in this PEM file for the relay's certificate
help-extend = Give a transfer another end; nothing is uploaded again
help-extend-transfer = The transfer, or the beginning of its id
help-extend-expires = When it ends from now on: 36h, 7d, 2w or a date such as 2026-12-24
help-extend-ca-file = Trust only the authorities in this PEM file for the relay's certificate
help-revoke = End a transfer now; the relay destroys it
help-revoke-transfer = The transfer, or the beginning of its id
help-revoke-ca-file = Trust only the authorities in this PEM file for the relay's certificate
help-receipt = Fetch the relay's signed statement of a transfer's destruction
help-receipt-transfer = The transfer, or the beginning of its id
help-receipt-output = Folder to write statement, signature and key into; standard output by default
help-receipt-ca-file = Trust only the authorities in this PEM file for the relay's certificate
value-id = ID
ask-new-password = Password for the recipient
ask-password = Password of the transfer
password-wrong = the transfer asks for a password, and this is not it
password-wrong-hint = ask the sender; after 10 wrong ones nobody can receive it any more
transfer-frozen = too many wrong passwords were tried: nobody can receive it any more
transfer-frozen-hint = ask the sender to send it again
sending-again = going on with an interrupted sending of the same
sending-again-password = the password is the one that was given when it began
sending-other = { $id }: an interrupted sending of the same with other limits is left as it is; quitus resume goes on with it, quitus revoke ends it
sending-anew = what was being sent is no longer what it was: beginning anew
sending-stale = what was being sent is no longer what it was
sending-stale-hint = send it again
link-not-written = the link could not be written where it belongs: { $link }
revoked = { $id } is revoked: nobody can receive it any more
extended = { $id } now ends at { $expires }
not-sent-here = this device did not send that transfer
transfer-ended = that transfer has ended
id-unknown = no transfer has an id that begins with { $id }
id-unknown-hint = quitus list shows them
id-ambiguous = { $id } is too short: give more of the id
state-uploading = being sent
state-live = waiting
state-frozen = frozen: too many wrong passwords
state-expired = expired
state-used = received
state-revoked = revoked
state-destroyed = destroyed
list-line = { $id }  { $state }, received { $consumed } of { $downloads }, until { $expires }, { SIZE($bytes) }
show-summary =
    { $id }: { $state }
    received { $consumed } of { $downloads }, being received { $running }, key given out { $released } times, wrong passwords { $wrong }
    opened { $created }, until { $expires }, { SIZE($bytes) }
show-grant = download { $grant }: { $state }, { $asked } of { $parts } parts, until { $until }
show-access = { $at }  { $what }  from { $address }  download { $grant }  with { $agent }
happening-created = opened
happening-completed = complete
happening-claimed = claimed, key given out
happening-refused = refused
happening-wrong-password = wrong password
happening-frozen = frozen
happening-done = received
happening-lapsed = download given up
happening-extended = extended
happening-recipients = other recipients
happening-cut = download cut off
happening-revoked = revoked
happening-expired = expired
happening-destroyed = destroyed
happening-destruction-incomplete = not everything could be destroyed
happening-barred = refused by the rules of the engagement
happening-joined = joined
happening-agreed = agreed to the rules
happening-engaged = confirmed: both have signed
happening-suspended = engagement frozen
happening-resumed = engagement thawed
happening-deactivated = access taken away
happening-admitted = access given back
happening-proposed = other rules proposed
happening-accepted = other rules accepted
happening-concluded = engagement ended
happening-closed = end date reached
value-s3-url = S3-URL
value-region = REGION
help-check = Look into the relay's bucket with credentials of your own, and sign what is there of a transfer
help-check-more =
    Credentials that may only list are enough. They come from where every AWS tool
    looks: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile.
help-check-transfer = The transfer, or the beginning of its id
help-check-bucket = Bucket and prefix of the relay, such as s3://bucket/relay
help-check-s3-endpoint = Where its S3 API is, such as https://s3.example (AWS by default)
help-check-s3-region = Region that requests are signed for (AWS_REGION, or us-east-1, by default)
help-check-s3-virtual-host = The bucket is part of the host's name
help-check-s3-ca-file = Certificates to trust for the bucket's server beside the system's, PEM
help-check-passphrase-file = Use the passphrase of your identity on the first line of this file
help-check-ca-file = Trust only the authorities in this PEM file for the relay's certificate
bucket-none = { $text } is no bucket
bucket-none-hint = give it as s3://BUCKET or s3://BUCKET/PREFIX, as the relay's --store has it
bucket-plain = { $endpoint } is not encrypted, and not on this machine
bucket-plain-hint = give an address that begins with https://
bucket-not-built = this program was built without the code that asks buckets
bucket-not-built-hint = build it with --features s3, as releases are
bucket-silent = { $bucket } could not be listed
bucket-silent-hint = look at --bucket, --s3-endpoint, the credentials (s3:ListBucket, s3:ListBucketVersions, s3:ListBucketMultipartUploads) and the clock
bucket-nothing-stated = the relay has not stated anything of this transfer yet
bucket-nothing-stated-hint = try again once it was received or has ended
bucket-another = the relay states that it keeps objects elsewhere than in { $bucket }: nothing there shows nothing
bucket-not-whole = versions, delete markers or unfinished uploads could not all be listed; the statement says so
bucket-checked = signed: { $versions ->
        [one] { $versions } version
       *[other] { $versions } versions
    }, { $markers ->
        [one] { $markers } delete marker
       *[other] { $markers } delete markers
    }, { $uploads ->
        [one] { $uploads } unfinished upload
       *[other] { $uploads } unfinished uploads
    } listed
bucket-contradicts = the relay signed that the transfer is destroyed, and the bucket still lists something of it
bucket-contradicts-hint = both are signed now: ask the operator of the relay
bucket-by-client = only the client of the engagement looks into the relay's bucket
no-receipt = the transfer is not destroyed yet, so there is no statement
no-receipt-hint = it is destroyed once it has ended and no download is running
receipt-incomplete = the relay states that not everything could be destroyed: read what is left
receipt-invalid = the relay's statement does not verify
receipt-written = statement written: { $path }
receipt-verify = to verify it there: ssh-keygen -Y verify -f allowed_signers -I relay -n quitus-statement-v1 -s { $name }.sig < { $name }
resume-sending = going on sending { $id }
resume-not-begun = the reception of { $id } was interrupted before its link was kept: run quitus receive with the link again
resume-receiving = going on receiving { $id }
resume-partly = { $n ->
    [one] one transfer is still interrupted
   *[other] { $n } transfers are still interrupted
}
resume-streamed = what went to a pipe or device cannot be gone on with
ledger-damaged-hint = a newer quitus may have written it: update this one; nothing was changed
clock-fast = the relay does not take requests from a clock that is { $minutes } minutes fast
clock-slow = the relay does not take requests from a clock that is { $minutes } minutes slow
clock-hint = set the clock of this machine, then run the same command again
reason-no-host = no such host is known
relay-tls-hint = if the relay has a certificate of your own authority, name that with --ca-file

## Who you are

value-name = NAME
value-key = KEY
value-card = CARD
help-init = Make your keys and your contact card, once
help-init-more =
    Example:
      quitus init --name "Alice Martin"

    The identity opens what is sealed for you; it is kept sealed with a passphrase.
    The signing key signs in your name; --sign-with names one that you have already.
    The request key is your account at relays; it is made here and stays here.
help-init-name = What you call yourself on your card
help-init-no-passphrase = Keep the identity without a passphrase
help-init-passphrase-file = Seal the identity with the passphrase on the first line of this file
help-init-sign-with = Sign with this OpenSSH key file, or with the ssh-agent: agent or agent:SHA256:…
help-id = Show your contact card, and the words that others compare
help-id-more =
    Example:
      quitus id -o alice.card

    Give the card to others over any channel, and compare its words with them aloud.
help-id-qr = Show the card as a picture to be scanned
help-id-output = Write the card to this file, which must not exist yet, or to - (standard output)
help-contact = Pin other people's keys under a name
help-contact-add = Pin somebody's keys; other keys under the same name are refused
help-contact-add-name = The name to give
help-contact-add-card = The card, or OpenSSH public keys: a file, the text itself, or - for standard input
help-contact-list = List whose keys are pinned, and whether their words were compared
help-contact-verify = Show somebody's words and yours, to be compared aloud
help-contact-verify-name = Whose words to compare
help-contact-verify-yes = The words are the same: do not ask
help-contact-replace = Pin other keys under a name; compare their words again
help-contact-replace-name = The name
help-contact-replace-card = The card, or OpenSSH public keys: a file, the text itself, or - for standard input
help-contact-remove = Forget somebody's keys
help-contact-remove-name = Whom to forget
ask-name = Your name, as others shall see it
ask-identity-passphrase = Passphrase for your identity
init-done = you have keys and a card already
init-done-hint = quitus id shows the card
init-made = keys made; your identity is { $path }: whoever loses it cannot open what was sealed for it
init-no-passphrase = your identity is kept without a passphrase: whoever reads its file can open what is sealed for you
card-name = { $name } cannot stand on a card: 1 to 128 bytes, without control characters or spaces around
no-card = you have no card yet
no-card-hint = quitus init makes your keys and your card
card-written = card written: { $path }
qr-too-long = the card is too long for a picture
qr-too-long-hint = -o writes it to a file
id-name = name         { $name }
id-recipient = recipient    { $recipient }
id-signing-key = signing key  { $key }
id-request-key = request key  { $key }
id-fingerprint = fingerprint  { $fingerprint }
id-words = words        { $words }
contact-pinned = { $name } is pinned: { $fingerprint }
contact-compare = compare these words with { $name } aloud, then: quitus contact verify { $name }
contact-known = the keys of { $name } are pinned already
contact-removed = { $name } is forgotten
contact-verified = { $name } is verified
contact-verified-at = verified { $at }
contact-unverified = not verified
contact-line = { $name }  { $fingerprint }  { $verified }
words-theirs = { $name }: { $words }
words-own = you: { $words }
ask-words = Does { $name } read the same words for both (yes or no)
words-differ = the words of { $name } are others: somebody's keys were exchanged on the way
words-differ-hint = get the card anew over another channel, then quitus contact replace
contacts-damaged = the contacts in { $path } are damaged
contacts-full = there is no room for more contacts
contact-name = { $name } is no name for a contact
contact-name-hint = 1 to 64 bytes without spaces, not beginning as a flag or a key does
contact-changed = the keys of { $name } are not those that are pinned
contact-changed-hint = ask { $name } over another channel; if they are right, quitus contact replace { $name }
contact-taken = these keys are pinned under the name { $name }
contact-unknown = no contact has the name { $name }
contact-unknown-hint = quitus contact list shows them
changed-signing-key = another signing key
changed-request-key = another request key
changed-recipients = other recipients
changed-both = { $former }, { $next }
keys-skipped = { $n ->
    [one] one line is no ssh-ed25519 key and was passed over
   *[other] { $n } lines are no ssh-ed25519 keys and were passed over
}
card-invalid = this card does not verify
card-too-large = a card has at most { SIZE($limit) }
no-keys = neither a contact card nor an ssh-ed25519 public key
no-keys-hint = quitus id -o FILE writes a card; code hosts publish keys as NAME.keys
too-many-keys = { $n } keys are too many for one person
key-is-another = the key in { $path } is not the one that signs in your name
key-locked = the key { $path } is locked by a passphrase
key-algorithm = the key { $path } is of type { $algorithm }, not ssh-ed25519
key-in-agent-hint = let the ssh-agent sign: ssh-add { $path }, then --sign-with agent
agent-unknown = no ssh-agent is known here
agent-unknown-hint = start one, so that SSH_AUTH_SOCK names its socket
agent-unreachable = cannot talk to the ssh-agent
agent-refused = the ssh-agent refused
agent-malformed = the ssh-agent gave an answer that makes no sense
agent-wrong-signature = the ssh-agent gave a signature that does not verify
agent-fingerprint = agent: is followed by a fingerprint as ssh-add -l shows it
agent-empty = the ssh-agent has no such key of type ssh-ed25519 or sk-ssh-ed25519
agent-empty-hint = ssh-add -l lists what it has
agent-key = the ssh-agent has { $fingerprint } { $comment }
agent-several = the ssh-agent has several keys that could sign
agent-several-hint = name one: --sign-with agent:SHA256:…
key-unlock-hint = unlock a copy of it for this: ssh-keygen -p -f COPY
plugin-says = plugin: { $text }
plugin-asks = plugin: { $text }
plugin-asks-whether = plugin: { $text } (yes: { $yes }, no: { $no })
plugin-failed = the age plugin did not do it

## Recipients, invites

help-send-to = For this contact only; can be given several times. The link then holds no secret
help-send-link = For whoever holds the link, as without --to
help-receive-from = Refuse what this contact did not sign
help-receive-passphrase-file = Use the passphrase of your identity on the first line of this file
help-inbox = List what waits for you
help-inbox-relay = Address of the relay (every relay you joined by default)
help-inbox-passphrase-file = Use the passphrase of your identity on the first line of this file
help-inbox-ca-file = Trust only the authorities in this PEM file for the relay's certificate
help-recipient = Name recipients of what you sent
help-recipient-add = Name one recipient more; nothing is uploaded again
help-recipient-add-transfer = The transfer, or the beginning of its id
help-recipient-add-name = The contact
help-recipient-add-passphrase-file = Use the passphrase of your identity on the first line of this file
help-recipient-add-ca-file = Trust only the authorities in this PEM file for the relay's certificate
help-extend-passphrase-file = Use the passphrase of your identity on the first line of this file
help-invite = Invite somebody to a relay; prints the invite to hand over
help-invite-more =
    Example:
      quitus invite bob > invite.txt

    Whoever redeems the invite becomes your contact of that name and may send
    through the relay. It works once: hand it over on a channel you trust.
help-invite-name = The name under which whoever joins becomes your contact
help-invite-expires = When the invite ends: 36h, 7d, 2w or a date such as 2026-12-24 (7d by default)
help-invite-relay = Address of the relay (the one you joined by default)
help-invite-ca-file = Trust only the authorities in this PEM file for the relay's certificate
help-invites = List your invites; whoever redeemed one becomes your contact
help-invites-relay = Address of the relay (the one you joined by default)
help-invites-ca-file = Trust only the authorities in this PEM file for the relay's certificate
help-join = Join a relay by an invite; whoever made it becomes your contact
help-join-more =
    Example:
      quitus join - < invite.txt
help-join-invite = The invite, or - to read it from standard input
help-join-as = Name for the contact that the inviter becomes (the one on its card by default)
help-join-ca-file = Trust only the authorities in this PEM file for the relay's certificate
value-invite = INVITE
ask-invite = Invite
invite-in-arguments = an invite as an argument is visible to other programs on this machine; - reads it from stdin
invite-malformed = this is not an invite
invite-altered = the part after # was altered, or belongs to another invite
invite-version = the invite is of version { $version }, which needs a newer version of quitus
invite-hint = copy it again from where you got it: ORIGIN/i/ID#v1.…
invited = { $name } is invited until { $expires }; hand this over on a channel you trust:
invite-line = { $name }  { $state }, until { $expires }
invite-open = not used yet
invite-used = used
invite-expired = over
invite-refused = somebody else tried to use the invite of { $name } after it was used, { $n } times: ask who else has it
joined = joined { $relay }
contact-joined = { $name } is a contact now; words: { $words }
card-swapped = the relay shows a key or a card that does not belong to the invite
card-swapped-hint = ask for another invite on a channel you trust, and tell who made it
relay-older = { $relay } speaks protocol { $named }, where { $lowest } is needed or was spoken before
relay-no-protocol = { $relay } names no protocol, where { $lowest } is needed or was spoken before
relay-older-hint = nothing was done; ask its operator in another way. If it really went back to an older version, remove its line from { $path }
relay-other-key = { $relay } shows another statement key than the one that was pinned when you joined
relay-other-key-hint = do not go on before the operator has explained it to you in person
link-no-secret-hint = if there was more of the link, copy all of it; if it was meant for you by key: quitus init
envelope-for-others = the transfer is sealed for other keys than yours
envelope-hint = the sender needs your present card: quitus id
recipient-without-card = { $name } has no card here, only SSH keys: to receive, { $name } runs quitus init --sign-with with the file of such a key, without a passphrase on it. With a card (quitus id) nothing of that is needed
recipient-unverified = the words of { $name } were not compared yet: quitus contact verify { $name }
sender-contact = { $name } ({ $key })
sender-unknown = { $key }, not one of your contacts
sender-unreadable = ?
other-sender = this was not signed by { $name } but by { $sender }; nothing was written
other-sender-hint = ask whoever gave you the link
terms-older = the relay shows terms of version { $version }, version { $seen } was seen before
receiving-file = { "  " }{ $path }  { SIZE($bytes) }
receiving-others = { "  " }and { $n } more
inbox-line = { $link }  from { $sender }, { SIZE($bytes) }, until { $expires }
recipient-added = { $name } can receive { $id } now
recipient-known = { $name } can receive it already
recipient-of-link = that transfer is for whoever holds its link
recipient-of-link-hint = hand its link over, or send it again with --to
invite-name-known = a contact is called { $name } already

## Secrets

help-send-secret = A password or key, typed or piped instead of files, under this name; shown once, not written
ask-secret = The secret to pass on
ask-secret-again = The same again
secret-empty = there is no secret to pass on
secret-too-long = a secret has at most { $max } bytes
secret-name = { $name } cannot be the name of a secret
secret-not-shown = this is a secret, to be shown at a terminal
secret-not-shown-hint = -o - writes it to standard output all the same, -o DIR into a file
resume-secret = a secret that was typed is nowhere any more, so it cannot be gone on with

## Copies

progress-searching = searching, files looked at
unsearched-name = the ledger does not have its exact name
unsearched-link = a link stands where a file was received; where it leads was not looked at

## The holder's device

help-device = Tell whether a folder's disk is seen to be encrypted
help-device-more =
    What is printed is what this tool sees, without root: a drive that encrypts by
    itself, or the host of a virtual machine, cannot be seen.
help-device-folder = The folder; the current one by default
help-device-require-encryption = Fail with exit code 9 unless it is seen to be encrypted
device-line = { $path }: { $answer }
device-encrypted = encrypted
device-not-encrypted = not encrypted, as far as can be seen
device-not-known = not known
device-seen = {"  "}{ $seen }
device-refused = the disk of { $path } is not seen to be encrypted, and it has to be
device-refused-unknown = nobody can tell here whether the disk of { $path } is encrypted, and it has to be
device-refused-hint = choose a folder on an encrypted disk (LUKS, FileVault, BitLocker); see: quitus device DIR

help-receive-keep-sealed = Keep it sealed, its key in your keyring alone; see: quitus open
help-open = Lay out the files of a transfer that is kept sealed
help-open-more =
    Example:
      quitus receive - --keep-sealed < link.txt
      quitus open 1a2b3c4d
      quitus close 1a2b3c4d
help-open-transfer = The transfer, or the beginning of its id
help-open-output = Folder to write into (the current one by default)
help-open-portable-names = Rename files whose names some systems cannot hold
help-close = Remove what was opened, if it is as it was opened
help-close-transfer = The transfer, or the beginning of its id
opened = opened: { $path }; when you are done: quitus close { $id }
closed = closed: { $path }
open-already = it is open already: { $path }
open-already-hint = quitus close { $id }
open-not-kept = this transfer is not kept sealed here
open-not-kept-hint = receive it with --keep-sealed
open-no-key = the key of what is kept sealed is no longer on this device
open-no-key-hint = ask the sender to send it again
cannot-read-kept = cannot read what is kept sealed
cannot-read-kept-hint = look whether its disk is there and can be read
close-not-open = this transfer is not open
close-not-open-hint = open it first: quitus open ID
close-changed = changed or added since it was opened: { $path }
close-refused = { $n ->
        [one] nothing was removed: { $n } file is not as it was opened
       *[other] nothing was removed: { $n } files are not as they were opened
    }
close-refused-hint = move what you want to keep, or remove it yourself; then close again

# Evidence

help-verify = Check statements and dossiers, offline
help-verify-more =
    A line for each statement: its label (L1 signed, L2 in the relay's log, L3 cosigned by the other party, L4 by an
    outsider), or the reason why it does not count. Without the annex of the contract nothing confirms who signed:
    exit code 13. docs/evidence.md lists the reasons.
help-verify-files = Dossiers as zip files or unpacked, or statements with their .sig beside them
help-verify-trust = The annex of the contract, which pins who signs
help-verify-at = The moment to judge at, such as 2030-01-31T12:00:00Z; now by default
help-verify-policy = The log and its witnesses, in place of those in the dossier
value-annex = ANNEX
value-time = TIME
statement-damaged = the kept statement { $path } does not verify any more
statement-damaged-hint = put it back from a copy: others have it too
no-dossier = { $path } is no dossier
annex-empty = no key is pinned in { $path }
annex-empty-hint = a line such as "client SHA256:…" pins one; quitus annex writes such a file
policy-malformed = { $path } is no policy of a log
evidence-invalid = the evidence does not verify
evidence-invalid-hint = the reasons are above; ask whoever gave it to you for the original files
evidence-unsupported = something is of a version or type that this program does not know
evidence-unsupported-hint = check it with a newer version
signer-unconfirmed = everything is consistent, but nothing confirms whose the keys are
signer-unconfirmed-hint = compare with the annex of the contract: quitus verify --trust ANNEX FILE

help-log = Check that a relay shows everyone the same log
help-log-verify = Check that the log continues what you saw before, and cosign it; prints the checkpoint
help-log-verify-relay = Address of the relay; the one you joined by default
help-log-verify-ca-file = Trust only the authorities in this PEM file for the relay's certificate
help-log-compare = Compare two saved checkpoints, such as yours and another party's
help-log-compare-one = A checkpoint, as quitus log verify prints it
help-log-compare-other = Another one
help-log-compare-ca-file = Trust only the authorities in this PEM file for the relay's certificate
log-malformed = what the relay shows of its log is not well formed, or not signed by its key
log-rolled-back = the log of { $relay } is shorter than it was: something was taken back
log-forked = the log of { $relay } is shown in two ways that contradict each other
log-forked-hint = keep both files: together they show it to anyone
log-evidence = both checkpoints are kept in { $path }: show them to the other party
log-not-joined = no key is pinned for the log of { $relay }
log-empty = the log of { $relay } is empty
log-consistent = the log of { $relay } continues what was seen before: { $size } entries
log-same = both are the same state of the log: { $size } entries
log-continues = the state of { $later } entries continues that of { $former }
log-two-logs = these are checkpoints of two logs
log-unknown-hint = its log is of no relay that you joined
checkpoint-invalid = { $path } is no checkpoint of a log whose key is pinned

help-dossier = Put statements, proofs and a readable record into one file; check and show such files
help-dossier-build = Gather what is known of a transfer and write its dossier
help-dossier-build-transfer = The transfer, or the beginning of its id
help-dossier-build-output = The file to write; dossier-ID.zip here by default
help-dossier-build-passphrase-file = The passphrase of your identity is on the first line of this file
help-dossier-build-ca-file = Trust only the authorities in this PEM file for the relay's certificate
help-dossier-verify = Check dossiers, as quitus verify does
help-dossier-verify-files = Dossiers as zip files or unpacked, or statements with their .sig beside them
help-dossier-verify-trust = The annex of the contract, which pins who signs
help-dossier-verify-at = The moment to judge at, such as 2030-01-31T12:00:00Z; now by default
help-dossier-verify-policy = The log and its witnesses, in place of those in the dossier
help-dossier-show = Print the readable record, made anew from the statements that count
help-dossier-show-dossier = The dossier
help-dossier-show-output = Where to write the page; standard output by default
dossier-not-written = what was gathered does not verify, so no dossier was written
dossier-written = dossier written: { $path }
dossier-verify = to check it: quitus verify { $name }; without Quitus: unzip it, then sh verify.sh

## Destroying what was received

help-destroy = Destroy every copy of what you received, and sign what became of it
help-destroy-more =
    Copies are looked for where they were received, in the trash, and by content below
    every --search folder. See first what would go: quitus destroy --all --dry-run

    Questions and --answer names: cloud, ai, others, media, paper, backups.
    What is interrupted goes on with the same command.
help-destroy-transfers = Transfers you received, or the beginnings of their ids
help-destroy-engagement = All of this engagement, or of what its id begins with
help-destroy-all = Everything you received on this device
help-destroy-search = Also search this folder, with all below it
help-destroy-cross-file-systems = Also look into file systems mounted below searched folders
help-destroy-dry-run = Only list what was found, on standard output
help-destroy-include-changed = Also destroy files you edited since they were received
help-destroy-except = Keep this file, or what is in this folder; needs --basis
help-destroy-basis = The legal basis for keeping it: one for all, or one each
help-destroy-answers = Answer a question beforehand, such as cloud=no
help-destroy-overwrite = Overwrite files before they are removed; of no use on copy-on-write file systems and flash media
help-destroy-with-places = Say in the statement where copies were
help-destroy-yes = Do not ask whether to go on
help-destroy-output = Also write statement, signature and key into this folder
value-engagement = ENGAGEMENT
value-text = TEXT
value-name-text = NAME=TEXT
progress-destroying = destroying, files done
destroy-nothing = it is not said of which transfers, or none of them was received here
destroy-nothing-hint = name their ids, --engagement or --all
destroy-goes-on = going on with the destruction that began at { $begun }
destroy-line = { $fate }  { $kind }  { $path }
fate-destroy = destroy
fate-retain = keep
fate-leave = leave
copy-received = as received
copy-changed = changed since
copy-elsewhere = copy
copy-sealed = sealed copy
copy-identity = its key
copy-beside = beside a copy
copy-trashed = in the trash
copy-unfinished = interrupted reception
destroy-others = { $n ->
        [one] and { $n } other; see --dry-run
       *[other] and { $n } others; see --dry-run
    }
destroy-found = { $copies ->
        [one] { $copies } copy found; files searched: { $files }, folders: { $folders }
       *[other] { $copies } copies found; files searched: { $files }, folders: { $folders }
    }
destroy-unsearched = not looked at: { $path }: { $reason }
destroy-left-out = another file system, not searched: { $path }
destroy-leaves = { $n ->
        [one] { $n } edited file stays, so the statement will say that the destruction is incomplete; see --include-changed
       *[other] { $n } edited files stay, so the statement will say that the destruction is incomplete; see --include-changed
    }
ask-destroy-changed = changed since it was received; destroy it? { $path } [y/n]
except-no-copy = nothing that was found is there: { $path }
except-no-copy-hint = see what was found with --dry-run, or leave this --except out
except-basis = each --except needs a --basis, or one --basis for all
except-basis-hint = for example: --except contract.pdf --basis "Art. L123-22 Code de commerce"
question-answer-malformed = this is no answer to a question: { $answer }
question-answer-hint = write NAME=TEXT with one of: { $names }
question-answer-too-long = the answer is too long: at most { $max } characters
question-answer-too-long-hint = write the essential; details can be given elsewhere
question-cloud = Were copies stored or synchronised in a cloud (Drive, Dropbox, OneDrive, iCloud, a Git host)? Which, and are they deleted there?
question-ai = Was any of it given to AI tools or other online services? Which, and is it deleted there?
question-others = Did others (colleagues, subcontractors) get any of it? Who, and have they deleted it?
question-media = Is any of it on removable media, a telephone or another machine? Which, and what became of it?
question-paper = Is any of it on paper? What became of it?
question-backups = Is any of it in backups or snapshots? Until when do they exist?
destroy-declaration = The answers in this statement are mine. To the best of my knowledge I keep no other copy of this data than those named in this statement and in my answers.
destroy-will-sign = before anything is destroyed: this is what you will sign
destroy-answer = { $question } - { $answer }
destroy-declares = { $text }
destroy-word = destroy
ask-destroy = { $n ->
        [one] { $n } copy was found; type "{ $word }" to go on
       *[other] { $n } copies were found; type "{ $word }" to go on
    }
destroy-not-confirmed = nothing was destroyed: it was not confirmed
destroy-not-confirmed-hint = run it again and type the word as it is shown, or use --yes
destroy-refused = still there: { $path }: { $reason }
left-linked = its name was removed, but another name of the same bytes (a hard link) remains
left-changed = it changed after it was listed, and was not removed
destroy-stated = statement signed and kept: { $path }
destroy-not-left = the other parties do not have the statement yet; it is left for them at the next visit of the engagement
destroy-verify = to verify it there: ssh-keygen -Y verify -f allowed_signers -I holder -n quitus-statement-v1 -s { $name }.sig < { $name }
destroy-done = nothing that was looked for is left, as far as was looked; the statement says what was not
destroy-incomplete = the destruction is incomplete: something is left or could not be looked at; the statement says what
destroy-incomplete-hint = remove what stands in the way, then run it again
destroy-on-in-place = removing a name leaves its bytes on the medium until the space is used again
destroy-on-copy-on-write = { $name } writes elsewhere or shares blocks: former blocks and snapshots may stay, also when files are overwritten
destroy-on-overlay = { $name } lies above other folders, which may keep what they had
destroy-on-memory = { $name } is kept in memory or swap
destroy-on-network = { $name } is kept by another machine, which may keep former versions
destroy-on-unknown = what { $name } keeps of removed files is not known here
plan-damaged = the plan of a destruction cannot be read: { $path }
plan-damaged-hint = put it back from a copy; without one remove it and run again: the statement will cover what is found then

value-title = TITLE
value-ref = REF
value-choice = CHOICE
value-span = SPAN
value-cidr = CIDR
value-bytes = BYTES
help-send-engagement = In this engagement: its title, its contract, or the beginning of its id
help-send-return = It gives back deliverables and what had been entrusted; you sign that
help-join-accept = Agree to the rules and to every document without being asked
help-join-reserve = What you do not agree to, as it is signed
help-join-output = Folder to write the documents into (the current one by default)
help-engagement = Open, confirm, change and show engagements
help-engagement-new = Open an engagement, and invite a freelancer to it
help-engagement-new-more =
    Example:
      quitus engagement new "Refonte SI" --with bob --contract CT-2026-118 \
        --until 2027-03-31 --choice both --terms nda.pdf > invite.txt

    You sign the rules; whoever redeems the invite is shown them with every
    document, signs too, and you confirm. Nothing can be claimed before.
help-engagement-new-title = What you call it
help-engagement-new-with = The name under which the freelancer becomes your contact
help-engagement-new-contract = The reference of the contract
help-engagement-new-until = When it ends: 90d or a date such as 2027-03-31
help-engagement-new-choice = What becomes of the data at the end: destroy, return or both
help-engagement-new-inactive = After how long without use access ends (30d by default)
help-engagement-new-allow-ip = Only from this network may the freelancer claim and send; can be given several times
help-engagement-new-require-disk-encryption = Files are written onto an encrypted disk only
help-engagement-new-terms = A document that is agreed to; can be given several times
help-engagement-new-purpose = What the data may be used for
help-engagement-new-max-size = Bytes of one transfer at most
help-engagement-new-expires = When the invite ends: 36h, 7d, 2w or a date (7d by default)
help-engagement-new-relay = Address of the relay (the one you joined by default)
help-engagement-new-ca-file = Trust only the authorities in this PEM file for the relay's certificate
help-engagement-invite = Invite one freelancer more
help-engagement-confirm = Sign what freelancers agreed to; from then on they can claim and send
help-engagement-confirm-yes = Sign without being asked
help-engagement-amend = Propose other rules; they count once everybody has signed them
help-engagement-amend-until = When it ends: 90d or a date such as 2027-03-31
help-engagement-amend-choice = What becomes of the data at the end: destroy, return or both
help-engagement-amend-inactive = After how long without use access ends
help-engagement-amend-allow-ip = Only from this network may freelancers claim and send, instead of those before
help-engagement-amend-purpose = What the data may be used for
help-engagement-accept = Sign rules that are proposed
help-engagement-accept-yes = Sign without being asked
help-engagement-admit = Give a freelancer's access back
help-engagement-cut = Take a freelancer's access away; what is being downloaded breaks off
help-engagement-status = Show who has access, what is live, what is due and what is unusual
help-engagement-watch = Say from where and when everybody works, so that the rest raises an alert
help-engagement-watch-engagement = The engagement: its title, its contract, or the beginning of its id
help-engagement-watch-from = A list of networks, one a line, such as those of a country
help-engagement-watch-hours = The working day, Monday to Friday, such as 8-19+01:00
help-engagement-list = List your engagements
value-hours = HOURS
networks-malformed = { $path } is no list of networks
usual-everywhere = from every address
usual-networks = from { $n ->
        [one] one network
       *[other] { $n } networks
    }
usual-any-time = at any time
usual-hours = Monday to Friday, { $hours }
help-freeze = Stop every claim and upload of an engagement at once
help-freeze-incident = What happened, where it is an incident; the other side reads it
help-thaw = Let a frozen engagement go on
help-thaw-incident = What was found, where it was an incident; the other side reads it
engagement-unknown = { $name } is no engagement of this device
engagement-unknown-hint = quitus engagement list shows them
engagement-several = { $name } is more than one engagement
engagement-several-hint = use the beginning of its id, as quitus engagement list shows it
engagement-opened = the engagement { $title } is open, as { $id }
rules-malformed = the rules cannot be signed as they are
policy-bounds = the rules ask for something out of bounds
policy-bounds-hint = an end in the future within ten years, 1 to 366 days without use, at most 64 networks
rules-title = engagement { $title }, contract { $contract }
rules-purpose = purpose: { $text }
rules-end = ends { $ends }; access ends after { $days ->
        [one] one day
       *[other] { $days } days
    } without use
rules-destroy = at the end every copy is destroyed
rules-return = at the end everything is given back
rules-both = at the end everything is given back, and every copy destroyed
rules-network = only from { $network }
rules-disk = files are written onto an encrypted disk only
rules-size = transfers of at most { SIZE($bytes) }
rules-document = document { $name }, SHA-256 { $digest }
declares = I declare: on the machines I work with, an antivirus and a firewall are on, the screen locks by itself, and I connect from networks I trust or through a VPN.
ask-accept-document = Do you accept { $name }? (yes/no)
ask-accept-rules = Do you agree to these rules, and declare the above? (yes/no)
not-agreed = you did not agree: nothing was signed
not-agreed-hint = quitus join with the same invite asks again; --reserve signs what you do not agree to
not-as-agreed = what came is not what was agreed: { $what }
engagement-agreed = you have signed; { $name } has to confirm before anything can be claimed
nobody-to-confirm = nobody waits to be confirmed
nobody-to-confirm-hint = a freelancer agrees with quitus join
member-agreed = { $name } has signed these rules
member-reserves = { $name } reserves: { $text }
ask-confirm = Do you sign as well, so that { $name } can claim and send? (yes/no)
member-engaged = { $name } is engaged: both have signed
member-unknown = { $name } is no member of this engagement
member-unknown-hint = quitus engagement status shows the members
member-admitted = { $name } can claim and send again
member-cut = { $name } can no longer claim or send
nothing-amended = nothing would be changed
nothing-amended-hint = say what shall be otherwise, such as --until 2027-06-30
nothing-proposed = nothing is proposed
amendment-proposed = proposed and signed; it counts once the others have signed with quitus engagement accept
amendment-accepted = signed; it counts once everybody has
amendment-in-force = the rules are in force
statement-not-a-partys = a statement came that no party of the engagement signed; it was passed over
engagement-line = { $title }  { $contract }  { $state }, until { $ends }
engagement-listed = { $id }  { $title }  { $contract }, until { $ends }
engagement-frozen-by = { $name } froze it at { $at }
engagement-state-proposed = proposed
engagement-state-active = active
engagement-state-frozen = frozen
engagement-state-ended = ended
standing-joined = has not agreed yet
standing-joined-anew = has to agree to the rules in force
standing-agreed = has signed, waits to be confirmed
standing-engaged = engaged
standing-idle = deactivated, not used for too long
standing-cut = access taken away
member-line = { $name }  { $standing }, last used { $used }
engaged-line = { $id }  from { $sender }, { SIZE($bytes) }, received { $n ->
        [one] once
       *[other] { $n } times
    }, until { $expires }
rules-proposed = other rules are proposed: quitus engagement accept shows and signs them
due-end = the engagement ends { $at }
due-idle = the access of { $name } ends for want of use { $at }
due-review = nobody has reviewed who has access since { $since }
alert-line = unusual: { $reason }: { $name } from { $address } at { $at }
alert-new-address = a new address
alert-elsewhere = an address outside the usual networks
alert-many-downloads = many downloads in a short time
alert-many-failures = many refusals in a short time
alert-off-hours = outside working hours
alert-left = end of its own access
frozen = frozen since { $at }: nobody can claim or send; the other side is told
thawed = the engagement goes on
returned = you have signed what you gave back
return-late = your access to the engagement has ended: what you give back goes to the client outside it, and is signed in it
return-by-client = only a freelancer gives back
engaged-to-whom = it is not clear for whom this is
engaged-to-whom-hint = name the recipients with --to
help-engagement-invite-engagement = The engagement: its title, its contract, or the beginning of its id
help-engagement-invite-passphrase-file = Use the passphrase of your identity on the first line of this file
help-engagement-invite-ca-file = Trust only the authorities in this PEM file for the relay's certificate
help-engagement-confirm-engagement = The engagement: its title, its contract, or the beginning of its id
help-engagement-confirm-passphrase-file = Use the passphrase of your identity on the first line of this file
help-engagement-confirm-ca-file = Trust only the authorities in this PEM file for the relay's certificate
help-engagement-amend-engagement = The engagement: its title, its contract, or the beginning of its id
help-engagement-amend-passphrase-file = Use the passphrase of your identity on the first line of this file
help-engagement-amend-ca-file = Trust only the authorities in this PEM file for the relay's certificate
help-engagement-accept-engagement = The engagement: its title, its contract, or the beginning of its id
help-engagement-accept-passphrase-file = Use the passphrase of your identity on the first line of this file
help-engagement-accept-ca-file = Trust only the authorities in this PEM file for the relay's certificate
help-engagement-admit-engagement = The engagement: its title, its contract, or the beginning of its id
help-engagement-admit-passphrase-file = Use the passphrase of your identity on the first line of this file
help-engagement-admit-ca-file = Trust only the authorities in this PEM file for the relay's certificate
help-engagement-cut-engagement = The engagement: its title, its contract, or the beginning of its id
help-engagement-cut-passphrase-file = Use the passphrase of your identity on the first line of this file
help-engagement-cut-ca-file = Trust only the authorities in this PEM file for the relay's certificate
help-engagement-status-engagement = The engagement: its title, its contract, or the beginning of its id
help-engagement-status-passphrase-file = Use the passphrase of your identity on the first line of this file
help-engagement-status-ca-file = Trust only the authorities in this PEM file for the relay's certificate
help-freeze-engagement = The engagement: its title, its contract, or the beginning of its id
help-freeze-passphrase-file = Use the passphrase of your identity on the first line of this file
help-freeze-ca-file = Trust only the authorities in this PEM file for the relay's certificate
help-thaw-engagement = The engagement: its title, its contract, or the beginning of its id
help-thaw-passphrase-file = Use the passphrase of your identity on the first line of this file
help-thaw-ca-file = Trust only the authorities in this PEM file for the relay's certificate
help-engagement-invite-name = The freelancer
help-engagement-admit-name = The freelancer
help-engagement-cut-name = The freelancer
help-engagement-confirm-name = The freelancer (everybody who has signed by default)
value-month = MONTH
help-review = Look through who has access; keep or cut each, and sign that
help-review-month = The month it is for, such as 2026-11 (this one by default)
help-review-cut = Take this freelancer's access away; can be given several times
help-review-keep-all = Everybody else keeps access, without being asked
help-offboard = End an engagement step by step; run it again until nothing waits
help-offboard-more =
    Every access is revoked and every transfer destroyed on the relay at once.
    The checklist says what is done and whom the rest waits for.
    A freelancer ends its own access alone; what it holds is its own to give
    back and to destroy.
help-offboard-dry-run = Show the checklist, and do nothing
help-offboard-yes = End it without typing its title
help-offboard-credentials-changed = Sign that you have changed what you passed on as a secret
help-offboard-reserve = Sign for the end although something is missing, with this reservation
help-offboard-output = Folder to write the access log into (the current one by default)
review-by-client = only the client reviews who has access
review-member = { $name }: last seen { $seen }, from { $address }
review-live = transfers that can be claimed: { $n }, of which never fetched: { $never }
ask-keep = Does { $name } keep access? (yes/no)
reviewed = you have signed the review
ask-offboard = This ends the engagement for good. Type its title, { $title }
offboard-not-confirmed = that is not its title: nothing was done
offboarded = the engagement is closed: nothing waits
offboard-waits = something waits for somebody
offboard-waits-hint = run it again once they have done their part; --reserve signs for the end without
access-log-exported = the access log is in { $path }
check-line = { $state } { $line }
check-done = [done]
check-open = [waits]
check-waits = { $line }; waits for { $name }
check-waits-since = { $line }; waits for { $name } since { $since }
check-agreed = { $name } has signed the rules
check-confirmed = what { $name } signed is confirmed
check-amended = the rules that are proposed are signed
check-access = every access revoked
check-transfers = transfers left on the relay: { $n }
check-instructed = instruction signed
check-credentials = secrets changed: { $names }
check-no-credentials = no secret was passed on
check-holder = { $name } has stated what became of the data
check-holder-incomplete = { $name } has stated that something is left
check-returned = { $name } has given back, and it was received
check-nothing = { $name } was given nothing
check-access-log = access log exported
check-acknowledged = end acknowledged
ask-leave = This ends your access to the engagement. Type its title, { $title }
dossier-is-the-clients = not every statement of this engagement is given to you: the client's dossier has them all; ask for it
export-waits = the relay has not signed yet what it handed over of the access log
help-review-engagement = The engagement: its title, its contract, or the beginning of its id
help-review-passphrase-file = Use the passphrase of your identity on the first line of this file
help-review-ca-file = Trust only the authorities in this PEM file for the relay's certificate
help-offboard-engagement = The engagement: its title, its contract, or the beginning of its id
help-offboard-passphrase-file = Use the passphrase of your identity on the first line of this file
help-offboard-ca-file = Trust only the authorities in this PEM file for the relay's certificate
statement-waits = the statement is kept here; it leaves with the next visit of the relay
help-dossier-build-engagement = The engagement, instead of one transfer: its title, its contract, or the beginning of its id
