//! What HOUSE and ARCHITECTURE promise of the sources, as far as a text search can see it.
//!
//! Every rule names its exceptions here, so that a new one is a change of this file.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Lines of code of a file; comments, blank lines and tests are not counted.
const LINES_MAX: usize = 400;
/// Files that are longer, and how long they may be. Each is one idea that would read worse in two.
const LONG: [(&str, usize); 0] = [];

/// A library, and the only places that may name it.
const OWNERS: [(&str, &[&str]); 20] = [
    ("fast_qr::", &["cli/src/qr.rs"]),
    ("age::", &["core/src/cipher/"]),
    ("age_core::", &["core/src/cipher/"]),
    (
        "ring::",
        &[
            "core/src/cipher/",
            "server/src/buckets.rs",
            "server/src/tls.rs",
        ],
    ),
    ("bech32::", &["core/src/cipher/"]),
    ("ssh_key::", &["core/src/keys"]),
    ("ureq::", &["cli/src/client"]),
    ("clap::", &["cli/src/args", "server/src/args"]),
    ("aws_sdk_s3::", &["bucket/src/", "server/src/store/s3/"]),
    ("aws_config::", &["bucket/src/client.rs"]),
    ("aws_credential_types::", &["bucket/src/client.rs"]),
    ("aws_smithy_http_client::", &["bucket/src/client.rs"]),
    (
        "quitus_bucket::",
        &[
            "cli/src/bucket.rs",
            "cli/src/commands/check.rs",
            "server/src/",
        ],
    ),
    ("fluent::", &["cli/src/words"]),
    (
        "indicatif::",
        &["cli/src/progress.rs", "cli/src/terminal.rs"],
    ),
    ("rpassword::", &["cli/src/terminal.rs", "cli/src/platform"]),
    // The listener hands connections to the routes; it and nothing else knows both.
    ("axum::", &["server/src/http/", "server/src/listen.rs"]),
    ("rusqlite::", &["server/src/records/sqlite/"]),
    ("signal_hook::", &["cli/src/platform"]),
    ("rustix::", &["cli/src/platform", "server/src/platform.rs"]),
];

/// What core never names outside its tests: clock, disk, network, environment, async.
const IMPURE: [&str; 9] = [
    "std::fs",
    "std::net",
    "std::env",
    "std::time::SystemTime",
    "std::time::Instant",
    "SystemTime",
    "std::process",
    "tokio",
    "println!",
];

/// Names that say nothing of what is in a module.
const BANNED_NAMES: [&str; 9] = [
    "util", "utils", "common", "helpers", "misc", "types", "manager", "handler", "service",
];

/// What no text may claim, nor its French; in lower case.
const BANNED_CLAIMS: [&str; 17] = [
    "proof of deletion",
    "preuve de suppression",
    "preuve d’effacement",
    "preuve de destruction",
    "irrecoverabl",
    "irrécupérable",
    "tamper-proof",
    "tamperproof",
    "infalsifiable",
    "military-grade",
    "military grade",
    "grade militaire",
    "nist compliant",
    "gdpr compliant",
    "conforme au rgpd",
    "qualified signature",
    "blockchain",
];

fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests
        .parent()
        .expect("the tests lie in the repository")
        .to_owned()
}

/// Files of the repository with that ending below a folder, by their paths in it.
fn files(folder: &str, ending: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    collect(&root().join(folder), ending, &mut found);
    assert!(!found.is_empty(), "there are {ending} files in {folder}");
    found.sort();
    found
}

fn collect(folder: &Path, ending: &str, found: &mut Vec<(String, String)>) {
    const NOT_OURS: [&str; 7] = [
        "target",
        "node_modules",
        "python",
        ".git",
        "corpus",
        "artifacts",
        "__pycache__",
    ];
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        if path.is_dir() {
            if !NOT_OURS.iter().any(|other| name.as_os_str() == *other) {
                collect(&path, ending, found);
            }
        } else if name.to_string_lossy().ends_with(ending)
            && let Ok(text) = fs::read_to_string(&path)
        {
            let name = path
                .strip_prefix(root())
                .expect("it lies in the repository");
            found.push((name.display().to_string(), text));
        }
    }
}

/// Rust files of the crates that people get.
fn product() -> Vec<(String, String)> {
    ["core/src", "bucket/src", "cli/src", "server/src"]
        .iter()
        .flat_map(|folder| files(folder, ".rs"))
        .collect()
}

/// Whether a file is compiled for tests only.
fn is_test_file(path: &str) -> bool {
    let parts = ["/tests/", "/tests.rs", "/conformance"];
    parts.iter().any(|part| path.contains(part))
}

/// The lines before the tests, without comments.
fn code(text: &str) -> impl Iterator<Item = &str> {
    let lines = text
        .lines()
        .take_while(|line| line.trim() != "#[cfg(test)]");
    lines.filter(|line| !line.trim_start().starts_with("//"))
}

fn expect_none(found: &[String], rule: &str) {
    assert!(found.is_empty(), "{rule}:\n{}", found.join("\n"));
}

/// Whether a line names a crate's path, not the end of another word (`storage::` is not `age::`).
fn names(line: &str, library: &str) -> bool {
    line.match_indices(library).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
    })
}

#[test]
fn a_module_of_core_uses_only_modules_above_it() {
    check_order("core", &[]);
}

#[test]
fn a_module_of_the_command_uses_only_modules_above_it() {
    // The bar and what it steps aside for are one thing in two files.
    check_order("cli", &[("progress", "terminal")]);
}

/// The order in `lib.rs` is the reading order and the order of dependencies.
fn check_order(package: &str, exceptions: &[(&str, &str)]) {
    let lib = fs::read_to_string(root().join(package).join("src/lib.rs")).expect("it has one");
    let order: Vec<&str> = lib
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .collect();
    assert!(order.len() > 10, "{order:?}");
    let place = |name: &str| order.iter().position(|module| *module == name);
    let mut found = Vec::new();
    for (path, text) in files(&format!("{package}/src"), ".rs") {
        let inner = path
            .split('/')
            .nth(2)
            .unwrap_or_default()
            .trim_end_matches(".rs");
        let Some(own) = place(inner) else { continue };
        for line in code(&text).filter(|_| !is_test_file(&path)) {
            for used in line.split("crate::").skip(1) {
                let used = used
                    .split(|c: char| !c.is_alphanumeric() && c != '_')
                    .next();
                let used = used.unwrap_or_default();
                let is_above = place(used).is_none_or(|used| used <= own);
                if !is_above && !exceptions.contains(&(inner, used)) {
                    found.push(format!("{path}: {inner} uses {used}: {}", line.trim()));
                }
            }
        }
    }
    expect_none(&found, "a module uses one below it in lib.rs");
}

#[test]
fn every_library_has_one_owner() {
    let mut found = Vec::new();
    for (path, text) in product() {
        for (library, owners) in OWNERS {
            let is_owner = owners.iter().any(|owner| path.starts_with(owner));
            if is_owner || is_test_file(&path) {
                continue;
            }
            let lines = code(&text).filter(|line| names(line, library));
            found.extend(lines.map(|line| format!("{path}: {}", line.trim())));
        }
    }
    expect_none(&found, "a library is named beside its owner");
}

#[test]
fn core_has_no_clock_disk_network_or_environment() {
    let mut found = Vec::new();
    for (path, text) in files("core/src", ".rs") {
        for word in IMPURE {
            let lines = code(&text).filter(|line| line.contains(word));
            found.extend(lines.map(|line| format!("{path}: {}", line.trim())));
        }
    }
    expect_none(&found, "core does what only the edges may");
}

#[test]
fn every_sync_of_the_relay_is_noted_when_it_fails() {
    let mut found = Vec::new();
    for (path, text) in files("server/src", ".rs") {
        if path == "server/src/durable.rs" || is_test_file(&path) {
            continue;
        }
        for word in [".sync_all(", ".sync_data(", "fsync("] {
            let lines = code(&text).filter(|line| line.contains(word));
            found.extend(lines.map(|line| format!("{path}: {}", line.trim())));
        }
    }
    expect_none(
        &found,
        "a sync beside durable.rs, whose failure would not end the relay",
    );
}

#[test]
fn only_the_terminal_prints() {
    let mut found = Vec::new();
    for (path, text) in product() {
        for word in ["print!(", "println!(", "eprint!(", "eprintln!(", "dbg!("] {
            let lines = code(&text).filter(|line| names(line, word));
            found.extend(lines.map(|line| format!("{path}: {}", line.trim())));
        }
    }
    expect_none(&found, "something prints by itself");
}

#[test]
fn unsafe_unwrap_and_unfinished_code_are_nowhere() {
    let mut found = Vec::new();
    for (path, text) in product() {
        for word in [
            "unsafe ",
            ".unwrap()",
            "todo!(",
            "unimplemented!(",
            "use super::*",
            "TODO",
            "FIXME",
        ] {
            let lines = code(&text).filter(|line| line.contains(word) && !is_test_file(&path));
            found.extend(lines.map(|line| format!("{path}: {}", line.trim())));
        }
    }
    expect_none(&found, "a word that may not stand in what people get");
}

#[test]
fn files_are_short_and_their_names_say_what_is_in_them() {
    let mut found = Vec::new();
    for (path, text) in product() {
        let n_lines = code(&text).filter(|line| !line.trim().is_empty()).count();
        let allowed = LONG
            .iter()
            .find(|(long, _)| *long == path)
            .map_or(LINES_MAX, |(_, max)| *max);
        if n_lines > allowed && !is_test_file(&path) {
            found.push(format!("{path} has {n_lines} lines, {allowed} are allowed"));
        }
        let is_banned = |name: &&str| {
            path.ends_with(&format!("/{name}.rs")) || path.contains(&format!("/{name}/"))
        };
        found.extend(
            BANNED_NAMES
                .iter()
                .copied()
                .filter(is_banned)
                .map(|name| format!("{path}: {name}")),
        );
        if !text.starts_with("//!") {
            found.push(format!("{path} does not begin by saying what it is"));
        }
    }
    expect_none(&found, "a file is too long or badly named");
}

/// What `cargo tree` says of a package, from the lock file alone.
fn tree(package: &str) -> String {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args([
        "tree",
        "--offline",
        "--locked",
        "-e",
        "normal",
        "--prefix",
        "none",
        "-p",
        package,
    ]);
    let output = command.current_dir(root()).output().expect("cargo runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("names are UTF-8")
}

fn packages(tree: &str) -> BTreeSet<&str> {
    tree.lines()
        .filter_map(|line| line.split(' ').next())
        .collect()
}

#[test]
fn the_relay_has_no_code_that_opens_anything() {
    let tree = tree("quitus-server");
    let found = packages(&tree);
    assert!(
        found.contains("quitus-core") && found.contains("axum"),
        "{found:?}"
    );
    for package in ["age", "age-core", "scrypt", "bech32", "quitus-cli"] {
        assert!(
            !found.contains(package),
            "the relay is built with {package}"
        );
    }
}

#[test]
fn core_and_the_command_have_no_async_runtime_and_no_other_tls() {
    for package in ["quitus-core", "quitus-cli"] {
        let tree = tree(package);
        let found = packages(&tree);
        for other in [
            "tokio",
            "async-std",
            "hyper",
            "openssl",
            "openssl-sys",
            "native-tls",
            "aws-lc-rs",
        ] {
            assert!(!found.contains(other), "{package} is built with {other}");
        }
    }
    // The age crate finds the programs of plugins with it; core itself asks the system for nothing.
    let manifest = fs::read_to_string(root().join("core/Cargo.toml")).unwrap();
    assert!(!manifest.contains("rustix"));
}

#[test]
fn no_test_file_is_forgotten() {
    let main = fs::read_to_string(root().join("tests/story/main.rs")).unwrap();
    for (path, text) in files("tests/story", ".rs") {
        let name = path.rsplit('/').next().unwrap().trim_end_matches(".rs");
        let is_listed = name == "main" || main.lines().any(|line| line == format!("mod {name};"));
        assert!(is_listed, "{path} is not listed in main.rs");
        assert!(
            !text.contains("#[ignore"),
            "{path} has a test that never runs"
        );
    }
    let listed: BTreeSet<String> = files("tests/transcripts", ".md")
        .into_iter()
        .map(|(path, _)| path)
        .collect();
    let runner = fs::read_to_string(root().join("tests/tests/transcripts.rs")).unwrap();
    assert!(runner.contains("\"*.md\""), "every transcript is run");
    for entry in fs::read_dir(root().join("tests/transcripts"))
        .unwrap()
        .flatten()
    {
        let name = entry.file_name().to_string_lossy().into_owned();
        let stem = name
            .trim_end_matches(".md")
            .trim_end_matches(".in")
            .trim_end_matches(".out");
        let is_known = listed.contains(&format!("tests/transcripts/{stem}.md"));
        assert!(is_known, "{name} belongs to no transcript");
    }
}

#[test]
fn nothing_claims_more_than_can_be_shown() {
    let mut found = Vec::new();
    for (path, text) in texts() {
        let lower = text.to_lowercase();
        for claim in BANNED_CLAIMS {
            let lines = lower.lines().filter(|line| line.contains(claim));
            found.extend(lines.map(|line| format!("{path}: {claim}: {}", line.trim())));
        }
    }
    expect_none(&found, "a text claims what nobody can show");
}

#[test]
fn nothing_mentions_the_machine_it_was_written_on() {
    let mut found = Vec::new();
    for (path, text) in texts().into_iter().chain(sources()) {
        for word in [
            &["/wo", "rk/"].concat(),
            &["/ro", "ot/"].concat(),
            &["/tm", "p/q/"].concat(),
        ] {
            let lines = text.lines().filter(|line| line.contains(word.as_str()));
            found.extend(lines.map(|line| format!("{path}: {}", line.trim())));
        }
    }
    expect_none(&found, "a path of somebody's machine");
}

/// Everything a person may read: catalogues, documents, transcripts, the words of the relay.
fn texts() -> Vec<(String, String)> {
    let mut texts = [
        files("cli/locales", ".ftl"),
        files("cli/assets", ""),
        files("docs", ".md"),
        files("tests", ".md"),
    ]
    .concat();
    texts.extend(
        product()
            .into_iter()
            .filter(|(path, _)| path.starts_with("server/")),
    );
    for name in [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "SECURITY.md",
    ] {
        texts.push((
            name.to_owned(),
            fs::read_to_string(root().join(name)).expect(name),
        ));
    }
    texts
}

fn sources() -> Vec<(String, String)> {
    let folders = ["core", "bucket", "cli", "server", "tests"];
    let endings = [".rs", ".toml", ".py", ".mjs", ".json"];
    let of = |folder: &&str| endings.map(|ending| collected(folder, ending)).concat();
    folders.iter().flat_map(of).collect()
}

fn collected(folder: &str, ending: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    collect(&root().join(folder), ending, &mut found);
    found
}

/// How many cases each letter of the catalogue of attacks has.
const CASES: [(char, u32); 13] = [
    ('A', 14),
    ('B', 9),
    ('C', 12),
    ('D', 18),
    ('E', 19),
    ('F', 10),
    ('G', 14),
    ('H', 10),
    ('I', 7),
    ('J', 8),
    ('K', 12),
    ('L', 9),
    ('M', 8),
];

/// Work that is still to come.
const LATER: [&str; 7] = [
    "A transfer's life",
    "Who are you",
    "Evidence",
    "Engagement and offboarding",
    "The browser page",
    "PostgreSQL and many nodes",
    "Operations",
];

#[test]
fn every_attack_has_its_test_or_its_time() {
    let map = fs::read_to_string(root().join("tests/attacks.md")).unwrap();
    let rows: Vec<Vec<&str>> = map
        .lines()
        .filter(|line| {
            line.starts_with("| ") && line.contains(['1', '2', '3', '4', '5', '6', '7', '8', '9'])
        })
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    let ids: Vec<String> = rows.iter().map(|row| row[0].to_owned()).collect();
    let of = |(letter, n): (char, u32)| (1..=n).map(move |number| format!("{letter}{number}"));
    let expected: Vec<String> = CASES.into_iter().flat_map(of).collect();
    assert_eq!(ids, expected, "one row a case, in order");
    let sources = [sources(), files("tests/transcripts", ".md")].concat();
    let wrong: Vec<String> = rows.iter().filter_map(|row| wrong(row, &sources)).collect();
    expect_none(&wrong, "a row names no test and no later work");
}

/// What is wrong with a row of the map: `id | case | test: path::name, … or later: work`.
fn wrong(row: &[&str], sources: &[(String, String)]) -> Option<String> {
    let [id, _, answer] = row else {
        return Some(format!("{row:?} has three columns"));
    };
    let mut problems = Vec::new();
    for part in answer.split("; ") {
        if let Some(tests) = part.strip_prefix("test: ") {
            let missing = tests
                .split(", ")
                .filter(|test| !exists(test.trim_matches('`'), sources));
            problems.extend(missing.map(|test| format!("{id}: there is no test {test}")));
        } else if !part
            .strip_prefix("later: ")
            .is_some_and(|work| LATER.contains(&work))
        {
            problems.push(format!("{id}: {part:?} is neither a test nor later work"));
        }
    }
    (!problems.is_empty()).then(|| problems.join("\n"))
}

/// Whether `tests/story/links.rs::a_name` or `tests/transcripts/usage.md` exists.
fn exists(test: &str, sources: &[(String, String)]) -> bool {
    let (path, name) = test.split_once("::").unwrap_or((test, ""));
    let file = sources.iter().find(|(source, _)| source == path);
    file.is_some_and(|(_, text)| name.is_empty() || text.contains(&format!("fn {name}(")))
}
