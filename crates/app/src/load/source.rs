//! The files of a definition as text: what is stored of an applied one, and read again from there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use model::hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::complaint::Complaint;
use super::place::{Place, place};

/// Largest file, in bytes.
const MAX_FILE: u64 = 1 << 20;
/// Largest sum of all files, in bytes.
const MAX_ALL: u64 = 32 << 20;
/// Most entries of all folders.
const MAX_ENTRIES: usize = 10_000;
/// Deepest folder.
const MAX_DEPTH: usize = 16;

/// The files of a definition: path within its folder, with `/`, and text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Source {
    /// Texts by path.
    pub files: BTreeMap<String, String>,
}

impl Source {
    /// Reads the files of a definition. Hidden files and files that are neither YAML nor JavaScript are passed over;
    /// links that lead out of the folder are refused, and so is what is too large.
    ///
    /// # Errors
    /// Everything that is wrong with the folder.
    pub fn read(folder: &Path) -> Result<Self, Vec<Complaint>> {
        let mut walk = Walk::new(folder).map_err(|complaint| vec![complaint])?;
        walk.folder(&walk.root.clone(), "", 0);
        if walk.complaints.is_empty() {
            return Ok(Self { files: walk.files });
        }
        walk.complaints.sort();
        Err(walk.complaints)
    }

    /// SHA-256 over paths and texts, in hexadecimal digits: the same for the same definition.
    #[must_use]
    pub fn hash(&self) -> String {
        let mut hash = Sha256::new();
        for part in self.files.iter().flat_map(|(path, text)| [path, text]) {
            hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(part.as_bytes());
        }
        hex::encode(&hash.finalize())
    }
}

struct Walk {
    root: PathBuf,
    files: BTreeMap<String, String>,
    complaints: Vec<Complaint>,
    entries: usize,
    bytes: u64,
}

impl Walk {
    fn new(folder: &Path) -> Result<Self, Complaint> {
        let root = fs::canonicalize(folder).and_then(|root| match root.is_dir() {
            true => Ok(root),
            false => Err(io::Error::from(io::ErrorKind::NotADirectory)),
        });
        let named =
            |error: io::Error| complaint(&folder.display().to_string(), format!("cannot be read: {error}"));
        let root = root.map_err(named)?;
        Ok(Self {
            root,
            files: BTreeMap::new(),
            complaints: Vec::new(),
            entries: 0,
            bytes: 0,
        })
    }

    fn complain(&mut self, path: &str, why: impl Into<String>) {
        self.complaints.push(complaint(path, why.into()));
    }

    fn folder(&mut self, folder: &Path, prefix: &str, depth: usize) {
        let entries = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let mut entries = match entries {
            Ok(entries) => entries,
            Err(error) => return self.complain(prefix, format!("cannot be read: {error}")),
        };
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let name = entry.file_name();
            if name.as_encoded_bytes().starts_with(b".") {
                continue;
            }
            self.entries += 1;
            if self.entries > MAX_ENTRIES {
                return self.once(format!("holds more than {MAX_ENTRIES} files"));
            }
            let path = match name.to_str() {
                Some(name) if prefix.is_empty() => name.to_owned(),
                Some(name) => format!("{prefix}/{name}"),
                None => {
                    self.complain(
                        &format!("{prefix}/{}", name.to_string_lossy()),
                        "has a name that is not UTF-8",
                    );
                    continue;
                }
            };
            self.entry(&entry.path(), &path, depth);
        }
    }

    /// Complains about the whole folder, once.
    fn once(&mut self, why: String) {
        let complaint = complaint(".", why);
        if !self.complaints.contains(&complaint) {
            self.complaints.push(complaint);
        }
    }

    fn entry(&mut self, real: &Path, path: &str, depth: usize) {
        let target = match fs::canonicalize(real) {
            Ok(target) if !target.starts_with(&self.root) => {
                return self.complain(path, "is a link that leads out of the folder");
            }
            Ok(target) => target,
            Err(error) => return self.complain(path, format!("cannot be read: {error}")),
        };
        if target.is_dir() {
            return match depth < MAX_DEPTH {
                true => self.folder(&target, path, depth + 1),
                false => self.complain(path, format!("is deeper than {MAX_DEPTH} folders")),
            };
        }
        match place(path) {
            Place::Elsewhere => {}
            Place::Nowhere(why) => self.complain(path, why),
            _ if !target.is_file() => self.complain(path, "is not a file"),
            _ => self.file(&target, path),
        }
    }

    fn file(&mut self, target: &Path, path: &str) {
        match read(target) {
            Ok(bytes) => {
                self.bytes += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
                if self.bytes > MAX_ALL {
                    return self.once(format!("holds more than {MAX_ALL} bytes"));
                }
                match String::from_utf8(bytes) {
                    Ok(text) => drop(self.files.insert(path.to_owned(), text)),
                    Err(_) => self.complain(path, "is not UTF-8"),
                }
            }
            Err(why) => self.complain(path, why),
        }
    }
}

/// The bytes of a file, as long as they are not too many: not more are read, whatever it said of its size.
fn read(path: &Path) -> Result<Vec<u8>, String> {
    use io::Read as _;
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(|error| format!("cannot be read: {error}"))?;
    file.take(MAX_FILE + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| format!("cannot be read: {error}"))?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length <= MAX_FILE) {
        Ok(bytes)
    } else {
        Err(format!("is larger than {MAX_FILE} bytes"))
    }
}

fn complaint(file: &str, why: String) -> Complaint {
    Complaint {
        file: file.to_owned(),
        line: 0,
        key: String::new(),
        why,
    }
}
