//! Dossiers on the disk: a zip file, or the folder it unpacks to.
//!
//! Promises: nothing is unpacked onto the disk, no link is followed, and of a file that claims to be huge
//! no more is read than a dossier may have. It does not judge: `quitus_core::dossier` does.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use quitus_core::dossier::{DOSSIER_BYTES_MAX, Dossier, FILES_MAX};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use crate::failure::{Failure, Kind};
use crate::phrase;

/// Folders deep that are looked at; a dossier has one.
const DEPTH_MAX: usize = 4;

/// Reads a dossier.
///
/// # Errors
///
/// Exit 8 when it cannot be read, 11 when it is no dossier at all, or larger than one may be.
pub fn read(path: &Path) -> Result<Dossier, Failure> {
    let files = if path.is_dir() {
        let mut files = Files::default();
        files.add_folder(path, "", 0).map(|()| files)
    } else {
        let file = File::open(path).map_err(|error| Failure::read(path, error))?;
        return read_zip(file).map_err(|error| no_dossier(path, error));
    };
    let files = files.map_err(|error| {
        if error.kind() == io::ErrorKind::InvalidData {
            no_dossier(path, error)
        } else {
            Failure::read(path, error)
        }
    })?;
    Ok(Dossier::new(files.taken))
}

fn no_dossier(path: &Path, error: io::Error) -> Failure {
    Failure::new(Kind::EvidenceInvalid, phrase!("no-dossier", path = path)).because(error)
}

fn invalid(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

/// What was read so far, within what a dossier may have.
#[derive(Default)]
struct Files {
    taken: Vec<(String, Vec<u8>)>,
    bytes: u64,
}

impl Files {
    fn add(&mut self, name: String, from: &mut dyn Read) -> io::Result<()> {
        let mut bytes = Vec::new();
        let room = DOSSIER_BYTES_MAX - self.bytes;
        let n = from.take(room + 1).read_to_end(&mut bytes)?;
        self.bytes += n as u64;
        if self.bytes > DOSSIER_BYTES_MAX || self.taken.len() >= FILES_MAX {
            return Err(invalid("it is larger than a dossier may be"));
        }
        self.taken.push((name, bytes));
        Ok(())
    }

    fn add_folder(&mut self, folder: &Path, above: &str, depth: usize) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let name = format!("{above}{name}");
            let kind = entry.file_type()?;
            if kind.is_dir() && depth < DEPTH_MAX {
                self.add_folder(&entry.path(), &format!("{name}/"), depth + 1)?;
            } else if kind.is_file() {
                self.add(name, &mut File::open(entry.path())?)?;
            } else {
                return Err(invalid(format!("{name} is no file")));
            }
        }
        Ok(())
    }
}

fn read_zip(file: impl Read + Seek) -> io::Result<Dossier> {
    let mut archive = ZipArchive::new(file).map_err(invalid)?;
    let (start, n_names) = (archive.central_directory_start(), archive.len());
    let (mut files, mut named) = (Files::default(), Vec::new());
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(invalid)?;
        if !entry.is_dir() {
            named.push((entry.header_start(), entry.name_raw().to_vec()));
            let name = entry.name().to_owned();
            files.add(name, &mut entry).map_err(invalid)?;
        }
    }
    let mut file = archive.into_inner();
    for (start, name) in named {
        check_name(&mut file, start, &name)?;
    }
    if n_listed(&mut file, start)? != n_names {
        // The library keeps one of the files that have a name; the other may be what people see.
        files.taken.extend(files.taken.first().cloned());
    }
    Ok(Dossier::new(files.taken))
}

/// Refuses a file that is named otherwise where it stands than in the directory (APPNOTE.TXT section 4.3.7).
fn check_name(file: &mut (impl Read + Seek), start: u64, name: &[u8]) -> io::Result<()> {
    const NAME_AT: u64 = 30;
    let mut there = vec![0; name.len()];
    file.seek(SeekFrom::Start(start + NAME_AT))?;
    file.read_exact(&mut there)?;
    if there == name {
        Ok(())
    } else {
        Err(invalid("a file has two names"))
    }
}

/// How many files the directory of a zip file lists (APPNOTE.TXT section 4.3.12).
fn n_listed(file: &mut (impl Read + Seek), start: u64) -> io::Result<usize> {
    file.seek(SeekFrom::Start(start))?;
    let mut n_listed = 0;
    loop {
        let (mut kind, mut entry) = ([0; 4], [0; 42]);
        file.read_exact(&mut kind)?;
        if kind != *b"PK\x01\x02" {
            return Ok(n_listed);
        }
        file.read_exact(&mut entry)?;
        n_listed += 1;
        // The lengths of the name, of what is extra and of the comment, which follow.
        let (lengths, _) = entry.get(24..30).unwrap_or_default().as_chunks::<2>();
        let behind = lengths
            .iter()
            .map(|bytes| i64::from(u16::from_le_bytes(*bytes)));
        file.seek(SeekFrom::Current(behind.sum()))?;
    }
}

/// Writes a dossier as a zip file, uncompressed, so that it can be looked into with anything.
///
/// # Errors
///
/// If it cannot be written.
pub fn write_zip(dossier: &Dossier, to: impl Write + Seek) -> io::Result<()> {
    let mut zip = ZipWriter::new(to);
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    zip.add_directory("timestamps/", options)?;
    for (name, bytes) in dossier.files() {
        zip.start_file(name.as_str(), options)?;
        zip.write_all(bytes)?;
    }
    zip.finish().map(drop).map_err(io::Error::from)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn dossier() -> Dossier {
        let file = |name: &str| (name.to_owned(), name.as_bytes().to_vec());
        Dossier::new([
            file("README.txt"),
            file("statements/0001-x.json"),
            file("verify.sh"),
        ])
    }

    fn zipped() -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        write_zip(&dossier(), &mut bytes).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn a_dossier_comes_back_from_its_zip_file_and_from_a_folder() {
        assert_eq!(read_zip(Cursor::new(zipped())).unwrap(), dossier());
        assert_eq!(zipped(), zipped(), "nothing of the moment is in it");
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("statements")).unwrap();
        for (name, bytes) in dossier().files() {
            fs::write(folder.path().join(name), bytes).unwrap();
        }
        assert!(read(folder.path()).is_ok_and(|read| read == dossier()));
        #[cfg(unix)]
        std::os::unix::fs::symlink("README.txt", folder.path().join("link")).unwrap();
        assert!(read(folder.path()).is_err_and(|failure| failure.kind() == Kind::EvidenceInvalid));
    }

    #[test]
    fn a_flipped_byte_of_a_file_in_a_zip_is_found() {
        let whole = zipped();
        let place = whole
            .windows(10)
            .position(|window| window == b"README.txt")
            .unwrap();
        let content = place + 10;
        let mut flipped = whole;
        flipped[content] ^= 1;
        assert!(read_zip(Cursor::new(flipped)).is_err());
        assert!(read_zip(Cursor::new(b"no zip file".to_vec())).is_err());
    }
}
