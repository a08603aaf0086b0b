//! A whole engagement with a client and two freelancers, and whatever goes wrong at its end: the dossier
//! tells exactly that.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use quitus_core::digest::Sha256;
use quitus_tests::{Faults, NO_OTHER_COPY, Outcome, Person, binary, random_bytes, write_files};

use crate::dossiers::Verdict;
use crate::engagement::Scene;
use crate::evidence::{by_reference, by_script, unzipped};

/// What bob answers of copies that no tool can look for.
const CLOUD: &str = "a copy of data.csv went to a cloud folder on 3 November, deleted there since";
/// The client's lines of the end, as the checklist calls them.
const LINES: [&str; 6] = [
    "check-access",
    "check-instructed",
    "check-transfers",
    "check-credentials",
    "check-access-log",
    "check-acknowledged",
];

/// The engagement, and everybody in it.
struct Mission {
    scene: Scene,
    faults: Arc<Faults>,
    bob: Person,
    carol: Person,
}

impl Mission {
    /// Both freelancers are engaged, hold data, and bob has given his work back.
    fn under_way() -> Self {
        let mut scene = Scene::new();
        let faults = Arc::new(Faults::new(&scene.world.folder().join("faults")));
        scene.acme = scene.acme.under(&faults);
        let bob = scene.engage("bob", &scene.open(&[]));
        let invite = ["engagement", "invite", "CT-1", "carol"];
        let invite = scene.acme(&invite).expect(0);
        let carol = scene.engage("carol", invite.text().trim());
        let mission = Self {
            scene,
            faults,
            bob,
            carol,
        };
        mission.hand_over();
        mission.work();
        mission
    }

    fn hand_over(&self) {
        let files: [(&str, &[u8]); 3] = [
            ("brief/data.csv", &random_bytes(81, 300_000)),
            ("brief/main.rs", b"fn main() {}"),
            ("brief/notes.txt", b"notes of the client"),
        ];
        write_files(&self.scene.acme.desk(""), &files);
        let link = self.scene.hand_over("brief", "bob");
        let _ = self.bob.receive(&link, "work").expect(0);
        let link = self.scene.hand_over("dump.sql", "carol");
        let _ = self.carol.receive(&link, "work").expect(0);
        let secret = ["send", "--secret", "db password"];
        let secret = [&secret[..], &["--engagement", "CT-1", "--to", "bob"]].concat();
        let link = self.scene.acme.run(&secret, b"hunter2").expect(0);
        let read = ["receive", "-", "-o", "-"];
        let read = self.bob.run(&read, link.text().as_bytes()).expect(0);
        assert_eq!(read.text(), "hunter2");
    }

    /// Bob edits one file, copies another elsewhere, and delivers.
    fn work(&self) {
        fs::write(self.bob.desk("work/brief/main.rs"), "fn main() { work() }").unwrap();
        fs::create_dir(self.bob.desk("old")).unwrap();
        let data = self.bob.desk("work/brief/data.csv");
        fs::copy(data, self.bob.desk("old/backup.csv")).unwrap();
        give_back(&self.scene, &self.bob, "returned-by-bob");
        let taken = statements(&self.scene.acme, "client-accepted.json");
        assert_eq!(taken.len(), 1);
        assert!(taken[0].contains("\"isReturn\": true"), "{}", taken[0]);
    }

    fn offboard(&self, more: &[&str]) -> Outcome {
        let line = [&["--json", "offboard", "CT-1", "--yes"], more].concat();
        self.scene.acme(&line)
    }

    /// The client's machine dies before ever later changes of its disk, until it does not any more.
    fn offboard_killed(&self, more: &[&str]) -> Outcome {
        for n in 1..100 {
            self.faults.die_before(n, false);
            let outcome = self.offboard(more);
            self.faults.spare();
            if outcome.code != -1 {
                assert!(n > 3, "it was killed more than once");
                return outcome.expect(3);
            }
        }
        panic!("it is killed again and again, and gets no further");
    }
}

/// Somebody gives a report back, and the client takes it.
pub(crate) fn give_back(scene: &Scene, person: &Person, folder: &str) {
    write_files(&person.desk(""), &[("report.txt", b"done")]);
    let back = ["send", "report.txt", "--engagement", "CT-1", "--return"];
    let link = person.run(&back, b"").expect(0);
    let _ = scene.acme.receive(link.text().trim(), folder).expect(0);
    assert_eq!(
        fs::read(scene.acme.desk(folder).join("report.txt")).unwrap(),
        b"done"
    );
}

pub(crate) fn destroy(person: &Person, cloud: &str, more: &[&str]) -> Outcome {
    let cloud = format!("cloud={cloud}");
    let destroy = [
        "destroy",
        "--engagement",
        "CT-1",
        "--yes",
        "--answer",
        &cloud,
    ];
    let args = [&destroy[..], &NO_OTHER_COPY[2..], more].concat();
    person.run(&args, b"")
}

/// The texts of the statements whose names end so, oldest first.
pub(crate) fn statements(person: &Person, ending: &str) -> Vec<String> {
    let chains = fs::read_dir(person.home().join("statements")).unwrap();
    let files = chains
        .flatten()
        .flat_map(|chain| fs::read_dir(chain.path()).unwrap().flatten());
    let mut paths: Vec<PathBuf> = files.map(|file| file.path()).collect();
    paths.retain(|path| path.to_string_lossy().ends_with(ending));
    paths.sort();
    paths
        .iter()
        .map(|path| fs::read_to_string(path).unwrap())
        .collect()
}

/// What stands behind a name in a line of JSON, up to a letter.
fn value<'a>(line: &'a str, name: &str, end: char) -> &'a str {
    let (_, rest) = line.split_once(&format!("\"{name}\":")).unwrap();
    rest.split(end).next().unwrap()
}

/// The lines of a checklist, as events.
pub(crate) fn checks(outcome: &Outcome) -> Vec<&str> {
    let lines = outcome.stderr.lines();
    let checks: Vec<&str> = lines
        .filter(|line| line.contains("\"event\":\"check\""))
        .collect();
    assert!(!checks.is_empty(), "{}", outcome.stderr);
    checks
}

/// What waits: the line, for whom.
fn waiting(outcome: &Outcome) -> Vec<(String, String)> {
    let open = checks(outcome).into_iter();
    let open = open.filter(|line| line.contains("\"isDone\":false"));
    let text = |line: &str, name| value(line, name, ',').trim_matches(['"', '}']).to_owned();
    open.map(|line| {
        let since = text(line, "since");
        assert!(since.ends_with('Z') && since.len() >= 20, "{line}");
        (text(line, "id"), text(line, "waitsFor"))
    })
    .collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(line, name): &(&str, &str)| ((*line).to_owned(), (*name).to_owned());
    expected.iter().map(owned).collect()
}

/// Three verifiers agree on a dossier, and every statement has a label; the folder it unpacks to.
pub(crate) fn verified(person: &Person, zip: &Path, label: &str) -> tempfile::TempDir {
    let zip_name = zip.to_string_lossy();
    let told = person.run(&["dossier", "verify", &zip_name], b"");
    let verdict = Verdict::of(told.code, &told.stdout);
    assert_eq!(verdict.code, 13, "{:?}\n{}", verdict.lines, told.stderr);
    let also = person.run(&["verify", &zip_name], b"");
    assert_eq!(Verdict::of(also.code, &also.stdout), verdict);
    let folder = unzipped(zip);
    for output in [by_script(folder.path()), by_reference(zip)] {
        let code = output.status.code().unwrap();
        assert_eq!(Verdict::of(code, &output.stdout), verdict);
    }
    let (last, of_statements) = verdict.lines.split_last().unwrap();
    assert_eq!(last, "dossier: signer not confirmed");
    let is_labelled = |line: &String| line.ends_with(&format!(": ok {label}"));
    assert!(of_statements.iter().all(is_labelled), "{of_statements:?}");
    folder
}

/// How many statements of a kind a dossier has.
fn n_of(folder: &Path, kind: &str) -> usize {
    let files = fs::read_dir(folder.join("statements")).unwrap().flatten();
    let names = files.map(|file| file.file_name().into_string().unwrap());
    names
        .filter(|name| name.ends_with(&format!("-{kind}.json")))
        .count()
}

#[test]
fn a_whole_engagement_with_its_mishaps_is_told_as_it_was() {
    let mission = Mission::under_way();
    let ended = mission.offboard_killed(&[]);
    let open = [
        ("check-credentials", "acme"),
        ("check-holder", "bob"),
        ("check-returned", "carol"),
        ("check-holder", "carol"),
        ("check-access-log", "acme"),
        ("check-acknowledged", "acme"),
    ];
    assert_eq!(waiting(&ended), pairs(&open), "{}", ended.stderr);
    assert_eq!(
        statements(&mission.scene.acme, "client-instructed.json").len(),
        1
    );
    let status = ["--json", "engagement", "status", "CT-1"];
    let status = mission.scene.acme(&status).expect(0);
    assert_eq!(waiting(&status), pairs(&open), "{}", status.stderr);
    bob_destroys(&mission);
    let reserved = ["--credentials-changed", "--reserve", "Carol is silent"];
    let closed = mission.offboard_killed(&reserved);
    let silent = [("check-returned", "carol"), ("check-holder", "carol")];
    assert_eq!(waiting(&closed), pairs(&silent), "{}", closed.stderr);
    check_told(&mission);
    carol_speaks(&mission);
}

/// An edited file stays until it is chosen; a copy elsewhere is found; what went to a cloud is declared.
fn bob_destroys(mission: &Mission) {
    let bob = &mission.bob;
    let left = destroy(bob, CLOUD, &["--search", "old"]).expect(3);
    assert!(left.stderr.contains("main.rs"), "{}", left.stderr);
    assert!(left.stderr.contains("old/backup.csv"), "{}", left.stderr);
    assert!(bob.desk("work/brief/main.rs").exists());
    assert!(!bob.desk("old/backup.csv").exists() && !bob.desk("work/brief/data.csv").exists());
    let heard = mission.offboard(&[]).expect(3);
    let is_left = ("check-holder-incomplete".to_owned(), "bob".to_owned());
    assert!(waiting(&heard).contains(&is_left), "{}", heard.stderr);
    let _ = destroy(bob, CLOUD, &["--include-changed"]).expect(0);
    assert!(!bob.desk("work/brief").exists());
}

/// The dossier of an engagement that is not complete says what is missing, and everything else.
fn check_told(mission: &Mission) {
    for person in [&mission.bob, &mission.carol] {
        let _ = person.run(&["log", "verify"], b"").expect(0);
    }
    let acme = &mission.scene.acme;
    let build = [
        "dossier",
        "build",
        "--engagement",
        "CT-1",
        "-o",
        "reserved.zip",
    ];
    let _ = acme.run(&build, b"").expect(0);
    let folder = verified(acme, &acme.desk("reserved.zip"), "L3");
    let counts = [
        ("engaged", 4),
        ("instructed", 1),
        ("returned", 1),
        ("destruction-incomplete", 1),
        ("destroyed-by-holder", 1),
        ("credentials-changed", 1),
        ("access-log-exported", 1),
        ("acknowledged", 1),
    ];
    for (kind, n) in counts {
        assert_eq!(n_of(folder.path(), kind), n, "{kind}");
    }
    let page = fs::read_to_string(folder.path().join("record.en.html")).unwrap();
    for told in [
        CLOUD,
        "Carol is silent",
        "carol has given back, and it was received; waits for carol since",
        "carol has stated what became of the data; waits for carol since",
    ] {
        assert!(page.contains(told), "{told}");
    }
    assert_eq!(page.matches("Missing, by the controller:").count(), 2);
    let untrue = [
        "bob has stated that something is left; waits",
        "no secret was passed on",
    ];
    assert!(!untrue.iter().any(|text| page.contains(text)));
    let left = statements(acme, "freelancer-destruction-incomplete.json");
    assert_eq!(
        left[0].matches("\"state\": \"left\"").count(),
        1,
        "{}",
        left[0]
    );
    assert_eq!(
        left[0].matches("\"state\": \"destroyed\"").count(),
        3,
        "{}",
        left[0]
    );
}

/// Whoever was silent gives back late and destroys: then nothing waits, for the client and for both others.
fn carol_speaks(mission: &Mission) {
    give_back(&mission.scene, &mission.carol, "returned-by-carol");
    let _ = destroy(&mission.carol, "no", &[]).expect(0);
    let complete = mission.offboard(&[]).expect(0);
    assert_eq!(waiting(&complete), [], "{}", complete.stderr);
    let again = mission.offboard(&[]).expect(0);
    assert_eq!(checks(&again), checks(&complete), "nothing twice");
    let leave = ["offboard", "CT-1", "--yes"];
    for person in [&mission.bob, &mission.carol] {
        let left = person.run(&leave, b"").expect(0);
        assert!(!left.text().contains("[waits]"), "{}", left.text());
        assert!(
            left.stderr.contains("the client's dossier"),
            "{}",
            left.stderr
        );
    }
    let acme = &mission.scene.acme;
    let zip = dossier_of(acme);
    fs::rename(&zip, acme.desk("as-written.zip")).unwrap();
    let _ = mission.offboard(&[]).expect(0);
    let folder = verified(acme, &zip, "L3");
    check_lines(&complete, folder.path());
}

/// The dossier that offboarding wrote on somebody's desk.
pub(crate) fn dossier_of(person: &Person) -> PathBuf {
    let names = person.on_desk();
    let is_it = |name: &&String| {
        let name = name.strip_prefix("dossier-");
        name.is_some_and(|name| name.strip_suffix(".zip").is_some())
    };
    person.desk(names.iter().find(is_it).expect("a dossier is written"))
}

/// Every line of the checklist is backed by a statement of the dossier, and the log is the one signed.
fn check_lines(complete: &Outcome, folder: &Path) {
    let files = fs::read_dir(folder.join("statements")).unwrap().flatten();
    let digests: Vec<String> = files
        .map(|file| Sha256::of(&[&fs::read(file.path()).unwrap()]).to_string())
        .collect();
    let lines = checks(complete);
    for line in &lines {
        let by = value(line, "statements", ']').trim_start_matches('[');
        let mut by = by.split(',').map(|digest| digest.trim_matches('"'));
        assert!(
            by.all(|digest| digests.iter().any(|one| one == digest)),
            "{line}"
        );
    }
    let n_of = |id: &str| {
        let is_it = |line: &&&str| value(line, "id", ',').trim_matches('"') == id;
        lines.iter().filter(is_it).count()
    };
    assert!(LINES.iter().all(|id| n_of(id) == 1), "{lines:?}");
    assert_eq!(n_of("check-returned"), 2);
    assert_eq!(n_of("check-holder"), 2);
    let log = fs::read(folder.join("access-log.jsonl")).unwrap();
    let exported = fs::read_dir(folder.join("statements")).unwrap().flatten();
    let exported = exported
        .map(|file| file.path())
        .find(|path| {
            path.to_string_lossy()
                .ends_with("-access-log-exported.json")
        })
        .expect("the relay signed it");
    let exported = fs::read_to_string(exported).unwrap();
    assert!(
        exported.contains(&Sha256::of(&[&log]).to_string()),
        "{exported}"
    );
    check_changed_log(folder, &log);
    let n_lines = String::from_utf8(log).unwrap().lines().count();
    assert!(
        exported.contains(&format!("\"nLines\": {n_lines}")),
        "{exported}"
    );
}

/// A line that is added to the access log is found by all three.
fn check_changed_log(folder: &Path, log: &[u8]) {
    let path = folder.join("access-log.jsonl");
    fs::write(&path, [log, b"{}\n"].concat()).unwrap();
    let mut verify = Command::new(binary("quitus"));
    verify.args(["--lang", "en", "verify"]).arg(folder);
    let own = verify.output().unwrap();
    for output in [own, by_script(folder), by_reference(folder)] {
        let verdict = Verdict::of(output.status.code().unwrap(), &output.stdout);
        assert_eq!((verdict.code, &*verdict.reasons()), (11, "dossier file"));
    }
    fs::write(&path, log).unwrap();
}
