//! The options of the job commands.

use clap::{Args, Subcommand};

const EXAMPLES: &str = "\
Examples:
  export STOCKYARD_URL=http://127.0.0.1:8080 STOCKYARD_TOKEN=$(stockyard token create --user ann@example.com)
  stockyard jobs list --created-by ann@example.com
  stockyard jobs watch 42 && echo done";

#[derive(Subcommand)]
#[command(after_help = EXAMPLES)]
pub(crate) enum Command {
    /// List jobs, newest first.
    #[command(after_help = EXAMPLES)]
    List {
        #[command(flatten)]
        filters: Filters,
        #[command(flatten)]
        api: Api,
    },
    /// Show one job with its failures and its log.
    #[command(after_help = "Example:\n  stockyard jobs show 42 --json")]
    Show {
        /// Number of the job, as in the list
        id: String,
        #[command(flatten)]
        api: Api,
    },
    /// Let a job stand still at its next safe point.
    #[command(after_help = "Example:\n  stockyard jobs stop 42")]
    Stop {
        /// Number of the job, as in the list
        id: String,
        #[command(flatten)]
        api: Api,
    },
    /// Let a job that stands still go on where it was.
    #[command(after_help = "Example:\n  stockyard jobs resume 42")]
    Resume {
        /// Number of the job, as in the list
        id: String,
        #[command(flatten)]
        api: Api,
    },
    /// Give a job up; what it has done stays.
    #[command(after_help = "Example:\n  stockyard jobs cancel 42")]
    Cancel {
        /// Number of the job, as in the list
        id: String,
        #[command(flatten)]
        api: Api,
    },
    /// Follow a job to its end. Exit status 0 when all of it went well, 1 otherwise.
    #[command(after_help = "Example:\n  stockyard jobs watch 42 && echo done")]
    Watch {
        /// Number of the job, as in the list, or its id in the API of apps
        id: String,
        #[command(flatten)]
        api: Api,
    },
    /// Give records of an app back what they were before a job changed them, and follow that to its end.
    #[command(after_help = "Example:\n  stockyard jobs undo 65f2a90e6b1c4d3f8a7e5d21")]
    Undo {
        /// Id of the job in the API of apps
        id: String,
        #[command(flatten)]
        api: Api,
    },
}

/// Which server, and how to answer.
#[derive(Args)]
pub(crate) struct Api {
    /// Address of the server
    #[arg(long, env = "STOCKYARD_URL", default_value = "http://127.0.0.1:8080")]
    pub(crate) url: String,
    /// Token for its API
    #[arg(long, env = "STOCKYARD_TOKEN", hide_env_values = true)]
    pub(crate) token: String,
    /// Print the server's JSON instead of tables
    #[arg(long, env = "STOCKYARD_JSON")]
    pub(crate) json: bool,
}

/// Which jobs to list.
#[derive(Args)]
pub(crate) struct Filters {
    /// Page of the list
    #[arg(long, env = "STOCKYARD_PAGE", default_value_t = 1)]
    page: u64,
    /// Jobs on a page
    #[arg(long, env = "STOCKYARD_PER_PAGE", default_value_t = 50)]
    per_page: u64,
    /// Only jobs of this user
    #[arg(long, env = "STOCKYARD_CREATED_BY", value_name = "EMAIL")]
    created_by: Option<String>,
    /// Only the job of this request
    #[arg(long, env = "STOCKYARD_REQUEST_ID", value_name = "UUID")]
    request_id: Option<String>,
    /// Only jobs accepted at this time or later, like 2016-05-30T05:13:26Z
    #[arg(long, env = "STOCKYARD_CREATED_FROM", value_name = "TIME")]
    created_from: Option<String>,
    /// Only jobs accepted at this time or earlier
    #[arg(long, env = "STOCKYARD_CREATED_TO", value_name = "TIME")]
    created_to: Option<String>,
    /// Only jobs that changed at this time or later
    #[arg(long, env = "STOCKYARD_UPDATED_FROM", value_name = "TIME")]
    updated_from: Option<String>,
    /// Only jobs that changed at this time or earlier
    #[arg(long, env = "STOCKYARD_UPDATED_TO", value_name = "TIME")]
    updated_to: Option<String>,
}

impl Filters {
    /// As the API takes them.
    pub(super) fn query(&self) -> String {
        let texts = [
            ("created_by", &self.created_by),
            ("request_id", &self.request_id),
            ("created_time_from", &self.created_from),
            ("created_time_to", &self.created_to),
            ("updated_time_from", &self.updated_from),
            ("updated_time_to", &self.updated_to),
        ];
        let mut query = format!("page={}&per_page={}", self.page, self.per_page);
        for (name, text) in texts {
            if let Some(text) = text {
                query.push_str(&format!("&{name}={}", escaped(text)));
            }
        }
        query
    }
}

/// A text as a part of an address.
pub(crate) fn escaped(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn what_has_a_meaning_in_addresses_is_escaped() {
        assert_eq!(escaped("a+b@c/d?é"), "a%2Bb%40c%2Fd%3F%C3%A9");
    }
}
