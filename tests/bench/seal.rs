//! Seals a file and hashes its plaintext on the way, as `quitus send` does without a relay.
//!
//! ```text
//! seal RECIPIENT FILE > FILE.age        the digest goes to stderr
//! ```
//!
//! Only for `tests/bench/run`: `quitus encrypt` has nothing to sign, so it does not hash.

use std::error::Error;
use std::fs::File;
use std::io::{Write as _, stderr, stdout};

use quitus_core::cipher::{Plan, Recipient, new_header, seal_stream};

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(recipient), Some(path)) = (args.next(), args.next()) else {
        return Err("usage: seal RECIPIENT FILE".into());
    };
    let (header, keys) = new_header(&[recipient.parse::<Recipient>()?])?;
    let (mut input, mut output) = (File::open(path)?, platform_stdout()?);
    output.write_all(&header)?;
    let plan = Plan {
        workers: std::thread::available_parallelism()?,
        digest: true,
        observe: &|_| {},
    };
    let summary = seal_stream(&keys.payload_key(), &mut input, &mut output, plan)?;
    let digest = summary.digest.ok_or("the plan asked for a digest")?;
    writeln!(stderr(), "{digest}")?;
    Ok(())
}

/// Standard output without the buffer that looks for line feeds.
fn platform_stdout() -> std::io::Result<File> {
    use std::os::fd::AsFd as _;
    Ok(File::from(stdout().as_fd().try_clone_to_owned()?))
}
