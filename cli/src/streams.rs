//! The one input and the one output of a command that works on a stream.
//!
//! ```text
//! IN   a path, nothing or `-` for stdin
//! OUT  a new file: written as .quitus-3f0a….part beside it, renamed when all is done
//!      a device or FIFO: written into as it is
//!      nothing or `-`: stdout
//! ```
//!
//! Promises: nothing that exists is overwritten, not even by a race; a new file has its final name only once
//! [`Output::finish`] was reached; input and output are not the same file. Does not sync: like `cp`, a new
//! file may be lost in a power cut, but never half there under its name.

use std::fs::{self, File, Metadata};
use std::hash::{BuildHasher as _, Hasher as _};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use crate::failure::{Failure, Kind};
use crate::phrase;
use crate::platform::{self, Scratch, StandardStream};
use crate::words::Phrase;

/// Where bytes come from.
pub struct Input {
    reader: Box<dyn Read + Send>,
    origin: Origin,
    file: Option<Metadata>,
}

impl Input {
    /// Opens what `path` names; stdin for `None` and `-`.
    ///
    /// # Errors
    ///
    /// Exit 8 when it cannot be opened or is a folder.
    pub fn open(path: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = named(path) else {
            let file = platform::standard_stream(StandardStream::Input);
            let reader = platform::raw_input();
            let reader =
                reader.map_err(|error| Failure::io(phrase!("cannot-read-input"), error))?;
            return Ok(Self {
                reader,
                origin: Origin(None),
                file,
            });
        };
        let opened = File::open(path).and_then(|file| Ok((file.metadata()?, file)));
        let (metadata, file) = opened.map_err(|error| Failure::read(path, error))?;
        if metadata.is_dir() {
            return Err(Failure::read(path, io::ErrorKind::IsADirectory.into()));
        }
        Ok(Self {
            reader: Box::new(file),
            origin: Origin(Some(path.to_owned())),
            file: Some(metadata),
        })
    }

    /// The bytes, unbuffered.
    pub fn reader(&mut self) -> &mut (dyn Read + Send) {
        &mut self.reader
    }

    /// How many bytes there are, where that is known: regular files only.
    #[must_use]
    pub fn bytes(&self) -> Option<u64> {
        self.file
            .as_ref()
            .filter(|file| file.is_file())
            .map(Metadata::len)
    }

    /// What to say when reading fails.
    #[must_use]
    pub fn origin(&self) -> Origin {
        self.origin.clone()
    }
}

/// Where an input comes from; `None` is stdin.
#[derive(Clone)]
pub struct Origin(Option<PathBuf>);

impl Origin {
    /// Says that reading failed.
    #[must_use]
    pub fn failure(&self, error: io::Error) -> Failure {
        match &self.0 {
            Some(path) => Failure::read(path, error),
            None => Failure::io(phrase!("cannot-read-input"), error),
        }
    }
}

/// Where bytes will go: checked, but nothing made or changed yet.
pub enum Target {
    /// The standard output; `forced` when `-` asked for it, whatever it is.
    Stdout {
        /// Whether `-` was given.
        forced: bool,
    },
    /// A device, FIFO or socket that is written into.
    Stream(PathBuf),
    /// A name that nothing has yet.
    New(PathBuf),
}

impl Target {
    /// Looks at what `path` names; stdout for `None` and `-`.
    ///
    /// # Errors
    ///
    /// Exit 2 when it is the input, 8 when it is a file or folder that exists already.
    pub fn check(path: Option<&Path>, input: &Input) -> Result<Self, Failure> {
        let stdout = platform::standard_stream(StandardStream::Output);
        let Some(path) = named(path) else {
            refuse_same(stdout.as_ref(), input)?;
            return Ok(Self::Stdout {
                forced: path.is_some(),
            });
        };
        let Ok(existing) = fs::metadata(path) else {
            return Self::free(path);
        };
        refuse_same(Some(&existing), input)?;
        // `/dev/stdout` is a name of whatever the standard output is.
        if stdout.is_some_and(|stdout| platform::same_file(&existing, &stdout)) {
            return Ok(Self::Stdout { forced: true });
        }
        if existing.is_file() || existing.is_dir() {
            return Err(exists(path));
        }
        Ok(Self::Stream(path.to_owned()))
    }

    /// A dangling symlink has the name too, though nothing can be found behind it.
    fn free(path: &Path) -> Result<Self, Failure> {
        match fs::symlink_metadata(path) {
            Ok(_) => Err(exists(path)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::New(path.to_owned())),
            Err(error) => Err(Failure::write(path, error)),
        }
    }

    /// Opens it for writing.
    ///
    /// # Errors
    ///
    /// Exit 8 when it cannot be opened or, for a new file, nothing can be made beside it.
    pub fn open(self) -> Result<Output, Failure> {
        match self {
            Self::Stdout { .. } => {
                let writer = platform::raw_output().map_err(Failure::output)?;
                Ok(Output {
                    writer,
                    path: None,
                    scratch: None,
                })
            }
            Self::Stream(path) => {
                let file = File::options().write(true).open(&path);
                let file = file.map_err(|error| Failure::write(&path, error))?;
                Ok(Output {
                    writer: Box::new(file),
                    path: Some(path),
                    scratch: None,
                })
            }
            Self::New(path) => {
                let (scratch, file) =
                    beside(&path).map_err(|error| Failure::write(&path, error))?;
                Ok(Output {
                    writer: Box::new(file),
                    path: Some(path),
                    scratch: Some(scratch),
                })
            }
        }
    }
}

/// An open output. Dropped before [`Output::finish`], a new file is gone again.
pub struct Output {
    writer: Box<dyn Write + Send>,
    path: Option<PathBuf>,
    scratch: Option<Scratch>,
}

impl Output {
    /// The way in, unbuffered.
    pub fn writer(&mut self) -> &mut (dyn Write + Send) {
        &mut self.writer
    }

    /// Whether what was written stays even if the command fails: everywhere but in a new file.
    #[must_use]
    pub fn keeps_beginnings(&self) -> bool {
        self.scratch.is_none()
    }

    /// Gives a new file its name.
    ///
    /// # Errors
    ///
    /// Exit 8 when something has got that name meanwhile; the file is gone then.
    pub fn finish(mut self) -> Result<(), Failure> {
        self.writer.flush().map_err(|error| self.failure(error))?;
        if let (Some(scratch), Some(path)) = (self.scratch, &self.path) {
            scratch
                .keep_as(path)
                .map_err(|error| Failure::write(path, error))?;
        }
        Ok(())
    }

    /// Says that writing failed.
    #[must_use]
    pub fn failure(&self, error: io::Error) -> Failure {
        match &self.path {
            Some(path) => Failure::write(path, error),
            None => Failure::output(error),
        }
    }
}

/// `None` for the standard stream.
fn named(path: Option<&Path>) -> Option<&Path> {
    path.filter(|path| path.as_os_str() != "-")
}

/// Two ends of one terminal or `/dev/null` are no harm; of a file or FIFO they are.
fn refuse_same(output: Option<&Metadata>, input: &Input) -> Result<(), Failure> {
    let (Some(output), Some(input)) = (output, &input.file) else {
        return Ok(());
    };
    let is_device = !output.is_file() && !platform::is_fifo(output);
    if is_device || !platform::same_file(output, input) {
        return Ok(());
    }
    Err(Failure::usage(phrase!("input-is-output")).hint(phrase!("input-is-output-hint")))
}

fn exists(path: &Path) -> Failure {
    let what: Phrase = phrase!("output-exists", path = path);
    Failure::new(Kind::LocalIo, what).hint(phrase!("output-exists-hint"))
}

/// Makes a hidden file with a name of its own in the folder of `path`.
fn beside(path: &Path) -> io::Result<(Scratch, File)> {
    let mark = std::hash::RandomState::new().build_hasher().finish();
    let hidden = path.with_file_name(format!(".quitus-{mark:016x}.part"));
    Scratch::create(hidden)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder =
            std::env::temp_dir().join(format!("quitus-streams-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn names(folder: &Path) -> Vec<String> {
        let name =
            |entry: io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
        let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(name).collect();
        names.sort();
        names
    }

    fn open(folder: &Path, name: &str) -> Result<Output, Failure> {
        let input = Input::open(Some(&folder.join("in")))?;
        Target::check(Some(&folder.join(name)), &input)?.open()
    }

    #[test]
    fn a_new_file_has_its_name_only_when_it_is_finished() {
        let folder = folder("new");
        fs::write(folder.join("in"), "x").unwrap();
        let mut output = open(&folder, "out").unwrap();
        output.writer().write_all(b"half").unwrap();
        assert!(!folder.join("out").exists());
        drop(output);
        assert_eq!(names(&folder), ["in"]);
        let mut output = open(&folder, "out").unwrap();
        output.writer().write_all(b"whole").unwrap();
        output.finish().unwrap();
        assert_eq!(names(&folder), ["in", "out"]);
        assert_eq!(fs::read(folder.join("out")).unwrap(), b"whole");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn what_gets_the_name_meanwhile_is_kept() {
        let folder = folder("race");
        fs::write(folder.join("in"), "x").unwrap();
        let output = open(&folder, "out").unwrap();
        fs::write(folder.join("out"), "theirs").unwrap();
        assert_eq!(output.finish().unwrap_err().kind(), Kind::LocalIo);
        assert_eq!(fs::read(folder.join("out")).unwrap(), b"theirs");
        assert_eq!(names(&folder), ["in", "out"]);
        fs::remove_dir_all(folder).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn nothing_that_exists_is_an_output_and_the_input_least() {
        use std::os::unix::fs::symlink;
        let folder = folder("exists");
        fs::write(folder.join("in"), "x").unwrap();
        fs::write(folder.join("file"), "y").unwrap();
        fs::create_dir(folder.join("folder")).unwrap();
        fs::hard_link(folder.join("in"), folder.join("hard")).unwrap();
        symlink("in", folder.join("soft")).unwrap();
        symlink("nowhere", folder.join("dangling")).unwrap();
        let check = |name: &str, expected: Kind| {
            let failure = open(&folder, name).err();
            assert_eq!(
                failure.map(|failure| failure.kind()),
                Some(expected),
                "{name}"
            );
        };
        check("file", Kind::LocalIo);
        check("folder", Kind::LocalIo);
        check("dangling", Kind::LocalIo);
        check("missing/out", Kind::LocalIo);
        check("file/out", Kind::LocalIo);
        check("in", Kind::Usage);
        check("folder/../in", Kind::Usage);
        check("hard", Kind::Usage);
        check("soft", Kind::Usage);
        assert_eq!(
            names(&folder),
            ["dangling", "file", "folder", "hard", "in", "soft"]
        );
        fs::remove_dir_all(folder).unwrap();
    }
}
