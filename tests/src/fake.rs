//! A relay that answers as a test tells it to, for everything an honest one would never say.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// What was asked of the relay.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The method.
    pub method: String,
    /// The path, as it stands in the request line.
    pub path: String,
    /// Headers by their names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The whole body.
    pub body: Vec<u8>,
}

/// What the relay answers.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Headers beside the length and the protocol, which is 1 unless it is among them; each a whole line.
    pub headers: Vec<String>,
    /// The body.
    pub body: Vec<u8>,
    /// Whether the connection ends after half of the body.
    pub is_cut: bool,
}

impl Answer {
    /// An answer with a body.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.into(),
            is_cut: false,
        }
    }

    /// A refusal in the form of the protocol.
    pub fn refusal(status: u16, code: &str) -> Self {
        let body = format!(r#"{{"error":{{"code":"{code}","message":"as the test says"}}}}"#);
        Self::new(status, body)
    }

    /// The same answer, whose connection ends after half of the body.
    #[must_use]
    pub fn cut(mut self) -> Self {
        self.is_cut = true;
        self
    }
}

type Answers = dyn Fn(&Asked) -> Answer + Send + Sync;

/// A relay that is none: a listener on a port of its own. It ends when it is dropped.
pub struct FakeRelay {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    is_over: Arc<AtomicBool>,
}

impl FakeRelay {
    /// Starts to listen; every request is answered by `answers`.
    ///
    /// # Panics
    ///
    /// If no port is free.
    pub fn start(answers: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let is_over = Arc::new(AtomicBool::new(false));
        let (answers, log, over): (Arc<Answers>, _, _) =
            (Arc::new(answers), Arc::clone(&asked), Arc::clone(&is_over));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if over.load(Ordering::SeqCst) {
                    return;
                }
                let (answers, log) = (Arc::clone(&answers), Arc::clone(&log));
                thread::spawn(move || converse(&stream, &*answers, &log));
            }
        });
        Self {
            address,
            asked,
            is_over,
        }
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it was asked so far, in order.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Drop for FakeRelay {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        // The listener looks up once more, and ends.
        drop(TcpStream::connect(self.address));
    }
}

/// Answers the requests of one connection until it ends.
fn converse(stream: &TcpStream, answers: &Answers, log: &Mutex<Vec<Asked>>) {
    let mut reader = BufReader::new(stream);
    while let Some(asked) = read(&mut reader) {
        let answer = answers(&asked);
        log.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(asked);
        if write(stream, &answer).is_err() || answer.is_cut {
            break;
        }
    }
    // A client that went away is no concern of the fixture.
    drop(stream.shutdown(Shutdown::Both));
}

pub(crate) fn read(reader: &mut BufReader<&TcpStream>) -> Option<Asked> {
    let first = line(reader)?;
    let mut words = first.split(' ').map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let mut headers = BTreeMap::new();
    loop {
        let header = line(reader)?;
        let Some((name, value)) = header.split_once(':') else {
            break;
        };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let length = headers
        .get("content-length")
        .and_then(|text| text.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Asked {
        method,
        path,
        headers,
        body,
    })
}

fn line(reader: &mut BufReader<&TcpStream>) -> Option<String> {
    let mut line = String::new();
    let n_bytes = reader.read_line(&mut line).ok()?;
    (n_bytes > 0).then(|| line.trim_end().to_owned())
}

fn write(mut stream: &TcpStream, answer: &Answer) -> std::io::Result<()> {
    let Answer {
        status,
        headers,
        body,
        is_cut,
    } = answer;
    let mut lines = vec![format!("HTTP/1.1 {status} As told")];
    // RFC 9110 section 8.6: no length stands in a 204.
    if *status != 204 {
        lines.push(format!("Content-Length: {}", body.len()));
    }
    // As every relay does, unless the test has it say something else.
    let names = |line: &String| line.to_lowercase().starts_with("quitus-protocol:");
    if !headers.iter().any(names) {
        lines.push("Quitus-Protocol: 1".to_owned());
    }
    lines.extend(headers.iter().filter(|line| !line.is_empty()).cloned());
    stream.write_all(format!("{}\r\n\r\n", lines.join("\r\n")).as_bytes())?;
    let end = if *is_cut { body.len() / 2 } else { body.len() };
    stream.write_all(body.get(..end).unwrap_or_default())
}
