//! The main job, told step by step: a client hands a folder to a freelancer through a relay.
//!
//! `cargo run --release --bin quitus-demo -- [PATH]` builds the two programs as a person would get
//! them, and uses nothing else. Without PATH it sends this repository's own sources.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

use quitus_tests::{World, difference, snapshot};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tell(&format!("the demo failed: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Outcome<()> {
    build()?;
    let world = World::new();
    tell(&format!(
        "relay     listening on {}, data in {}",
        world.relay.url(),
        world.folder().display()
    ));
    let (client, freelancer) = (world.person("client"), world.person("freelancer"));
    let source = source(world.folder())?;
    let (n_files, bytes) = size(&source)?;

    let start = Instant::now();
    let sent = client.run(&["send", &source.to_string_lossy()], b"");
    let link = successful("send", &sent)?;
    tell(&format!(
        "client    sent {n_files} files, {}: {}",
        mebibytes(bytes),
        rate(bytes, start)
    ));
    tell(&format!(
        "client    the link: {}",
        link.split('#').next().unwrap_or_default()
    ));

    let start = Instant::now();
    let name = source.file_name().unwrap_or_default();
    successful("receive", &freelancer.receive(&link, "inbox"))?;
    tell(&format!(
        "freelancer received {n_files} files: {}",
        rate(bytes, start)
    ));

    let received = freelancer.desk("inbox").join(name);
    match difference(&source, &received)? {
        None => tell("freelancer names, bytes, permissions and times are those of the client"),
        Some(difference) => return Err(format!("what was received differs: {difference}").into()),
    }
    let again = freelancer.receive(&link, "again");
    if again.code != 5 {
        return Err(format!(
            "the link worked twice: exit {}\n{}",
            again.code, again.stderr
        )
        .into());
    }
    tell("freelancer the link does not work a second time");
    Ok(())
}

/// Builds the client and the relay apart: a common build would give the relay the client's features.
fn build() -> Outcome<()> {
    for package in ["quitus-cli", "quitus-server"] {
        let start = Instant::now();
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let status = Command::new(cargo)
            .args(["build", "--release", "--locked", "--quiet", "-p", package])
            .current_dir(repository())
            .status()?;
        if !status.success() {
            return Err(format!("{package} does not build").into());
        }
        tell(&format!(
            "build     {package} in {:.0} s",
            start.elapsed().as_secs_f64()
        ));
    }
    Ok(())
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap_or(Path::new("."))
}

/// What to send: what was named, or a copy of this repository's sources.
fn source(folder: &Path) -> Outcome<PathBuf> {
    if let Some(path) = std::env::args_os().nth(1) {
        return Ok(std::path::absolute(path)?);
    }
    let copy = folder.join("quitus");
    for part in ["core", "cli", "server", "tests", "docs"] {
        copy_folder(&repository().join(part), &copy.join(part))?;
    }
    Ok(copy)
}

fn copy_folder(from: &Path, to: &Path) -> Outcome<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type()?;
        if kind.is_dir() {
            copy_folder(&from, &to)?;
        } else if kind.is_file() {
            std::fs::copy(&from, &to)?;
        }
    }
    Ok(())
}

fn size(path: &Path) -> Outcome<(usize, u64)> {
    let mut bytes = 0;
    let mut n_files = 0;
    for name in snapshot(path)?.keys() {
        let metadata = std::fs::symlink_metadata(format!("{}{name}", path.display()))?;
        if metadata.is_file() {
            n_files += 1;
            bytes += metadata.len();
        }
    }
    Ok((n_files, bytes))
}

fn successful(what: &str, outcome: &quitus_tests::Outcome) -> Outcome<String> {
    if outcome.code == 0 {
        return Ok(outcome.text().trim_end().to_owned());
    }
    Err(format!("{what} exited with {}\n{}", outcome.code, outcome.stderr).into())
}

fn mebibytes(bytes: u64) -> String {
    format!("{}.{} MiB", bytes >> 20, ((bytes & 0xf_ffff) * 10) >> 20)
}

fn rate(bytes: u64, start: Instant) -> String {
    let microseconds = u64::try_from(start.elapsed().as_micros())
        .unwrap_or(u64::MAX)
        .max(1);
    format!(
        "{}.{:03} s, {} MB/s",
        microseconds / 1_000_000,
        microseconds / 1_000 % 1_000,
        bytes / microseconds
    )
}

/// Tells a line; nobody listening is no reason to stop.
fn tell(line: &str) {
    drop(writeln!(std::io::stdout(), "{line}"));
}
