//! The queues behind queue entities where another service keeps them.
//!
//! A queue is made, or set anew, when its address is first asked for after it could have changed; so an entity is never
//! stored for a queue that could not be made, nor the other way round. What clients got is good for hours and is given out
//! again for a while, since the service is slow and counts its calls. The removal of an entity leaves a job behind that
//! removes its queues.

use std::collections::BTreeMap;
use std::time::Duration;

use jsonb::Jsonb;
use model::job::{NewJob, Status};
use model::{Actor, Error, Uuid};
use storage::{ReadTx, Tx};

use super::queues::{LIFE, QueueAccess, QueuePlace, dead_letters, initial, name, settings};
use super::{EntityKind, record_id};
use crate::Engine;
use crate::kinds::remove_queues::{KIND, Params, QUEUE};
use crate::kinds::to_json;
use crate::queues::Settings;
use crate::queues::outside::{Given, Outside};

/// How long credentials are given out again.
const SHARED: Duration = Duration::from_secs(3600);

impl Engine {
    /// As [`Engine::queue_access`].
    pub(super) async fn access_outside(
        &self,
        outside: &Outside,
        actor: &Actor,
        guids: Vec<Uuid>,
    ) -> Result<Vec<Option<QueueAccess>>, Error> {
        let (collection, asked) = (self.entity_collection(EntityKind::Queue), guids.clone());
        let bodies = self.store().read(move |tx: &mut dyn ReadTx| {
            let body = |guid: &Uuid| {
                Ok(tx
                    .record_body(collection, &record_id(*guid))?
                    .map(|(_, body)| body))
            };
            asked.iter().map(body).collect::<Result<Vec<_>, Error>>()
        });
        let mut all = Vec::with_capacity(guids.len());
        for (guid, body) in guids.into_iter().zip(bodies.await?) {
            all.push(match body {
                Some(body) => Some(self.given_outside(outside, actor, guid, &body).await?),
                None => None,
            });
        }
        Ok(all)
    }

    async fn given_outside(
        &self,
        outside: &Outside,
        actor: &Actor,
        guid: Uuid,
        body: &Jsonb,
    ) -> Result<QueueAccess, Error> {
        let (wanted, now) = (settings(guid, body.root())?, self.env().now());
        let attributes = attributes(&wanted);
        let given = match outside.given(guid, actor.user, &attributes, now) {
            Some(given) => given,
            None => {
                let given = self.ask_outside(outside, actor, guid, wanted).await?;
                outside.remember(guid, actor.user, given.clone());
                given
            }
        };
        Ok(QueueAccess {
            queue: QueuePlace::At(given.queue.url),
            dead_letters: QueuePlace::At(given.dead_letters.url),
            credentials: given.credentials,
        })
    }

    async fn ask_outside(
        &self,
        outside: &Outside,
        actor: &Actor,
        guid: Uuid,
        mut wanted: Settings,
    ) -> Result<Given, Error> {
        let (service, now) = (outside.service(), self.env().now());
        let noted = attributes(&wanted);
        let dead = dead_letters(guid).name;
        let dead_letters = service.keep(&dead, attributes(&initial())).await?;
        if let Some(redrive) = &mut wanted.redrive {
            dead_letters.arn.clone_into(&mut redrive.target);
        }
        let queue = service.keep(&name(guid).name, attributes(&wanted)).await?;
        let arns = [queue.arn.clone(), dead_letters.arn.clone()];
        let credentials = service.credentials(&arns, &actor.email, LIFE).await?;
        Ok(Given {
            attributes: noted,
            queue,
            dead_letters,
            credentials,
            renew: now.plus_millis(i64::try_from(SHARED.as_millis()).unwrap_or(i64::MAX)),
        })
    }

    /// Has the queues of an entity removed that is removed in this transaction.
    pub(super) fn remove_outside(&self, tx: &mut dyn Tx, actor: &Actor, guid: Uuid) -> Result<(), Error> {
        let Some(outside) = self.outside() else {
            return Ok(());
        };
        outside.forget(guid);
        let names = [name(guid), dead_letters(guid)].map(|queue| queue.name);
        let job = NewJob {
            id: self.env().new_job_id(),
            request_id: self.env().new_request_id(),
            kind: KIND,
            label: format!("Removal of the queue {}", names[0]),
            queue: QUEUE,
            serial_key: None,
            priority: 0,
            low_priority: false,
            run_by: actor.email.clone(),
            parent: None,
            status: Status::Pending,
            params: to_json(&Params {
                names: names.to_vec(),
            })?,
            error: None,
            now: self.env().now(),
        };
        self.runner().submit(tx, &job)?;
        Ok(())
    }
}

/// Settings by the names of SQS, without what any service does by itself.
fn attributes(settings: &Settings) -> BTreeMap<String, String> {
    let usual = Settings::default().shown();
    let own = |(name, value): &(&'static str, String)| {
        *name != "SqsManagedSseEnabled"
            && (*name != "MaximumMessageSize" || !usual.contains(&(*name, value.clone())))
    };
    let shown = settings.shown().into_iter().filter(own);
    shown.map(|(name, value)| (name.to_owned(), value)).collect()
}
