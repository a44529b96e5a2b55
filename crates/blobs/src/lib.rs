//! File content, stored once per content and named by its SHA-256.
//!
//! [`Blobs`] is the service everybody holds: it stages uploads in a local folder while hashing them, resumes files
//! that a job builds over several chunks ([`Partial`]), reads ranges and sweeps what nobody refers to any more. Where
//! finished content ends up is behind the small [`Backend`] trait: [`Disk`], a folder, or, with the feature `s3`,
//! `Remote`, a bucket of S3.
//!
//! Job bodies run on threads and use the synchronous calls. HTTP handlers use [`Blobs::put`], [`Blobs::read`] and, for
//! everything else, [`Blobs::run`], which moves a synchronous call off the async threads.
//!
//! Trap: content is *stored* before a record refers to it, so a sweep can find it unreferenced. The rules that make
//! this safe are in [`Blobs::sweep`].

mod backend;
mod disk;
mod error;
mod id;
mod partial;
mod put;
mod read;
#[cfg(feature = "s3")]
mod remote;
mod s3;
mod service;
mod sweep;
mod upload;

pub use backend::{Backend, Content, Listed, Stat};
pub use disk::Disk;
pub use error::{BoxError, Error, Result};
pub use id::{BlobId, InvalidId};
pub use partial::{InvalidPartialName, Partial, PartialName};
pub use read::{ByteStream, Reading};
#[cfg(feature = "s3")]
pub use remote::{Remote, Store};
pub use s3::{S3Address, S3Options};
pub use service::{Blobs, Stored};
pub use sweep::Swept;
pub use upload::Upload;
