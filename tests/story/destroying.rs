//! A recipient destroys what it received: every copy is found, nothing else is touched, nothing false is signed.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use quitus_tests::{
    Faults, NO_OTHER_COPY, Outcome, Person, SmallDisk, World, as_nobody, random_bytes, run_for,
    snapshot, write_files,
};

use crate::crashes::{chosen, id};

fn big() -> Vec<u8> {
    random_bytes(70, 300_000)
}

/// Sends the brief and has it received, on the recipient's desk or where it says.
fn handed_over(world: &World, bob: &Person, args: &[&str]) -> String {
    let alice = world.person("alice");
    let big = big();
    let files: [(&str, &[u8]); 4] = [
        ("brief/big.bin", &big),
        ("brief/a/notes.txt", b"notes of the client"),
        ("brief/a/empty.txt", b""),
        ("brief/a/other.txt", b"another text"),
    ];
    write_files(&alice.desk(""), &files);
    let link = alice.send("brief");
    let receive = [&["receive", "-"], args].concat();
    let _ = bob.run(&receive, link.as_bytes()).expect(0);
    id(&link).to_owned()
}

/// Runs `quitus destroy` with every answer, its trash in the person's own folder.
fn destroy(bob: &Person, args: &[&str]) -> Outcome {
    let mut command = bob.command();
    command
        .args(["destroy"])
        .args(args)
        .args(NO_OTHER_COPY)
        .arg("--yes")
        .env("XDG_DATA_HOME", bob.desk("data"));
    bob.run_command(command, b"")
}

/// The statements of a person, oldest first.
fn statements(bob: &Person) -> Vec<PathBuf> {
    let chains = fs::read_dir(bob.home().join("statements"));
    let files = chains.into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = files
        .flat_map(|chain| fs::read_dir(chain.path()).unwrap().flatten())
        .map(|file| file.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .collect();
    files.sort();
    files
}

fn last_statement(bob: &Person) -> String {
    let statements = statements(bob);
    fs::read_to_string(statements.last().expect("there is a statement")).unwrap()
}

/// What the recipient made of it meanwhile, and what must go.
fn going(big: &[u8]) -> [(&'static str, &[u8]); 7] {
    [
        ("old/renamed.dat", big),
        ("old/deep/er/copy of notes.txt", b"notes of the client"),
        ("brief/a/notes.txt~", b"notes"),
        ("brief/a/.notes.txt.swp", b"swap"),
        ("old/.renamed.dat.swp", b"swap"),
        ("data/Trash/files/thrown.txt", b"another text"),
        (
            "data/Trash/info/thrown.txt.trashinfo",
            b"[Trash Info]\nPath=/x\n",
        ),
    ]
}

/// What is somebody else's business: other content, other folders.
fn staying<'a>(big: &'a [u8], alike: &'a [u8]) -> [(&'static str, &'a [u8]); 6] {
    [
        ("old/alike.dat", alike),
        ("old/empty.txt", b""),
        ("old/notes.txt~", b"beside nothing"),
        ("outside/copy.dat", big),
        ("data/Trash/files/own.txt", b"something else"),
        (
            "data/Trash/info/own.txt.trashinfo",
            b"[Trash Info]\nPath=/y\n",
        ),
    ]
}

#[test]
fn renamed_and_copied_files_are_found_and_nothing_else_is_touched() {
    let world = World::new();
    let bob = world.person("bob");
    let id = handed_over(&world, &bob, &[]);
    let big = big();
    let mut alike = big.clone();
    alike[7] ^= 1;
    write_files(&bob.desk(""), &going(&big));
    write_files(&bob.desk(""), &staying(&big, &alike));
    symlink("../outside", bob.desk("old/way out")).unwrap();
    let before = snapshot(&bob.desk("")).unwrap();

    let dry = destroy(&bob, &[&id, "--search", "old", "--dry-run"]).expect(0);
    let listed: Vec<&str> = dry.text().lines().collect();
    assert_eq!(listed.len(), 4 + going(&big).len() - 1, "{}", dry.text());
    let is_going = |line: &&str| line.starts_with("destroy ");
    assert!(listed.iter().all(is_going), "{}", dry.text());
    let after = snapshot(&bob.desk("")).unwrap();
    assert_eq!(after, before, "a dry run changes nothing");

    let done = destroy(&bob, &[&id, "--search", "old", "-o", "evidence"]).expect(0);
    assert!(!bob.desk("brief").exists(), "{}", done.stderr);
    for (name, _) in going(&big) {
        assert!(!bob.desk(name).exists(), "{name}");
    }
    for (name, bytes) in staying(&big, &alike) {
        assert_eq!(fs::read(bob.desk(name)).unwrap(), bytes, "{name}");
    }
    check_evidence(&bob, listed.len());
}

/// One signed statement of so many copies, without paths, and the ledger that says so.
fn check_evidence(bob: &Person, n_copies: usize) {
    let out = bob.desk("evidence");
    let names = fs::read_dir(&out).unwrap().flatten();
    let mut names = names.map(|file| file.file_name().into_string().unwrap());
    let name = names.find(|name| name.ends_with("-recipient-destroyed-by-holder.json"));
    let name = name.unwrap();
    check_signature(&out, &name);
    let text = fs::read_to_string(out.join(name)).unwrap();
    assert!(text.contains("urn:quitus:destroyed-by-holder:v1"), "{text}");
    let has_paths = text.contains("notes.txt") || text.contains("desk");
    assert!(!has_paths, "no paths: {text}");
    assert_eq!(text.matches("\"state\": \"destroyed\"").count(), n_copies);
    let ledger = fs::read_to_string(bob.home().join("ledger.jsonl")).unwrap();
    assert!(ledger.contains("\"fact\":\"destructionBegun\""));
    assert!(ledger.ends_with("\"complete\":true}\n"), "{ledger}");
}

fn check_signature(folder: &Path, name: &str) {
    let verify = || {
        let input = fs::File::open(folder.join(name)).unwrap();
        let mut command = Command::new("ssh-keygen");
        command
            .args(["-Y", "verify", "-f", "allowed_signers", "-I", "holder"])
            .args(["-n", "quitus-statement-v1", "-s", &format!("{name}.sig")])
            .current_dir(folder)
            .stdin(input);
        command.output().unwrap().status.success()
    };
    assert!(verify(), "stock ssh-keygen verifies it");
    let text = fs::read_to_string(folder.join(name)).unwrap();
    fs::write(folder.join(name), text.replace("\"seq\": 1", "\"seq\": 2")).unwrap();
    assert!(!verify(), "and not what was changed");
    fs::write(folder.join(name), text).unwrap();
}

#[test]
fn edited_files_stay_unless_they_are_chosen_and_are_said_to() {
    let world = World::new();
    let bob = world.person("bob");
    let id = handed_over(&world, &bob, &[]);
    fs::write(bob.desk("brief/a/notes.txt"), "edited").unwrap();
    fs::write(bob.desk("brief/a/notes.txt.bak"), "older").unwrap();
    let first = destroy(&bob, &[&id]).expect(3);
    assert!(first.stderr.contains("hint:"), "{}", first.stderr);
    assert_eq!(fs::read(bob.desk("brief/a/notes.txt")).unwrap(), b"edited");
    assert!(bob.desk("brief/a/notes.txt.bak").exists());
    assert!(!bob.desk("brief/big.bin").exists());
    let text = last_statement(&bob);
    assert!(
        text.contains("urn:quitus:destruction-incomplete:v1"),
        "{text}"
    );
    assert_eq!(text.matches("\"state\": \"left\"").count(), 2, "{text}");

    let _ = destroy(&bob, &[&id, "--include-changed"]).expect(0);
    assert!(!bob.desk("brief").exists());
    let text = last_statement(&bob);
    assert!(text.contains("urn:quitus:destroyed-by-holder:v1"), "{text}");
    assert!(
        text.contains("\"seq\": 2") && !text.contains("\"prev\": null"),
        "{text}"
    );
    assert_eq!(statements(&bob).len(), 2);
}

#[test]
fn what_is_kept_on_a_legal_basis_stays_and_is_listed() {
    let world = World::new();
    let bob = world.person("bob");
    let id = handed_over(&world, &bob, &[]);
    let except = ["--except", "brief/a", "--basis", "Art. L123-22"];
    let _ = destroy(&bob, &[&[id.as_str()][..], &except].concat()).expect(0);
    assert!(bob.desk("brief/a/notes.txt").exists() && !bob.desk("brief/big.bin").exists());
    let text = last_statement(&bob);
    assert!(text.contains("urn:quitus:destroyed-by-holder:v1"), "{text}");
    assert_eq!(
        text.matches("\"basis\": \"Art. L123-22\"").count(),
        3,
        "{text}"
    );
    let unknown = ["--except", "evil.txt", "--basis", "x"];
    fs::write(bob.desk("evil.txt"), "x").unwrap();
    let _ = destroy(&bob, &[&[id.as_str()][..], &unknown].concat()).expect(2);
}

#[test]
fn what_cannot_be_removed_or_looked_at_is_never_signed_as_gone() {
    let world = World::new();
    let bob = world.person("bob");
    // A disk that can only be read.
    let disk = SmallDisk::mount(&bob.desk("disk")).expect("only root can mount a disk");
    disk.resize(4_096);
    let id = handed_over(&world, &bob, &["-o", "disk/in"]);
    mount(disk.folder(), "remount,ro");
    let refused = destroy(&bob, &[&id]).expect(3);
    assert!(refused.stderr.contains("read-only"), "{}", refused.stderr);
    assert!(bob.desk("disk/in/brief/big.bin").exists());
    assert!(last_statement(&bob).contains("urn:quitus:destruction-incomplete:v1"));
    mount(disk.folder(), "remount,rw");
    let _ = destroy(&bob, &[&id]).expect(0);
    assert!(last_statement(&bob).contains("urn:quitus:destroyed-by-holder:v1"));

    // Another name of the same bytes, where nobody searched.
    let carol = world.person("carol");
    let id = handed_over(&world, &carol, &[]);
    fs::create_dir(carol.desk("outside")).unwrap();
    fs::hard_link(carol.desk("brief/big.bin"), carol.desk("outside/linked")).unwrap();
    let refused = destroy(&carol, &[&id, "--overwrite"]).expect(3);
    assert!(refused.stderr.contains("hard link"), "{}", refused.stderr);
    assert_eq!(fs::read(carol.desk("outside/linked")).unwrap(), big());
    assert!(last_statement(&carol).contains("urn:quitus:destruction-incomplete:v1"));
    let _ = destroy(&carol, &[&id, "--search", "outside"]).expect(0);
    assert!(!carol.desk("outside/linked").exists());

    // A link in the place of a file: what it leads to was not looked at.
    let dave = world.person("dave");
    let id = handed_over(&world, &dave, &[]);
    fs::create_dir(dave.desk("outside")).unwrap();
    fs::rename(dave.desk("brief/big.bin"), dave.desk("outside/moved")).unwrap();
    symlink("../outside/moved", dave.desk("brief/big.bin")).unwrap();
    let _ = destroy(&dave, &[&id]).expect(3);
    assert!(dave.desk("outside/moved").exists(), "no link is followed");
    assert!(last_statement(&dave).contains("urn:quitus:destruction-incomplete:v1"));
}

fn mount(folder: &Path, options: &str) {
    let mounted = Command::new("mount")
        .args(["-o", options])
        .arg(folder)
        .status();
    assert!(mounted.unwrap().success(), "{options}");
}

#[test]
fn a_folder_that_cannot_be_searched_makes_it_incomplete() {
    let world = World::new();
    let bob = world.person("bob");
    let id = handed_over(&world, &bob, &[]);
    write_files(&bob.desk(""), &[("old/closed/copy.bin", &big())]);
    fs::set_permissions(world.folder(), Permissions::from_mode(0o755)).unwrap();
    let chown = Command::new("chown")
        .args(["-R", "65534:65534"])
        .arg(world.folder().join("bob"))
        .status();
    assert!(chown.unwrap().success());
    fs::set_permissions(bob.desk("old/closed"), Permissions::from_mode(0o000)).unwrap();
    let mut command = bob.command();
    command
        .args(["destroy", &id, "--search", "old", "--yes"])
        .args(NO_OTHER_COPY);
    let output = run_for(as_nobody(&command, &[]), b"", Duration::from_mins(1));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{stderr}");
    assert!(
        stderr.contains("old/closed") && stderr.contains("permission denied"),
        "{stderr}"
    );
    let text = last_statement(&bob);
    assert!(
        text.contains("urn:quitus:destruction-incomplete:v1"),
        "{text}"
    );
    assert!(text.contains("\"nUnreadable\": 1"), "{text}");
}

#[test]
fn the_key_of_what_is_kept_sealed_is_destroyed_with_it() {
    let world = World::new();
    let bob = world.person("bob");
    let id = handed_over(&world, &bob, &["--keep-sealed"]);
    let sealed = bob.home().join("sealed").join(&id).join("sealed.age");
    fs::copy(&sealed, bob.desk("backup.age")).unwrap();
    fs::create_dir(bob.desk("old")).unwrap();
    fs::copy(&sealed, bob.desk("old/renamed")).unwrap();
    let _ = bob.run(&["open", &id, "-o", "opened"], b"").expect(0);
    let dry = destroy(&bob, &[&id, "--search", "old", "--dry-run"]).expect(0);
    assert_eq!(
        dry.text().matches("sealed copy").count(),
        2,
        "{}",
        dry.text()
    );
    let _ = destroy(&bob, &[&id, "--search", "old"]).expect(0);
    assert!(!sealed.exists() && !bob.desk("old/renamed").exists() && !bob.desk("opened").exists());
    let slot = fs::read(bob.home().join("keyring").join(&id)).unwrap();
    assert!(
        slot[32..].iter().all(|byte| *byte == 0),
        "the slot is empty"
    );
    let text = last_statement(&bob);
    assert!(text.contains("\"nKeysErased\": 1"), "{text}");
    assert_eq!(text.matches("\"key.erase\"").count(), 2, "{text}");
    // A copy that nobody looked for is still there, and opens for nobody.
    fs::create_dir_all(sealed.parent().unwrap()).unwrap();
    fs::copy(bob.desk("backup.age"), &sealed).unwrap();
    let _ = bob.run(&["open", &id], b"").expect(10);
}

#[test]
fn a_destruction_killed_before_any_change_ends_the_same() {
    let world = World::new();
    let faults = Arc::new(Faults::new(&world.folder().join("faults")));
    let prepare = |name: &str| {
        let bob = world.person(name).under(&faults);
        let id = handed_over(&world, &bob, &[]);
        write_files(
            &bob.desk(""),
            &[
                ("old/copy", &big()),
                ("old/own", b"own"),
                ("out/copy", &big()),
            ],
        );
        (bob, id)
    };
    let (first, id) = prepare("first");
    let args = |id: &str, n: u64| {
        let mut args = vec![id.to_owned(), "--search".to_owned(), "old".to_owned()];
        if n.is_multiple_of(3) {
            args.push("--overwrite".to_owned());
        }
        args
    };
    let run = |bob: &Person, args: &[String]| {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        destroy(bob, &args)
    };
    let before = faults.n_changes();
    let _ = run(&first, &args(&id, 1)).expect(0);
    let n_changes = faults.n_changes() - before;
    assert!(n_changes > 10, "{n_changes}");
    for n in chosen(n_changes, 14) {
        let (bob, id) = prepare(&format!("bob{n}"));
        faults.die_before(n, n.is_multiple_of(2));
        let _ = run(&bob, &args(&id, n)).expect(-1);
        faults.spare();
        let again = run(&bob, &args(&id, n)).expect(0);
        assert!(
            !bob.desk("brief").exists() && !bob.desk("old/copy").exists(),
            "{n}"
        );
        assert_eq!(fs::read(bob.desk("old/own")).unwrap(), b"own", "{n}");
        assert_eq!(fs::read(bob.desk("out/copy")).unwrap(), big(), "{n}");
        assert!(!bob.home().join("destruction/plan.json").exists(), "{n}");
        let statements = statements(&bob);
        // Killed when all was done, the second run is another destruction, of nothing.
        let n_runs = 1 + usize::from(!again.stderr.contains("going on") && statements.len() > 1);
        assert_eq!(statements.len(), n_runs, "{n}: {}", again.stderr);
        assert!(
            last_statement(&bob).contains("urn:quitus:destroyed-by-holder:v1"),
            "{n}"
        );
    }
}

#[test]
fn many_files_are_stated_by_their_number_and_the_digest_of_their_list() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    for number in 0..400 {
        let name = format!("many/{number}.txt");
        write_files(&alice.desk(""), &[(&name, name.as_bytes())]);
    }
    let link = alice.send("many");
    let _ = bob.run(&["receive", "-"], link.as_bytes()).expect(0);
    let _ = destroy(&bob, &["--all", "-o", "evidence"]).expect(0);
    assert!(!bob.desk("many").exists());
    let text = last_statement(&bob);
    assert!(text.len() < 90_000, "{}", text.len());
    assert!(text.contains("400 files, 400 copies: "), "{text}");
    assert!(text.contains("\"files\": []"), "{text}");
    let bytes: usize = (0..400)
        .map(|number| format!("many/{number}.txt").len())
        .sum();
    assert!(text.contains(&format!("\"bytes\": {bytes},")), "{text}");
    let names = fs::read_dir(bob.desk("evidence")).unwrap().flatten();
    let mut names = names.map(|file| file.file_name().into_string().unwrap());
    let name = names
        .find(|name| name.strip_suffix(".json").is_some())
        .unwrap();
    check_signature(&bob.desk("evidence"), &name);
}

#[test]
fn the_questions_are_asked_in_french_and_shown_word_for_word() {
    let world = World::new();
    let bob = world.person("bob");
    let id = handed_over(&world, &bob, &[]);
    fs::write(bob.desk("brief/a/notes.txt"), "modifié").unwrap();
    let quitus = quitus_tests::binary("quitus");
    let line = format!("{} --lang fr destroy {id}", quitus.display());
    let mut command = Command::new("script");
    command.args(["-qec", &line, "/dev/null"]);
    command
        .env("PATH", "/usr/bin:/bin")
        .env("XDG_DATA_HOME", bob.desk("data"));
    let typed = "o\nDropbox, supprimé\nnon\nnon\nnon\nun tirage, broyé\nnon\ndétruire\n";
    let told = bob.run_command(command, typed.as_bytes());
    let said = String::from_utf8_lossy(&told.stdout).replace('\r', "");
    assert_eq!(told.code, 0, "{said}\n{}", told.stderr);
    for part in [
        "modifié depuis sa réception",
        "hébergeur Git)",
        "outils d’IA",
        "voici ce que vous signerez",
        "Dropbox, supprimé",
        "À ma connaissance, je ne garde aucune autre copie",
    ] {
        assert!(said.contains(part), "{part}\n{said}");
    }
    assert!(!bob.desk("brief").exists());
    let text = last_statement(&bob);
    assert!(text.contains("\"language\": \"fr\""), "{text}");
    assert!(
        text.contains("Dropbox, supprimé") && text.contains("un tirage, broyé"),
        "{text}"
    );
    assert!(
        text.contains("À ma connaissance, je ne garde aucune autre copie"),
        "{text}"
    );
}

#[test]
fn without_an_answer_a_word_or_a_transfer_nothing_is_destroyed() {
    let world = World::new();
    let bob = world.person("bob");
    let id = handed_over(&world, &bob, &[]);
    let before = snapshot(&bob.desk("")).unwrap();
    let check = |args: &[&str], named: &str| {
        let refused = bob.run(args, b"").expect(2);
        assert!(refused.stderr.contains(named), "{}", refused.stderr);
        assert!(refused.stderr.contains("hint:"), "{}", refused.stderr);
    };
    check(&["destroy"], "--all");
    check(&["destroy", "--all", "--yes"], "--answer cloud=");
    check(
        &["destroy", &id, "--yes", "--answer", "weather=fine"],
        "cloud, ai",
    );
    check(&[&["destroy", &id][..], &NO_OTHER_COPY].concat(), "--yes");
    assert_eq!(snapshot(&bob.desk("")).unwrap(), before);
    assert!(statements(&bob).is_empty());
    let nobody = world.person("nobody");
    let _ = nobody.run(&["destroy", "--all", "--yes"], b"").expect(2);
}
