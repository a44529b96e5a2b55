//! [`Writes`]: what a caller may write of one record.

use app::permissions::{Granting, Right};
use jsonb::Value;
use model::Error;

use super::{Rights, is_within};

/// The fields of one record that a caller may write.
pub(in crate::records) struct Writes<'r> {
    rights: &'r Rights<'r>,
    granting: Granting,
    denied: Vec<String>,
}

impl<'a> Rights<'a> {
    /// What may be written of a record that is there. What is not shown of it is not written either.
    pub(in crate::records) fn writes(&'a self, record: Value<'_>) -> Result<Writes<'a>, Error> {
        let mut denied = self.denied(self.entity.write_rules(), record)?;
        denied.extend(self.denied(self.entity.read_rules(), record)?);
        Ok(Writes {
            rights: self,
            granting: self.granting(Right::Update, record)?,
            denied,
        })
    }

    /// What may be written of a new record: all that somebody allows who lets some record be made, until
    /// [`Writes::narrow`] knows which one.
    pub(in crate::records) fn writes_of_new(&'a self) -> Result<Writes<'a>, Error> {
        Ok(Writes {
            rights: self,
            granting: self.reach(Right::Create)?.anybody(),
            denied: Vec::new(),
        })
    }
}

impl Writes<'_> {
    /// Takes back what does not go with the new record that was made of a body by it; whether there was anything, so
    /// that the record has to be made anew. Each time less may be written, so this ends.
    pub(in crate::records) fn narrow(&mut self, made: Value<'_>) -> Result<bool, Error> {
        let granting = self.rights.granting(Right::Create, made)?.and(&self.granting);
        if !granting.is_any() {
            return Err(self.rights.forbidden(Right::Create));
        }
        let mut denied = self.rights.denied(self.rights.entity.write_rules(), made)?;
        denied.retain(|path| !self.denied.contains(path));
        let narrowed = granting != self.granting || !denied.is_empty();
        self.granting = granting;
        self.denied.extend(denied);
        Ok(narrowed)
    }

    /// Whether the field at a path may be written.
    pub(in crate::records) fn may(&self, path: &str) -> bool {
        self.rights.inner.writable(&self.granting, path)
            && !self.denied.iter().any(|denied| is_within(path, denied))
    }
}
