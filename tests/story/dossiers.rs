//! Three verifiers that know nothing of each other say the same of a dossier: `quitus verify`, the shell
//! script that lies in it, and the reference written from the document.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use quitus_core::statement::Kind;
use quitus_tests::{Person, run_for};

use crate::every_type::{
    engagement, engagement_in, engagement_of_every_type, transfer_of_every_type,
};
use crate::fixed_keys::{Case, checkpoint};

/// What a verifier said: its exit code, and its lines without what is for people.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) code: i32,
    pub(crate) lines: Vec<String>,
}

impl Verdict {
    pub(crate) fn of(code: i32, stdout: &[u8]) -> Self {
        let text = String::from_utf8(stdout.to_vec()).unwrap();
        let before = |line: &str| line.split("  ").next().unwrap().to_owned();
        Self {
            code,
            lines: text.lines().map(before).collect(),
        }
    }

    /// Every reason, as `0003 signature; dossier missing`.
    pub(crate) fn reasons(&self) -> String {
        let reason = |line: &String| {
            let (name, reason) = line.split_once(": FAIL ")?;
            Some(format!(
                "{} {reason}",
                name.get(..4)
                    .filter(|name| *name != "doss")
                    .unwrap_or("dossier")
            ))
        };
        self.lines
            .iter()
            .filter_map(reason)
            .collect::<Vec<_>>()
            .join("; ")
    }
}

/// A case, laid out on a disk.
pub(crate) struct Laid {
    _kept: tempfile::TempDir,
    pub(crate) folder: PathBuf,
    annex: Option<PathBuf>,
    person: Person,
}

impl Laid {
    pub(crate) fn out(case: &Case) -> Self {
        let kept = tempfile::tempdir().unwrap();
        let folder = kept.path().join("dossier");
        for (name, bytes) in &case.files {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        let annex = case.annex.as_ref().map(|text| {
            let path = kept.path().join("annex.txt");
            fs::write(&path, text).unwrap();
            path
        });
        // Nobody answers there: verifying needs no relay, and the home is empty.
        let person = Person::new(&kept.path().join("notary"), "http://127.0.0.1:1");
        Self {
            _kept: kept,
            folder,
            annex,
            person,
        }
    }

    /// `quitus verify`, on the folder or on a file.
    pub(crate) fn by_quitus(&self, dossier: &Path) -> Verdict {
        let mut args = vec!["verify", dossier.to_str().unwrap()];
        if let Some(annex) = &self.annex {
            args.extend(["--trust", annex.to_str().unwrap()]);
        }
        let outcome = self.person.run(&args, b"");
        Verdict::of(outcome.code, &outcome.stdout)
    }

    /// `verify.sh`, under a shell.
    pub(crate) fn by_shell(&self, shell: &str) -> Verdict {
        let mut command = Command::new(shell);
        command
            .arg(assets().join("verify.sh"))
            .args(&self.annex)
            .current_dir(&self.folder);
        let output = run_for(command, b"", Duration::from_mins(5));
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(errors, "", "the script is at a loss for words");
        Verdict::of(output.status.code().unwrap_or(-1), &output.stdout)
    }

    /// `verify.py`, on the folder or on a file.
    pub(crate) fn by_reference(&self, dossier: &Path) -> Verdict {
        let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut command = Command::new("python3");
        command.arg(tests.join("reference/verify.py")).arg(dossier);
        if let Some(annex) = &self.annex {
            command.arg("--annex").arg(annex);
        }
        command
            .env("PYTHONPATH", tests.join("peers/python"))
            .env("PYTHONDONTWRITEBYTECODE", "1");
        let output = run_for(command, b"", Duration::from_mins(5));
        assert!(
            output.stderr.is_empty(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        Verdict::of(output.status.code().unwrap_or(-1), &output.stdout)
    }

    /// What all three say.
    ///
    /// # Panics
    ///
    /// If they do not say the same.
    pub(crate) fn verdict(&self, name: &str) -> Verdict {
        let verdict = self.by_quitus(&self.folder);
        assert_eq!(
            self.by_reference(&self.folder),
            verdict,
            "{name}: verify.py and quitus verify"
        );
        assert_eq!(
            self.by_shell("sh"),
            verdict,
            "{name}: verify.sh and quitus verify"
        );
        verdict
    }
}

fn assets() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../cli/assets")
}

#[test]
fn a_dossier_verifies_alike_without_quitus() {
    let laid = Laid::out(&engagement());
    let labels = [
        "0001-engaged.json: ok L2",
        "0002-engaged.json: ok L2",
        "0003-received.json: ok L2",
        "0004-engaged.json: ok L2",
        "0005-instructed.json: ok L3",
        "0006-destroyed.json: ok L3",
        "0007-destroyed-by-holder.json: ok L3",
        "0008-returned.json: ok L4",
        "0009-acknowledged.json: ok L4",
        "0010-corrected.json: ok L1",
        "dossier: valid",
    ];
    let verdict = laid.verdict("the whole dossier");
    assert_eq!(
        (verdict.code, verdict.lines),
        (0, labels.map(str::to_owned).to_vec())
    );
    let unknown = Laid::out(&Case {
        annex: None,
        ..engagement()
    })
    .verdict("without an annex");
    assert_eq!(unknown.code, 13);
    assert_eq!(
        unknown.lines.last().unwrap(),
        "dossier: signer not confirmed"
    );
}

#[test]
fn statements_of_every_type_and_role_verify_alike() {
    for (case, n_expected) in [
        (engagement_of_every_type(), 32),
        (transfer_of_every_type(), 17),
    ] {
        let verdict = Laid::out(&case).verdict("every type");
        assert_eq!(
            (verdict.code, verdict.reasons()),
            (0, String::new()),
            "{:?}",
            verdict.lines
        );
        assert_eq!(verdict.lines.len(), n_expected + 1);
    }
    let kinds: Vec<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
    let names = [engagement_of_every_type(), transfer_of_every_type()]
        .map(|case| case.files.into_keys().collect::<String>());
    assert!(
        kinds
            .iter()
            .all(|kind| names.concat().contains(&format!("-{kind}.json")))
    );
}

#[test]
fn a_zip_file_is_the_folder_it_unpacks_to_and_nothing_more() {
    let laid = Laid::out(&engagement());
    let zip = laid.folder.with_extension("zip");
    let script = "import os, sys, zipfile\nwith zipfile.ZipFile(sys.argv[1], 'w') as z:\n  for folder, _, names in os.walk(sys.argv[2]):\n    for name in sorted(names):\n      path = os.path.join(folder, name)\n      z.write(path, os.path.relpath(path, sys.argv[2]))\n  for name in sys.argv[3:]:\n    z.writestr(name, b'for people\\n')\n";
    let make = |more: &[&str]| {
        let mut command = Command::new("python3");
        command
            .args(["-W", "ignore", "-c", script])
            .arg(&zip)
            .arg(&laid.folder)
            .args(more);
        assert!(
            run_for(command, b"", Duration::from_mins(1))
                .status
                .success()
        );
        fs::read(&zip).unwrap()
    };
    let both = |name: &str| {
        let verdict = laid.by_quitus(&zip);
        assert_eq!(laid.by_reference(&zip), verdict, "{name}");
        verdict
    };
    let whole = make(&[]);
    assert_eq!(both("whole"), laid.by_quitus(&laid.folder));
    make(&["README.txt"]);
    assert_eq!(both("a doubled name").reasons(), "dossier file");
    make(&["../README.txt"]);
    assert_eq!(both("a name that climbs").reasons(), "dossier file");
    make(&["statements/0011-corrected.json.sig"]);
    assert_eq!(both("a signature of nothing").reasons(), "dossier file");
    for (case, bytes) in damaged(&whole) {
        fs::write(&zip, bytes).unwrap();
        let verdict = both(case);
        assert_eq!(verdict.code, 11, "{case}");
        assert_eq!(
            verdict.lines.last().map(String::as_str),
            Some("dossier: does not verify"),
            "{case}"
        );
    }
}

/// Ways in which a zip file is not what it was.
fn damaged(whole: &[u8]) -> [(&'static str, Vec<u8>); 6] {
    let flip = |place: usize| {
        let mut changed = whole.to_vec();
        changed[place] ^= 1;
        changed
    };
    let content = whole
        .windows(8)
        .position(|window| window == b"_type\": ")
        .unwrap();
    let name = whole
        .windows(14)
        .position(|window| window == b"log-policylog ")
        .unwrap();
    let in_directory = whole
        .windows(4)
        .rposition(|window| window == b"PK\x01\x02")
        .unwrap();
    [
        ("a byte of a file", flip(content)),
        ("a byte of a name", flip(name)),
        ("a byte of the directory", flip(in_directory + 16)),
        ("cut", whole[..whole.len() / 2].to_vec()),
        ("no zip file", b"no zip file".to_vec()),
        ("nothing", Vec::new()),
    ]
}

#[test]
fn the_script_is_for_every_shell_and_runs_nothing_that_is_foreign() {
    let laid = Laid::out(&engagement());
    let expected = laid.by_shell("sh");
    assert_eq!(expected.code, 0);
    for shell in ["dash", "bash", "busybox"] {
        if Command::new(shell).arg("--help").output().is_ok() && shell != "busybox" {
            assert_eq!(laid.by_shell(shell), expected, "{shell}");
        }
    }
    for name in [
        "statements/$(touch ran)",
        "statements/`touch ran`",
        "statements/; touch ran",
        "-rf",
        "a\nb",
        "é",
    ] {
        let mut case = engagement();
        case.add(name, b"x");
        let laid = Laid::out(&case);
        assert_eq!(laid.verdict(name).reasons(), "dossier file", "{name}");
        assert!(!laid.folder.join("ran").exists() && !laid.folder.join("statements/ran").exists());
    }
    let text = fs::read_to_string(assets().join("verify.sh")).unwrap();
    assert!(!text.contains("eval ") && text.is_ascii());
}

#[test]
fn the_vectors_of_statements_are_judged_as_their_names_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors/statement");
    let case = Laid::out(&Case {
        annex: None,
        ..engagement()
    });
    let mut n_judged = 0;
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let name = entry.file_name().into_string().unwrap();
        let Some(reason) = name
            .split('-')
            .next()
            .filter(|_| name.strip_suffix(".json").is_some())
        else {
            continue;
        };
        let (code, verdict) = match reason {
            "ok" => (0, "ok L1".to_owned()),
            "version" | "type" => (12, format!("FAIL {reason}")),
            _ => (11, format!("FAIL {reason}")),
        };
        let found = case.by_quitus(&entry.path());
        assert_eq!(case.by_reference(&entry.path()), found, "{name}");
        let expected = if code == 0 { 13 } else { code };
        assert_eq!(
            (found.code, found.lines),
            (expected, vec![format!("{name}: {verdict}")]),
            "{name}"
        );
        n_judged += 1;
    }
    assert!(n_judged > 70);
}

/// A shell's own `echo` would turn what stands for some bytes of a root into these bytes.
#[test]
fn roots_have_whatever_bytes_they_have() {
    for byte in *b"\0\n \\" {
        let has_byte = |case: &Case| {
            let signed = checkpoint(&case.entries, 13, &[]);
            signed.checkpoint().root.as_bytes().contains(&byte)
        };
        let case = (0..=255).map(engagement_in).find(has_byte).unwrap();
        let verdict = Laid::out(&case).verdict("a root");
        assert_eq!(
            (verdict.code, verdict.reasons()),
            (0, String::new()),
            "{byte}"
        );
    }
}
