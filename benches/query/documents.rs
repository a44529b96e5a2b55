//! Items of about 500 bytes, as the server stores them; the same at each run.

use std::path::Path;

use jsonb::{Jsonb, Limits};
use model::{Stamp, Timestamp};
use storage::sqlite::{Access, Options, open};
use storage::tables::records::{Expect, Put};
use storage::{Error, Store, Tx};

/// Different cities.
pub(crate) const CITIES: u64 = 97;
/// Different classes: of a million items, 200 have the same one.
pub(crate) const CLASSES: u64 = 5000;
/// Different values of tags; an item has two.
pub(crate) const TAGS: u64 = 700;
/// The collection of items.
pub(crate) const ITEMS: &str = "qalx.item";

const PER_WRITE: u64 = 1000;
const BY: &str = "admin@example.com";

/// The class of this number.
pub(crate) fn class(number: u64) -> String {
    format!("class-{number:04}")
}

/// Writes `count` items into the store in `folder`.
///
/// # Errors
/// When the store cannot be written.
pub(crate) fn fill(folder: &Path, count: u64) -> anyhow::Result<()> {
    let opened = open(&Options::new(folder.join("data")), Access::Serve)?;
    fill_store(&opened.store(), count)?;
    opened.close();
    Ok(())
}

/// Writes `count` items into a store.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn fill_store(store: &Store, count: u64) -> anyhow::Result<()> {
    let collection = store.write_blocking(|tx| Ok::<_, Error>(tx.ensure_collection(ITEMS)?.id))?;
    for first in (0..count).step_by(PER_WRITE as usize) {
        store.write_blocking(move |tx: &mut dyn Tx| {
            (first..count.min(first + PER_WRITE)).try_for_each(|number| {
                let put = Put {
                    id: &id(number),
                    expect: Expect::Absent,
                    label: "",
                    archived: false,
                    tags: &[],
                    body: &document(number),
                    stamp: &stamp(),
                    job: None,
                };
                tx.put_record(collection, &put).map(drop)
            })
        })?;
    }
    Ok(())
}

fn stamp() -> Stamp {
    Stamp::new(Timestamp(1_795_000_000_000), BY)
}

/// Ids jump about, as random ones do.
fn id(number: u64) -> String {
    format!(
        "{:032x}",
        u128::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)
    )
}

fn document(number: u64) -> Jsonb {
    Jsonb::parse(text(number).as_bytes(), &Limits::default()).expect("the text is JSON")
}

/// The item of this number as JSON.
pub(crate) fn text(number: u64) -> String {
    let who = format!(
        r#"{{"on":{{"$date":{},"$zone":"UTC","$offset":null}},"by":{{"email":"{BY}"}}}}"#,
        1_790_000_000_000 + number
    );
    format!(
        r#"{{"guid":{{"$uuid":"{id}"}},"data":{{"n":{n},"city":"city-{city}","thickness":{thickness}.5,"ok":true}},"file":{{}},"metadata":{{"data":{{"_class":"{class}"}}}},"tags":[{{"name":"project_code","value":"p-{a}"}},{{"name":"department","value":"d-{b}"}}],"info":{{"entity_type":"item","archived":false,"created":{who},"modified":{who}}}}}"#,
        id = id(number),
        n = number % 1000,
        city = number * 31 % CITIES,
        thickness = number % 89,
        class = class(number % CLASSES),
        a = number * 17 % TAGS,
        b = number % 13,
    )
}
