//! The `[jobs]` section: the runner's settings as an operator writes them.

use std::num::{NonZeroU32, NonZeroU64};
use std::time::Duration;

use ::jobs::{Retention, RunnerOptions};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Settings of the job runner; times are whole seconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct JobsOptions {
    /// Jobs worked on at once; one per core, and at least two, when absent.
    pub(crate) concurrency: Option<NonZeroU32>,
    /// The low lane is closed while more ordinary jobs than this run; half of `concurrency` when absent.
    pub(crate) low_lane_threshold: Option<u64>,
    /// How long a process may be silent before another takes over its jobs.
    pub(crate) lease: NonZeroU32,
    /// How often to look for jobs that other processes handed in.
    pub(crate) poll: NonZeroU32,
    /// How long a stop waits for jobs to reach their next safe point.
    pub(crate) grace: NonZeroU32,
    /// Days after which ended jobs are deleted.
    pub(crate) max_age_days: Limit,
    /// How many ended jobs are kept.
    pub(crate) max_finished: Limit,
    /// How often old jobs are deleted.
    pub(crate) retention_interval: NonZeroU32,
}

impl Default for JobsOptions {
    fn default() -> Self {
        let RunnerOptions {
            lease,
            poll,
            grace,
            retention,
            retention_interval,
            ..
        } = RunnerOptions::default();
        Self {
            concurrency: None,
            low_lane_threshold: None,
            lease: whole(lease),
            poll: whole(poll),
            grace: whole(grace),
            max_age_days: Limit(
                retention
                    .max_age_days
                    .and_then(|days| NonZeroU64::new(days.into())),
            ),
            max_finished: Limit(retention.max_finished.and_then(NonZeroU64::new)),
            retention_interval: whole(retention_interval),
        }
    }
}

fn whole(time: Duration) -> NonZeroU32 {
    let seconds = u32::try_from(time.as_secs()).unwrap_or(u32::MAX);
    NonZeroU32::new(seconds).unwrap_or(NonZeroU32::MIN)
}

impl JobsOptions {
    /// The runner's own settings.
    pub(crate) fn runner(&self) -> RunnerOptions {
        let default = RunnerOptions::default();
        let concurrency = self
            .concurrency
            .map_or(default.concurrency, |number| number.get() as usize);
        let seconds = |number: NonZeroU32| Duration::from_secs(number.get().into());
        RunnerOptions {
            concurrency,
            low_lane_threshold: self.low_lane_threshold.unwrap_or(concurrency as u64 / 2),
            lease: seconds(self.lease),
            poll: seconds(self.poll),
            grace: seconds(self.grace),
            retention: Retention {
                max_age_days: self
                    .max_age_days
                    .0
                    .map(|days| u32::try_from(days.get()).unwrap_or(u32::MAX)),
                max_finished: self.max_finished.0.map(NonZeroU64::get),
            },
            retention_interval: seconds(self.retention_interval),
            ..default
        }
    }
}

/// A number above zero, or the word `unlimited`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limit(Option<NonZeroU64>);

impl Serialize for Limit {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Some(number) => number.serialize(to),
            None => to.serialize_str("unlimited"),
        }
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Number(NonZeroU64),
            Word(String),
        }
        let wrong = || de::Error::custom("expected a number above zero or \"unlimited\"");
        match Written::deserialize(from).map_err(|_| wrong())? {
            Written::Number(number) => Ok(Self(Some(number))),
            Written::Word(word) if word == "unlimited" => Ok(Self(None)),
            Written::Word(_) => Err(wrong()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jobs::RunnerOptions;

    use super::JobsOptions;

    fn parse(text: &str) -> Result<JobsOptions, String> {
        toml::from_str(text).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn the_defaults_are_the_runners_own() {
        let (ours, theirs) = (JobsOptions::default().runner(), RunnerOptions::default());
        assert_eq!(
            (ours.concurrency, ours.low_lane_threshold, ours.retention),
            (theirs.concurrency, theirs.low_lane_threshold, theirs.retention)
        );
        assert_eq!(
            (ours.lease, ours.poll, ours.grace, ours.retention_interval),
            (theirs.lease, theirs.poll, theirs.grace, theirs.retention_interval)
        );
    }

    #[test]
    fn settings_reach_the_runner() {
        let options = parse("concurrency = 9\nlease = 5\nmax_age_days = \"unlimited\"\nmax_finished = 10")
            .unwrap()
            .runner();
        assert_eq!((options.concurrency, options.low_lane_threshold), (9, 4));
        assert_eq!(options.lease, Duration::from_secs(5));
        assert_eq!(
            (options.retention.max_age_days, options.retention.max_finished),
            (None, Some(10))
        );
    }

    #[test]
    fn wrong_values_are_refused() {
        for (text, needle) in [
            ("lease = 0", "nonzero"),
            ("max_age_days = 0", "above zero"),
            ("max_finished = \"many\"", "unlimited"),
            ("leases = 1", "unknown field `leases`"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(needle), "{text}: {error}");
        }
    }
}
