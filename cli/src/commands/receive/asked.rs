//! What the command line of `quitus receive` asks for: which link, and where everything shall go.

use std::path::{Path, PathBuf};

use quitus_core::ledger::Wish;
use quitus_core::link::{Link, LinkError};
use quitus_core::transfer::TransferId;

use crate::args::ReceiveArgs;
use crate::env::Env;
use crate::failure::Failure;
use crate::phrase;
use crate::platform;
use crate::secrets;

/// The link from the command line, stdin or a prompt.
pub(super) fn link(env: &Env, given: Option<&str>) -> Result<Link, Failure> {
    let words = (&phrase!("ask-link"), phrase!("link-in-arguments"));
    let text = secrets::text_of(env, given, words)?;
    let link = Link::parse(&text).map_err(link_failure)?;
    Ok(link)
}

fn link_failure(error: LinkError) -> Failure {
    let hint = match &error {
        LinkError::Version { .. } => phrase!("link-version-hint"),
        LinkError::NoSecret | LinkError::Length { .. } | LinkError::Altered => {
            phrase!("link-secret-hint")
        }
        LinkError::TooLong | LinkError::Origin(_) | LinkError::Transfer => phrase!("link-hint"),
    };
    let what = match &error {
        LinkError::NoSecret => phrase!("link-no-secret"),
        LinkError::Length { actual, expected } => {
            phrase!("link-length", actual = *actual, expected = *expected)
        }
        LinkError::Altered => phrase!("link-altered"),
        LinkError::Version { version } => phrase!("link-version", version = version),
        LinkError::TooLong | LinkError::Transfer => phrase!("link-malformed"),
        LinkError::Origin(_) => {
            return Failure::usage(phrase!("link-malformed"))
                .because(error)
                .hint(hint);
        }
    };
    Failure::usage(what).hint(hint)
}

/// Where a stream goes: it is not kept, and cannot be gone on with.
pub(super) enum Output {
    Standard,
    /// A device or FIFO that exists.
    Device(PathBuf),
}

/// What was asked for, and the stream it goes to if it does.
pub(super) fn wish(
    env: &Env,
    args: &ReceiveArgs,
    id: TransferId,
) -> Result<(Wish, Option<Output>), Failure> {
    let folder = std::env::current_dir().map_err(|error| Failure::read(Path::new("."), error))?;
    let mut wish = Wish {
        destination: None,
        folder: folder.to_string_lossy().into_owned(),
        sealed: args.sealed,
        keep_sealed: args.keep_sealed,
        portable_names: args.portable_names,
        streamed: false,
    };
    let output = match &args.output {
        None if args.keep_sealed => {
            let home = std::path::absolute(env.home()?).map_err(Failure::unexpected)?;
            let kept = home.join("sealed").join(id.to_string());
            wish.destination = Some(kept.to_string_lossy().into_owned());
            None
        }
        None => None,
        Some(path) if path.as_os_str() == "-" => Some(Output::Standard),
        Some(path) if platform::is_device(path) => Some(Output::Device(path.clone())),
        Some(path) => {
            let path = std::path::absolute(path).map_err(|error| Failure::write(path, error))?;
            wish.destination = Some(path.to_string_lossy().into_owned());
            None
        }
    };
    wish.streamed = output.is_some();
    Ok((wish, output))
}
