//! A client of a few lines that says exactly what a test wants said, on a connection that stays.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// How long an answer may take.
const BOUND: Duration = Duration::from_mins(2);
/// Longest head of an answer that is read.
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// A connection to a relay.
pub struct Wire {
    stream: TcpStream,
    host: String,
    /// Bytes that came behind what was asked for.
    ahead: Vec<u8>,
}

/// An answer as it came.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// Status line and headers.
    pub head: String,
    /// The body, or what was wanted of it.
    pub body: Vec<u8>,
}

impl Reply {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }

    /// The value of a field of a JSON body that is plain text or a number.
    pub fn field(&self, name: &str) -> Option<&str> {
        let text = std::str::from_utf8(&self.body).ok()?;
        let (_, behind) = text.split_once(&format!("\"{name}\":"))?;
        let end = behind.find([',', '}'])?;
        behind.get(..end).map(|value| value.trim_matches('"'))
    }
}

impl Wire {
    /// Connects to the address of a relay without TLS.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn open(url: &str) -> io::Result<Self> {
        let host = url.split("//").nth(1).unwrap_or(url).to_owned();
        let stream = TcpStream::connect(&host)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(BOUND))?;
        Ok(Self {
            stream,
            host,
            ahead: Vec::new(),
        })
    }

    /// The socket, for what is no request.
    pub const fn stream_mut(&mut self) -> &mut TcpStream {
        &mut self.stream
    }

    /// Sends a request, `METHOD PATH`, and reads the whole answer.
    ///
    /// # Errors
    ///
    /// If the connection ends before the answer does.
    pub fn ask(
        &mut self,
        line: &str,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> io::Result<Reply> {
        self.say(line, headers, body)?;
        let is_bodiless = line.starts_with("HEAD ");
        self.hear(if is_bodiless { Some(0) } else { None })
    }

    /// Sends a request and waits for nothing.
    ///
    /// # Errors
    ///
    /// If the connection has ended.
    pub fn say(
        &mut self,
        line: &str,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> io::Result<()> {
        let mut bytes = format!("{line} HTTP/1.1\r\nhost: {}\r\n", self.host).into_bytes();
        for (name, value) in headers {
            bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        if let Some(body) = body {
            bytes.extend_from_slice(format!("content-length: {}\r\n", body.len()).as_bytes());
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(body.unwrap_or_default());
        self.stream.write_all(&bytes)
    }

    /// Reads an answer: all of its body, or its first `wanted` bytes.
    ///
    /// # Errors
    ///
    /// If the connection ends before that, or speaks no HTTP.
    pub fn hear(&mut self, wanted: Option<usize>) -> io::Result<Reply> {
        let head = self.head()?;
        let status = head.get(9..12).and_then(|digits| digits.parse().ok());
        let mut reply = Reply {
            status: status.ok_or(io::ErrorKind::InvalidData)?,
            head,
            body: Vec::new(),
        };
        let stated = reply.header("content-length").map(str::parse);
        let stated = stated.and_then(Result::ok).unwrap_or(0);
        let length = wanted.unwrap_or(stated);
        let here = self.ahead.len().min(length);
        reply.body = self.ahead.drain(..here).collect();
        reply.body.resize(length, 0);
        let rest = reply.body.get_mut(here..).unwrap_or_default();
        self.stream.read_exact(rest)?;
        Ok(reply)
    }

    fn head(&mut self) -> io::Result<String> {
        loop {
            let end = self.ahead.windows(4).position(|four| four == b"\r\n\r\n");
            if let Some(end) = end {
                let head = self.ahead.drain(..end + 4).collect();
                return String::from_utf8(head).map_err(|_| io::ErrorKind::InvalidData.into());
            }
            if self.ahead.len() > HEAD_BYTES_MAX {
                return Err(io::ErrorKind::InvalidData.into());
            }
            self.read_more()?;
        }
    }

    fn read_more(&mut self) -> io::Result<()> {
        let mut bytes = [0; 16 * 1024];
        match self.stream.read(&mut bytes)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            length => {
                self.ahead
                    .extend_from_slice(bytes.get(..length).unwrap_or_default());
                Ok(())
            }
        }
    }
}
