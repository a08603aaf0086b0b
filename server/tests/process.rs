//! The executable: what it prints, refuses, locks and leaves behind.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use quitus_core::digest::Sha256;
use quitus_core::invite::{self, InviteLink};
use quitus_core::keys::{Secret, SigningKey};
use quitus_core::protocol::{RequestLine, route, sign_request};
use quitus_core::text::base64url;
use quitus_core::time::Timestamp;
use quitus_core::tlog::VerifierKey;
use rustix::process::{Pid, Signal, kill_process};

/// The relay with arguments, and nothing of this environment.
fn relay(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quitus-relay"));
    command.args(arguments).env_clear();
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A relay that runs.
struct Running {
    child: Child,
    first_line: String,
}

impl Running {
    fn start(data: &Path, arguments: &[&str]) -> Self {
        let mut command = relay(&["serve", "--listen", "127.0.0.1:0", "--data"]);
        let mut child = command
            .arg(data)
            .args(arguments)
            .spawn()
            .expect("it starts");
        let out = child.stdout.as_mut().expect("it is piped");
        let mut first_line = String::new();
        BufReader::new(out)
            .read_line(&mut first_line)
            .expect("it prints");
        Self { child, first_line }
    }

    fn get(&self, path: &str) -> String {
        let address = self
            .first_line
            .trim_end()
            .strip_prefix("listening on http://");
        let mut stream =
            TcpStream::connect(address.expect("the line is as documented")).expect("it listens");
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer secret\r\nconnection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        answer
    }

    /// Asks it to stop, waits, and returns exit code and log.
    fn stop(mut self, signal: Signal) -> (Option<i32>, String) {
        let pid = i32::try_from(self.child.id()).expect("a pid is an i32");
        kill_process(Pid::from_raw(pid).expect("a pid is not 0"), signal).expect("it runs");
        let code = self.child.wait().expect("it ends").code();
        let mut log = String::new();
        let err = self.child.stderr.as_mut().expect("it is piped");
        err.read_to_string(&mut log).expect("the log is text");
        (code, log)
    }
}

fn text(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

#[test]
fn it_says_where_it_listens_answers_there_and_stops_when_asked() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    for signal in [Signal::TERM, Signal::INT] {
        let running = Running::start(&data, &[]);
        assert!(running.get("/healthz").starts_with("HTTP/1.1 204"));
        assert!(running.get("/readyz").starts_with("HTTP/1.1 204"));
        let url = running.first_line.trim_end().replace("listening on ", "");
        assert!(running.get("/v1").contains(&format!(r#""origin":"{url}""#)));
        let began = Instant::now();
        assert_eq!(running.stop(signal).0, Some(0));
        assert!(began.elapsed() < Duration::from_secs(5));
    }
}

#[test]
fn a_second_relay_on_a_data_folder_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let first = Running::start(&data, &[]);
    let second = relay(&["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(&data)
        .output();
    let second = second.expect("it starts");
    let (out, err) = text(&second);
    assert_eq!((second.status.code(), out.as_str()), (Some(8), ""));
    assert!(err.contains("another relay is using the folder"), "{err}");
    assert!(err.contains("hint: "), "{err}");
    assert!(first.get("/readyz").starts_with("HTTP/1.1 204"));
    // A relay that was killed leaves no lock behind.
    let (code, _) = first.stop(Signal::KILL);
    assert_eq!(code, None);
    assert_eq!(Running::start(&data, &[]).stop(Signal::TERM).0, Some(0));
}

#[test]
fn what_it_makes_is_private() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let running = Running::start(&data, &[]);
    let mut paths = vec![data, folder.path().join("data-keys")];
    while let Some(path) = paths.pop() {
        let metadata = path.metadata().expect("it is there");
        let expected = if metadata.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(
            metadata.permissions().mode() & 0o777,
            expected,
            "{}",
            path.display()
        );
        if metadata.is_dir() {
            let entries = path.read_dir().expect("it is a folder");
            paths.extend(entries.map(|entry| entry.expect("it is listed").path()));
        }
    }
    running.stop(Signal::TERM);
}

#[test]
fn a_folder_that_holds_something_else_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let open = folder.path().join("open");
    std::fs::create_dir(&open).expect("it is new");
    std::fs::write(open.join("something"), "").expect("it is new");
    std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o755)).expect("it is ours");
    let refused = relay(&["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(&open)
        .output();
    let refused = refused.expect("it starts");
    let (_, err) = text(&refused);
    assert_eq!(refused.status.code(), Some(8));
    assert!(err.contains("open to other users"), "{err}");
    assert_eq!(open.read_dir().expect("it is there").count(), 1);
}

#[test]
fn settings_that_would_be_unsafe_are_refused_with_a_hint() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    for arguments in [
        ["--listen", "192.0.2.1:7470"].as_slice(),
        &["--listen", "0.0.0.0:0", "--behind-proxy"],
        &["--origin", "https://relay.example/path"],
        &["--log", "a=b=c"],
        &["--tls-cert", "cert.pem"],
        &["--unknown"],
    ] {
        let refused = relay(&["serve", "--data"])
            .arg(&data)
            .args(arguments)
            .output();
        let refused = refused.expect("it starts");
        let (out, err) = text(&refused);
        assert_eq!(
            (refused.status.code(), out.as_str()),
            (Some(2), ""),
            "{arguments:?}"
        );
        assert!(err.starts_with("error: "), "{err}");
    }
    assert!(!data.exists());
}

#[test]
fn the_log_knows_no_path_and_no_credential() {
    let folder = tempfile::tempdir().expect("a folder");
    let running = Running::start(&folder.path().join("data"), &["--log", "debug"]);
    let id = "00112233445566778899aabbccddeeff";
    running.get(&format!("/v1/transfers/{id}/manifest"));
    running.get("/d/lEaKeD%23fragment");
    let (_, log) = running.stop(Signal::TERM);
    assert!(log.contains("/v1/transfers/{id}/manifest"), "{log}");
    for leaked in [id, "lEaKeD", "secret"] {
        assert!(!log.contains(leaked), "{leaked}: {log}");
    }
}

#[test]
fn help_and_the_document_are_printed() {
    let help = relay(&["serve", "--help"]).output().expect("it starts");
    let (out, _) = text(&help);
    for flag in [
        "--data",
        "--keys",
        "--listen",
        "--origin",
        "--tls-cert",
        "--behind-proxy",
        "--log",
    ] {
        assert!(out.contains(flag), "{flag}: {out}");
    }
    let document = relay(&["openapi"]).output().expect("it starts");
    let (out, _) = text(&document);
    let parsed: serde_json::Value = serde_json::from_str(&out).expect("it is JSON");
    assert!(parsed.get("paths").is_some());
}

/// Sends a signed request and returns status line and body.
fn signed(running: &Running, key: &SigningKey, line: &str, body: &str) -> String {
    let url = running
        .first_line
        .trim_end()
        .trim_start_matches("listening on ");
    let origin = url.parse().expect("it listens on an origin");
    let (method, path) = line.split_once(' ').expect("a method and a path");
    let request = RequestLine {
        method,
        origin: &origin,
        path,
        body: body.as_bytes(),
    };
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("it is later than 1970");
    let seconds = i64::try_from(since.as_secs()).expect("for long");
    let nonce = Secret::<16>::draw().expect("random");
    let time = Timestamp::from_unix(seconds, 0);
    let authorization = sign_request(&request, key, time, *nonce.expose());
    let length = if method == "GET" {
        String::new()
    } else {
        format!(
            "content-type: application/json\r\ncontent-length: {}\r\n",
            body.len()
        )
    };
    let address = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).expect("it listens");
    let head = format!(
        "{line} HTTP/1.1\r\nhost: x\r\nauthorization: {authorization}\r\n{length}connection: close\r\n\r\n{body}"
    );
    stream.write_all(head.as_bytes()).expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    answer
}

fn beside(data: &Path, words: &[&str]) -> Output {
    let mut command = relay(words);
    command.arg("--data").arg(data).output().expect("it starts")
}

/// The digest of the keys that a relay shows of itself.
fn relay_keys(about: &str) -> Sha256 {
    let (_, key) = about
        .split_once("ssh-ed25519")
        .expect("its statement key is there");
    let key = format!("ssh-ed25519{}", key.split('"').next().unwrap_or_default());
    let key = key.parse().expect("a public key");
    let (_, log) = about
        .split_once("logKey\":\"")
        .expect("the log's key is there");
    let log = log.split('"').next().unwrap_or_default();
    let log: VerifierKey = log.parse().expect("a verifier key");
    invite::relay_keys_digest(&key, &log.key())
}

#[test]
fn the_operator_invites_and_disables_while_the_relay_runs() {
    let folder = tempfile::tempdir().expect("there is a temporary folder");
    let data = folder.path().join("data");
    let nothing = beside(&data, &["accounts", "list"]);
    assert_eq!(nothing.status.code(), Some(8), "no relay has run there");
    let running = Running::start(&data, &[]);
    let invited = beside(&data, &["invite", "--name", "Alice", "--expires", "1h"]);
    assert_eq!(invited.status.code(), Some(0));
    let text = String::from_utf8(invited.stdout).expect("it is text");
    let link = InviteLink::parse(&text).expect("it is an invite");
    let url = running
        .first_line
        .trim_end()
        .trim_start_matches("listening on ");
    assert_eq!((link.origin.as_str(), link.card), (url, None));
    let about = running.get("/v1");
    assert!(link.relay_keys == relay_keys(&about));

    let joiner = SigningKey::from_seed(&Secret::from_bytes([7; 32]));
    let token = invite::redeem_token(&link.id, &link.secret).to_text();
    let mac = base64url(&[1; 32]);
    let body = format!(r#"{{"token":"{}","card":"Y2FyZA","mac":"{mac}"}}"#, *token);
    let redeem = format!("POST {}", route::redeem(&link.id));
    let welcome = signed(&running, &joiner, &redeem, &body);
    assert!(
        welcome.contains(r#"{"card":null,"mac":null,"role":"client","engagement":null}"#),
        "{welcome}"
    );

    let fingerprint = joiner.public().fingerprint().to_string();
    let list = || String::from_utf8(beside(&data, &["accounts", "list"]).stdout).expect("text");
    let shown = list();
    assert!(
        shown.starts_with(&fingerprint) && shown.contains("client      enabled"),
        "{shown}"
    );
    assert!(shown.ends_with("  Alice\n"), "{shown}");
    let inbox = || signed(&running, &joiner, "GET /v1/inbox", "");
    assert!(inbox().starts_with("HTTP/1.1 200"));
    let disabled = beside(&data, &["accounts", "disable", &fingerprint]);
    assert_eq!(disabled.status.code(), Some(0));
    assert!(inbox().starts_with("HTTP/1.1 403"), "at once");
    assert!(list().contains("client      disabled"));
    let enabled = beside(&data, &["accounts", "enable", &fingerprint]);
    assert_eq!(enabled.status.code(), Some(0));
    assert!(inbox().starts_with("HTTP/1.1 200"));
    let stranger = SigningKey::from_seed(&Secret::from_bytes([8; 32]))
        .public()
        .fingerprint();
    let unknown = beside(&data, &["accounts", "disable", stranger.as_str()]);
    assert_eq!(unknown.status.code(), Some(8));
    let (code, log) = running.stop(Signal::TERM);
    assert_eq!(code, Some(0));
    let secret = text
        .split_once("#v1.")
        .map_or("", |(_, secret)| secret.trim_end());
    assert!(!log.contains(secret) && !log.contains(token.as_str()));
}
