//! Names of content that was sent: shown wherever an address would be, so they must be printable.

use http::HeaderMap;
use model::Error;

/// The header that names content sent without a form.
const FILE_NAME: &str = "x-file-name";
/// The longest name, in characters.
const LONGEST: usize = 255;

/// The name of content that has none.
pub(super) fn default() -> String {
    "upload".to_owned()
}

/// The name in the header, if there is one.
pub(super) fn of_header(headers: &HeaderMap) -> Result<Option<String>, Error> {
    let Some(value) = headers.get(FILE_NAME) else {
        return Ok(None);
    };
    check(FILE_NAME, value.as_bytes())
}

/// A name as it was sent, if it is not empty. `field` says where it stood.
pub(super) fn check(field: &str, bytes: &[u8]) -> Result<Option<String>, Error> {
    let refuse = |what: String| Err(Error::bad_value(field, format!("{field}: {what}")));
    let Ok(name) = std::str::from_utf8(bytes) else {
        return refuse("the name of a file must be UTF-8".to_owned());
    };
    let name = name.trim();
    if name.chars().any(char::is_control) {
        return refuse(format!(
            "the name of a file must be printable, got {:?}",
            cut(name)
        ));
    }
    if name.chars().count() > LONGEST {
        return refuse(format!(
            "the name of a file must not be longer than {LONGEST} characters, got {:?}",
            cut(name)
        ));
    }
    Ok((!name.is_empty()).then(|| name.to_owned()))
}

fn cut(name: &str) -> String {
    name.chars().take(80).collect()
}
