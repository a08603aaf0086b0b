//! Keys that an ssh-agent keeps: which there are, and signatures by them.
//!
//! ```text
//! u32 length ‖ 11                                               which keys are there?
//! u32 length ‖ 12 ‖ u32 n ‖ n × (string key ‖ string comment)
//! u32 length ‖ 13 ‖ string key ‖ string data ‖ u32 0            sign this
//! u32 length ‖ 14 ‖ string signature                            5 is a refusal
//! ```
//!
//! Promises: an answer has a bound; a signature is verified before it is used; a security key may
//! take as long as its owner needs to touch it, but not forever. Does not: add keys, or unlock them.
//!
//! Spec: the SSH agent protocol (draft-ietf-sshm-ssh-agent).

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use quitus_core::keys::{Namespace, PublicKey, SignError, Signature, Signer, signed_data};

use crate::failure::Reason;
use crate::phrase;

/// Bytes of the longest answer that is read, as OpenSSH bounds it.
const ANSWER_BYTES_MAX: usize = 256 * 1024;
/// How long an answer may take: somebody may have to find the security key first.
const PATIENCE: Duration = Duration::from_mins(2);

const REQUEST_IDENTITIES: u8 = 11;
const IDENTITIES: u8 = 12;
const SIGN_REQUEST: u8 = 13;
const SIGN_RESPONSE: u8 = 14;

/// A key in the agent, with what it is called there.
pub struct AgentKey {
    /// The key.
    pub key: PublicKey,
    /// Its comment, often a file name; foreign text.
    pub comment: String,
}

/// Lists the keys that can sign for us, in the agent's order; those of other types are left out.
///
/// # Errors
///
/// If the agent cannot be reached or its answer makes no sense.
pub fn keys(socket: &Path) -> io::Result<Vec<AgentKey>> {
    let answer = ask(socket, REQUEST_IDENTITIES, &[], IDENTITIES)?;
    let (count, mut rest) = answer.split_first_chunk::<4>().ok_or_else(malformed)?;
    let mut keys = Vec::new();
    for _ in 0..u32::from_be_bytes(*count) {
        let blob = take(&mut rest).ok_or_else(malformed)?;
        let comment = take(&mut rest).ok_or_else(malformed)?;
        if let Ok(key) = PublicKey::from_blob(blob) {
            let comment = String::from_utf8_lossy(comment).into_owned();
            keys.push(AgentKey { key, comment });
        }
    }
    Ok(keys)
}

/// A key that signs in the agent.
pub struct AgentSigner {
    key: PublicKey,
    socket: Option<PathBuf>,
}

impl AgentSigner {
    /// The signer of a key in the agent behind `socket`, which is only talked to when it signs.
    pub fn new(key: PublicKey, socket: Option<PathBuf>) -> Self {
        Self { key, socket }
    }
}

impl Signer for AgentSigner {
    fn public(&self) -> PublicKey {
        self.key.clone()
    }

    fn sign(&self, namespace: Namespace, message: &[u8]) -> Result<Signature, SignError> {
        let refused = |phrase| SignError(Box::new(Reason(phrase)));
        let Some(socket) = &self.socket else {
            return Err(refused(phrase!("agent-unknown")));
        };
        let mut request = string(&self.key.to_blob());
        request.extend(string(&signed_data(namespace, message)));
        request.extend([0; 4]);
        let answer = ask(socket, SIGN_REQUEST, &request, SIGN_RESPONSE);
        let answer = answer.map_err(|error| SignError(Box::new(error)))?;
        let blob = take(&mut answer.as_slice()).map(<[u8]>::to_vec);
        let blob = blob.ok_or_else(|| SignError(Box::new(malformed())))?;
        Signature::join(&self.key, namespace, message, &blob)
            .map_err(|_| refused(phrase!("agent-wrong-signature")))
    }
}

/// Sends one message and reads the answer of the expected type, without its type.
fn ask(socket: &Path, what: u8, content: &[u8], expected: u8) -> io::Result<Vec<u8>> {
    let mut stream = connect(socket)?;
    let mut message = vec![what];
    message.extend_from_slice(content);
    stream.write_all(&string(&message))?;
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let length = u32::from_be_bytes(length) as usize;
    if length == 0 || length > ANSWER_BYTES_MAX {
        return Err(malformed());
    }
    let mut answer = vec![0; length];
    stream.read_exact(&mut answer)?;
    match answer.split_first() {
        Some((kind, content)) if *kind == expected => Ok(content.to_vec()),
        Some(_) => Err(io::Error::other(Reason(phrase!("agent-refused")))),
        None => Err(malformed()),
    }
}

#[cfg(unix)]
fn connect(socket: &Path) -> io::Result<impl Read + Write> {
    let stream = std::os::unix::net::UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

#[cfg(not(unix))]
fn connect(_: &Path) -> io::Result<io::Cursor<Vec<u8>>> {
    Err(io::ErrorKind::Unsupported.into())
}

fn malformed() -> io::Error {
    io::Error::other(Reason(phrase!("agent-malformed")))
}

/// A string of the protocol: its length, then its bytes.
fn string(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    [&length.to_be_bytes(), bytes].concat()
}

/// Takes a string off the front.
fn take<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, behind) = rest.split_first_chunk::<4>()?;
    let length = u32::from_be_bytes(*length) as usize;
    let (string, behind) = behind.split_at_checked(length)?;
    *rest = behind;
    Some(string)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use quitus_core::keys::{Secret, SigningKey};
    use std::os::unix::net::UnixListener;
    use std::thread;

    /// Asks an agent that gives each of these answers, once.
    fn agent(answers: Vec<Vec<u8>>) -> (PathBuf, thread::JoinHandle<()>) {
        let nonce = Secret::<8>::draw()
            .expect("a socket of our own")
            .to_text()
            .to_string();
        let socket = std::env::temp_dir().join(format!("quitus-agent-{nonce}"));
        let listener = UnixListener::bind(&socket).expect("a socket of our own");
        let path = socket.clone();
        let serve = thread::spawn(move || {
            for answer in answers {
                let (mut stream, _) = listener.accept().expect("a socket of our own");
                let mut length = [0; 4];
                stream.read_exact(&mut length).expect("a socket of our own");
                let mut asked = vec![0; u32::from_be_bytes(length) as usize];
                stream.read_exact(&mut asked).expect("a socket of our own");
                stream.write_all(&answer).expect("a socket of our own");
            }
            std::fs::remove_file(path).expect("a socket of our own");
        });
        (socket, serve)
    }

    fn answer(kind: u8, content: &[u8]) -> Vec<u8> {
        string(&[&[kind], content].concat())
    }

    #[test]
    fn answers_that_make_no_sense_are_errors() {
        let one = |key: &[u8]| [&1_u32.to_be_bytes()[..], &string(key), &string(b"c")].concat();
        let key = SigningKey::from_seed(&Secret::from_bytes([7; 32])).public();
        let cases: [(Vec<u8>, Option<usize>); 8] = [
            (answer(IDENTITIES, &one(&key.to_blob())), Some(1)),
            (answer(IDENTITIES, &one(b"ssh-dss")), Some(0)),
            (answer(IDENTITIES, &[0; 4]), Some(0)),
            (answer(IDENTITIES, &u32::MAX.to_be_bytes()), None),
            (answer(IDENTITIES, &[]), None),
            (answer(5, &[]), None),
            (u32::MAX.to_be_bytes().to_vec(), None),
            (vec![0; 4], None),
        ];
        for (given, expected) in cases {
            let (socket, serve) = agent(vec![given.clone()]);
            let n_keys = keys(&socket).ok().map(|keys| keys.len());
            assert_eq!(n_keys, expected, "{given:?}");
            serve.join().unwrap();
        }
        assert!(keys(Path::new("/nowhere")).is_err());
    }

    #[test]
    fn a_signature_of_something_else_is_not_taken() {
        let key = SigningKey::from_seed(&Secret::from_bytes([7; 32]));
        let blob = key.sign(Namespace::Terms, b"other").to_blob();
        // The inner signature is the last string of the SSHSIG blob: 4 + 83 bytes.
        let inner = &blob[blob.len() - 83..];
        let (socket, serve) = agent(vec![answer(SIGN_RESPONSE, &string(inner)); 2]);
        let signer = AgentSigner::new(key.public(), Some(socket));
        assert!(signer.sign(Namespace::Terms, b"other").is_ok());
        assert!(signer.sign(Namespace::Terms, b"message").is_err());
        serve.join().unwrap();
    }
}
