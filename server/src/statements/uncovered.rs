//! What the relay does not look at, by what a statement is about.
//!
//! Promises: each is said in every statement it belongs to, in the same words. Spec: `docs/evidence.md`.

use quitus_core::statement::NotCovered;

/// What no observation of the relay reaches.
pub(super) const OF_DESTRUCTION: [(&str, &str); 6] = [
    (
        "copy-on-write",
        "former blocks that a copy-on-write file system keeps",
    ),
    (
        "flash",
        "former blocks that a flash medium keeps for wear levelling",
    ),
    (
        "snapshots",
        "snapshots of the relay's machine or of its volumes",
    ),
    (
        "backups",
        "backups of the relay's data made before its end: they hold sealed bytes, and the share under the \
         key of its hour of expiry until that key is destroyed",
    ),
    (
        "keys-copies",
        "copies of the folder of the relay's keys, which is never to be backed up",
    ),
    (
        "recipients",
        "copies that recipients made, and shares that were released to them",
    ),
];

/// What nobody looks at while a transfer lives.
pub(super) const OF_LIFE: [(&str, &str); 3] = [
    (
        "content",
        "what is in the sealed bytes: the relay cannot open them",
    ),
    (
        "link-holder",
        "who held a link, where the one who claimed showed no key",
    ),
    (
        "recipient-disk",
        "whether what was taken was opened, verified or kept",
    ),
];

/// What the relay does not know of an engagement.
pub(super) const OF_ENGAGEMENTS: [(&str, &str); 2] = [
    (
        "elsewhere",
        "what the parties do elsewhere than through this relay",
    ),
    (
        "who-typed",
        "who was at the machine that has the key: the relay knows keys, no persons",
    ),
];

/// As a statement has them.
pub(super) fn listed(codes: &[(&str, &str)]) -> Vec<NotCovered> {
    let one = |(code, what): &(&str, &str)| NotCovered {
        code: (*code).to_owned(),
        what: (*what).to_owned(),
    };
    codes.iter().map(one).collect()
}
