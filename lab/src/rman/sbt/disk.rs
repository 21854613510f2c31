//! DEVICE TYPE DISK: a piece is a file under its own path.

use super::{Failure, Media, Sink};
use crate::rman::syntax::command::Device;
use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

/// Files.
#[derive(Debug, Clone, Copy)]
pub struct PlainFiles;

struct Writing {
    path: PathBuf,
    file: File,
    bytes: u64,
}

/// What the system said, as Oracle's lines.
pub(super) fn system(failure: Failure, error: &io::Error) -> Failure {
    let number = error.raw_os_error().unwrap_or(0);
    let words = error.to_string();
    let words = words.split(" (os error").next().unwrap_or_default();
    failure.text(format!("Linux-x86_64 Error: {number}: {words}")).text("Additional information: 1")
}

impl Media for PlainFiles {
    fn device(&self) -> Device {
        Device::Disk
    }

    fn greeting(&self) -> Option<&'static str> {
        None
    }

    fn comment(&self) -> Option<&'static str> {
        None
    }

    /// ORA-19504 with ORA-27038 if it is there, with ORA-27040 if it cannot be made.
    fn create(&self, handle: &str) -> Result<Box<dyn Sink>, Failure> {
        let path = PathBuf::from(handle);
        let made = fs::OpenOptions::new().write(true).create_new(true).open(&path);
        let file = made.map_err(|error| {
            let failure = Failure::ora(19504, format!("failed to create file \"{handle}\""));
            if error.kind() == io::ErrorKind::AlreadyExists {
                return failure
                    .and(27038, "created file already exists")
                    .text("Additional information: 1")
                    .of_channel();
            }
            system(failure.and(27040, "file create error, unable to create file"), &error).of_channel()
        })?;
        Ok(Box::new(Writing { path, file, bytes: 0 }))
    }

    /// ORA-19505 with ORA-27037.
    fn open(&self, handle: &str) -> Result<Box<dyn Read + Send>, Failure> {
        let opened = File::open(handle).map_err(|error| {
            let failure = Failure::ora(19505, format!("failed to identify file \"{handle}\""));
            system(failure.and(27037, "unable to obtain file status"), &error)
        })?;
        Ok(Box::new(io::BufReader::with_capacity(1 << 18, opened)))
    }

    fn exists(&self, handle: &str) -> bool {
        Path::new(handle).is_file()
    }
}

impl Sink for Writing {
    fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.bytes += bytes.len() as u64;
        self.file.write_all(bytes).map_err(|error| {
            let block = self.bytes / 8192;
            let text =
                format!("write error on file \"{}\", block number {block} (block size=8192)", self.path.display());
            system(Failure::ora(19502, text).and(27072, "File I/O error"), &error).of_channel()
        })
    }

    fn close(self: Box<Self>) -> Result<u64, Failure> {
        let failed = |error: &io::Error| {
            system(Failure::ora(19502, format!("write error on file \"{}\"", self.path.display())), error).of_channel()
        };
        self.file.sync_all().map_err(|error| failed(&error))?;
        Ok(self.bytes)
    }

    fn discard(self: Box<Self>) {
        // RMAN deletes the part it wrote; if that fails the file stays, as there.
        let _ = fs::remove_file(&self.path);
    }
}
