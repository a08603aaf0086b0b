//! The main job, told step by step: a client hands a folder to a freelancer through a relay.
//!
//! `cargo run --release --bin quitus-demo -- [PATH]` builds the two programs as a person would get
//! them, and uses nothing else. Without PATH it sends this repository's own sources.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use quitus_tests::{Person, World, binary, difference, snapshot};

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
    let world = World::by_invitation();
    tell(&format!(
        "relay     listening on {}, data in {}",
        world.relay.url(),
        world.folder().display()
    ));
    let (client, freelancer) = (world.person("client"), world.person("freelancer"));
    introduce(&world, &client, &freelancer)?;
    let handed_over = hand_over(&world, &client, &freelancer)?;
    pass_on(&client, &freelancer)?;

    let small = world.folder().join("contract.txt");
    std::fs::write(&small, "between the client and the freelancer\n")?;
    let small = small.to_string_lossy();
    let sent = client.run(&["send", &small, "--to", "freelancer"], b"");
    let link = successful("send", &sent)?;
    successful("revoke", &client.run(&["revoke", id(&link)], b""))?;
    expect(&freelancer.receive(&link, "revoked"), 5, "a revoked link")?;
    tell("client    revoked a transfer: its link does not work");
    statement(&client, &link, "revoked")?;

    let sent = client.run(&["send", &small, "--expires", "1s"], b"");
    let link = successful("send", &sent)?;
    statement(&client, &link, "expired")?;
    dossier(&client, &freelancer, &handed_over)
}

/// The operator invites the client, the client the freelancer; both compare words.
fn introduce(world: &World, client: &Person, freelancer: &Person) -> Outcome<()> {
    let folder = world.relay.folder();
    let invite = Command::new(binary("quitus-relay"))
        .args(["invite", "--name", "client", "--data"])
        .arg(folder.join("data"))
        .arg("--keys")
        .arg(folder.join("keys"))
        .output()?;
    if !invite.status.success() {
        return Err(String::from_utf8_lossy(&invite.stderr).into_owned().into());
    }
    for (person, name) in [(client, "client"), (freelancer, "freelancer")] {
        let init = ["init", "--name", name, "--no-passphrase"];
        successful("init", &person.run(&init, b""))?;
    }
    successful("join", &client.run(&["join", "-"], &invite.stdout))?;
    tell("client    joined the relay by its operator's invite");
    let invite = client.run(&["invite", "freelancer"], b"");
    successful("invite", &invite)?;
    successful("join", &freelancer.run(&["join", "-"], &invite.stdout))?;
    successful("invites", &client.run(&["invites"], b""))?;
    tell("freelancer joined by the client's invite; each has pinned the other's card");
    let (ours, theirs) = (words(client, "freelancer")?, words(freelancer, "client")?);
    if ours != theirs {
        return Err("the two read other words".into());
    }
    for line in &ours {
        tell(&format!("both      read aloud: {line}"));
    }
    Ok(())
}

/// The words of both cards, in the order of the words, as one of the two reads them.
fn words(person: &Person, other: &str) -> Outcome<Vec<String>> {
    let verified = person.run(&["contact", "verify", other, "--yes"], b"");
    successful("contact verify", &verified)?;
    let shown = format!("{}{}", verified.text(), verified.stderr);
    let lines = shown.lines().filter_map(|line| line.split_once(": "));
    let mut words: Vec<String> = lines
        .map(|(_, words)| words.trim().to_owned())
        .filter(|words| words.split(' ').count() == 12)
        .collect();
    words.sort();
    Ok(words)
}

/// A folder goes from the client to the freelancer, and to nobody else; returns its link.
fn hand_over(world: &World, client: &Person, freelancer: &Person) -> Outcome<String> {
    let source = source(world.folder())?;
    let (n_files, bytes) = size(&source)?;
    let start = Instant::now();
    let sent = client.run(
        &["send", &source.to_string_lossy(), "--to", "freelancer"],
        b"",
    );
    let link = successful("send", &sent)?;
    tell(&format!(
        "client    sent {n_files} files, {}: {}",
        mebibytes(bytes),
        rate(bytes, start)
    ));
    tell(&format!(
        "client    the link, which holds no secret: {link}"
    ));
    let stranger = world.person("stranger");
    let init = ["init", "--name", "stranger", "--no-passphrase"];
    successful("init", &stranger.run(&init, b""))?;
    let refused = stranger.receive(&link, "inbox");
    expect(&refused, 5, "somebody else with the link")?;
    tell("stranger  has the link, and nothing for it");

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
    expect(&again, 5, "the link a second time")?;
    tell("freelancer the link does not work a second time");
    statement(client, &link, "used")?;
    Ok(link)
}

/// What is left of the hand-over: statements of everybody, logged and cosigned, in one file that stock
/// tools check. It stays below `target/demo`.
fn dossier(client: &Person, freelancer: &Person, link: &str) -> Outcome<()> {
    successful("log verify", &freelancer.run(&["log", "verify"], b""))?;
    tell("freelancer the relay's log continues what was seen before; cosigned");
    let name = "dossier.zip";
    let built = client.run(&["dossier", "build", id(link), "-o", name], b"");
    for line in successful("dossier build", &built)?.lines() {
        tell(&format!("client    {line}"));
    }
    let folder = repository().join("target/demo/dossier");
    drop(std::fs::remove_dir_all(&folder));
    std::fs::create_dir_all(&folder)?;
    let zip = std::fs::File::open(client.desk(name))?;
    zip::ZipArchive::new(zip)?.extract(&folder)?;
    std::fs::copy(client.desk(name), folder.with_extension("zip"))?;
    let checked = Command::new("sh")
        .arg("verify.sh")
        .current_dir(&folder)
        .output()?;
    let said = String::from_utf8_lossy(&checked.stdout);
    match (checked.status.code(), said.lines().last()) {
        (Some(13), Some(last)) => tell(&format!("auditor   without Quitus: {last}")),
        (_, _) => {
            return Err(format!(
                "verify.sh: {said}{}",
                String::from_utf8_lossy(&checked.stderr)
            )
            .into());
        }
    }
    tell(&format!(
        "dossier   {}",
        folder.with_extension("zip").display()
    ));
    tell(&format!(
        "check it  cd {} && sh verify.sh",
        folder.display()
    ));
    Ok(())
}

/// A password is passed on without mail or chat.
fn pass_on(client: &Person, freelancer: &Person) -> Outcome<()> {
    let password = b"correct horse battery staple\n";
    let args = ["send", "--secret", "database", "--to", "freelancer"];
    let link = successful("send", &client.run(&args, password))?;
    let args = ["receive", "-", "-o", "-"];
    let received = freelancer.run(&args, link.as_bytes());
    if received.code != 0 || received.stdout != password.trim_ascii() {
        return Err(format!("the password did not arrive\n{}", received.stderr).into());
    }
    tell("client    passed a password on, which can be read once");
    Ok(())
}

/// Waits until the relay has destroyed a transfer, and has stock OpenSSH verify its statement.
fn statement(client: &Person, link: &str, ending: &str) -> Outcome<()> {
    let folder = format!("receipt-{ending}");
    let end = Instant::now() + Duration::from_secs(30);
    let receipt = loop {
        let receipt = client.run(&["receipt", id(link), "-o", &folder], b"");
        if receipt.code != 7 || Instant::now() > end {
            break receipt;
        }
    };
    successful("receipt", &receipt)?;
    let folder = client.desk(&folder);
    let verified = Command::new("ssh-keygen")
        .args(["-Y", "verify", "-f", "allowed_signers", "-I", "relay"])
        .args(["-n", "quitus-statement-v1", "-s", "destroyed.json.sig"])
        .stdin(std::fs::File::open(folder.join("destroyed.json"))?)
        .current_dir(&folder)
        .output();
    let by = match verified {
        Ok(output) if output.status.success() => "ssh-keygen verifies the relay's statement",
        Ok(output) => return Err(String::from_utf8_lossy(&output.stderr).into_owned().into()),
        Err(_) => "the relay's statement is written (no ssh-keygen here to verify it)",
    };
    tell(&format!(
        "relay     the transfer that was {ending} is destroyed: {by}"
    ));
    Ok(())
}

fn expect(outcome: &quitus_tests::Outcome, code: i32, what: &str) -> Outcome<()> {
    if outcome.code == code {
        return Ok(());
    }
    Err(format!(
        "{what}: exit {}, expected {code}\n{}",
        outcome.code, outcome.stderr
    )
    .into())
}

/// The id of a link's transfer.
fn id(link: &str) -> &str {
    let page = link.split('#').next().unwrap_or_default();
    page.rsplit('/').next().unwrap_or_default()
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
