//! Somebody signs and seals by the rules what the rules do not allow. Everything is refused as a
//! whole, and the control, which differs in nothing else, arrives.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

use quitus_core::archive::Form;
use quitus_core::time::Timestamp;
use quitus_tests::Person;
use tempfile::TempDir;

use crate::offer::{Draft, Stage, entry, lay_out, signing_key};

/// A relay that shows offers, and somebody who takes them.
struct Table {
    stage: Stage,
    bob: Person,
    _folder: TempDir,
}

impl Table {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let stage = Stage::new();
        let bob = Person::new(&folder.path().join("bob"), &stage.relay.url());
        Self {
            stage,
            bob,
            _folder: folder,
        }
    }

    fn receive(&self, draft: &Draft, folder: &str) -> quitus_tests::Outcome {
        let link = self.stage.show(draft.offer(&self.stage.relay.url()));
        self.bob.receive(&link, folder)
    }

    /// Exit 6, the reason, and a desk as it was.
    fn refuse(&self, draft: &Draft, reason: &str, what: &str) {
        let told = || {
            let asked = self.stage.relay.asked();
            asked
                .iter()
                .filter(|asked| asked.path.ends_with("done"))
                .count()
        };
        let before = (self.bob.on_desk(), told());
        let outcome = self.receive(draft, "inbox");
        assert_eq!(outcome.code, 6, "{what}\n{}", outcome.stderr);
        assert!(
            outcome.stderr.contains(reason),
            "{what}\n{}",
            outcome.stderr
        );
        let after = (self.bob.on_desk(), told());
        assert_eq!(
            after, before,
            "{what}: the desk, and how often it was received"
        );
    }

    /// The control: it arrives, so what is refused is refused for its one difference.
    fn accept(&self, draft: &Draft) {
        let _ = self.receive(draft, "control").expect(0);
        fs::remove_dir_all(self.bob.desk("control")).unwrap();
    }
}

const TREE: [(&str, Option<&[u8]>); 4] = [
    ("brief", None),
    ("brief/a.txt", Some(b"first")),
    ("brief/b.txt", Some(b"other")),
    ("brief/c.txt", Some(b"third")),
];

fn tree() -> Draft {
    Draft::new(Form::Tar, &TREE)
}

#[test]
fn what_is_honest_arrives_even_from_strangers() {
    let table = Table::new();
    let _ = table.receive(&tree(), "inbox").expect(0);
    for (path, bytes) in TREE {
        let found = table.bob.desk("inbox").join(path);
        assert!(bytes.map_or(found.is_dir(), |bytes| fs::read(&found).unwrap() == bytes));
    }
}

#[test]
fn names_that_lead_out_of_the_folder_are_refused_with_everything_beside_them() {
    let table = Table::new();
    table.accept(&tree());
    // In place of the name of the last file.
    let edits: [fn(String) -> String; 13] = [
        |json| json.replace("brief/c.txt", "../x"),
        |json| json.replace("brief/c.txt", "/etc/quitus-test"),
        |json| json.replace("brief/c.txt", "brief/../../x"),
        |json| json.replace("brief/c.txt", r"C:\\x"),
        |json| json.replace("brief/c.txt", r"\\\\srv\\x"),
        |json| json.replace("brief/c.txt", r"brief\\..\\..\\x"),
        |json| json.replace("brief/c.txt", "brief/."),
        |json| json.replace("brief/c.txt", "brief//c"),
        |json| json.replace("brief/c.txt", "brief/c/"),
        |json| json.replace("brief/c.txt", ""),
        |json| json.replace("brief/c.txt", r"brief/c\u0000"),
        |json| json.replace("brief/c.txt", r"brief/c\ntxt"),
        |json| json.replace("brief/c.txt", r"brief/c\u001b[2J"),
    ];
    for edit in edits {
        let draft = Draft { edit, ..tree() };
        table.refuse(&draft, "the path", &edit("brief/c.txt".to_owned()));
    }
    let long: [fn(String) -> String; 3] = [
        |json| json.replace("c.txt", &"c".repeat(256)),
        |json| json.replace("c.txt", &["d"; 129].join("/")),
        |json| json.replace("c.txt", &["d".repeat(200).as_str(); 16].join("/")),
    ];
    for edit in long {
        table.refuse(&Draft { edit, ..tree() }, "the path", "a long one");
    }
}

#[test]
fn names_without_their_folder_twice_or_out_of_order_are_refused() {
    let table = Table::new();
    for paths in [
        vec!["brief/a.txt"],
        vec!["brief", "brief"],
        vec!["brief", "brief/a.txt", "brief/a.txt"],
        vec!["brief", "brief/b.txt", "brief/a.txt"],
        vec!["a.txt", "a.txt/b"],
    ] {
        let is_folder = |path: &str| path == "brief";
        let files: Vec<(&str, Option<&[u8]>)> = paths
            .iter()
            .map(|path| (*path, (!is_folder(path)).then_some(b"bytes".as_slice())))
            .collect();
        let draft = Draft::new(Form::Tar, &files);
        table.refuse(&draft, "listed twice, out of order", &format!("{paths:?}"));
    }
    let mut plain = Draft::new(Form::File, &[("a.txt", Some(b"a"))]);
    plain.entries.push(entry("b.txt", Some(b"")));
    table.refuse(&plain, "plain file", "two entries in a plain file");
}

#[test]
fn names_that_collide_somewhere_are_refused_before_anything_is_written() {
    let table = Table::new();
    for paths in [
        ["README", "readme"],
        ["cafe\u{301}", "caf\u{e9}"],
        ["A", "a"],
        ["NUL", "x"],
        ["con.txt", "x"],
        ["COM\u{b9}", "x"],
        ["a.", "x"],
        ["f:stream", "x"],
    ] {
        let files = paths.map(|path| (path, Some(b"bytes".as_slice())));
        let draft = Draft::new(Form::Tar, &files);
        table.refuse(&draft, "--portable-names", &format!("{paths:?}"));
    }
}

#[test]
fn an_archive_that_holds_more_less_or_other_than_the_manifest_lists_is_refused() {
    let table = Table::new();
    table.accept(&tree());
    let archive = |files: &[(&str, Option<&[u8]>)]| lay_out(Form::Tar, files);
    let (more, fewer) = (
        [TREE.as_slice(), &[("brief/d.txt", Some(b"extra"))]].concat(),
        &TREE[..3],
    );
    let swapped = [TREE[0], TREE[2], TREE[1], TREE[3]];
    let renamed = [TREE[0], TREE[1], TREE[2], ("brief/x.txt", TREE[3].1)];
    let other = [TREE[0], TREE[1], TREE[2], ("brief/c.txt", Some(b"THIRD"))];
    for (what, archive) in [
        ("a file more", archive(&more)),
        ("a file fewer", archive(fewer)),
        ("another order", archive(&swapped)),
        ("another name", archive(&renamed)),
        ("other bytes", archive(&other)),
        (
            "bytes behind the end",
            [tree().archive, vec![0; 512]].concat(),
        ),
        ("nothing", Vec::new()),
    ] {
        let stated = tree().archive.len() as u64;
        for archive_bytes in [None, Some(stated)] {
            let draft = Draft {
                archive: archive.clone(),
                archive_bytes,
                ..tree()
            };
            table.refuse(&draft, "sender signed", what);
        }
    }
    // A file whose stated length swallows the entries behind it.
    let mut phantom = tree();
    let length = phantom.archive.len() - 1024 - 2 * 512;
    phantom.entries = vec![
        entry("brief", None),
        entry("brief/a.txt", Some(&vec![0; length])),
    ];
    table.refuse(&phantom, "sender signed", "entries hidden in a file");
}

#[test]
fn every_field_of_a_tar_header_that_says_something_else_is_refused() {
    let table = Table::new();
    let header = 512; // The one of brief/a.txt, behind that of its folder.
    let fields: [(&str, usize, &[u8]); 12] = [
        ("name", 0, b"../../x\0"),
        ("mode", 100, b"0004755\0"),
        ("owner", 108, b"0001750\0"),
        ("size", 124, b"77777777777\0"),
        ("time", 136, b"77777777777\0"),
        ("type: hard link", 156, b"1"),
        ("type: symbolic link", 156, b"2"),
        ("type: device", 156, b"3"),
        ("type: sparse", 156, b"S"),
        ("type: records", 156, b"x"),
        ("link name", 157, b"/etc/passwd"),
        ("magic", 257, b"ustar  \0"),
    ];
    for (what, offset, bytes) in fields {
        let mut draft = tree();
        let place = header + offset;
        draft.archive[place..place + bytes.len()].copy_from_slice(bytes);
        table.refuse(&draft, "sender signed", what);
    }
    let behind_the_file = header + 512 + 5;
    let end = tree().archive.len() - 1;
    for position in [behind_the_file, end - 600, end] {
        let mut draft = tree();
        draft.archive[position] = 1;
        table.refuse(&draft, "sender signed", &format!("padding at {position}"));
    }
}

/// A log's key in its one spelling, of another relay.
const OTHER_LOG: &str =
    "\"logKey\":\"other.example/log+0cce077f+Af0XJDhaoMdbZPt4zWAvodmR/ev3axPFjtcC6sg16fYY\"";
/// One that the relay says nothing of.
const ANOTHER_ENGAGEMENT: &str = "\"engagement\":\"000102030405060708090a0b0c0d0e0f\"";

#[test]
fn manifests_that_state_impossible_things_are_refused() {
    let table = Table::new();
    let edits: [(&str, fn(String) -> String); 18] = [
        ("setuid", |json| json.replace(":420", ":2541")),
        ("mode", |json| json.replacen("420", "4294967716", 1)),
        ("time", |json| {
            json.replacen("2023-11-14T22:13:20Z", "NaN", 1)
        }),
        ("time", |json| {
            json.replacen("2023-11-14T22:13:20Z", "1e400", 1)
        }),
        ("time", |json| {
            json.replacen("2023-11-14T22:13:20Z", "2023-02-30T00:00:00Z", 1)
        }),
        ("time", |json| {
            json.replacen("2023-11-14T22:13:20Z", "2023-11-14T22:13:20+00:00", 1)
        }),
        ("length", |json| json.replace("\"bytes\":5", "\"bytes\":-5")),
        ("length", |json| {
            json.replace("\"bytes\":5", "\"bytes\":1e400")
        }),
        ("length", |json| {
            json.replacen("\"bytes\":5", "\"bytes\":18446744073709551615", 1)
        }),
        ("length", |json| {
            json.replacen("\"bytes\":5", "\"bytes\":17592186044417", 1)
        }),
        ("form", |json| json.replace("\"tar\"", "\"zip\"")),
        ("link", |json| {
            json.replacen("\"file\":null", "\"file\":{\"target\":\"/etc\"}", 1)
        }),
        ("field", |json| {
            json.replacen("\"mode\"", "\"owner\":0,\"mode\"", 1)
        }),
        ("field", |json| {
            json.replacen("\"mode\":", "\"mode\":420,\"mode\":", 1)
        }),
        ("log key", |json| {
            json.replace("\"logKey\":null", "\"logKey\":\"k\"")
        }),
        ("other log", |json| {
            json.replace("\"logKey\":null", OTHER_LOG)
        }),
        ("type", |json| json.replace("manifest/v1", "manifest/v2")),
        ("white space", |json| format!("{json}\n")),
    ];
    for (what, edit) in edits {
        let before = tree_json();
        assert_ne!(edit(before.clone()), before, "{what} is edited");
        table.refuse(&Draft { edit, ..tree() }, "sender signed", what);
    }
    let wrong: [fn(String) -> String; 3] = [
        |json| json.replace("\"engagement\":null", ANOTHER_ENGAGEMENT),
        |json| json.replace("http://127.0.0.1", "https://127.0.0.1"),
        |json| json.replace("\"id\":\"01", "\"id\":\"02"),
    ];
    for edit in wrong {
        let draft = Draft { edit, ..tree() };
        table.refuse(&draft, "belongs to another transfer", "a binding");
    }
}

/// The manifest's JSON, where the edits must find what they change.
fn tree_json() -> String {
    use std::sync::Mutex;
    static SEEN: Mutex<String> = Mutex::new(String::new());
    let edit = |json: String| {
        SEEN.lock().unwrap().clone_from(&json);
        json
    };
    let _ = Draft { edit, ..tree() }.offer("http://127.0.0.1:9");
    SEEN.lock().unwrap().clone()
}

#[test]
fn a_manifest_of_too_many_entries_is_refused() {
    let table = Table::new();
    let mut draft = Draft::new(Form::Tar, &[]);
    draft.entries = (0..=200_000)
        .map(|n| entry(&format!("{n:06}"), None))
        .collect();
    table.refuse(&draft, "200001 entries", "200,001 folders");
}

#[test]
fn signatures_of_others_or_for_other_things_are_refused() {
    let table = Table::new();
    table.accept(&tree());
    let stranger = Draft {
        signers: [7, 8],
        ..tree()
    };
    table.refuse(
        &stranger,
        "another manifest or sender",
        "terms of a stranger",
    );
    let mut named = tree();
    named.edit = |json| {
        let (real, other) = (signing_key(7).public(), signing_key(8).public());
        json.replace(real.fingerprint().as_str(), other.fingerprint().as_str())
    };
    table.refuse(&named, "was signed by", "a sender who did not sign");
    let foreign = Draft {
        edit_terms: |json| {
            let start = json.find("manifest\":\"").expect("it is there") + 11;
            format!(
                "{}{}{}",
                &json[..start],
                "0".repeat(64),
                &json[start + 64..]
            )
        },
        ..tree()
    };
    table.refuse(
        &foreign,
        "another manifest or sender",
        "terms of another manifest",
    );
    let for_one = Draft {
        edit_terms: |json| {
            let somebody = signing_key(9).public().fingerprint();
            json.replace("[]", &format!("[\"{}\"]", somebody.as_str()))
        },
        ..tree()
    };
    table.refuse(&for_one, "recipients", "terms for somebody else");
}

#[test]
fn a_sealed_copy_is_kept_only_if_it_is_the_one_that_was_signed() {
    let table = Table::new();
    let edit: fn(String) -> String = |json| {
        let start = json.find("sealedDigest").expect("it is there") + 15;
        format!(
            "{}{}{}",
            &json[..start],
            "0".repeat(64),
            &json[start + 64..]
        )
    };
    let args = ["receive", "-", "--sealed", "-o", "kept"];
    for (edit, code) in [(edit, 6), (|json| json, 0)] {
        let offer = Draft { edit, ..tree() }.offer(&table.stage.relay.url());
        let link = table.stage.show(offer);
        let _ = table.bob.run(&args, link.as_bytes()).expect(code);
        assert_eq!(table.bob.desk("kept").exists(), code == 0);
    }
}

#[test]
fn what_stays_sealed_is_opened_and_compared_before_it_is_kept() {
    let table = Table::new();
    let honest = tree();
    let of_file = honest.archive.windows(5).position(|five| five == b"other");
    let kept = table.bob.home().join("sealed");
    for at in [0, of_file.unwrap(), honest.archive.len() - 1] {
        for args in [
            &["receive", "-", "--sealed", "-o", "kept"][..],
            &["receive", "-", "--keep-sealed"],
        ] {
            // Sealed and signed as it is, and not what the list of files says.
            let mut draft = tree();
            draft.archive[at] ^= 1;
            let link = table.stage.show(draft.offer(&table.stage.relay.url()));
            let _ = table.bob.run(args, link.as_bytes()).expect(6);
            assert!(table.bob.on_desk().is_empty(), "byte {at}");
            assert_eq!(fs::read_dir(&kept).unwrap().count(), 0, "byte {at}");
        }
    }
}

#[test]
fn times_of_any_year_are_set_or_clamped() {
    let table = Table::new();
    for seconds in [
        -315_619_200,
        -1,
        0,
        1,
        4_294_967_296,
        4_291_747_200,
        -62_135_596_800,
        253_402_207_200,
        i64::MIN,
        i64::MAX,
    ] {
        let mut draft = tree();
        for entry in &mut draft.entries {
            entry.mtime = Timestamp::from_unix(seconds, 999_999_999);
        }
        let files: Vec<_> = draft.entries.iter().map(|entry| entry.entry()).collect();
        let layout = quitus_core::archive::Layout::new(Form::Tar, files).unwrap();
        draft.archive = rebuilt(&layout);
        let _ = table.receive(&draft, "inbox").expect(0);
        let found = fs::metadata(table.bob.desk("inbox/brief/a.txt")).unwrap();
        let (clamped, year_2446) = (draft.entries[0].mtime.seconds(), 15_032_385_535);
        // Beyond what the disk can hold (ext4: 1901 to 2446) its own nearest time is right.
        if (-2_147_483_648..year_2446).contains(&clamped) {
            assert_eq!(found.mtime(), clamped, "{seconds}");
        }
        fs::remove_dir_all(table.bob.desk("inbox")).unwrap();
    }
}

fn rebuilt(layout: &quitus_core::archive::Layout<'_>) -> Vec<u8> {
    let segments = layout.segments(0..layout.archive_bytes());
    let bytes = segments.into_iter().flat_map(|segment| match segment {
        quitus_core::archive::Segment::Bytes(bytes) => bytes,
        quitus_core::archive::Segment::File { entry, .. } => {
            TREE[entry].1.unwrap_or_default().to_vec()
        }
    });
    bytes.collect()
}

#[test]
fn names_that_programs_obey_stay_in_the_new_folder_and_are_pointed_out() {
    let table = Table::new();
    let names = [
        "$(touch x)",
        "%s%n",
        "-rf",
        ".bashrc",
        "`touch x`",
        "desktop.ini",
        "run.desktop",
    ];
    let mut files: Vec<(&str, Option<&[u8]>)> = names
        .iter()
        .map(|name| (*name, Some(b"x".as_slice())))
        .collect();
    files.extend([
        (".ssh", None),
        (".ssh/authorized_keys", Some(b"key".as_slice())),
    ]);
    files.sort_by_key(|(name, _)| *name);
    let outcome = table
        .receive(&Draft::new(Form::Tar, &files), "inbox")
        .expect(0);
    assert_eq!(table.bob.on_desk(), ["inbox"]);
    for (name, _) in files {
        assert!(table.bob.desk("inbox").join(name).exists(), "{name}");
    }
    for name in [".bashrc", ".ssh"] {
        assert!(
            outcome
                .stderr
                .contains(&format!("{name} begins with a dot")),
            "{}",
            outcome.stderr
        );
    }
}

#[test]
fn permissions_are_those_of_files_within_the_umask() {
    let table = Table::new();
    let mut draft = tree();
    for entry in &mut draft.entries {
        entry.mode = 0o777;
    }
    let files: Vec<_> = draft.entries.iter().map(|entry| entry.entry()).collect();
    draft.archive = rebuilt(&quitus_core::archive::Layout::new(Form::Tar, files).unwrap());
    let link = table.stage.show(draft.offer(&table.stage.relay.url()));
    let mut command = std::process::Command::new("sh");
    command.args(["-c", "umask 027; exec \"$0\" receive - -o inbox"]);
    command.arg(quitus_tests::binary("quitus"));
    let _ = table.bob.run_command(command, link.as_bytes()).expect(0);
    for name in ["inbox", "inbox/brief", "inbox/brief/a.txt"] {
        let mode = fs::metadata(table.bob.desk(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o7777, 0o750, "{name}");
    }
}
