//! Files that grow by a line at a time: the ledger, the record of an upload.
//!
//! Promises: a line is added whole, behind whole lines, whoever else adds to the file and whatever a full
//! disk or a crash left of another one; it is durable on return. It does not read what the lines say.

use std::fs::File;
use std::io::{self, Write as _};

use crate::platform;

/// Adds a line to a file that is open for reading and appending.
pub(super) fn append(file: &File, line: &[u8]) -> io::Result<()> {
    file.lock()?;
    let added = add(file, line);
    added.and(file.unlock())
}

fn add(mut file: &File, line: &[u8]) -> io::Result<()> {
    let length = file.metadata()?.len();
    let end = whole(file, length)?;
    if end < length {
        file.set_len(end)?;
    }
    let added = file.write_all(line).and_then(|()| file.sync_data());
    // Half a line would be nobody's.
    added.inspect_err(|_| drop(file.set_len(end)))
}

/// Where the last whole line ends.
fn whole(file: &File, length: u64) -> io::Result<u64> {
    let (mut end, mut byte) = (length, [0]);
    while end > 0 {
        platform::read_exact_at(file, &mut byte, end - 1)?;
        if byte == *b"\n" {
            break;
        }
        end -= 1;
    }
    Ok(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{self, OpenOptions};

    #[test]
    fn a_line_joins_no_half_of_another() {
        let path = std::env::temp_dir().join(format!("quitus-lines-{}", std::process::id()));
        for (before, after) in [
            ("", "new\n"),
            ("one\n", "one\nnew\n"),
            ("one\ntw", "one\nnew\n"),
            ("half", "new\n"),
        ] {
            fs::write(&path, before).unwrap();
            let file = OpenOptions::new().read(true).append(true).open(&path);
            append(&file.unwrap(), b"new\n").unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), after);
        }
        let read_only = File::open(&path).unwrap();
        assert!(append(&read_only, b"more\n").is_err());
        assert!(
            File::open(&path).unwrap().try_lock().is_ok(),
            "nobody holds it"
        );
        fs::remove_file(&path).unwrap();
    }
}
