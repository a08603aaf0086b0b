//! Another answer of the C library to one call, for the clock and the random generator.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Builds a library from C, to be named in `LD_PRELOAD`.
///
/// # Panics
///
/// If the C compiler, which linking Rust needs as well, does not take it.
pub fn preload(folder: &Path, name: &str, source: &str) -> PathBuf {
    let (c, library) = (
        folder.join(format!("{name}.c")),
        folder.join(format!("{name}.so")),
    );
    std::fs::write(&c, source).expect("the world's folder is ours");
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-o"])
        .args([&library, &c])
        .status();
    assert!(
        built.is_ok_and(|status| status.success()),
        "{name} is built by cc"
    );
    library
}

/// A clock that is wrong by `$SHIFT` seconds; waiting takes as long as ever.
pub const SHIFTED_CLOCK: &str = r#"
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
int clock_gettime(clockid_t clock, struct timespec *now) {
    int failed = syscall(SYS_clock_gettime, clock, now);
    const char *shift = getenv("SHIFT");
    if (!failed && clock == CLOCK_REALTIME && shift) now->tv_sec += atol(shift);
    return failed;
}
"#;

/// A system without random numbers: `$ERRNO` is what it says.
pub const NO_RANDOMNESS: &str = r#"
#include <errno.h>
#include <stdlib.h>
#include <sys/types.h>
ssize_t getrandom(void *bytes, size_t length, unsigned flags) {
    errno = atoi(getenv("ERRNO"));
    return -1;
}
"#;
