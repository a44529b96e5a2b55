//! The articles that everything is measured with, and delta files of them; the same at each run.
//!
//! An article is about 500 bytes of JSON. A delta file creates articles and replaces a feature of existing ones by
//! turns, in an order that jumps through the ids, as updates of a real catalogue do.

use std::fmt::Write as _;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

/// A prime above every count used here, so that stepping by it visits each place once.
const STEP: u64 = 2_654_435_761;
/// The smallest article number.
const FIRST: u64 = 10_000_000;
/// The feature that is replaced.
pub(crate) const FEATURE: &str = "F_80004";

/// One operation of a delta file.
pub(crate) enum Operation {
    /// A new article.
    Create {
        /// Its number.
        id: u64,
    },
    /// A new value for [`FEATURE`].
    Replace {
        /// The article's number.
        id: u64,
        /// The value.
        value: String,
    },
}

/// The number of the article at a place of the scrambled order of `count` articles.
pub(crate) fn id(place: u64, count: u64) -> u64 {
    FIRST + (place % count) * STEP % count
}

/// An article as JSON.
pub(crate) fn article(id: u64) -> String {
    let watts = id % 97;
    let mut text = format!(
        r#"{{"F_1":"{id}","F_3":"BH30-IP20-LG08-CRI90-{watts},1W-4K-BM45","F_5":"","F_{}":"248,28""#,
        &FEATURE[2..]
    );
    let plain = [
        ("F_80000", "BULLET HOLE 30 - IP20 - LED G08 - CRI 90"),
        (
            "F_80001",
            "Recessed luminaire, adjustable, die-cast aluminium housing, powder coated",
        ),
        (
            "F_80002",
            "Leuchte für Einbau in Decken, schwenkbar, mit Konverter",
        ),
        ("F_80007", "230 V / 50 Hz"),
        ("F_80011", "https://files.example.com/images/bullet-hole-30.jpg"),
        ("F_80012", "2700 K; 3000 K; 4000 K"),
        ("F_80020", "A++"),
        ("C_75000", "INDOOR"),
        ("C_75015", "RECESSED / ADJUSTABLE"),
    ];
    for (name, value) in plain {
        let _ = write!(text, r#","{name}":"{value}""#);
    }
    text.push('}');
    text
}

/// The operations of a delta file of `count` operations.
pub(crate) fn mixed(count: u64) -> impl Iterator<Item = Operation> {
    let articles = count.div_ceil(2);
    (0..count).map(move |number| {
        let created = number / 2;
        if number % 2 == 0 {
            return Operation::Create {
                id: id(created, articles),
            };
        }
        let place = number.wrapping_mul(STEP) % (created + 1);
        Operation::Replace {
            id: id(place, articles),
            value: format!("{},{:02}", number % 1000, number % 100),
        }
    })
}

/// The operations that create `count` articles.
pub(crate) fn creates(count: u64) -> impl Iterator<Item = Operation> {
    (0..count).map(move |place| Operation::Create { id: id(place, count) })
}

/// A delta file, packed.
///
/// # Errors
/// Never: it is written to memory.
pub(crate) fn delta(operations: impl Iterator<Item = Operation>) -> std::io::Result<Vec<u8>> {
    let mut file = GzEncoder::new(Vec::new(), Compression::fast());
    file.write_all(br#"{"version":1,"operations":["#)?;
    let mut between = "\n";
    for operation in operations {
        let (name, data) = match operation {
            Operation::Create { id } => ("add-article", article(id)),
            Operation::Replace { id, value } => (
                "replace-article-feature",
                format!(r#"{{"F_1":"{id}","{FEATURE}":"{value}"}}"#),
            ),
        };
        write!(file, r#"{between}{{"operation":"{name}","articleData":{data}}}"#)?;
        between = ",\n";
    }
    file.write_all(b"]}")?;
    file.finish()
}
