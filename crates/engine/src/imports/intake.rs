//! The first pass over a body: what is asked for, how many records there are, and whether it can be read to its end.
//!
//! Nothing is kept but the members around the records. What JSON allows but this server does not (a key twice, say) is
//! the record's fault alone and found again when the job runs; only what breaks the file is a complaint here.

mod envelope;

use blobs::{BlobId, Blobs};
use jsonb::{ErrorKind, Limits};
use model::Detail;

use crate::ImportOptions;
use crate::stream::{Broken, Progress, Reader, Shape, open_gzip_or_plain};

pub(super) use envelope::Envelope;

/// The ways to the records: the documented one, and without the wrapping object.
const DATA_PATHS: [&[&str]; 2] = [&["job", "data"], &["data"]];

/// What the first pass found.
#[derive(Debug)]
pub(super) struct Intake {
    /// What is asked for, as far as it could be read.
    pub(super) envelope: Envelope,
    /// How many records there are.
    pub(super) records: u64,
    /// Which of [`DATA_PATHS`] leads to them.
    pub(super) path: usize,
    /// What is wrong, in the order in which it was found.
    pub(super) problems: Vec<Detail>,
}

/// The shape of a body whose records are at this one of [`DATA_PATHS`].
pub(crate) fn shape(path: usize, options: &ImportOptions) -> Shape {
    Shape {
        path: DATA_PATHS.get(path).copied().unwrap_or(DATA_PATHS[0]),
        bare_array: false,
        element_keys: &[],
        max_element_bytes: options.max_record_bytes,
    }
}

/// The limits that one record is held to.
pub(crate) fn limits(options: &ImportOptions) -> Limits {
    Limits {
        max_bytes: options.max_record_bytes,
        max_depth: options.max_depth,
        max_string: options.max_record_bytes,
    }
}

/// Whether this error means that the file is no JSON, and not only that a value in it is not taken here.
pub(crate) fn breaks_file(kind: &ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::Syntax(_) | ErrorKind::InvalidUtf8 | ErrorKind::TrailingData | ErrorKind::Empty
    )
}

/// Reads a stored body.
///
/// # Errors
/// When it cannot be opened.
pub(super) fn read(blobs: &Blobs, blob: &BlobId, options: &ImportOptions) -> blobs::Result<Intake> {
    let wrapped = scan(blobs, blob, 0, options)?;
    if wrapped.reached {
        return Ok(wrapped.judge(0, options));
    }
    let bare = scan(blobs, blob, 1, options)?;
    Ok(if bare.reached {
        bare.judge(1, options)
    } else {
        wrapped.judge(0, options)
    })
}

/// One walk through a body.
#[derive(Default)]
struct Scan {
    /// Whether the records were found.
    reached: bool,
    records: u64,
    fields: Vec<(String, Vec<u8>)>,
    broken: Option<Broken>,
}

fn scan(blobs: &Blobs, blob: &BlobId, path: usize, options: &ImportOptions) -> blobs::Result<Scan> {
    let content = blobs.open(blob)?;
    let opened = open_gzip_or_plain(content.file, options.max_unpacked_bytes, &Progress::default());
    let mut scan = Scan::default();
    match opened {
        Ok(input) => scan.walk(&mut Reader::new(input, shape(path, options)), &limits(options)),
        Err(error) => {
            scan.broken = Some(Broken {
                what: format!("cannot read the file: {error}"),
                line: 1,
                column: 1,
            });
        }
    }
    Ok(scan)
}

impl Scan {
    fn walk(&mut self, reader: &mut Reader, limits: &Limits) {
        self.broken = loop {
            match reader.next_element() {
                Ok(Some(element)) => {
                    self.reached = true;
                    self.records += 1;
                    let checked = jsonb::validate(element.bytes, limits);
                    if let Err(error) = checked
                        && breaks_file(&error.kind)
                    {
                        break Some(element.broken(error.kind.to_string(), error.line, error.column));
                    }
                }
                Ok(None) => {
                    self.reached = true;
                    break None;
                }
                Err(broken) => break Some(broken),
            }
        };
        self.fields = reader.fields().to_vec();
    }

    fn judge(self, path: usize, options: &ImportOptions) -> Intake {
        let wrapper = if path == 0 { "job." } else { "" };
        let missing = self
            .broken
            .as_ref()
            .is_some_and(|broken| lacks_data(broken, path));
        let complete = missing || self.broken.is_none();
        let (envelope, mut problems) = Envelope::read(&self.fields, wrapper, &limits(options), complete);
        if let Some(broken) = self.broken {
            let field = format!("{wrapper}data");
            let message = if missing {
                format!("the {field} field is required")
            } else {
                broken.to_string()
            };
            problems.push(Detail::new(field, message));
        }
        Intake {
            envelope,
            records: self.records,
            path,
            problems,
        }
    }
}

/// Whether the file is whole but for the records: then all that is around them was seen.
fn lacks_data(broken: &Broken, path: usize) -> bool {
    let name = DATA_PATHS[path].join(".");
    broken.what == format!("{name} is missing")
}
