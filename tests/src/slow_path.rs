//! A way to a relay that lets bytes through slowly and counts them, for what has to happen meanwhile.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

/// Bytes that are carried at once.
const PIECE_BYTES: u16 = 16 * 1024;

/// A listener that carries every connection to a relay; it ends when it is dropped.
pub struct SlowPath {
    address: SocketAddr,
    relay: Arc<OnceLock<String>>,
    carried: Arc<AtomicU64>,
    is_over: Arc<AtomicBool>,
}

impl SlowPath {
    /// Listens; each connection carries so many bytes a second at most, each way.
    ///
    /// # Panics
    ///
    /// If no port is free.
    pub fn new(bytes_per_second: u32) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let path = Self {
            address: listener.local_addr().expect("it is bound"),
            relay: Arc::default(),
            carried: Arc::default(),
            is_over: Arc::default(),
        };
        let (relay, carried) = (Arc::clone(&path.relay), Arc::clone(&path.carried));
        let is_over = Arc::clone(&path.is_over);
        let pause = Duration::from_secs(1) * u32::from(PIECE_BYTES) / bytes_per_second;
        thread::spawn(move || {
            for near in listener.incoming().flatten() {
                if is_over.load(Ordering::SeqCst) {
                    return;
                }
                let far = relay
                    .get()
                    .and_then(|address| TcpStream::connect(address).ok());
                if let Some(far) = far {
                    carry_both_ways(&near, &far, (&carried, pause));
                }
            }
        });
        path
    }

    /// Its address, by which the relay is reached.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Carries to the relay that listens at this address from now on.
    pub fn lead_to(&self, url: &str) {
        drop(self.relay.set(url.replace("http://", "")));
    }

    /// Bytes that were carried so far, both ways.
    pub fn carried(&self) -> u64 {
        self.carried.load(Ordering::SeqCst)
    }
}

impl Drop for SlowPath {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        // The listener looks up once more, and ends.
        drop(TcpStream::connect(self.address));
    }
}

fn carry_both_ways(
    near: &TcpStream,
    far: &TcpStream,
    (carried, pause): (&Arc<AtomicU64>, Duration),
) {
    for (from, to) in [(near, far), (far, near)] {
        let ends = from
            .try_clone()
            .and_then(|from| Ok((from, to.try_clone()?)));
        let Ok((from, to)) = ends else { return };
        let carried = Arc::clone(carried);
        thread::spawn(move || carry(&from, &to, (&carried, pause)));
    }
}

/// Until either side ends; then both end.
fn carry(mut from: &TcpStream, mut to: &TcpStream, (carried, pause): (&AtomicU64, Duration)) {
    let mut piece = vec![0; PIECE_BYTES.into()];
    while let Ok(n_bytes @ 1..) = from.read(&mut piece) {
        if to
            .write_all(piece.get(..n_bytes).unwrap_or_default())
            .is_err()
        {
            break;
        }
        carried.fetch_add(n_bytes as u64, Ordering::SeqCst);
        thread::sleep(pause);
    }
    for end in [from, to] {
        drop(end.shutdown(Shutdown::Both));
    }
}
