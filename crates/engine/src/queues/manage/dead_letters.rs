//! Whether dead letters may go where a policy says.

use storage::Tx;

use crate::queues::{Fault, Open, QueueName, Settings};

/// `account/name` of the queue that gets them.
pub(in crate::queues) fn target(settings: &Settings) -> Option<String> {
    let target = settings.redrive.as_ref()?.target()?;
    Some(target.to_string())
}

/// Refuses a policy whose queue is not there, is another's, is of another type or does not take them.
pub(super) fn check(tx: &mut dyn Tx, source: &QueueName, settings: &Settings) -> Result<(), Fault> {
    let Some(redrive) = &settings.redrive else {
        return Ok(());
    };
    let wrong = |reason| Fault::parameter("RedrivePolicy", &redrive.target, reason);
    let target = redrive.target().filter(|target| target.account == source.account);
    let target = target.ok_or_else(|| wrong("Dead letter target owner should be same as the source"))?;
    let found = tx.queue(&target.account, &target.name)?;
    let found = Open::of(found.ok_or_else(|| wrong("Dead letter target does not exist"))?)?;
    if found.settings.fifo != settings.fifo {
        return Err(wrong(
            "Dead-letter queue must be same type of queue as the source",
        ));
    }
    match &found.settings.allow {
        Some(allow) if !allow.takes(source) => Err(wrong(
            "Queue does not have permission to use it as a dead letter queue",
        )),
        _ => Ok(()),
    }
}
