//! A store that fails or lies as a test tells it to: a proxy in front of a real one.
//!
//! Requests pass as they were signed, host and all. A connection to the real store for each of them; the
//! test decides on each, and may do something of its own first, such as ending the relay.

use std::io::{BufReader, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::bucket::Bucket;
use crate::fake::{Asked, read};

/// What becomes of a request.
#[derive(Debug, Clone, Copy)]
pub enum Fault {
    /// It is passed on, and so is its answer.
    None,
    /// It is not passed on; the answer is an error.
    Error(u16, &'static str),
    /// It is passed on; the connection ends instead of an answer.
    LoseAnswer,
    /// It is not passed on; the answer says that it was done.
    Lie,
    /// Half of the object is stored; the answer is that for the whole.
    Truncate,
    /// Another object is stored, of the same length; the answer is that for the one that was sent.
    Replace,
    /// The answer has other bytes, as many.
    OtherBytes,
    /// The answer, a list, says that it is cut short, and not where it goes on.
    CutShort,
    /// An answer 200 with a page of HTML.
    Page,
    /// The answer ends in the middle of its body.
    Cut,
    /// Nothing is ever answered.
    Hang,
    /// The body comes, a byte a second.
    Drip,
}

type Decide = dyn Fn(u64, &Asked) -> Fault + Send + Sync;

/// A store that is none. It ends when it is dropped.
pub struct FaultyStore {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    upstream: Bucket,
    decide: Mutex<Arc<Decide>>,
    n_asked: AtomicU64,
    is_over: AtomicBool,
}

impl FaultyStore {
    /// Listens in front of a bucket, and passes everything on.
    ///
    /// # Panics
    ///
    /// If no port is free.
    pub fn start(upstream: &Bucket) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let shared = Arc::new(Shared {
            upstream: upstream.clone(),
            decide: Mutex::new(Arc::new(|_, _: &Asked| Fault::None)),
            n_asked: AtomicU64::new(0),
            is_over: AtomicBool::new(false),
        });
        let of_listener = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if of_listener.is_over.load(Ordering::SeqCst) {
                    return;
                }
                let shared = Arc::clone(&of_listener);
                thread::spawn(move || converse(&stream, &shared));
            }
        });
        Self { address, shared }
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on: what becomes of each request, by its number from 1 on and what it asks for. Returns
    /// how many there were.
    pub fn decide(&self, decide: impl Fn(u64, &Asked) -> Fault + Send + Sync + 'static) -> u64 {
        let mut held = self.shared.held();
        *held = Arc::new(decide);
        self.shared.n_asked.swap(0, Ordering::SeqCst)
    }

    /// From now on everything is passed on. Returns how many requests there were.
    pub fn behave(&self) -> u64 {
        self.decide(|_, _| Fault::None)
    }

    /// Requests since the last decision.
    pub fn n_asked(&self) -> u64 {
        self.shared.n_asked.load(Ordering::SeqCst)
    }
}

impl Drop for FaultyStore {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::SeqCst);
        // The listener looks up once more, and ends.
        drop(TcpStream::connect(self.address));
    }
}

impl Shared {
    fn held(&self) -> std::sync::MutexGuard<'_, Arc<Decide>> {
        self.decide.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Passes a request on and returns the whole answer.
    fn pass(&self, asked: &Asked, body: &[u8]) -> std::io::Result<Vec<u8>> {
        let host = self.upstream.endpoint();
        let mut stream = TcpStream::connect(host.trim_start_matches("http://"))?;
        let mut head = format!("{} {} HTTP/1.1\r\n", asked.method, asked.path);
        let own = asked.headers.iter();
        for (name, value) in own.filter(|(name, _)| *name != "connection" && *name != "expect") {
            head.extend([name, ": ", value, "\r\n"]);
        }
        head.push_str("connection: close\r\n\r\n");
        stream.write_all(head.as_bytes())?;
        stream.write_all(body)?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok(answer)
    }

    /// Stores half of what was sent, or as many other bytes, signed anew.
    fn store_other(&self, asked: &Asked, fault: Fault) {
        let (name, prefix) = self.upstream.place();
        let path = asked.path.split('?').next().unwrap_or_default();
        let mut bytes = asked.body.clone();
        if matches!(fault, Fault::Truncate) {
            bytes.truncate(bytes.len() / 2);
        } else {
            for byte in &mut bytes {
                *byte ^= 0x55;
            }
        }
        if let Some(key) = path.strip_prefix(&format!("/{name}/{prefix}")) {
            self.upstream.put(key, &bytes);
        }
    }
}

fn converse(stream: &TcpStream, shared: &Shared) {
    let mut reader = BufReader::new(stream);
    while let Some(asked) = read(&mut reader) {
        let number = shared.n_asked.fetch_add(1, Ordering::SeqCst) + 1;
        let decide = Arc::clone(&shared.held());
        let fault = decide(number, &asked);
        if answer(stream, shared, &asked, fault).is_err() {
            break;
        }
    }
    drop(stream.shutdown(Shutdown::Both));
}

/// Answers one request; an error ends the connection.
fn answer(
    mut stream: &TcpStream,
    shared: &Shared,
    asked: &Asked,
    fault: Fault,
) -> std::io::Result<()> {
    let over = || std::io::Error::from(std::io::ErrorKind::ConnectionAborted);
    match fault {
        Fault::None => {
            stream.write_all(&shared.pass(asked, &asked.body)?)?;
            // The real store closed its connection and said so.
            Err(over())
        }
        Fault::Error(status, code) => {
            let body =
                format!("<Error><Code>{code}</Code><Message>as the test says</Message></Error>");
            stream.write_all(&whole(status, "application/xml", &body))
        }
        Fault::LoseAnswer => {
            shared.pass(asked, &asked.body)?;
            Err(over())
        }
        Fault::Lie => {
            let status = if asked.method == "DELETE" { 204 } else { 200 };
            stream.write_all(&whole(status, "application/xml", &done(asked)))
        }
        Fault::Truncate | Fault::Replace => {
            shared.store_other(asked, fault);
            stream.write_all(&whole(200, "application/xml", ""))
        }
        Fault::OtherBytes | Fault::CutShort => {
            let answer = shared.pass(asked, &asked.body)?;
            stream.write_all(&falsified(answer, fault))?;
            Err(over())
        }
        Fault::Page => stream.write_all(&whole(200, "text/html", "<html>please log in</html>")),
        Fault::Cut => {
            let answer = shared.pass(asked, &asked.body)?;
            let start = body_start(&answer);
            let end = start + (answer.len() - start) / 2;
            stream.write_all(answer.get(..end).unwrap_or_default())?;
            Err(over())
        }
        Fault::Hang => {
            while !shared.is_over.load(Ordering::SeqCst) {
                thread::sleep(Duration::from_millis(20));
            }
            Err(over())
        }
        Fault::Drip => {
            let answer = shared.pass(asked, &asked.body)?;
            let (head, body) = answer.split_at(body_start(&answer));
            stream.write_all(head)?;
            for byte in body {
                if shared.is_over.load(Ordering::SeqCst) {
                    break;
                }
                stream.write_all(&[*byte])?;
                thread::sleep(Duration::from_secs(1));
            }
            Err(over())
        }
    }
}

/// What the S3 API answers to a request that was done and has to tell something.
fn done(asked: &Asked) -> String {
    if asked.method == "POST" && asked.path.contains("delete") {
        return "<DeleteResult></DeleteResult>".to_owned();
    }
    String::new()
}

fn whole(status: u16, kind: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    // RFC 9110 section 8.6: no length stands in a 204.
    let length = if status == 204 {
        String::new()
    } else {
        format!("content-length: {length}\r\n")
    };
    format!("HTTP/1.1 {status} As told\r\ncontent-type: {kind}\r\n{length}\r\n{body}").into_bytes()
}

/// The answer with another body of the same length: a list cut short, or other bytes.
fn falsified(mut answer: Vec<u8>, fault: Fault) -> Vec<u8> {
    let start = body_start(&answer);
    let body = answer.get_mut(start..).unwrap_or_default();
    if !matches!(fault, Fault::CutShort) {
        for byte in body {
            *byte ^= 0x55;
        }
        return answer;
    }
    let whole = b"<IsTruncated>false</IsTruncated>";
    let found = body.windows(whole.len()).position(|piece| piece == whole);
    let place = found.and_then(|found| body.get_mut(found..found + whole.len()));
    if let Some(place) = place {
        place.copy_from_slice(b"<IsTruncated>true</IsTruncated> ");
    }
    answer
}

fn body_start(answer: &[u8]) -> usize {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n");
    end.map_or(answer.len(), |end| end + 4)
}
