//! Reading one record.

use app::permissions::Right;
use jsonb::Jsonb;
use model::Error;

use super::fetched::Fetched;
use super::prepare::missing_record;
use super::render::Renderer;
use super::rights::Rights;
use super::{Call, EntityRef, Shape};
use crate::Engine;

impl Engine {
    /// Reads a record.
    ///
    /// # Errors
    /// `not-found`; `forbidden` for one that the caller may not see; `bad-request` for fields that there are not.
    pub async fn read_record(
        &self,
        call: &Call,
        entity: &EntityRef,
        id: &str,
        shape: &Shape,
    ) -> Result<Jsonb, Error> {
        let catalogue = self.catalogue()?;
        let rights = Rights::of(&catalogue, entity, call)?;
        rights.check(Right::Read)?;
        let renderer = Renderer::new(entity, &rights, shape)?;
        let id = id.to_ascii_lowercase();
        let found = self.store().record_body(entity.collection(), &id).await?;
        let (_, body) = found.ok_or_else(|| missing_record(entity, &id))?;
        rights.check_record(Right::Read, body.root())?;
        if shape.fetch.is_empty() {
            return renderer.record(body.root());
        }
        let (catalogue, entity) = (catalogue.clone(), entity.clone());
        let (call, shape) = (call.clone(), shape.clone());
        let most = self.options().query.result_bytes;
        self.store()
            .look_up(move |tx| {
                let rights = Rights::of(&catalogue, &entity, &call)?;
                let fetched = Fetched::of(tx, &rights, (&entity, &shape), body.root(), most)?;
                Renderer::new(&entity, &rights, &shape)?.record_with(body.root(), &fetched)
            })
            .await
    }
}
