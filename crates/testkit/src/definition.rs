//! Definitions of apps that tests write down.

use app::{Loaded, Source, load_source};

/// The app of these files, by name and text.
///
/// # Panics
/// With every complaint, when it is none.
pub fn definition(files: &[(&str, &str)]) -> Loaded {
    let files = files
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    let source = Source {
        files: files.collect(),
    };
    let app = load_source(&source).unwrap_or_else(|complaints| panic!("{complaints:?}"));
    Loaded { app, source }
}
