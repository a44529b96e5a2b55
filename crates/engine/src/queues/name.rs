//! Names of queues, and the ARNs that policies name them by.

use std::fmt;
use std::str::FromStr;

use model::UserId;

use super::fault::shown;
use super::{Fault, FaultKind};

/// What the names of ordered queues end with.
pub const FIFO: &str = ".fifo";
const LONGEST: usize = 80;

/// A queue's account and name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct QueueName {
    /// Whose it is: twelve digits.
    pub account: String,
    /// The name.
    pub name: String,
}

/// The account of a user.
pub fn account_of(user: UserId) -> String {
    format!("{:012}", user.0)
}

/// Refuses what no queue may be called.
///
/// # Errors
/// `Parameter`, with the rule.
pub fn check(name: &str) -> Result<(), Fault> {
    let plain = name.strip_suffix(FIFO).unwrap_or(name);
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if !plain.is_empty() && name.len() <= LONGEST && plain.bytes().all(fits) {
        return Ok(());
    }
    Err(Fault::parameter(
        "QueueName",
        name,
        "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
    ))
}

impl fmt::Display for QueueName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.account, self.name)
    }
}

impl FromStr for QueueName {
    type Err = Fault;

    /// From `account/name`, as the store has it.
    fn from_str(text: &str) -> Result<Self, Fault> {
        let wrong = || Fault::new(FaultKind::Parameter, format!("no queue: {}", shown(text)));
        let (account, name) = text.split_once('/').ok_or_else(wrong)?;
        Ok(Self {
            account: account.to_owned(),
            name: name.to_owned(),
        })
    }
}

/// A name as policies give it: `arn:aws:sqs:<region>:<account>:<name>`. The region is the client's word and means nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arn {
    /// The region.
    pub region: String,
    /// The queue.
    pub queue: QueueName,
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let QueueName { account, name } = &self.queue;
        write!(f, "arn:aws:sqs:{}:{account}:{name}", self.region)
    }
}

impl FromStr for Arn {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let parts: Vec<&str> = text.split(':').collect();
        let ["arn", partition, "sqs", region, account, name] = parts[..] else {
            return Err(());
        };
        let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
        if !partition.starts_with("aws") || !is_account || check(name).is_err() {
            return Err(());
        }
        Ok(Self {
            region: region.to_owned(),
            queue: QueueName {
                account: account.to_owned(),
                name: name.to_owned(),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Arn, check};

    #[test]
    fn names_are_held_to_the_rule() {
        let long = "x".repeat(80);
        for good in ["a", "A-b_9", "a.fifo", &long] {
            assert!(check(good).is_ok(), "{good}");
        }
        let longer = "x".repeat(81);
        for bad in ["", ".fifo", "a.b", "a.fifo.fifo", "é", "a b", &longer] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn arns_come_back_as_they_were() {
        let text = "arn:aws:sqs:eu-west-2:000000000007:jobs.fifo";
        let arn: Arn = text.parse().unwrap();
        assert_eq!(
            (arn.to_string().as_str(), arn.queue.name.as_str()),
            (text, "jobs.fifo")
        );
        for bad in [
            "",
            "arn:aws:sqs:r:7:jobs",
            "arn:aws:sns:r:000000000007:jobs",
            "arn:aws:sqs:r:000000000007:a b",
        ] {
            assert!(bad.parse::<Arn>().is_err(), "{bad}");
        }
    }
}
