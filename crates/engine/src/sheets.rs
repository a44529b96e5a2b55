//! Records of an app out of CSV files and into them: handing in the jobs, and reading what failed.
//!
//! An import is a file with a header whose columns are paths of fields (`contracts/slingr.md` §7.1); an export is a file
//! of the same form (§7.2). Both are jobs (`kinds::import_records`, `kinds::export_records`); what a row means for
//! records is in `records::import_rows`. Rows that failed can be fetched in the columns of their file, and tried again.

mod encoding;
mod errors;
mod export;
mod import;
mod options;
mod params;
mod reader;
mod survey;

pub use encoding::Encoding;
pub use errors::FailedRows;
pub use export::{ExportQuery, FileFormat};
pub use import::SheetFile;
pub use options::SheetOptions;
pub use params::ImportFlags;
pub(crate) use params::{ExportParams, ImportParams};
pub(crate) use reader::{At, Bounds, Fault, Row, Rows};
pub(crate) use survey::{Head, Survey, survey};

/// The kind of import jobs.
pub(crate) const IMPORT: &str = "import-records";
/// The kind of export jobs.
pub(crate) const EXPORT: &str = "export-records";
/// The queue of both.
const QUEUE: &str = "records";

/// Columns that a file of failed rows has beside those of its input; an import passes over them.
pub(crate) const ERROR_COLUMNS: [&str; 4] = ["_line", "_field", "_code", "_message"];
