//! Files: addresses that need no token, and what is behind them.

pub(crate) mod get;
pub(crate) mod put;

use engine::entities::{Entity, EntityKind, FileAddress, FileGrant, FileMethod};
use model::{Code, Error, Uuid};
use serde::Deserialize;

use crate::Qalx;
use crate::noun::Noun;

const DAY: i64 = 24 * 60 * 60;

/// What the query of an address carries.
#[derive(Debug, Deserialize)]
pub(crate) struct Signature {
    /// Until when it is valid, in seconds since 1970.
    expires: i64,
    /// 64 hex digits.
    signature: String,
}

/// The address of an entity's file, if it has one.
pub(crate) fn address(
    qalx: &Qalx,
    base: &str,
    noun: &Noun,
    entity: &Entity,
    method: FileMethod,
) -> Result<Option<String>, Error> {
    let Some(field) = noun.kind.file_field() else {
        return Ok(None);
    };
    let file = entity.body.root().get(field).map_err(Error::internal)?;
    let is_empty = file
        .map(jsonb::Value::is_empty)
        .transpose()
        .map_err(Error::internal)?;
    if is_empty != Some(false) {
        return Ok(None);
    }
    let now = qalx.engine.env().now().0.div_euclid(1000);
    let address = FileAddress {
        method,
        kind: noun.kind,
        guid: entity.guid,
        expires: now + DAY * i64::from(qalx.options.url_days),
    };
    let signature = qalx.engine.sign_file(&address);
    let (guid, expires) = (entity.guid, address.expires);
    Ok(Some(format!(
        "{base}/file/{guid}?expires={expires}&signature={signature}"
    )))
}

/// What a signature grants. The kind is not in the address: the signature fits one kind only.
fn grant(qalx: &Qalx, method: FileMethod, guid: &str, signature: &Signature) -> Result<FileGrant, Error> {
    let guid: Uuid = guid.parse().map_err(|_| Error::not_found("file", guid))?;
    let kinds = EntityKind::ALL
        .into_iter()
        .filter(|kind| kind.file_field().is_some());
    let mut refusal = Error::new(Code::Forbidden, "the signature of the address is not valid");
    for kind in kinds {
        let address = FileAddress {
            method,
            kind,
            guid,
            expires: signature.expires,
        };
        match qalx.engine.verify_file(&address, &signature.signature) {
            Ok(grant) => return Ok(grant),
            // Of an address that has expired, this is the one whose signature fits.
            Err(error) if error.message().contains("expired") => refusal = error,
            Err(_) => {}
        }
    }
    Err(refusal)
}
