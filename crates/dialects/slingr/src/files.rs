//! Files: sent as a form, fetched as downloads, shared under addresses of their own (`contracts/slingr.md` §9).

pub(crate) mod disposition;
pub(crate) mod download;
pub(crate) mod share;
pub(crate) mod upload;
