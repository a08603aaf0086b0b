//! Everything that must hold before a change lands, stage by stage, with the seconds of each.
//!
//! `cargo run --release --bin quitus-check -- [STAGE...]` runs all stages, or those named; `sweep` only
//! if it is named. The first stage installs what the tests need beside Rust, once, and
//! says so.

use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Instant;

/// A stage: its name, and the commands that must all succeed; their words have no spaces.
struct Stage {
    name: &'static str,
    commands: &'static [&'static str],
    /// Whether it needs servers of the S3 API, which are started for it.
    needs_buckets: bool,
}

const CLI: &str = "cargo build --release --locked -p quitus-cli";
const SERVER: &str = "cargo build --release --locked -p quitus-server";
const SERVER_S3: &str = "cargo build --release --locked -p quitus-server --features s3";
const CLI_S3: &str = "cargo build --release --locked -p quitus-cli --features s3";

/// The stories of the relay on a bucket: all but these.
const ON_BUCKETS: &str = concat!(
    "cargo test --release --locked -p quitus-tests --features s3 --test story --",
    // What breaks a disk or a process at any moment, and what no relay has part in.
    " --skip crashes --skip power_cuts:: --skip failing_disks:: --skip disks::",
    " --skip peers:: --skip vectors:: --skip words::",
    // The clocks of these relays run ahead of the bucket's, and a relay refuses such a bucket.
    " --skip clocks:: --skip coming_to_an_end:: --skip counting::of_a_link_for_five",
    " --skip counting::whoever_withholds --skip erasure::a_backup",
    // A copy of a relay's folder has no bucket, and 5 GiB have no room in this one.
    " --skip lying_relays::a_link_to_another_relay --skip sizes::",
);

const STAGES: &[Stage] = &[
    Stage {
        name: "build",
        needs_buckets: false,
        commands: &[CLI, SERVER],
    },
    Stage {
        name: "core",
        needs_buckets: false,
        commands: &["cargo test --release --locked -p quitus-core"],
    },
    Stage {
        name: "cli",
        needs_buckets: false,
        commands: &["cargo test --release --locked -p quitus-cli"],
    },
    Stage {
        name: "server",
        needs_buckets: false,
        commands: &["cargo test --release --locked -p quitus-server"],
    },
    // Testing a crate may link its programs with the tests' features; the stories use what people get.
    Stage {
        name: "stories",
        needs_buckets: false,
        commands: &[CLI, SERVER, "cargo test --release --locked -p quitus-tests"],
    },
    Stage {
        name: "style",
        needs_buckets: false,
        commands: &[
            "cargo fmt --all --check",
            "cargo clippy --release --locked --workspace --all-targets -- -D warnings",
        ],
    },
    // Behind the stories of the folder: it leaves the relay in its place that people get by default.
    Stage {
        name: BUCKETS,
        needs_buckets: true,
        commands: &[
            "cargo test --release --locked -p quitus-server --features s3 --lib -- store::",
            CLI_S3,
            SERVER_S3,
            "cargo test --release --locked -p quitus-tests --features s3 --test bucket",
            ON_BUCKETS,
            CLI,
            "cargo clippy --release --locked --workspace --all-targets --features quitus-server/s3,quitus-cli/s3,quitus-tests/s3 -- -D warnings",
            SERVER,
        ],
    },
    Stage {
        name: "fuzz",
        needs_buckets: false,
        commands: &["fuzz/run 30"],
    },
    Stage {
        name: SWEEP,
        needs_buckets: false,
        commands: &[
            CLI,
            SERVER,
            "env SWEEP=every cargo test --release --locked -p quitus-tests --test story -- crashes power_cuts",
        ],
    },
];

/// Every crash and power cut that the stories try a spread of; it takes an hour and runs only where it is named.
const SWEEP: &str = "sweep";
/// The relay on a bucket: conformance and stories on a Ceph RGW and on moto, which are installed and started.
const BUCKETS: &str = "s3";
/// A program the tests need, and the Debian package that has it.
const PROGRAMS: &[(&str, &str)] = &[
    ("age", "age"),
    ("curl", "curl"),
    ("g++", "g++"),
    ("node", "nodejs"),
    ("npm", "npm"),
    ("openssl", "openssl"),
    ("python3", "python3"),
    ("pip3", "python3-pip"),
    ("ssh-keygen", "openssh-client"),
    ("tar", "tar"),
];

/// Programs of a stage that needs buckets.
const CEPH: &[(&str, &str)] = &[
    ("ceph", "ceph-common"),
    ("ceph-mgr", "ceph-mgr"),
    ("ceph-mon", "ceph-mon"),
    ("ceph-osd", "ceph-osd"),
    ("radosgw", "radosgw"),
    ("uuidgen", "uuid-runtime"),
];

/// What it needs from PyPI: a second server, and a client that shares no code with ours.
const MOTO: &[&str] = &["moto[server]==5.2.1", "boto3==1.43.11"];

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
            is_good = timed(stage.name, &mut seconds, || perform(stage));
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

fn perform(stage: &Stage) -> bool {
    if !stage.needs_buckets {
        return stage.commands.iter().all(|line| run(&words(line)));
    }
    if !install_buckets() {
        return false;
    }
    let Some(servers) = Servers::start() else {
        return false;
    };
    let variables = servers.variables();
    let mut commands = stage.commands.iter();
    commands.all(|line| run_among(&words(line), &variables))
}

fn words(line: &str) -> Vec<&str> {
    line.split(' ').collect()
}

/// Servers of the S3 API, on loopback, as long as their stage.
struct Servers {
    folder: String,
    moto: Child,
    ports: [u16; 2],
}

impl Servers {
    fn start() -> Option<Self> {
        let folder = std::env::temp_dir().join(format!("quitus-check-{}", std::process::id()));
        let folder = folder.to_string_lossy().into_owned();
        let ports = [free_port()?, free_port()?];
        let [of_moto, of_rgw] = ports.map(|port| port.to_string());
        tell(&format!(
            "starting moto on port {of_moto} and Ceph RGW on port {of_rgw}"
        ));
        let moto = Command::new("python3")
            .args(["-m", "moto.server", "-H", "127.0.0.1", "-p", &of_moto])
            .env("PYTHONPATH", repository().join("tests/peers/python"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let servers = Self {
            folder,
            moto,
            ports,
        };
        let start = ["tests/servers/ceph-rgw", "start", &servers.folder, &of_rgw];
        run(&start).then_some(servers)
    }

    /// Where tests find them, and the credentials of both.
    fn variables(&self) -> [(&'static str, String); 5] {
        let [of_moto, of_rgw] = self.ports.map(|port| format!("http://127.0.0.1:{port}"));
        [
            ("QUITUS_TEST_S3", format!("{of_moto} {of_rgw}")),
            ("QUITUS_TEST_BUCKET", format!("{of_rgw}/stories")),
            ("AWS_ACCESS_KEY_ID", "rgwadmin".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "rgwsecretrgwsecret".to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ]
    }
}

/// A port that was free a moment ago.
fn free_port() -> Option<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").ok()?;
    Some(listener.local_addr().ok()?.port())
}

impl Drop for Servers {
    fn drop(&mut self) {
        run(&["tests/servers/ceph-rgw", "stop", &self.folder]);
        drop(self.moto.kill());
        drop(self.moto.wait());
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

/// Installs, once, what only the stages with buckets need.
fn install_buckets() -> bool {
    let missing = missing(CEPH);
    let debian = missing.is_empty() || install_debian(&missing);
    let peers = repository().join("tests/peers");
    let is_there = ["moto", "boto3"]
        .iter()
        .all(|name| peers.join("python").join(name).is_dir());
    debian && (is_there || install_python(&peers, MOTO))
}

fn missing(programs: &[(&'static str, &'static str)]) -> Vec<&'static str> {
    let missing = programs.iter().filter(|(program, _)| !is_there(program));
    missing.map(|(_, package)| *package).collect()
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
    let missing = missing(PROGRAMS);
    let peers = repository().join("tests/peers");
    let debian = missing.is_empty() || install_debian(&missing);
    let python = peers.join("python/pyrage").is_dir() || install_python(&peers, PYTHON);
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

fn install_python(peers: &Path, packages: &[&str]) -> bool {
    tell(&format!("installing from PyPI: {}", packages.join(" ")));
    let target = peers.join("python");
    let target = target.to_string_lossy();
    let install = [
        "python3", "-m", "pip", "install", "--quiet", "--target", &target,
    ];
    run(&[&install, packages].concat())
}

fn is_there(program: &str) -> bool {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders).any(|folder| folder.join(program).is_file())
}

fn run(line: &[&str]) -> bool {
    run_among(line, &[])
}

fn run_among(line: &[&str], variables: &[(&str, String)]) -> bool {
    let [program, arguments @ ..] = line else {
        return true;
    };
    tell(&format!("$ {}", line.join(" ")));
    let status = Command::new(resolve(program))
        .args(arguments)
        .envs(variables.iter().map(|(name, value)| (name, value)))
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
