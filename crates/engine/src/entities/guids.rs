//! The ids of entities as queries see them, so that a listing by `guid` goes straight to the records.

use std::ops::Bound;

use model::Uuid;
use query::{KeyRange, Val, value_key};

use super::record_id;
use crate::search::Ids;

/// How entities are known.
pub(super) const IDS: Ids = Ids {
    path: "guid",
    id: |range| guid_in(range).map(record_id),
};

/// The uuid whose key a range consists of. Every guid is a uuid, so a range of anything else names no record.
fn guid_in(range: &KeyRange) -> Option<Uuid> {
    let Bound::Included(key) = &range.0 else {
        return None;
    };
    let (_, tail) = key.split_last_chunk::<16>()?;
    let same = value_key(&Val::Uuid(*tail)).is_ok_and(|uuid| uuid == *key);
    same.then(|| Uuid::from_bytes(*tail))
}

#[cfg(test)]
mod tests {
    use std::ops::Bound;

    use model::Uuid;
    use query::{Val, value_key};

    use super::guid_in;

    #[test]
    fn the_uuid_of_a_key_comes_back() {
        let point = |val: &Val<'_>| {
            let key = value_key(val).unwrap();
            (Bound::Included(key.clone()), Bound::Included(key))
        };
        let guid = Uuid::from_u128(0x0123_4567_89ab_cdef_0011_2233_4455_6677);
        assert_eq!(guid_in(&point(&Val::Uuid(guid.into_bytes()))), Some(guid));
        assert_eq!(
            guid_in(&point(&Val::Str("0123456789abcdef0123456789abcdef".into()))),
            None
        );
        assert_eq!(guid_in(&point(&Val::Int(7))), None);
    }
}
