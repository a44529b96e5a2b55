//! Public ids of what a definition names: 24 hex digits, the same whenever and wherever they are made.

use sha2::{Digest, Sha256};

/// The public id of the entity of this name.
#[must_use]
pub fn entity_id(name: &str) -> String {
    digest("entity", name)
}

/// The public id of the group of this name.
#[must_use]
pub fn group_id(name: &str) -> String {
    digest("group", name)
}

fn digest(kind: &str, name: &str) -> String {
    let digest = Sha256::digest(format!("{kind}:{name}").as_bytes());
    model::hex::encode(&digest[..12])
}

#[cfg(test)]
mod tests {
    use super::{entity_id, group_id};

    #[test]
    fn ids_are_stable_and_differ() {
        assert_eq!(group_id("admins"), group_id("admins"));
        assert_ne!(group_id("admins"), group_id("users"));
        assert_ne!(group_id("users"), entity_id("users"));
        assert!(group_id("ü").len() == 24 && group_id("ü").bytes().all(|b| b.is_ascii_hexdigit()));
    }
}
