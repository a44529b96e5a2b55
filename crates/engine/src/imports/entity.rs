//! From the name of an entity, as clients write it, to a collection.
//!
//! The exact name of a collection goes first. Otherwise the name is read as a model's: `Company` is kept in
//! `companies`, `PriceItem` in `price_items` or `priceitems`.

use model::{CollectionId, Error};
use storage::Tx;

use super::MAX_NAME;
use crate::entities::is_kept;

/// The collection that `entity` names; made if `create` says so and the name can be one. None if there is no such
/// entity.
pub(super) fn resolve<T: Tx + ?Sized>(
    tx: &mut T,
    entity: &str,
    create: bool,
) -> Result<Option<CollectionId>, Error> {
    if entity.len() > MAX_NAME {
        return Ok(None);
    }
    let candidates = candidates(entity);
    for name in &candidates {
        // Those of the entities have an order of their own, which an import does not keep.
        if is_kept(name) {
            continue;
        }
        if let Some(found) = tx.collection(name)? {
            return Ok(Some(found.id));
        }
    }
    if !create || !is_model_name(entity) {
        return Ok(None);
    }
    let name = candidates.get(1).map_or(entity, String::as_str);
    Ok(Some(tx.ensure_collection(name)?.id))
}

/// Names of collections that `entity` may mean, the likeliest first. The second one is what a new collection is called.
fn candidates(entity: &str) -> Vec<String> {
    let starts_upper = entity.starts_with(|c: char| c.is_ascii_uppercase());
    if !starts_upper {
        return vec![entity.to_owned()];
    }
    let snake = plural(&snake(entity));
    let lower = plural(&entity.to_ascii_lowercase());
    let mut names = vec![entity.to_owned(), snake];
    if !names.contains(&lower) {
        names.push(lower);
    }
    names
}

/// Whether a collection may be made of this name: a letter, then letters, digits and `_`.
fn is_model_name(entity: &str) -> bool {
    entity.starts_with(|c: char| c.is_ascii_alphabetic())
        && entity.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// `PriceItem` as `price_item`, `SKUGroup` as `sku_group`.
fn snake(name: &str) -> String {
    let bytes = name.as_bytes();
    let mut snake = String::with_capacity(name.len() + 4);
    for (place, letter) in name.char_indices() {
        let before = place.checked_sub(1).and_then(|at| bytes.get(at));
        let after = bytes.get(place + 1);
        let begins_word = letter.is_ascii_uppercase()
            && before.is_some_and(|before| {
                before.is_ascii_lowercase()
                    || before.is_ascii_digit()
                    || (before.is_ascii_uppercase() && after.is_some_and(u8::is_ascii_lowercase))
            });
        if begins_word {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

/// The plural of a lower-case English word, by the rules that have few exceptions.
fn plural(word: &str) -> String {
    let ends = |tails: &[&str]| tails.iter().any(|tail| word.ends_with(tail));
    if ends(&["s", "x", "z", "ch", "sh"]) {
        return format!("{word}es");
    }
    match word.strip_suffix('y') {
        Some(stem) if !ends(&["ay", "ey", "iy", "oy", "uy"]) => format!("{stem}ies"),
        _ => format!("{word}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::{candidates, is_model_name};

    #[test]
    fn names_of_models_are_read_as_plurals() {
        for (entity, expected) in [
            ("companies", &["companies"][..]),
            ("Company", &["Company", "companies"]),
            ("Category", &["Category", "categories"]),
            ("Day", &["Day", "days"]),
            ("Class", &["Class", "classes"]),
            ("Batch", &["Batch", "batches"]),
            ("Box", &["Box", "boxes"]),
            ("Article", &["Article", "articles"]),
            ("PriceItem", &["PriceItem", "price_items", "priceitems"]),
            ("SKU", &["SKU", "skus"]),
            ("SKUGroup", &["SKUGroup", "sku_groups", "skugroups"]),
            (
                "InventorySource",
                &["InventorySource", "inventory_sources", "inventorysources"],
            ),
        ] {
            assert_eq!(candidates(entity), expected, "{entity}");
        }
    }

    #[test]
    fn only_plain_names_make_collections() {
        assert!(is_model_name("PriceItem") && is_model_name("price_items2"));
        for bad in ["", "2x", "_x", "a b", "a.b", "a-b", "é", "a\"b"] {
            assert!(!is_model_name(bad), "{bad}");
        }
    }
}
