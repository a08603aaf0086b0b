//! A relay on a bucket of its own, behind a store that fails as it is told.

use std::path::Path;
use std::time::{Duration, Instant};

use quitus_tests::{Bucket, FaultyStore, Outcome, Person, Relay, random_bytes, write_files};
use tempfile::TempDir;

/// How long anything may take that waits for the relay.
pub(crate) const BOUND: Duration = Duration::from_mins(3);
/// A file of several parts.
pub(crate) const BYTES: usize = 20 * 1024 * 1024;

/// Everything a story needs.
pub(crate) struct Stage {
    pub(crate) relay: Relay,
    pub(crate) store: FaultyStore,
    /// The bucket itself, past the proxy.
    pub(crate) bucket: Bucket,
    folder: TempDir,
}

/// What a bucket is to be like.
#[derive(Clone, Copy, Default)]
pub(crate) struct Like {
    pub(crate) has_versions: bool,
    pub(crate) has_lock: bool,
}

/// A bucket of its own, on the server of the stories.
pub(crate) fn bucket(like: Like) -> Bucket {
    use std::sync::atomic::{AtomicU32, Ordering};
    static N: AtomicU32 = AtomicU32::new(0);
    let number = N.fetch_add(1, Ordering::Relaxed);
    let server = Bucket::server().expect("QUITUS_TEST_BUCKET names the server");
    let name = format!("story-{}-{number}", std::process::id());
    let bucket = Bucket::at(&format!("{server}/{name}"), "a/relay");
    bucket.make(like.has_versions, like.has_lock);
    bucket
}

impl Stage {
    /// A relay on a plain bucket.
    pub(crate) fn new() -> Self {
        Self::on(Like::default(), &[])
    }

    /// A relay on such a bucket, with more options.
    pub(crate) fn on(like: Like, options: &[&str]) -> Self {
        let bucket = bucket(like);
        let store = FaultyStore::start(&bucket);
        let folder = tempfile::tempdir().unwrap();
        let started = start(folder.path(), (&bucket, &store), options);
        Self {
            relay: started.unwrap_or_else(|said| panic!("{said}")),
            store,
            bucket,
            folder,
        }
    }

    pub(crate) fn person(&self, name: &str) -> Person {
        Person::new(&self.folder.path().join(name), self.relay.url())
    }

    /// Somebody with a file of several parts.
    pub(crate) fn sender(&self, seed: u64) -> Person {
        let person = self.person(&format!("sender{seed}"));
        write_files(
            &person.desk(""),
            &[("plan.bin", &random_bytes(seed, BYTES))],
        );
        person
    }

    /// Waits until a transfer is destroyed; returns its statement.
    pub(crate) fn destroyed(&self, sender: &Person, link: &str) -> String {
        let stated = until("it is destroyed", || {
            let outcome = receipt(sender, link);
            let stated = outcome.text().to_owned();
            stated.contains("urn:quitus:destroyed:v1").then_some(stated)
        });
        assert_eq!(left(&self.bucket), [""; 0], "{stated}");
        stated
    }
}

/// Starts a relay on a bucket behind a proxy.
pub(crate) fn start(
    folder: &Path,
    (bucket, store): (&Bucket, &FaultyStore),
    options: &[&str],
) -> Result<Relay, String> {
    let (url, endpoint) = (bucket.url(), store.url());
    let mut all = vec!["--store", &url, "--s3-endpoint", &endpoint];
    all.extend(options);
    Relay::try_start(&folder.join("relay"), "127.0.0.1:0", (&all, None))
}

/// What the relay states of the end of a transfer.
pub(crate) fn receipt(sender: &Person, link: &str) -> Outcome {
    sender.run(&["receipt", id(link)], b"")
}

/// The id in a link.
pub(crate) fn id(link: &str) -> &str {
    let page = link.split('#').next().unwrap_or_default();
    page.rsplit('/').next().expect("an id")
}

/// Waits for something, within a bound.
pub(crate) fn until<T>(what: &str, mut is_there: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + BOUND;
    loop {
        if let Some(there) = is_there() {
            return there;
        }
        assert!(Instant::now() < end, "never: {what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Whether what arrived is what was sent.
pub(crate) fn is_whole(sender: &Person, recipient: &Person, folder: &str) -> bool {
    let received = recipient.desk(folder).join("plan.bin");
    quitus_tests::difference(&sender.desk("plan.bin"), &received)
        .unwrap()
        .is_none()
}

/// What is left below a prefix beside the relay's own mark: versions, markers, uploads.
pub(crate) fn left(bucket: &Bucket) -> Vec<String> {
    let versions = bucket.versions().into_iter();
    let versions = versions.filter(|one| one.key != "owner");
    let uploads = bucket.uploads().into_iter();
    versions.map(|one| one.key).chain(uploads).collect()
}
