//! What was interrupted of a reception is not fetched again, and never believed without looking.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use quitus_core::archive::Form;
use quitus_tests::{Answer, FakeRelay, Outcome, Person, random_bytes};
use tempfile::TempDir;

use crate::offer::{Draft, Offer};

const MIB: usize = 1024 * 1024;
/// Parts of the archive of every story here.
const N_PARTS: usize = 6;

/// A relay that stops giving out parts after some, until it is told to go on.
struct Broken {
    relay: FakeRelay,
    link: String,
    /// How many parts may still be given out.
    n_left: Arc<AtomicUsize>,
    bob: Person,
    _folder: TempDir,
}

impl Broken {
    fn new(draft: &Draft) -> Self {
        let offer = Arc::new(Mutex::new(None::<Offer>));
        let n_left = Arc::new(AtomicUsize::new(2));
        let (served, left) = (Arc::clone(&offer), Arc::clone(&n_left));
        let relay = FakeRelay::start(move |asked| {
            let is_part = asked.path.contains("/parts/");
            let take = |n: usize| n.checked_sub(1);
            let order = Ordering::SeqCst;
            if is_part && left.fetch_update(order, order, take).is_err() {
                return Answer::refusal(503, "unavailable");
            }
            served.lock().unwrap().as_ref().unwrap().answer(asked)
        });
        let made = draft.offer(&relay.url());
        let link = made.link.clone();
        *offer.lock().unwrap() = Some(made);
        let folder = tempfile::tempdir().unwrap();
        let bob = Person::new(&folder.path().join("bob"), &relay.url());
        Self {
            relay,
            link,
            n_left,
            bob,
            _folder: folder,
        }
    }

    fn receive(&self, more: &[&str]) -> Outcome {
        let args = [&["receive", "-", "-o", "inbox"], more].concat();
        self.bob.run(&args, self.link.as_bytes())
    }

    /// Ends the trouble, and receives; how many parts were asked for.
    fn go_on(&self, more: &[&str]) -> usize {
        let n_before = self.n_asked();
        self.n_left.store(1_000, Ordering::SeqCst);
        let _ = self.receive(more).expect(0);
        self.n_asked() - n_before
    }

    fn n_asked(&self) -> usize {
        let asked = self.relay.asked();
        asked
            .iter()
            .filter(|asked| asked.path.contains("/parts/"))
            .count()
    }

    /// The hidden folder, the only thing on the desk.
    fn hidden(&self) -> std::path::PathBuf {
        let names = self.bob.on_desk();
        assert!(
            names.len() == 1 && names[0].starts_with(".inbox.quitus-"),
            "{names:?}"
        );
        self.bob.desk(&names[0])
    }
}

fn one_file() -> Vec<u8> {
    random_bytes(71, N_PARTS * 8 * MIB - 5)
}

#[test]
fn an_interrupted_reception_fetches_only_what_is_missing() {
    let file = one_file();
    let story = Broken::new(&Draft::new(Form::File, &[("big.bin", Some(&file))]));
    let _ = story.receive(&[]).expect(7);
    assert!(story.hidden().join("big.bin").exists());
    assert_eq!(story.go_on(&[]), N_PARTS - 2);
    assert!(fs::read(story.bob.desk("inbox/big.bin")).unwrap() == file);
    assert_eq!(story.bob.on_desk(), ["inbox"]);
    let notes = fs::read_dir(story.bob.home().join("receptions")).unwrap();
    assert_eq!(notes.count(), 0, "nothing is noted of what is done");
}

#[test]
fn an_interrupted_reception_of_many_files_goes_on_too() {
    let files: Vec<(String, Vec<u8>)> = (0..N_PARTS * 16)
        .map(|n| (format!("d/{n:03}"), random_bytes(n as u64, MIB / 2 - 1_024)))
        .collect();
    let mut listed: Vec<(&str, Option<&[u8]>)> = vec![("d", None)];
    listed.extend(
        files
            .iter()
            .map(|(name, bytes)| (name.as_str(), Some(bytes.as_slice()))),
    );
    let mut draft = Draft::new(Form::Tar, &listed);
    // Files that even their owner cannot write to.
    for entry in draft
        .entries
        .iter_mut()
        .filter(|entry| entry.file.is_some())
    {
        entry.mode = 0o444;
    }
    draft.archive = rebuilt(&draft, &listed);
    let story = Broken::new(&draft);
    let _ = story.receive(&[]).expect(7);
    let n_parts = draft.archive.len().div_ceil(8 * MIB);
    assert_eq!(story.go_on(&[]), n_parts - 2);
    for (name, bytes) in &files {
        assert!(
            fs::read(story.bob.desk("inbox").join(name)).unwrap() == *bytes,
            "{name}"
        );
    }
}

/// The archive of a draft whose entries were changed.
fn rebuilt(draft: &Draft, files: &[(&str, Option<&[u8]>)]) -> Vec<u8> {
    use quitus_core::archive::{Layout, Segment};
    let entries = draft
        .entries
        .iter()
        .map(quitus_core::manifest::ManifestEntry::entry);
    let layout = Layout::new(draft.form, entries.collect()).unwrap();
    let mut archive = Vec::new();
    for segment in layout.segments(0..layout.archive_bytes()) {
        match segment {
            Segment::Bytes(bytes) => archive.extend(bytes),
            Segment::File { entry, .. } => archive.extend(files[entry].1.unwrap_or_default()),
        }
    }
    archive
}

#[test]
fn an_interrupted_reception_that_stays_sealed_goes_on_too() {
    let file = one_file();
    let story = Broken::new(&Draft::new(Form::File, &[("big.bin", Some(&file))]));
    let _ = story.receive(&["--sealed"]).expect(7);
    assert_eq!(story.go_on(&["--sealed"]), N_PARTS - 2);
    let sealed = story.bob.desk("inbox/sealed.age");
    let identity = story.bob.desk("inbox/identity.txt");
    let (sealed, identity) = (sealed.to_str().unwrap(), identity.to_str().unwrap());
    let opened = story
        .bob
        .run(&["decrypt", "-i", identity, sealed], b"")
        .expect(0);
    assert!(opened.stdout == file);
}

#[test]
fn what_was_changed_meanwhile_is_fetched_again() {
    let file = one_file();
    let tricks: [(&str, fn(&std::path::Path)); 3] = [
        ("a byte", |path| {
            let mut bytes = fs::read(path).unwrap();
            for byte in &mut bytes {
                *byte ^= 1;
            }
            fs::write(path, bytes).unwrap();
        }),
        ("shorter", |path| fs::write(path, b"x").unwrap()),
        ("gone", |path| fs::remove_file(path).unwrap()),
    ];
    for (what, trick) in tricks {
        let story = Broken::new(&Draft::new(Form::File, &[("big.bin", Some(&file))]));
        let _ = story.receive(&[]).expect(7);
        trick(&story.hidden().join("big.bin"));
        assert!(story.go_on(&[]) >= N_PARTS, "{what}");
        assert!(
            fs::read(story.bob.desk("inbox/big.bin")).unwrap() == file,
            "{what}"
        );
    }
}

#[test]
fn another_place_or_a_lost_hidden_folder_begins_anew() {
    let file = one_file();
    let story = Broken::new(&Draft::new(Form::File, &[("big.bin", Some(&file))]));
    let _ = story.receive(&[]).expect(7);
    fs::remove_dir_all(story.hidden()).unwrap();
    assert_eq!(story.go_on(&[]), N_PARTS);
    assert!(fs::read(story.bob.desk("inbox/big.bin")).unwrap() == file);
}
