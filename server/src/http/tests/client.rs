//! A client of a few lines: one request a connection, everything read to the end.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use quitus_core::protocol::RefusalCode;
use serde::de::DeserializeOwned;

/// An answer as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) head: String,
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// The value of a header.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    /// The body as JSON.
    pub(super) fn json<T: DeserializeOwned>(&self) -> T {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }

    /// The code of a refusal.
    pub(super) fn code(&self) -> RefusalCode {
        self.json::<quitus_core::protocol::Refusal>().error.code
    }

    /// Status and code of a refusal.
    pub(super) fn refused(&self) -> (u16, RefusalCode) {
        (self.status, self.code())
    }

    /// The body as text.
    pub(super) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    /// The answer without the one header that tells the time.
    pub(super) fn without_date(&self) -> String {
        let head = self.head.lines().filter(|line| !line.starts_with("date: "));
        let head: Vec<&str> = head.collect();
        format!(
            "{}\n\n{}",
            head.join("\n"),
            String::from_utf8_lossy(&self.body)
        )
    }
}

/// Sends a request and reads the answer.
pub(super) fn ask(
    address: SocketAddr,
    line: &str,
    headers: &[(&str, &str)],
    body: Option<&[u8]>,
) -> Answer {
    let mut text = format!("{line} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n");
    for (name, value) in headers {
        text = format!("{text}{name}: {value}\r\n");
    }
    if let Some(body) = body {
        text = format!("{text}content-length: {}\r\n", body.len());
    }
    text.push_str("\r\n");
    let mut bytes = text.into_bytes();
    bytes.extend_from_slice(body.unwrap_or_default());
    parse(&raw(address, &bytes))
}

/// Sends bytes and reads until the relay closes.
pub(super) fn raw(address: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut stream = connect(address);
    // A relay that refuses early may close before everything is sent.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    answer
}

/// Opens a connection.
pub(super) fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    stream
}

/// Parses one whole answer.
pub(super) fn parse(bytes: &[u8]) -> Answer {
    let end = bytes
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .unwrap_or_else(|| panic!("no answer: {:?}", String::from_utf8_lossy(bytes)));
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    Answer {
        status: head[9..12].parse().unwrap(),
        head,
        body: bytes[end + 4..].to_vec(),
    }
}
