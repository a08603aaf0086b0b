//! Names that programs give to what they keep beside an open file.
//!
//! ```text
//! a.txt~  a.txt.~3~  #a.txt#  .#a.txt            Emacs
//! .a.txt.swp  .a.txt.swo  .a.txt.un~             Vim
//! .~lock.a.odt#  ~$a.docx  ~$nual.docx          LibreOffice, Office
//! a.txt.bak  a.txt.orig  a.txt.rej  …            everybody
//! ```
//!
//! Promises: gives every name that such a name can be beside, itself never. It cannot know what is in
//! the file: a swap file has another content than what it is beside.

/// Endings that are added to a name.
const ENDINGS: [&str; 12] = [
    "~",
    ".bak",
    ".orig",
    ".rej",
    ".save",
    ".old",
    ".tmp",
    ".swp",
    ".backup",
    ".part",
    ".un~",
    ".kate-swp",
];
/// `JetBrains`' editors, while they write.
const JETBRAINS: [&str; 2] = ["___jb_tmp___", "___jb_old___"];

/// The names of the files that one of this name may have been made beside, likeliest first; none for
/// a name that says nothing.
pub fn originals(name: &str) -> Vec<&str> {
    let visible = name.strip_prefix('.');
    let with_ending = ENDINGS.into_iter().chain(JETBRAINS).flat_map(|ending| {
        let hidden = visible.and_then(|visible| visible.strip_suffix(ending));
        [name.strip_suffix(ending), hidden]
    });
    let in_a_frame = [
        visible.and_then(swap_file),
        numbered(name),
        framed(name, "#", "#"),
        framed(name, ".~lock.", "#"),
        name.strip_prefix(".#"),
        name.strip_prefix("~$"),
        name.strip_prefix("._"),
    ];
    let found = with_ending.chain(in_a_frame).flatten();
    found.filter(|original| !original.is_empty()).collect()
}

/// The end of a long name of which Office put `~$` in the place of the first two letters; `None` for
/// any other name.
pub fn office_end(name: &str) -> Option<&str> {
    name.strip_prefix("~$").filter(|end| end.contains('.'))
}

fn framed<'a>(name: &'a str, start: &str, end: &str) -> Option<&'a str> {
    name.strip_prefix(start)?.strip_suffix(end)
}

/// `a.txt.swo`, `.swn` and so on, when `.swp` was taken.
fn swap_file(visible: &str) -> Option<&str> {
    let (original, ending) = visible.rsplit_once('.')?;
    let last = ending.strip_prefix("sw")?;
    let is_letter = last.len() == 1 && last.bytes().all(|byte| byte.is_ascii_lowercase());
    is_letter.then_some(original)
}

/// `a.txt.~3~`.
fn numbered(name: &str) -> Option<&str> {
    let (original, number) = name.strip_suffix('~')?.rsplit_once(".~")?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then_some(original)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_editors_leave_leads_to_what_it_is_beside() {
        for name in [
            "a.txt~",
            "a.txt.~3~",
            "#a.txt#",
            ".#a.txt",
            ".a.txt.swp",
            ".a.txt.swo",
            ".a.txt.un~",
            "a.txt.bak",
            "a.txt.orig",
            ".~lock.a.txt#",
            "~$a.txt",
            "._a.txt",
            ".a.txt~",
            "a.txt___jb_old___",
            ".a.txt.kate-swp",
        ] {
            assert!(originals(name).contains(&"a.txt"), "{name}");
            assert!(!originals(name).contains(&name), "{name}");
        }
        for name in [
            "a.txt", "~", "#", "##", ".bak", ".#", "~$", "", "a.swpx", "é~é",
        ] {
            assert!(!originals(name).contains(&"a.txt"), "{name}");
            assert!(originals(name).iter().all(|original| !original.is_empty()));
        }
        assert_eq!(office_end("~$nual.docx"), Some("nual.docx"));
        assert_eq!((office_end("a.docx"), office_end("~$x")), (None, None));
    }
}
