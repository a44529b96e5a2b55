//! Signed addresses of files: a client that has one may fetch or send a file without a token, until it expires.
//!
//! The signature covers what may be done, to which entity, and until when. Its key is made at the first start and kept
//! in the store, so addresses outlive a restart. The only way to a [`FileGrant`] is a signature that fits, or a caller
//! who may see the entity; the file calls take nothing else.

use hmac::{Hmac, KeyInit, Mac};
use model::{Actor, Code, Error, Timestamp, Uuid, hex};
use sha2::Sha256;
use storage::Tx;
use subtle::ConstantTimeEq;

use super::EntityKind;
use crate::Engine;

/// The mark under which the key is kept.
const MARK: &str = "entities.file-key";

/// What an address allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileMethod {
    /// Reading the file.
    Get,
    /// Replacing the file.
    Put,
}

impl FileMethod {
    fn as_str(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Put => "put",
        }
    }
}

/// What a signature covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileAddress {
    /// What it allows.
    pub method: FileMethod,
    /// The kind of the entity.
    pub kind: EntityKind,
    /// The entity.
    pub guid: Uuid,
    /// Until when, in seconds since 1970; the last one included.
    pub expires: i64,
}

/// The right to do one thing with one file, now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileGrant {
    pub(super) method: FileMethod,
    pub(super) kind: EntityKind,
    pub(super) guid: Uuid,
}

/// The key of all signatures.
#[derive(Clone)]
pub(crate) struct FileKey([u8; 32]);

impl FileKey {
    /// The key of this store; `fresh` becomes it when there is none.
    pub(crate) fn ensure(tx: &mut dyn Tx, fresh: [u8; 32]) -> Result<Self, Error> {
        let Some(kept) = tx.mark(MARK)? else {
            tx.set_mark(MARK, &hex::encode(&fresh))?;
            return Ok(Self(fresh));
        };
        hex::decode(&kept)
            .map(Self)
            .ok_or_else(|| Error::internal("the key of file addresses is damaged"))
    }

    fn sign(&self, address: &FileAddress) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("a key of any length is taken");
        let FileAddress {
            method,
            kind,
            guid,
            expires,
        } = address;
        let text = format!(
            "{}\n{}\n{}\n{expires}",
            method.as_str(),
            kind.as_str(),
            guid.simple()
        );
        mac.update(text.as_bytes());
        mac.finalize().into_bytes().into()
    }
}

impl Engine {
    /// The signature of an address, 64 hex digits.
    pub fn sign_file(&self, address: &FileAddress) -> String {
        hex::encode(&self.inner.file_key.sign(address))
    }

    /// The grant of a signed address.
    ///
    /// # Errors
    /// `forbidden` for a signature that does not fit, and for one that has expired.
    pub fn verify_file(&self, address: &FileAddress, signature: &str) -> Result<FileGrant, Error> {
        let refused = |why| Err(Error::new(Code::Forbidden, why));
        let expected = self.inner.file_key.sign(address);
        let fits = hex::decode::<32>(signature).is_some_and(|given| bool::from(given.ct_eq(&expected)));
        if !fits {
            return refused("the signature of the address is not valid");
        }
        if self.env().now() >= Timestamp(address.expires.saturating_add(1).saturating_mul(1000)) {
            return refused("the address has expired");
        }
        Ok(FileGrant {
            method: address.method,
            kind: address.kind,
            guid: address.guid,
        })
    }

    /// The grant of a caller who may see the entity.
    ///
    /// # Errors
    /// `not-found`, also when he may not see it.
    pub async fn file_grant(
        &self,
        actor: &Actor,
        method: FileMethod,
        kind: EntityKind,
        guid: Uuid,
    ) -> Result<FileGrant, Error> {
        self.entity(actor, kind, guid).await?;
        Ok(FileGrant { method, kind, guid })
    }
}

#[cfg(test)]
mod tests {
    use model::Uuid;

    use super::{FileAddress, FileKey, FileMethod};
    use crate::entities::EntityKind;

    #[test]
    fn everything_is_covered() {
        let address = FileAddress {
            method: FileMethod::Get,
            kind: EntityKind::Item,
            guid: Uuid::from_u128(7),
            expires: 1000,
        };
        let (method, kind) = (FileMethod::Put, EntityKind::Factory);
        let others = [
            FileAddress { method, ..address },
            FileAddress { kind, ..address },
            FileAddress {
                guid: Uuid::from_u128(8),
                ..address
            },
            FileAddress {
                expires: 1001,
                ..address
            },
        ];
        let key = FileKey([1; 32]);
        assert_eq!(key.sign(&address), key.sign(&address));
        assert!(others.iter().all(|other| key.sign(other) != key.sign(&address)));
        assert_ne!(FileKey([2; 32]).sign(&address), key.sign(&address));
    }
}
