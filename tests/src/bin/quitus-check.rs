//! Everything that must hold before a change lands, stage by stage, with the seconds of each.
//!
//! `cargo run --release --bin quitus-check -- [STAGE...]` runs all stages, or those named; `sweep`, which
//! takes long, only if it is named. The first stage installs what the tests need beside Rust, once, and
//! says so.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

/// A stage: its name, and the commands that must all succeed.
struct Stage {
    name: &'static str,
    commands: &'static [&'static [&'static str]],
}

const CLI: &[&str] = &[
    "cargo",
    "build",
    "--release",
    "--locked",
    "-p",
    "quitus-cli",
];
const SERVER: &[&str] = &[
    "cargo",
    "build",
    "--release",
    "--locked",
    "-p",
    "quitus-server",
];

const STAGES: &[Stage] = &[
    Stage {
        name: "build",
        commands: &[CLI, SERVER],
    },
    Stage {
        name: "core",
        commands: &[&[
            "cargo",
            "test",
            "--release",
            "--locked",
            "-p",
            "quitus-core",
        ]],
    },
    Stage {
        name: "cli",
        commands: &[&["cargo", "test", "--release", "--locked", "-p", "quitus-cli"]],
    },
    Stage {
        name: "server",
        commands: &[&[
            "cargo",
            "test",
            "--release",
            "--locked",
            "-p",
            "quitus-server",
        ]],
    },
    // Testing a crate may link its programs with the tests' features; the stories use what people get.
    Stage {
        name: "stories",
        commands: &[
            CLI,
            SERVER,
            &[
                "cargo",
                "test",
                "--release",
                "--locked",
                "-p",
                "quitus-tests",
            ],
        ],
    },
    Stage {
        name: "style",
        commands: &[
            &["cargo", "fmt", "--all", "--check"],
            &[
                "cargo",
                "clippy",
                "--release",
                "--locked",
                "--workspace",
                "--all-targets",
                "--",
                "-D",
                "warnings",
            ],
        ],
    },
    Stage {
        name: "fuzz",
        commands: &[&["fuzz/run", "30"]],
    },
    Stage {
        name: SWEEP,
        commands: &[
            CLI,
            SERVER,
            &[
                "env",
                "SWEEP=every",
                "cargo",
                "test",
                "--release",
                "--locked",
                "-p",
                "quitus-tests",
                "--test",
                "story",
                "--",
                "crashes",
                "power_cuts",
            ],
        ],
    },
];

/// Every crash and power cut that the stories try a spread of. It runs only where it is named.
const SWEEP: &str = "sweep";

/// A program the tests need, and the Debian package that has it.
const PROGRAMS: &[(&str, &str)] = &[
    ("age", "age"),
    ("curl", "curl"),
    ("g++", "g++"),
    ("node", "nodejs"),
    ("npm", "npm"),
    ("python3", "python3"),
    ("pip3", "python3-pip"),
    ("ssh-keygen", "openssh-client"),
    ("tar", "tar"),
];

/// What the tests need from PyPI; the folder is on `PYTHONPATH` where it is used.
const PYTHON: &[&str] = &["pyrage==1.4.0", "cryptography==50.0.2"];

fn main() -> ExitCode {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    if let Some(unknown) = wanted
        .iter()
        .find(|name| STAGES.iter().all(|stage| stage.name != **name))
    {
        let names: Vec<&str> = STAGES.iter().map(|stage| stage.name).collect();
        tell(&format!(
            "no stage is called {unknown}; there are {}",
            names.join(", ")
        ));
        return ExitCode::from(2);
    }
    let mut seconds = Vec::new();
    let mut is_good = timed("install", &mut seconds, install);
    for stage in STAGES {
        let is_named = wanted.iter().any(|name| name == stage.name);
        if is_good && (is_named || wanted.is_empty() && stage.name != SWEEP) {
            is_good = timed(stage.name, &mut seconds, || {
                stage.commands.iter().all(|line| run(line))
            });
        }
    }
    for (name, seconds) in &seconds {
        tell(&format!("{seconds:>6} s  {name}"));
    }
    let total: u64 = seconds.iter().map(|(_, seconds)| seconds).sum();
    tell(&format!(
        "{total:>6} s  in all: {}",
        if is_good { "good" } else { "NOT good" }
    ));
    if is_good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn timed(
    name: &'static str,
    seconds: &mut Vec<(&'static str, u64)>,
    work: impl FnOnce() -> bool,
) -> bool {
    tell(&format!("== {name}"));
    let start = Instant::now();
    let is_good = work();
    seconds.push((name, start.elapsed().as_secs()));
    is_good
}

/// Installs what is missing: Debian packages, then the peers from PyPI and npm beside the tests.
fn install() -> bool {
    let missing: Vec<&str> = PROGRAMS
        .iter()
        .filter(|(program, _)| !is_there(program))
        .map(|(_, package)| *package)
        .collect();
    let peers = repository().join("tests/peers");
    let debian = missing.is_empty() || install_debian(&missing);
    let python = peers.join("python/pyrage").is_dir() || install_python(&peers);
    let node = ["age-encryption", "cctv-age"]
        .iter()
        .all(|name| peers.join("node_modules").join(name).is_dir())
        || run(&[
            "npm",
            "install",
            "--prefix",
            &peers.to_string_lossy(),
            "--no-audit",
            "--no-fund",
            "--no-package-lock",
        ]);
    debian && python && node
}

fn install_debian(packages: &[&str]) -> bool {
    tell(&format!("installing from Debian: {}", packages.join(" ")));
    let install = ["apt-get", "install", "--yes", "--no-install-recommends"];
    run(&["apt-get", "update", "--quiet"]) && run(&[&install, packages].concat())
}

fn install_python(peers: &Path) -> bool {
    let target = peers.join("python");
    let target = target.to_string_lossy();
    let install = [
        "python3", "-m", "pip", "install", "--quiet", "--target", &target,
    ];
    run(&[&install, PYTHON].concat())
}

fn is_there(program: &str) -> bool {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders).any(|folder| folder.join(program).is_file())
}

fn run(line: &[&str]) -> bool {
    let [program, arguments @ ..] = line else {
        return true;
    };
    tell(&format!("$ {}", line.join(" ")));
    let status = Command::new(resolve(program))
        .args(arguments)
        .current_dir(repository())
        .status();
    status.is_ok_and(|status| status.success())
}

/// A program of this repository by its path, any other by its name.
fn resolve(program: &str) -> PathBuf {
    if program.contains('/') {
        repository().join(program)
    } else {
        PathBuf::from(program)
    }
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap_or(Path::new("."))
}

/// Tells a line before the next command speaks.
fn tell(line: &str) {
    let mut output = std::io::stdout();
    drop(writeln!(output, "{line}").and_then(|()| output.flush()));
}
