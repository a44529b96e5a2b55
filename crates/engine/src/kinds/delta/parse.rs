//! Reading operations ahead of the transactions: unpacking, splitting, checking and encoding on a thread of their own.
//!
//! Batches wait in a short queue, so memory is bounded by a few chunks however long the file is.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use ::jobs::{Interrupt, Run};
use blobs::{BlobId, Content};
use jsonb::{ErrorKind, Jsonb, Limits};
use model::Error;

use crate::DeltaOptions;
use crate::articles::{Op, Refused};
use crate::contents;
use crate::kinds::Tools;
use crate::stream::{Broken, Element, Progress, Reader, Shape, open_gzip_or_plain};

/// Batches that may wait for the transaction before them.
const AHEAD: usize = 2;

/// Operations to be committed together.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// The operations with their numbers, those that cannot be tried included.
    pub(super) ops: Vec<(u64, Result<Op, Refused>)>,
    /// The number of the operation after these.
    pub(super) next: u64,
    /// Share of the file that had been read by then.
    pub(super) progress: f64,
    /// Set on the last batch.
    pub(super) end: Option<End>,
    bytes: usize,
}

/// How the file ended.
#[derive(Clone, Debug)]
pub(super) enum End {
    /// In order.
    Whole { operations: u64 },
    /// It cannot be read on.
    Broken(Broken),
}

/// Begins to read at operation `from`. The thread ends when the receiver is dropped.
pub(super) fn start(
    run: &mut Run,
    tools: &Tools,
    blob: BlobId,
    from: u64,
) -> Result<Receiver<Batch>, Interrupt> {
    let pause = &tools.options.exports.pause;
    let content = contents::insist(run, pause, |_| tools.blobs.open(&blob))?;
    let (sender, batches) = sync_channel(AHEAD);
    let options = tools.options.delta.clone();
    let read = move || {
        Ahead {
            options,
            from,
            sender,
        }
        .read(content)
    };
    thread::Builder::new()
        .name("delta-reader".to_owned())
        .spawn(read)
        .map_err(|error| Interrupt::Failed(Error::internal(error)))?;
    Ok(batches)
}

struct Ahead {
    options: DeltaOptions,
    from: u64,
    sender: SyncSender<Batch>,
}

impl Ahead {
    fn read(self, content: blobs::Result<Content>) {
        let progress = Progress::default();
        let opened = content.map_err(|error| error.to_string()).and_then(|content| {
            let size = content.size;
            let max = self.options.max_unpacked_bytes;
            let input =
                open_gzip_or_plain(content.file, max, &progress).map_err(|error| error.to_string())?;
            Ok((input, size))
        });
        match opened {
            Ok((input, size)) => self.read_elements(Reader::new(input, self.shape()), &progress, size),
            Err(what) => {
                let end = End::Broken(Broken {
                    what: format!("cannot read the file: {what}"),
                    line: 1,
                    column: 1,
                });
                let _ = self.sender.send(Batch {
                    next: self.from,
                    end: Some(end),
                    ..Batch::default()
                });
            }
        }
    }

    fn shape(&self) -> Shape {
        let max_element_bytes = self.options.max_operation_bytes;
        Shape {
            path: &["operations"],
            bare_array: true,
            element_keys: &["operation", "articleData"],
            max_element_bytes,
        }
    }

    fn read_elements(&self, mut reader: Reader, progress: &Progress, size: u64) {
        let mut batch = Batch {
            next: self.from,
            ..Batch::default()
        };
        let mut encoded = Vec::new();
        let end = loop {
            match reader.next_element() {
                Ok(Some(element)) if element.number < self.from => {}
                Ok(Some(element)) => match self.operation(element, &mut encoded) {
                    Ok(op) => batch.add(element, op),
                    Err(broken) => break End::Broken(broken),
                },
                Ok(None) => break self.end(&reader, batch.next),
                Err(broken) => break End::Broken(broken),
            }
            if batch.ops.len() >= self.options.chunk_operations || batch.bytes >= self.options.chunk_bytes {
                batch.progress = share(progress.bytes(), size);
                let next = batch.next;
                let full = std::mem::replace(
                    &mut batch,
                    Batch {
                        next,
                        ..Batch::default()
                    },
                );
                if self.sender.send(full).is_err() {
                    return;
                }
            }
        };
        batch.progress = share(progress.bytes(), size);
        batch.end = Some(end);
        // Nobody listens any more when the job was interrupted.
        let _ = self.sender.send(batch);
    }

    /// One operation, or what breaks the file there. What JSON allows but this server does not is the operation's fault
    /// alone.
    fn operation(&self, element: Element<'_>, encoded: &mut Vec<u8>) -> Result<Result<Op, Refused>, Broken> {
        encoded.clear();
        let limits = Limits {
            max_bytes: self.options.max_operation_bytes,
            max_depth: self.options.max_depth,
            max_string: self.options.max_operation_bytes,
        };
        if let Err(error) = jsonb::encode(element.bytes, &limits, encoded) {
            let breaks = matches!(
                error.kind,
                ErrorKind::Syntax(_) | ErrorKind::InvalidUtf8 | ErrorKind::TrailingData
            );
            let broken = element.broken(error.kind.to_string(), error.line, error.column);
            return if breaks {
                Err(broken)
            } else {
                Ok(Err(Refused::because(broken.to_string())))
            };
        }
        let body = Jsonb::from_stored(std::mem::take(encoded));
        let read = Op::read(body.root());
        *encoded = body.into_bytes();
        read.map_err(|error| element.broken(error.to_string(), 1, 1))
    }

    /// The end of a file that could be read to it: its version must be one that we know.
    fn end(&self, reader: &Reader, operations: u64) -> End {
        let mut versions = reader.fields().iter().filter(|(name, _)| name == "version");
        match (versions.next(), versions.next()) {
            (_, Some(_)) => End::Broken(Broken {
                what: "duplicate key \"version\"".to_owned(),
                line: 1,
                column: 1,
            }),
            (Some((_, text)), None) if text != b"1" => {
                let shown = String::from_utf8_lossy(&text[..text.len().min(40)]).into_owned();
                End::Broken(Broken {
                    what: format!("version {shown} of delta files is not known here"),
                    line: 1,
                    column: 1,
                })
            }
            _ => End::Whole { operations },
        }
    }
}

impl Batch {
    fn add(&mut self, element: Element<'_>, op: Result<Op, Refused>) {
        self.bytes += element.bytes.len();
        self.next = element.number + 1;
        self.ops.push((element.number, op));
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a share needs no more than a float's precision"
)]
fn share(read: u64, size: u64) -> f64 {
    if size == 0 {
        1.0
    } else {
        (read as f64 / size as f64).min(1.0)
    }
}
