//! Time listeners: whose time has come, and when the next one comes.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use ::jobs::shared_time;
use app::{Listener, TimeTable, Trigger};
use jiff::tz::TimeZone;
use model::{Error, Timestamp};
use serde_json::json;

use crate::Engine;
use crate::records::unit::{Heard, job_of};

/// How long a node sleeps at most: the app may change meanwhile.
const LONGEST: Duration = Duration::from_secs(20);
/// How long at least.
const SHORTEST: Duration = Duration::from_millis(50);

/// Looks after time listeners until `shutdown`.
pub async fn run(engine: Engine, shutdown: impl Future<Output = ()>) {
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let pause = match engine.fire_timers().await {
            Ok(Some(next)) => {
                let left = next.0.saturating_sub(engine.env().now().0);
                Duration::from_millis(u64::try_from(left).unwrap_or(0)).clamp(SHORTEST, LONGEST)
            }
            Ok(None) => LONGEST,
            Err(error) => {
                tracing::warn!(
                    error = error.message(),
                    cause = error.internal_text(),
                    "cannot look after time listeners"
                );
                LONGEST
            }
        };
        tokio::select! {
            () = &mut shutdown => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// A listener with its times.
struct Timer {
    listener: Arc<Listener>,
    table: TimeTable,
    zone: TimeZone,
}

impl Engine {
    /// Hands in the jobs of all time listeners whose time has come; when the next one comes, if there is any.
    ///
    /// # Errors
    /// The store's.
    pub async fn fire_timers(&self) -> Result<Option<Timestamp>, Error> {
        let Ok(catalogue) = self.catalogue() else {
            return Ok(None);
        };
        let timers: Vec<Timer> = catalogue
            .app()
            .listeners
            .values()
            .filter_map(|listener| {
                let Trigger::Time { cron, timezone } = &listener.trigger else {
                    return None;
                };
                let zone = timezone.as_deref().and_then(|name| TimeZone::get(name).ok());
                Some(Timer {
                    listener: Arc::clone(listener),
                    table: TimeTable::parse(cron)?,
                    zone: zone.unwrap_or_else(|| catalogue.zone().clone()),
                })
            })
            .collect();
        let now = self.env().now();
        let next = timers
            .iter()
            .filter_map(|timer| timer.table.next(now.0, &timer.zone))
            .min();
        if timers.is_empty() || !self.is_any_due(&timers).await? {
            return Ok(next.map(Timestamp));
        }
        let (env, runner) = (self.env().clone(), self.runner().clone());
        self.store()
            .write(move |tx| {
                let now = shared_time(&env, tx)?;
                for timer in &timers {
                    let mark = mark_of(&timer.listener.name);
                    let last = tx.mark(&mark)?.and_then(|text| text.parse().ok());
                    if timer.is_due(last, now) {
                        let heard = timer.heard();
                        let new = job_of(&timer.listener, &heard, &env, now)?;
                        runner.submit(tx, &new)?;
                    }
                    if last.is_none() || timer.is_due(last, now) {
                        tx.set_mark(&mark, &now.0.to_string())?;
                    }
                }
                Ok::<_, Error>(())
            })
            .await?;
        Ok(next.map(Timestamp))
    }

    /// Whether there is anything to write.
    async fn is_any_due(&self, timers: &[Timer]) -> Result<bool, Error> {
        let names: Vec<String> = timers.iter().map(|timer| mark_of(&timer.listener.name)).collect();
        let marks = self
            .store()
            .look_up(move |tx| {
                let marks = names.iter().map(|name| tx.mark(name));
                Ok::<_, Error>(marks.collect::<Result<Vec<_>, _>>()?)
            })
            .await?;
        let now = self.env().now();
        let due = |(timer, mark): (&Timer, &Option<String>)| {
            let last = mark.as_deref().and_then(|text| text.parse().ok());
            last.is_none() || timer.is_due(last, now)
        };
        Ok(timers.iter().zip(&marks).any(due))
    }
}

impl Timer {
    /// Whether a time has come since the last one. A listener that was never looked after begins to count now.
    fn is_due(&self, last: Option<i64>, now: Timestamp) -> bool {
        let next = last.and_then(|last| self.table.next(last, &self.zone));
        next.is_some_and(|next| next <= now.0)
    }

    fn heard(&self) -> Heard {
        Heard {
            listener: self.listener.name.clone(),
            event: json!({ "type": "TIME" }),
            entity: None,
            record: None,
            old: None,
            by: String::new(),
            depth: 1,
        }
    }
}

fn mark_of(listener: &str) -> String {
    format!("app:timer:{listener}")
}
