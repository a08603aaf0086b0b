//! One program, one target per parser of what strangers send.
//!
//! ```text
//! FUZZ_TARGET=link quitus-fuzz CORPUS... -max_total_time=30     libFuzzer's own arguments
//! FUZZ_TARGET=link quitus-fuzz artifacts/link/crash-...         one input again
//! ```
//!
//! A target panics where a promise of its module is broken, not only where the module panics.
//! There is none for reading tar: the recipient derives every byte of a tar that is not a file's
//! from the signed manifest and compares (`core/src/archive`), so there is no tar reader to fuzz;
//! target `archive` has a foreign reader judge what is derived.
#![no_main]

use std::env;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use quitus_core::keys::{Secret, SigningKey};

macro_rules! targets {
    ($($name:ident)*) => {
        $(mod $name;)*
        const TARGETS: &[(&str, Check)] = &[$((stringify!($name), $name::check)),*];
    };
}

targets! {
    text time keys origin note proof tile header request protocol statement trust annex dossier archive path
    armor keyfile cipher payload tree link invite document card manifest terms envelope upload keyring ledger
}

/// Checks the promises of a module on one input.
type Check = fn(&[u8]);

static CHOSEN: LazyLock<Check> = LazyLock::new(|| {
    let name = env::var("FUZZ_TARGET").expect("FUZZ_TARGET names a target");
    let target = TARGETS.iter().find(|(known, _)| *known == name);
    target
        .unwrap_or_else(|| panic!("no target is called {name}"))
        .1
});

/// The key that signs what must be signed to be looked at.
static KEY: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::from_seed(&Secret::from_bytes([7; 32])));

fuzz_target!(init: { LazyLock::force(&CHOSEN); }, |data: &[u8]| CHOSEN(data));

/// Bytes to be hashed or sealed, in which no two neighbours are equal.
fn content(length: usize) -> &'static [u8] {
    static CONTENT: LazyLock<Vec<u8>> = LazyLock::new(|| (0..=250).cycle().take(1 << 21).collect());
    &CONTENT[..length]
}

/// Takes two bytes off the front as a number; zero where there are none.
fn number(data: &mut &[u8]) -> usize {
    let (head, rest) = data.split_at(data.len().min(2));
    *data = rest;
    head.iter()
        .fold(0, |number, byte| number << 8 | usize::from(*byte))
}

/// Changes one byte, at a place and by a mask that the front of `data` gives.
fn damage(whole: &mut [u8], data: &mut &[u8]) {
    let (place, mask) = (number(data), number(data));
    let place = (place << 8 | mask >> 8) % whole.len();
    whole[place] ^= u8::try_from(mask % 255 + 1).expect("1 to 255");
}
