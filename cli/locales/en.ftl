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

help = Hands files over between people, end-to-end encrypted
help-more =
    Exit codes: 0 done, 1 unexpected, 2 usage, 3 partly done, 4 not allowed,
    5 gone (expired, used, revoked or unknown), 6 integrity or sender check failed,
    7 temporary, 8 local files, 9 policy or quota, 10 none of your keys opens it,
    130 and 143 interrupted.

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
help-encrypt-recipient = Seal for this recipient (age1…); can be given several times
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

nobody-to-ask = { $question }: there is nobody to ask
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

## man

man-done = { $pages ->
    [one] { $pages } page written into { $folder }
   *[other] { $pages } pages written into { $folder }
}
