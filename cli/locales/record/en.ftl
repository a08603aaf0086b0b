
# The readable record of a dossier, in English. The same ids, with the same values, are in fr.ftl.

## Titles and dates

record-title-destruction = Record of return and destruction
record-title-incomplete = Record of return and of a destruction that is incomplete
record-title-statements = Record of statements
record-about-engagement = Engagement{" "}
record-about-transfer = A transfer outside of any engagement
record-moment = { $date }, { $hour }:{ $minute } UTC
record-date = { $day } { $month ->
        [1] January
        [2] February
        [3] March
        [4] April
        [5] May
        [6] June
        [7] July
        [8] August
        [9] September
        [10] October
        [11] November
       *[other] December
    } { $year }
record-foot = This document gathers signed statements. It shows who stated what, about which data, and no later than when. It does not show, and no method can show, that no copy exists.

## Small pieces

record-about = { $name }
record-key = the key { $key }
record-size = { SIZE($bytes) }
record-count = { $n }
record-unstated = not stated
record-number = no. { $number }
record-not-here = a statement that is not in this dossier ({ $digest })
record-see = (no. { $numbers })
record-no-transfer = no transfer
record-transfers = { $n ->
        [one] transfer { $names }
       *[other] { $n } transfers ({ $names })
    }
record-no-deadline = without a deadline
record-deadline = by { $at }
record-link-holder = whoever held the link
record-first-signed = the other party’s signature was still to come
record-second-signed = in answer to { $which }

record-role-relay = relay
record-role-client = client
record-role-freelancer = freelancer
record-role-sender = sender
record-role-recipient = recipient

record-choice-destroy = destroy the data
record-choice-return = return the data
record-choice-both = return the data, then destroy what is left of it
record-decision-keep = access kept
record-decision-cut = access cut
record-state-destroyed = destroyed
record-state-retained = retained
record-state-left = left
record-with-reservations = with reservations
record-without-reservations = without reservations

## In short

record-brief = In short
record-gathered = { $n ->
        [one] This page was made from one signed statement,
       *[other] This page was made from { $n } signed statements by { $parties } parties,
    } dated from { $from } to { $until }.
record-gathered-none = No statement in this dossier could be verified.
record-concerned = { $n ->
        [one] They are about one transfer of data
       *[other] They are about { $n } transfers of data
    }: { SIZE($bytes) } and { $files ->
        [one] one file
       *[other] { $files } files
    } as far as stated.
record-relay-destroyed = { $n ->
        [0] The relay has not stated that it destroyed what it held.
       *[other] The relay states for { $n } of { $of } that it destroyed its half of the key and the encrypted files.
    }
record-relay-left = The relay states for { $n } of { $of } that it destroyed what it held; for { $left } of them it states that something is left.
record-holder-destroyed = On { $at }, { $name } ({ $role }) stated that every copy found was dealt with: { $copies ->
        [0] none was found
        [one] one copy
       *[other] { $copies } copies
    }, { $retained ->
        [0] nothing retained
        [one] one file retained
       *[other] { $retained } files retained
    } (no. { $number }).
record-holder-left = On { $at }, { $name } ({ $role }) stated that the destruction is incomplete: something is left, or could not be looked at (no. { $number }).
record-no-holder = No holder of the data has stated in this dossier that copies were destroyed.
record-acknowledged = { $name } took note on { $at }, { $reservations }.
record-not-acknowledged = The controller’s acknowledgement is not in this dossier.
record-refused = { $n ->
        [one] One statement in this dossier does not verify. Nothing of it is used on this page:
       *[other] { $n } statements in this dossier do not verify. Nothing of them is used on this page:
    }
record-faults = The dossier as a whole does not verify:

## Parties and contract

record-parties = Parties, contract, instruction
record-controller = Controller
record-processor = Processor
record-sender = Sender
record-recipient = Recipient
record-relay = Relay
record-not-named = No statement in this dossier is by such a party.
record-silent-sender = Named by its key alone in no. { $numbers }; it made no statement here:
record-contact = The statements hold no address; see the contract.
record-contract = Contract and clause
record-no-contract = The statements cite no contract.
record-contract-where = The parties cite these documents by their digests; the clauses are in them.
record-amendments = Amendments
record-amendment = Version { $version } of the rules: agreed to by { $name } on { $at } (no. { $number }).
record-instruction = Instruction and choice
record-not-instructed = The controller’s instruction is not in this dossier. What the relay destroys, it destroys by the sender’s signed request, which its statements cite by digest.
record-instructed = { $name } instructed on { $at } to { $choice }, { $by }: { $transfers } (no. { $number }).

## Data

record-data = Data concerned
record-data-intro = Each line is one transfer: what was handed over in one go, encrypted. Annex A has the digests.
record-no-data = The statements name no transfer.
record-is-return = returned to the client
record-incomplete = incomplete
record-column-number = No.
record-column-at = Date
record-column-who = Who
record-column-what = States what
record-column-label = Level
record-column-transfer = Transfer
record-column-size = Size
record-column-files = Files
record-column-received = Deposited
record-column-destroyed = Destroyed by the relay
record-column-sealed = Digest of the encrypted data (SHA-256)
record-column-salted = Salted digest (SHA-256)
record-column-statements = In no.
record-column-where = Where
record-column-method = Method
record-column-times = Objects
record-column-last = Last on
record-column-place = Place
record-column-disk = Disk
record-column-state = State
record-column-looked-at = What was looked at
record-column-result = What was there
record-column-question = Question
record-column-answer = Answer
record-column-file = File
record-column-sha256 = SHA-256
record-column-index = Place in the log

## Who states what

record-sayings = Who states what
record-sayings-intro = In the order of the log. Each line is one signed file of the dossier; its date is the one its author gave. The level says what speaks for it beside its author.
record-no-later = In the log on { $at } at the latest.
record-is-corrected = Its author corrected this later: see no. { $numbers }.
record-kind-received = Deposit
record-kind-delivered = Download
record-kind-revoked = Transfer ended by the sender
record-kind-expired = Transfer expired
record-kind-destroyed = Destruction at the relay
record-kind-destruction-incomplete = Destruction incomplete
record-kind-deactivated = Member shut out
record-kind-access-log-exported = Access log handed over
record-kind-returned = Return
record-kind-destroyed-by-holder = Destruction by the holder
record-kind-instructed = Instruction
record-kind-access-reviewed = Review of access
record-kind-checked = Store looked at by the client
record-kind-credentials-changed = Passwords changed
record-kind-acknowledged = Acknowledgement
record-kind-accepted = Acceptance
record-kind-engaged = Engagement
record-kind-amended = Amendment
record-kind-frozen = Freeze
record-kind-thawed = Freeze lifted
record-kind-corrected = Correction
record-says-received = Holds as a whole what was deposited ({ $about }, { SIZE($bytes) }), for at most { $downloads ->
        [one] one download
       *[other] { $downloads } downloads
    } until { $at }.
record-says-delivered = A download was confirmed by { $who } ({ $about }); { $consumed ->
        [one] one download
       *[other] { $consumed } downloads
    } so far.
record-says-lease-ended = A download by { $who } ({ $about }) was begun and not confirmed in time; whether it was completed is not known. { $consumed ->
        [one] One download
       *[other] { $consumed } downloads
    } so far.
record-says-revoked = The sender ended the hand-over ({ $about }); from then on it could not be downloaded.
record-says-expired = Its time was over ({ $about }) on { $at }.
record-ending-expired = its time was over
record-ending-used = no download was left
record-ending-revoked = the sender had ended it
record-says-destroyed = Destroyed its half of the key and the encrypted files ({ $about }), because { $why }. { $consumed ->
        [0] No download
        [one] One download
       *[other] { $consumed } downloads
    } in all; its half of the key had been given out { $released ->
        [0] to nobody
        [one] once
       *[other] { $released } times
    }. By its operator’s declaration, backups open it for nobody after { $at }.
record-says-left = Could not destroy everything ({ $about }); what it saw is below.
record-says-deactivated = Shut out { $who } after { $days } days without use; last used on { $at }.
record-says-exported = Handed over its access log from { $from } to { $until }: { $lines } lines.
record-says-returned = Sent the work and what had been entrusted back: { $transfers }.
record-no-instruction = Without a cited instruction
record-on-instruction = On the instruction { $which }
record-says-by-holder = { $instruction }, dealt with every copy found: { $copies ->
        [0] none
        [one] one copy
       *[other] { $copies } copies
    } of { $files ->
        [one] one file
       *[other] { $files } files
    }; { $keys ->
        [0] no key erased
        [one] one key erased
       *[other] { $keys } keys erased
    }; { $retained ->
        [0] nothing retained
        [one] one file retained
       *[other] { $retained } files retained
    }.
record-says-left-by-holder = Of { $copies ->
        [one] one copy
       *[other] { $copies } copies
    } found, { $left ->
        [0] none is
        [one] one is
       *[other] { $left } are
    } left; or places could not be looked at.
record-says-instructed = To { $choice }, { $by }: { $transfers }.
record-says-reviewed = For { $month }: { $members ->
        [one] one member
       *[other] { $members } members
    } looked through, access cut for { $cut }; { $live } transfers could still be downloaded, { $unfetched } had never been.
record-says-checked = Listed { $store } with its own credentials: { $versions } versions, { $markers } delete markers, { $uploads } unfinished uploads.
record-says-changed = The passwords and keys passed on in { $transfers } were changed.
record-says-acknowledged = Took note of { $heads ->
        [one] one statement
       *[other] { $heads } statements
    } and of those before, { $reservations }; { $missing ->
        [0] nothing was missing
        [one] one thing was missing
       *[other] { $missing } things were missing
    }.
record-says-accepted = Received and verified { $files ->
        [one] one file
       *[other] { $files } files
    } ({ $about }, { SIZE($bytes) }), signed by { $sender }.
record-says-taken-back = Received back and verified { $files ->
        [one] one file
       *[other] { $files } files
    } ({ $about }, { SIZE($bytes) }), signed by { $sender }.
record-says-engaged = Entered into the engagement between { $client } (client) and { $freelancer } (freelancer), { $documents ->
        [0] without documents
        [one] under one document
       *[other] under { $documents } documents
    }; { $other }.
record-says-amended = Agreed to version { $version } of the rules; { $other }.
record-says-frozen = Stopped every download from { $at } on.
record-says-frozen-incident = Stopped every download from { $at } on, because of an incident.
record-says-thawed = Allowed downloads again from { $at } on.
record-says-corrected = An earlier statement of its own was wrong: { $which }. How, is under “What is declared”.

record-labels = What the levels mean
record-label-1 = Signed: the file bears the author’s signature and has not been changed since. Nothing but the author’s word speaks for the date.
record-label-2 = Signed and logged: moreover the relay entered it in its log of statements. The order and the time are on the relay’s word.
record-label-3 = Logged and cosigned: moreover another party to this dossier signed that state of the log. The relay cannot move or backdate the entry any more without contradicting that party’s signature.
record-label-4 = Cosigned from outside: moreover somebody who is no party to this dossier signed that state of the log.
record-label-t = Time stamp by a time-stamping authority. This version does not judge time stamps.

## Copies

record-copies = What was done with each copy
record-no-copies = No statement in this dossier tells of a destruction.
record-copies-relay = At the relay
record-copies-holder = { $name } (no. { $number })
record-no-copy-found = No copy was found.
record-searched = Looked through: { $place }, { $disk }: { $files } files, { $unreadable } of which could not be read.
record-a-place = a place that is not named
record-no-method = none
record-effects = What the methods really do
record-method-share-erase = Half of the key overwritten
record-method-store-delete-version = All versions of objects deleted
record-method-access-revoke = Access revoked
record-method-unlink = Files removed
record-method-overwrite-and-unlink = Files overwritten and removed
record-method-key-erase = Key of encrypted files overwritten
record-method-volume-key-erase = Key of an encrypted disk destroyed
record-method-device-sanitised-externally = Device sanitised by somebody else
record-method-paper-destroyed = Paper destroyed
record-method-third-party-deletion-requested = Somebody else asked to delete
record-effect-share-erase = One of the two halves of the key was overwritten in place and read back as zeros; encrypted copies open for nobody who has not kept more than the tool keeps.
record-effect-store-delete-version = Every listed version and delete marker was deleted; the provider may hold replicas until it collects them.
record-effect-access-revoke = The relay takes nothing from that key any more and gives nothing to it; what it had received before is not touched.
record-effect-unlink = The names of the files were removed; the medium may hold their bytes until it uses the space again.
record-effect-overwrite-and-unlink = The files were overwritten in place, synced and removed; not effective on copy-on-write or flash media.
record-effect-key-erase = The key of encrypted files was overwritten in place and read back as zeros; the files open for nobody who has not kept more than the tool keeps.
record-effect-volume-key-erase = The key of an encrypted volume was destroyed by the means of its system.
record-effect-device-sanitised-externally = The device was given to somebody who sanitised it; the attached certificate says how.
record-effect-paper-destroyed = Paper was destroyed by hand.
record-effect-third-party-deletion-requested = Somebody else was asked to delete; nobody looked whether it was done.

## Grounds

record-observed = What was observed
record-observed-intro = What the author’s program saw by itself. In small print, the words that were signed.
record-nothing-observed = No statement in this dossier reports an observation.
record-result-zeros = zeros
record-result-none = none (0)
record-result-equal = equal
record-result-confirmed = whoever took it said that everything came
record-result-lease-ended = its time was over, and everything had been asked for
record-result-ended = ended: every access and every transfer in it revoked
record-result-done = done
record-result-waits = waits
record-observed-share-slot = The place of the relay’s half of the key, overwritten and read back
record-observed-objects-listed = Encrypted files that are still in the relay’s store, counted by listing it
record-observed-object-left = An encrypted file that is left
record-observed-attempt-failed = An attempt that failed
record-observed-disk-encryption = Whether the disk under the folder is encrypted
record-observed-parts-held = Parts of the encrypted files that the relay held, each compared with the digest that came with it
record-observed-grant-end = How the download ended
record-observed-grants-live = Downloads that could still go on
record-observed-clock = The relay’s clock, compared with the end of the transfer
record-observed-versions-deleted = Versions of encrypted files that were deleted, each by its own number
record-observed-markers-deleted = Marks of deletion that were removed
record-observed-uploads-aborted = Uploads that had never ended and were given up
record-observed-manifest-verified = Every byte of the files, compared with what the sender signed before any file got its name
record-observed-engagement-state = The state of the engagement, as the relay answered
record-observed-copies-found = Copies found where files had been put, below the folders searched and in the trash
record-observed-copies-looked-again = Copies found in the same places after the destruction
record-observed-search-extent = How much was searched
record-observed-unsearched = A place that could not be searched
record-observed-keys-slot = The places of the keys, overwritten and read back
record-observed-keys-kept = Keys that stay, because what they open is kept on a legal basis
record-observed-keys-left = A key that could not be overwritten
record-observed-lists-shortened = Lists too long for a statement, and the digest of what they held
record-observed-checklist = A line of the checklist of the end, as the controller’s tool saw it
record-observed-member-used = When the member had last claimed or sent something, by the relay’s clock
record-observed-access-log-lines = Lines of the access log that was handed over
record-declared = What is declared
record-declared-intro = What the author stands for without its program having seen it, word for word as it was signed.
record-nothing-declared = No statement in this dossier declares anything beyond its facts.
record-declares = { $name } ({ $role }), no. { $numbers }:
record-answers = Questions about other copies
record-uncovered = What this document does not cover
record-uncovered-intro = Nobody looked at the following, by the authors’ own account. In small print, the words that were signed.
record-uncovered-copy-on-write = Former contents that some file systems keep when a file is overwritten
record-uncovered-flash = Former contents that flash disks (SSD) keep when they are overwritten
record-uncovered-snapshots = Snapshots of the relay’s machine or of its disks
record-uncovered-backups = Backups of the relay’s data from before: they hold encrypted files, and the half of the key under another key, until that one is destroyed
record-uncovered-keys-copies = Copies of the relay’s folder of keys, which is never to be backed up
record-uncovered-recipients = Copies that recipients made, and halves of the key that were given to them
record-uncovered-content = What is in the encrypted files: the relay cannot open them
record-uncovered-link-holder = Who held a link, where whoever used it showed no key
record-uncovered-recipient-disk = Whether what was taken was opened, verified or kept
record-uncovered-provider-copies = Replicas and backups that the provider of the storage keeps
record-uncovered-provider-listing = Whether the list that the provider of the storage gives is complete
record-uncovered-unlisted = Versions, delete markers or unfinished uploads, which could not all be listed
record-uncovered-other-devices = Other devices of the holder, and accounts of other people on this one
record-uncovered-other-folders = Folders that were neither searched nor known from receptions
record-uncovered-other-forms = The content in another form: converted, compressed, excerpted, pasted, in a mailbox or database
record-uncovered-disk-snapshots = Snapshots and backups of the holder’s disk or machine
record-uncovered-former-blocks = Former contents that a file system or a flash disk keeps
record-uncovered-memory = Memory, swap and hibernation images
record-uncovered-open-files = Programs that had a removed file open
record-uncovered-answers = What the holder answered: nobody looked whether it is so
record-uncovered-tool = Whether the holder’s program was unmodified
record-uncovered-mounted-below = Other disks mounted below the folders searched
record-uncovered-streamed = What was received into a pipe, a device or the screen
record-uncovered-elsewhere = What the parties do elsewhere than through this relay
record-uncovered-who-typed = Who was at the machine that has the key: the relay knows keys, not persons
record-uncovered-always = Copies of which no statement speaks: photographs, printouts, devices and accounts that nobody searched. Nobody can observe that there is none.

## Closing

record-closing = Retention, access, acknowledgement
record-retained = Data retained and legal basis
record-nothing-retained = By the holder’s statement, nothing.
record-retained-file = One file of { SIZE($bytes) }; basis: { $basis } (no. { $number })
record-access = Access revoked
record-access-line = { $at }: { $what } (no. { $number }).
record-access-revoked = downloads ended for { $transfers }
record-access-deactivated = { $who } shut out for not using it
record-access-frozen = every download stopped
record-access-frozen-incident = every download stopped because of an incident
record-access-thawed = downloads allowed again
record-access-changed = passwords and keys passed on in { $transfers } changed
record-review = Last review of access
record-reviewed = By { $name } on { $at }, for { $month } (no. { $number }):
record-member = { $who }: { $decision }, { $seen }
record-never-seen = never seen
record-last-seen = last seen on { $at }
record-access-log = Access log
record-exported = From { $from } to { $until }, { $lines } lines; the statement has its digest (no. { $number }).
record-acknowledgement = Controller’s acknowledgement
record-acknowledges = { $name } on { $at }: { $heads ->
        [one] one statement
       *[other] { $heads } statements
    } and those before (no. { $number }).
record-missing = Missing, by the controller: { $what }
record-reservations = Reservations
record-reserves = { $name } (no. { $number }):
record-absent = Not in this dossier
record-sanitisation = Level of sanitisation
record-no-sanitisation = None. Removing files or objects is neither Clear nor Purge nor Destroy of NIST SP 800-88, and no certificate of anybody is attached.
record-certificate = As a certificate by somebody else says, whose SHA-256 no. { $number } gives:

## Checking

record-checking = How to check this
record-tool = Programs that made the statements
record-levels = Levels reached
record-level = { $label }: { $n ->
        [one] one statement
       *[other] { $n } statements
    }
record-level-t = T: none
record-keys = Keys
record-keys-compare = The keys in the dossier came with it. They vouch for nobody until their fingerprints above are found to be those of the annex of the contract.
record-commands = Commands
record-command-quitus = With Quitus, with the annex saved beside the dossier:
record-command-stock = Without Quitus, in the unpacked dossier, with OpenSSH and OpenSSL alone:
record-command-page = This page itself is not signed. It was made from the statements, and only they count.
record-annex-data = Annex A. Digests of the data
record-annex-transfers = Transfers
record-annex-transfers-intro = The digest of the encrypted data that the relay held, over all its parts.
record-annex-files = Files
record-annex-files-intro = To compare a file that is found with a line: compute its BLAKE3 digest (b3sum), ask a party for the salt of that line, and compute SHA-256 over "quitus/plaintext/v1", a zero byte, the salt and the digest.
record-annex-files-others = { $n ->
    [one] One file more is listed in the statement above.
   *[other] { $n } files more are listed in the statements above, each with size and salted digest.
}
record-annex-no-files = No statement names a file.
record-annex-statements = Annex B. The signed files
record-annex-statements-intro = In the folder “statements” of the dossier, each with its signature beside it. Places in the log are counted from 0.
record-not-logged = not logged
record-unknown-fields = It has fields that this version does not know: { $fields }

## The annex of a contract

annex-title = Annex: keys of the parties
annex-what = The lines in the form “client SHA256:…” on this page say whose keys are whose. A signed statement in a dossier counts for a party only if it was signed with that party’s key.
annex-client = client: { $name }; the key that signs its statements.
annex-freelancer = freelancer: { $name }; the key that signs its statements.
annex-relay = relay: { $relay }; the key that signs the statements of the relay.
annex-log = log: the key of the relay’s log, in which statements are entered.
annex-witness = witness: the keys with which the parties’ programs sign what they saw of a log, so that it cannot be changed later without that being seen.
annex-before = Before signing, each party compares its own line with what “quitus id” shows on its own machine, and reads it to the other; both make this page with “quitus annex” and get the same lines.
annex-use = To check a dossier, save these lines as annex.txt, then: quitus verify DOSSIER.zip --trust annex.txt. Without Quitus, in the unpacked dossier: sh verify.sh annex.txt.
annex-change = Who changes a key tells the other party without delay, and both sign a new page. What was signed with the former key stays under this one.
annex-signatures = Place, date, signatures of client and freelancer:
annex-needs-card = { $name } is known by SSH keys alone, which do not say with what its program signs what it saw
annex-needs-card-hint = have { $name } run quitus init and quitus id -o FILE, then: quitus contact replace { $name } FILE
annex-role = it is not known here whether you are the client or the freelancer
annex-role-hint = say it: --as client or --as freelancer
annex-relay-unpinned = you have not joined { $relay }: the keys on this page are those it shows now; compare them with the other party
annex-written = annex written: { $path }
value-role = ROLE
help-annex = Make the page of a contract that says whose keys are whose
help-annex-more =
    Example:
      quitus annex --with bob -o annex.txt

    The page is in English and French, and both parties get the same one. It is
    what quitus verify --trust and verify.sh compare the keys of a dossier with.
help-annex-with = The contact who is the other party
help-annex-as = What you are yourself: client or freelancer (by default what you joined the relay as)
help-annex-relay = Address of the relay (the one you joined by default)
help-annex-html = Write HTML that prints on one A4 page
help-annex-output = File to write, which must not exist; standard output by default
help-annex-ca-file = Trust only the authorities in this PEM file for the relay's certificate
