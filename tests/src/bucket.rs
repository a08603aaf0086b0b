//! A bucket as the stories see it: an S3 client of their own, which shares no code with the relay.
//!
//! ```text
//! QUITUS_TEST_BUCKET=http://127.0.0.1:5010/stories      where every relay of a story has its prefix
//! ```
//!
//! Signature Version 4 over plain HTTP on loopback, a connection a request.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Once;
use std::time::{Duration, SystemTime};

use sha2::{Digest as _, Sha256};

/// The variable that puts the relays of stories on a bucket.
const VARIABLE: &str = "QUITUS_TEST_BUCKET";
/// Keys of the servers of the tests; they open nothing else.
pub const ACCESS_KEY: &str = "rgwadmin";
/// The secret of [`ACCESS_KEY`].
pub const SECRET_KEY: &str = "rgwsecretrgwsecret";
/// Somebody else's keys, who may do nothing but what a bucket's policy says.
pub const READER: (&str, &str) = ("rgwreader", "readsecretreadsecret");
/// How long an answer may take.
const BOUND: Duration = Duration::from_mins(1);

/// Names and values, in order.
type Pairs<'a> = &'a [(&'a str, &'a str)];

/// One prefix of a bucket.
#[derive(Debug, Clone)]
pub struct Bucket {
    /// `HOST:PORT`.
    host: String,
    name: String,
    /// Ends with a slash.
    prefix: String,
}

/// A version or delete marker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// The key without the prefix.
    pub key: String,
    /// Its id.
    pub id: String,
    /// Whether it only says that the key was deleted.
    pub is_marker: bool,
}

impl Bucket {
    /// The prefix of the relay whose folder that is, if the stories run on a bucket.
    pub fn of_stories(folder: &Path) -> Option<Self> {
        static MADE: Once = Once::new();
        let place = std::env::var(VARIABLE).ok()?;
        let steps: Vec<String> = folder
            .components()
            .rev()
            .take(2)
            .map(|step| {
                let step = step.as_os_str().to_string_lossy();
                step.chars().filter(char::is_ascii_alphanumeric).collect()
            })
            .collect();
        let bucket = Self::at(&place, &steps.join("-"));
        MADE.call_once(|| bucket.make(false, false));
        Some(bucket)
    }

    /// The server of the stories, if there is one.
    pub fn server() -> Option<String> {
        let place = std::env::var(VARIABLE).ok()?;
        Some(place.rsplit_once('/')?.0.to_owned())
    }

    /// A prefix of the bucket `http://HOST:PORT/NAME`.
    ///
    /// # Panics
    ///
    /// If it is no such address.
    pub fn at(place: &str, prefix: &str) -> Self {
        let (host, name) = place
            .strip_prefix("http://")
            .and_then(|rest| rest.split_once('/'))
            .expect("http://HOST:PORT/BUCKET");
        Self {
            host: host.to_owned(),
            name: name.to_owned(),
            prefix: format!("{prefix}/"),
        }
    }

    /// Another prefix of the same bucket.
    #[must_use]
    pub fn beside(&self, prefix: &str) -> Self {
        Self {
            prefix: format!("{prefix}/"),
            ..self.clone()
        }
    }

    /// The same bucket behind another address: of a proxy, say.
    #[must_use]
    pub fn behind(&self, endpoint: &str) -> Self {
        let host = endpoint.trim_start_matches("http://").to_owned();
        Self {
            host,
            ..self.clone()
        }
    }

    /// Its server.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.host)
    }

    /// As `--store` takes it.
    pub fn url(&self) -> String {
        format!("s3://{}/{}", self.name, self.prefix)
    }

    /// Its name, and what keys in it begin with.
    pub fn place(&self) -> (&str, &str) {
        (&self.name, &self.prefix)
    }

    /// What a relay needs to use it, beside `--store`: credentials.
    pub fn variables() -> [(&'static str, &'static str); 3] {
        [
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY),
            ("AWS_SECRET_ACCESS_KEY", SECRET_KEY),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ]
    }

    /// Makes the bucket, or finds it made; with versions where they are wanted, with a lock where that is.
    ///
    /// # Panics
    ///
    /// If the server does not.
    pub fn make(&self, has_versions: bool, has_lock: bool) {
        let lock = [("x-amz-bucket-object-lock-enabled", "true")];
        let headers: &[_] = if has_lock { &lock } else { &[] };
        let (status, body) = self.ask("PUT", None, (&[], headers), b"");
        assert!(matches!(status, 200 | 409), "{status} {body}");
        if has_versions {
            let body = "<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
                        <Status>Enabled</Status></VersioningConfiguration>";
            let (status, said) =
                self.ask("PUT", None, (&[("versioning", "")], &[]), body.as_bytes());
            assert_eq!(status, 200, "{said}");
        }
    }

    /// Keys below the prefix, without it, in order.
    pub fn keys(&self) -> Vec<String> {
        let mut keys: Vec<String> = Vec::new();
        loop {
            let after = keys
                .last()
                .map(|key| format!("{}{key}", self.prefix))
                .unwrap_or_default();
            let mut query = vec![("list-type", "2"), ("prefix", &self.prefix)];
            if !after.is_empty() {
                query.push(("start-after", &after));
            }
            let body = self.expect("GET", None, &query);
            let page = inside(&body, "Key").into_iter();
            let page: Vec<String> = page.filter_map(|key| self.without_prefix(key)).collect();
            keys.extend(page);
            if !body.contains("<IsTruncated>true</IsTruncated>") {
                return keys;
            }
        }
    }

    /// Versions and delete markers below the prefix; at most a page of them.
    pub fn versions(&self) -> Vec<Version> {
        let body = self.expect("GET", None, &[("prefix", &self.prefix), ("versions", "")]);
        let mut versions = Vec::new();
        for (element, is_marker) in [("Version", false), ("DeleteMarker", true)] {
            for one in inside(&body, element) {
                let text = |name| inside(one, name).first().map(|text| (*text).to_owned());
                let key = text("Key").and_then(|key| self.without_prefix(&key));
                if let (Some(key), Some(id)) = (key, text("VersionId")) {
                    versions.push(Version { key, id, is_marker });
                }
            }
        }
        versions
    }

    /// Keys of unfinished uploads below the prefix.
    pub fn uploads(&self) -> Vec<String> {
        let query = [("prefix", self.prefix.as_str()), ("uploads", "")];
        let body = self.expect("GET", None, &query);
        let uploads = inside(&body, "Upload");
        uploads
            .iter()
            .flat_map(|one| inside(one, "Key"))
            .filter_map(|key| self.without_prefix(key))
            .collect()
    }

    /// Begins an upload that nobody finishes.
    ///
    /// # Panics
    ///
    /// If the server does not.
    pub fn begin_upload(&self, key: &str) {
        let _ = self.expect("POST", Some(key), &[("uploads", "")]);
    }

    /// The bytes of an object.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn get(&self, key: &str) -> Vec<u8> {
        let (status, body) = self.ask_bytes("GET", Some(key), (&[], &[]), b"");
        assert_eq!(status, 200, "{key}");
        body
    }

    /// Stores an object.
    ///
    /// # Panics
    ///
    /// If the server does not.
    pub fn put(&self, key: &str, bytes: &[u8]) {
        let (status, said) = self.ask("PUT", Some(key), (&[], &[]), bytes);
        assert_eq!(status, 200, "{said}");
    }

    /// Deletes an object as S3 does: where versions are kept, a marker is put on top.
    ///
    /// # Panics
    ///
    /// If the server does not.
    pub fn delete(&self, key: &str) {
        let (status, said) = self.ask("DELETE", Some(key), (&[], &[]), b"");
        assert_eq!(status, 204, "{said}");
    }

    /// Locks the newest version of an object for an hour.
    ///
    /// # Panics
    ///
    /// If the server does not.
    pub fn lock(&self, key: &str) {
        let until = date(now() + 3_600);
        let body = format!(
            "<Retention xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Mode>COMPLIANCE</Mode>\
             <RetainUntilDate>{}</RetainUntilDate></Retention>",
            with_marks(&until)
        );
        let (status, said) = self.ask(
            "PUT",
            Some(key),
            (&[("retention", "")], &[]),
            body.as_bytes(),
        );
        assert_eq!(status, 200, "{said}");
    }

    /// Lets [`READER`] list the bucket, and nothing else.
    pub fn let_reader_list(&self) {
        let name = &self.name;
        self.set_policy(&format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow",
            "Principal":{{"AWS":["arn:aws:iam:::user/reader"]}},
            "Action":["s3:ListBucket","s3:ListBucketVersions","s3:ListBucketMultipartUploads"],
            "Resource":["arn:aws:s3:::{name}"]}}]}}"#
        ));
    }

    /// Sets who may do what with the bucket.
    ///
    /// # Panics
    ///
    /// If the server does not.
    pub fn set_policy(&self, policy: &str) {
        let (status, said) = self.ask("PUT", None, (&[("policy", "")], &[]), policy.as_bytes());
        assert!(matches!(status, 200 | 204), "{status} {said}");
    }

    fn without_prefix(&self, key: &str) -> Option<String> {
        key.strip_prefix(&self.prefix).map(str::to_owned)
    }

    fn expect(&self, method: &str, key: Option<&str>, query: &[(&str, &str)]) -> String {
        let (status, said) = self.ask(method, key, (query, &[]), b"");
        assert_eq!(status, 200, "{said}");
        said
    }

    fn ask(
        &self,
        method: &str,
        key: Option<&str>,
        with: (Pairs<'_>, Pairs<'_>),
        body: &[u8],
    ) -> (u16, String) {
        let (status, body) = self.ask_bytes(method, key, with, body);
        (status, String::from_utf8_lossy(&body).into_owned())
    }

    fn ask_bytes(
        &self,
        method: &str,
        key: Option<&str>,
        (query, headers): (Pairs<'_>, Pairs<'_>),
        body: &[u8],
    ) -> (u16, Vec<u8>) {
        let path = match key {
            Some(key) => format!("/{}/{}{key}", self.name, self.prefix),
            None => format!("/{}", self.name),
        };
        let query: Vec<String> = query
            .iter()
            .map(|(name, value)| format!("{name}={}", escaped(value)))
            .collect();
        let mut lines = vec![("host".to_owned(), self.host.clone())];
        let own = headers.iter();
        lines.extend(own.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let request = Request {
            method,
            path: &path,
            query: query.join("&"),
            body,
        };
        let signed = request.signed(lines);
        exchange(&self.host, &request, &signed).expect("the server of the tests answers")
    }
}

struct Request<'a> {
    method: &'a str,
    path: &'a str,
    query: String,
    body: &'a [u8],
}

impl Request<'_> {
    /// Headers with which the request is signed: AWS Signature Version 4.
    fn signed(&self, mut headers: Vec<(String, String)>) -> Vec<(String, String)> {
        let date = date(now());
        let day: String = date.chars().take(8).collect();
        let body_digest = hex(&Sha256::digest(self.body));
        headers.push(("x-amz-content-sha256".to_owned(), body_digest.clone()));
        headers.push(("x-amz-date".to_owned(), date.clone()));
        headers.sort();
        let names: Vec<&str> = headers.iter().map(|(name, _)| name.as_str()).collect();
        let names = names.join(";");
        let mut canonical = format!("{}\n{}\n{}\n", self.method, self.path, self.query);
        for (name, value) in &headers {
            let _ = writeln!(canonical, "{name}:{value}");
        }
        let _ = write!(canonical, "\n{names}\n{body_digest}");
        let scope = format!("{day}/us-east-1/s3/aws4_request");
        let digest = hex(&Sha256::digest(canonical.as_bytes()));
        let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{digest}");
        let mut key = hmac(format!("AWS4{SECRET_KEY}").as_bytes(), day.as_bytes());
        for step in ["us-east-1", "s3", "aws4_request"] {
            key = hmac(&key, step.as_bytes());
        }
        let signature = hex(&hmac(&key, text.as_bytes()));
        let credential = format!(
            "AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/{scope}, SignedHeaders={names}, \
             Signature={signature}"
        );
        headers.push(("authorization".to_owned(), credential));
        headers
    }
}

fn exchange(
    host: &str,
    request: &Request<'_>,
    headers: &[(String, String)],
) -> std::io::Result<(u16, Vec<u8>)> {
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(BOUND))?;
    let Request {
        method,
        path,
        query,
        body,
    } = request;
    let mut head = format!("{method} {path}?{query} HTTP/1.1\r\n");
    for (name, value) in headers {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    let _ = write!(
        head,
        "connection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let malformed = || std::io::Error::from(std::io::ErrorKind::InvalidData);
    let end = answer
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .ok_or_else(malformed)?;
    let (head, body) = answer.split_at(end + 4);
    let head = String::from_utf8_lossy(head).to_lowercase();
    let status = head.get(9..12).and_then(|digits| digits.parse().ok());
    let body = if head.contains("transfer-encoding: chunked") {
        dechunked(body).ok_or_else(malformed)?
    } else {
        body.to_vec()
    };
    Ok((status.ok_or_else(malformed)?, body))
}

/// A body without the lengths of its chunks: RFC 9112 section 7.1.
fn dechunked(mut body: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    loop {
        let end = body.windows(2).position(|two| two == b"\r\n")?;
        let length = std::str::from_utf8(body.get(..end)?).ok()?;
        let length = usize::from_str_radix(length, 16).ok()?;
        if length == 0 {
            return Some(whole);
        }
        whole.extend_from_slice(body.get(end + 2..end + 2 + length)?);
        body = body.get(end + 4 + length..)?;
    }
}

/// What stands inside of each element of that name; none of ours holds itself.
fn inside<'a>(xml: &'a str, element: &str) -> Vec<&'a str> {
    let (open, close) = (format!("<{element}>"), format!("</{element}>"));
    let pieces = xml.split(&open).skip(1);
    pieces
        .filter_map(|piece| Some(piece.split_once(&close)?.0))
        .collect()
}

fn escaped(value: &str) -> String {
    let mut text = String::new();
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            text.push(byte.into());
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

/// RFC 2104 over SHA-256; keys of ours are shorter than a block.
fn hmac(key: &[u8], text: &[u8]) -> [u8; 32] {
    let mut block = [0_u8; 64];
    for (place, byte) in block.iter_mut().zip(key) {
        *place = *byte;
    }
    let pad = |with: u8| block.map(|byte| byte ^ with);
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(text);
    let outer = Sha256::new().chain_update(pad(0x5c));
    outer.chain_update(inner.finalize()).finalize().into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.expect("the clock is set").as_secs()
}

/// `2026-11-22T05:37:18Z` of `20261122T053718Z`.
fn with_marks(date: &str) -> String {
    let mut text = String::new();
    for (place, digit) in date.chars().enumerate() {
        let mark = match place {
            4 | 6 => "-",
            11 | 13 => ":",
            _ => "",
        };
        text.push_str(mark);
        text.push(digit);
    }
    text
}

/// `20261122T053718Z`.
fn date(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    // Days of the proleptic Gregorian calendar, counted from 1 March of the year 0.
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    format!(
        "{year:04}{month:02}{day:02}T{:02}{:02}{:02}Z",
        rest / 3_600,
        rest % 3_600 / 60,
        rest % 60
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_hmac_are_right() {
        assert_eq!(date(0), "19700101T000000Z");
        assert_eq!(with_marks(&date(0)), "1970-01-01T00:00:00Z");
        assert_eq!(date(1_709_210_096), "20240229T123456Z");
        // RFC 4231, test case 2.
        assert_eq!(
            hex(&hmac(b"Jefe", b"what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }
}
