//! The transcripts: what `quitus` says, in both languages, with its exit codes.
//!
//! They are tests and documentation at once. After a change of words,
//! `TRYCMD=overwrite cargo test --release -p quitus-tests --test transcripts` writes them anew; read
//! the difference before you commit it. They use the `quitus` beside the test program
//! (`target/release/quitus`), which must have been built before: `cargo build --release -p quitus-cli`.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

#[test]
fn transcripts_are_what_the_program_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("transcripts");
    set_modes(&folder.join("decrypt.in"));
    trycmd::TestCases::new()
        .register_bin("quitus", built("quitus"))
        .env("LC_ALL", "C")
        .env("NO_COLOR", "1")
        .env("COLUMNS", "100")
        .env("QUITUS_HOME", "home")
        .env("SSH_AUTH_SOCK", "")
        .env("QUITUS_RELAY", "http://127.0.0.1:9")
        .case(folder.join("*.md"))
        .run();
}

/// A version control system keeps no private modes, and identity files that others can read are refused.
fn set_modes(folder: &Path) {
    let modes = [
        ("key.txt", 0o600),
        ("other.txt", 0o600),
        ("empty.txt", 0o600),
        ("nobody.txt", 0o600),
        ("passphrase.txt", 0o644),
    ];
    for (name, mode) in modes {
        fs::set_permissions(folder.join(name), Permissions::from_mode(mode))
            .expect("it is our file");
    }
}

/// A program that was built into the folder above that of the test programs.
fn built(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("the test program has a path");
    let folder = test
        .parent()
        .and_then(Path::parent)
        .expect("it lies in target/release/deps");
    let program = folder.join(name);
    assert!(
        program.exists(),
        "build it first: cargo build --release -p quitus-cli"
    );
    program
}
