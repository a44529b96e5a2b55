//! Who may import and export at all.

use model::Error;

use crate::Engine;
use crate::records::rights::Rights;
use crate::records::{Call, EntityRef};

impl Engine {
    /// Whether a caller may import records of an entity.
    pub(crate) fn may_import(&self, call: &Call, entity: &EntityRef) -> Result<bool, Error> {
        Ok(Rights::of(&*self.catalogue()?, entity, call)?.may_import())
    }

    /// Whether a caller may export the records of an entity that he may read.
    pub(crate) fn may_export(&self, call: &Call, entity: &EntityRef) -> Result<bool, Error> {
        Ok(Rights::of(&*self.catalogue()?, entity, call)?.may_export())
    }
}
