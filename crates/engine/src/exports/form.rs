//! The forms in which articles are written.

use serde::{Deserialize, Serialize};

/// The format of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// One line per article, `;` between fields.
    #[default]
    Csv,
    /// The form of a Navision XMLport.
    Xml,
    /// An array of objects.
    Json,
}

/// The encoding of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Encoding {
    /// UTF-8 without a byte order mark.
    #[default]
    #[serde(rename = "utf-8")]
    Utf8,
    /// Windows-1252, which older Navisions read.
    #[serde(rename = "windows-1252")]
    Windows1252,
}

impl Format {
    /// The name in requests, which is also the ending of file names.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xml => "xml",
            Self::Json => "json",
        }
    }

    /// The media type of a file in this format and encoding.
    pub fn content_type(self, encoding: Encoding) -> &'static str {
        match (self, encoding) {
            (Self::Csv, Encoding::Utf8) => "text/csv; charset=utf-8",
            (Self::Csv, Encoding::Windows1252) => "text/csv; charset=windows-1252",
            (Self::Xml, Encoding::Utf8) => "application/xml; charset=utf-8",
            (Self::Xml, Encoding::Windows1252) => "application/xml; charset=windows-1252",
            (Self::Json, _) => "application/json",
        }
    }
}

impl Encoding {
    /// The name in requests and in XML.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Windows1252 => "windows-1252",
        }
    }
}
