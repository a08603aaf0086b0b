//! A whole engagement in small, told step by step: a client and a freelancer sign rules, hand data over
//! through a relay, and end it with everything accounted for.
//!
//! `cargo run --release --bin quitus-demo -- [PATH]` builds the two programs as a person would get
//! them, and uses nothing else. Without PATH it sends this repository's own sources.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use quitus_tests::{NO_OTHER_COPY, Person, World, binary, difference, snapshot};

/// The contract that the engagement belongs to.
const CONTRACT: &str = "CT-2026-118";

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
    engage(&world, &client, &freelancer)?;
    let received = hand_over(&world, &client, &freelancer)?;
    pass_on(&client, &freelancer)?;
    take_back(&client, &freelancer)?;
    give_back(&client, &freelancer)?;
    end(&client, &freelancer, &received)?;
    dossier(&client, &freelancer)
}

/// The operator invites the client, who opens an engagement; the freelancer agrees to it, and both sign.
fn engage(world: &World, client: &Person, freelancer: &Person) -> Outcome<()> {
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
    let charter = repository().join("docs/terms/charter.en.md");
    let opened = client
        .command()
        .args(["engagement", "new", "Refonte SI", "--with", "freelancer"])
        .args(["--contract", CONTRACT, "--until", "90d", "--choice", "both"])
        .arg("--terms")
        .arg(charter)
        .output()?;
    if !opened.status.success() {
        return Err(String::from_utf8_lossy(&opened.stderr).into_owned().into());
    }
    tell(&format!(
        "client    opened the engagement {CONTRACT} for 90 days, with a charter to agree to"
    ));
    let join = freelancer.run(&["join", "-", "--accept"], &opened.stdout);
    successful("join", &join)?;
    let confirm = ["engagement", "confirm", CONTRACT, "--yes"];
    successful("confirm", &client.run(&confirm, b""))?;
    tell("both      have signed its rules; nothing could be claimed before");
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

/// Sends something in the engagement; the link.
fn send(person: &Person, what: &[&str], stdin: &[u8]) -> Outcome<String> {
    let args = [&["send", "--engagement", CONTRACT], what].concat();
    successful("send", &person.run(&args, stdin))
}

/// A folder goes from the client to the freelancer, and to nobody else; where it is then.
fn hand_over(world: &World, client: &Person, freelancer: &Person) -> Outcome<PathBuf> {
    let source = source(world.folder())?;
    let (n_files, bytes) = size(&source)?;
    let start = Instant::now();
    let link = send(client, &[&source.to_string_lossy()], b"")?;
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
    Ok(received)
}

/// A password is passed on without mail or chat.
fn pass_on(client: &Person, freelancer: &Person) -> Outcome<()> {
    let password = b"correct horse battery staple\n";
    let link = send(client, &["--secret", "database"], password)?;
    let args = ["receive", "-", "-o", "-"];
    let received = freelancer.run(&args, link.as_bytes());
    if received.code != 0 || received.stdout != password.trim_ascii() {
        return Err(format!("the password did not arrive\n{}", received.stderr).into());
    }
    tell("client    passed a password on, which can be read once");
    Ok(())
}

/// What is revoked or was not fetched in time is gone, and the relay signs what became of it.
fn take_back(client: &Person, freelancer: &Person) -> Outcome<()> {
    std::fs::write(client.desk("brief.txt"), "not this one\n")?;
    let link = send(client, &["brief.txt"], b"")?;
    successful("revoke", &client.run(&["revoke", id(&link)], b""))?;
    expect(&freelancer.receive(&link, "revoked"), 5, "a revoked link")?;
    tell("client    revoked a transfer: its link does not work");
    receipt(client, &link, "revoked")?;
    let link = send(client, &["brief.txt", "--expires", "1s"], b"")?;
    receipt(client, &link, "expired")
}

/// Waits until the relay has destroyed a transfer, and has stock OpenSSH verify its statement.
fn receipt(client: &Person, link: &str, ending: &str) -> Outcome<()> {
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

/// The id of a link's transfer.
fn id(link: &str) -> &str {
    let page = link.split('#').next().unwrap_or_default();
    page.rsplit('/').next().unwrap_or_default()
}

/// The work comes back, and the client signs that it verified it.
fn give_back(client: &Person, freelancer: &Person) -> Outcome<()> {
    std::fs::write(freelancer.desk("report.txt"), "what was done\n")?;
    let link = send(freelancer, &["report.txt", "--return"], b"")?;
    successful("receive", &client.receive(&link, "returned"))?;
    tell("freelancer gave 1 file back; the client received it, and both have signed that");
    Ok(())
}

/// The end with its usual mishaps: a file was edited, a copy lies elsewhere.
fn end(client: &Person, freelancer: &Person, received: &Path) -> Outcome<()> {
    let n_elsewhere = work(freelancer, received)?;
    offboard("client   ", client, (&[], 3))?;
    let refused = freelancer.run(&["send", "report.txt", "--engagement", CONTRACT], b"");
    expect(&refused, 5, "sending after the end")?;
    tell("freelancer can neither claim nor send any more");
    let search = ["--search", "elsewhere"];
    let plan = [
        &["destroy", "--engagement", CONTRACT, "--dry-run"][..],
        &search,
    ]
    .concat();
    let plan = successful("destroy", &freelancer.run(&plan, b""))?;
    destroy(freelancer, (&search, 3))?;
    tell(&format!(
        "freelancer destroyed {} copies, {n_elsewhere} of them in another folder; 1 was edited since, and stays: signed as incomplete",
        plan.lines().count() - 1
    ));
    destroy(freelancer, (&["--include-changed"], 0))?;
    tell("freelancer chose the edited one as well: no copy that was looked for is left, signed");
    offboard("client   ", client, (&["--credentials-changed"], 0))?;
    offboard("freelancer", freelancer, (&[], 0))
}

/// Edits a file and copies another; how many were copied.
fn work(freelancer: &Person, received: &Path) -> Outcome<usize> {
    let mut files = Vec::new();
    for name in snapshot(received)?.keys() {
        let path = PathBuf::from(format!("{}{name}", received.display()));
        let metadata = std::fs::symlink_metadata(&path)?;
        if metadata.is_file() && metadata.len() > 0 {
            files.push(path);
        }
    }
    std::fs::create_dir(freelancer.desk("elsewhere"))?;
    let (Some(edited), Some(copied)) = (files.first(), files.last()) else {
        return Err("nothing that can be edited was sent".into());
    };
    std::fs::write(edited, "edited\n")?;
    if edited == copied {
        return Ok(0);
    }
    std::fs::copy(copied, freelancer.desk("elsewhere/copy"))?;
    Ok(1)
}

fn destroy(freelancer: &Person, (more, code): (&[&str], i32)) -> Outcome<()> {
    let destroy = ["destroy", "--engagement", CONTRACT, "--yes"];
    let args = [&destroy[..], &NO_OTHER_COPY, more].concat();
    expect(&freelancer.run(&args, b""), code, "destroy")
}

/// One run of the offboarding, and how much of its checklist is done.
fn offboard(who: &str, person: &Person, (more, code): (&[&str], i32)) -> Outcome<()> {
    let args = [&["offboard", CONTRACT, "--yes"], more].concat();
    let outcome = person.run(&args, b"");
    expect(&outcome, code, "offboard")?;
    let lines = outcome.text().lines();
    let lines: Vec<&str> = lines.filter(|line| line.starts_with('[')).collect();
    let n_done = lines.iter().filter(|line| line.starts_with("[done]"));
    tell(&format!(
        "{who} offboarding: {} of {} lines of the checklist are done",
        n_done.count(),
        lines.len()
    ));
    for line in lines.iter().filter(|line| line.starts_with("[waits]")) {
        tell(&format!("{who} {line}"));
    }
    Ok(())
}

/// What is left of the engagement: statements of everybody, logged and cosigned, in one file that stock
/// tools check. It stays below `target/demo`.
fn dossier(client: &Person, freelancer: &Person) -> Outcome<()> {
    successful("log verify", &freelancer.run(&["log", "verify"], b""))?;
    tell("freelancer the relay's log continues what was seen before; cosigned");
    let name = "dossier.zip";
    let line = ["dossier", "build", "--engagement", CONTRACT, "-o", name];
    let built = successful("dossier build", &client.run(&line, b""))?;
    let is_cosigned = |line: &&str| line.contains(": ok L3");
    tell(&format!(
        "client    dossier of {} statements, {} of them cosigned by another party (L3)",
        built.lines().count() - 1,
        built.lines().filter(is_cosigned).count()
    ));
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
