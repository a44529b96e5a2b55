//! Notifications: mails that a client asks for, sent by a durable job.
//!
//! Everyone who has a token may send one; where mail goes out and under whose name is the operator's decision alone
//! ([`MailOptions`]). A notification is accepted when it is stored; the job of [`crate::kinds`] named `mail` brings it to
//! each recipient, and says of each whether it got there.

mod options;

use lettre::message::Mailbox;
use model::job::{NewJob, Status};
use model::{Actor, Code, Error, Job};
use serde::{Deserialize, Serialize};

pub use options::{MailOptions, MailTls};

use crate::Engine;
use crate::kinds::mail::KIND;
use crate::kinds::to_json;

/// The queue of mails.
pub const QUEUE: &str = "mail";
/// Mails go out one after another, so that a mail server that is down holds up one place of the runner, not all.
const SERIAL_KEY: &str = "mail";
/// The longest subject, in characters: what fits on a header line (RFC 5322, 2.1.1).
const MAX_SUBJECT: usize = 998;

/// A mail to be sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notification {
    /// The subject line.
    pub subject: String,
    /// Plain text or HTML; see [`Notification::is_html`].
    pub message: String,
    /// Who gets it.
    pub to: Vec<String>,
    /// Who gets it beside them.
    pub cc: Vec<String>,
    /// Who gets it without the others being told.
    pub bcc: Vec<String>,
}

impl Notification {
    /// Whether the message is HTML: it has an end tag.
    pub fn is_html(&self) -> bool {
        let mut ends = self.message.match_indices("</");
        ends.any(|(at, _)| {
            let name = &self.message[at + 2..];
            name.starts_with(|first: char| first.is_ascii_alphabetic()) && name.contains('>')
        })
    }

    /// The fields that name recipients.
    fn lists(&self) -> [(&'static str, &[String]); 3] {
        [("to", &self.to), ("cc", &self.cc), ("bcc", &self.bcc)]
    }

    fn check(&self, options: &MailOptions) -> Result<(), Error> {
        let length = self.subject.chars().count();
        if self.subject.trim().is_empty() {
            return Err(Error::missing("subject"));
        }
        if length > MAX_SUBJECT {
            let message = format!("subject: at most {MAX_SUBJECT} characters, got {length}");
            return Err(Error::bad_value("subject", message));
        }
        if let Some(control) = self.subject.chars().find(|character| character.is_control()) {
            let message = format!("subject: must be one line without control characters, got {control:?}");
            return Err(Error::bad_value("subject", message));
        }
        if self.message.is_empty() {
            return Err(Error::missing("message"));
        }
        self.check_recipients(options)
    }

    fn check_recipients(&self, options: &MailOptions) -> Result<(), Error> {
        for (field, addresses) in self.lists() {
            for address in addresses {
                if address.parse::<Mailbox>().is_err() {
                    let shown: String = address.chars().take(254).collect();
                    let message = format!("{field}: not a mail address: {shown:?}");
                    return Err(Error::bad_value(field, message));
                }
            }
        }
        let (count, most) = (
            self.lists().iter().map(|(_, list)| list.len()).sum(),
            options.max_recipients,
        );
        match count {
            0_usize => Err(Error::missing("to")),
            _ if count > most => {
                let message =
                    format!("to, cc and bcc: at most {most} recipients (mail.max_recipients), got {count}");
                Err(Error::bad_value("to", message))
            }
            _ => Ok(()),
        }
    }
}

impl Engine {
    /// Accepts a mail as a job.
    ///
    /// # Errors
    /// `missing-field` and `bad-value` that name the field; `conflict` while no mail server is configured.
    pub async fn notify(&self, actor: &Actor, notification: Notification) -> Result<Job, Error> {
        let options = &self.options().mail;
        notification.check(options)?;
        if let Some(setting) = options.lacking() {
            let message = format!("no mail can be sent: {setting} is not set in the server's configuration");
            return Err(Error::new(Code::Conflict, message));
        }
        let recipients: usize = notification.lists().iter().map(|(_, list)| list.len()).sum();
        let job = NewJob {
            id: self.env().new_job_id(),
            request_id: self.env().new_request_id(),
            kind: KIND,
            label: format!("Mail to {recipients} recipients"),
            queue: QUEUE,
            serial_key: Some(SERIAL_KEY.to_owned()),
            priority: 0,
            low_priority: false,
            run_by: actor.email.clone(),
            parent: None,
            status: Status::Pending,
            params: to_json(&notification)?,
            error: None,
            now: self.env().now(),
        };
        let runner = self.runner().clone();
        let accepted = self
            .store()
            .write(move |tx| Ok::<_, Error>(runner.submit(tx, &job)?.into_job()));
        accepted.await
    }
}

#[cfg(test)]
mod tests {
    use model::Code;

    use super::{MailOptions, Notification};

    fn to(address: &str) -> Notification {
        Notification {
            subject: "Done".to_owned(),
            message: "All runs are done".to_owned(),
            to: vec![address.to_owned()],
            ..Notification::default()
        }
    }

    #[test]
    fn html_has_an_end_tag() {
        for (message, expected) in [
            ("plain", false),
            ("a < b and c > d", false),
            ("see </ that >", false),
            ("<p>Hello</p>", true),
            ("Hello <b>you</b>", true),
            ("</b", false),
        ] {
            let notification = Notification {
                message: message.to_owned(),
                ..Notification::default()
            };
            assert_eq!(notification.is_html(), expected, "{message}");
        }
    }

    #[test]
    fn complaints_name_field_and_value() {
        let options = MailOptions {
            max_recipients: 2,
            ..MailOptions::default()
        };
        let good = to("Ann <ann@example.com>");
        assert_eq!(good.check(&options), Ok(()));
        let many = vec!["a@b.example".to_owned(); 3];
        for (bad, code, field, needle) in [
            (
                Notification {
                    subject: " ".into(),
                    ..good.clone()
                },
                Code::MissingField,
                "subject",
                "subject",
            ),
            (
                Notification {
                    subject: "a\r\nBcc: x".into(),
                    ..good.clone()
                },
                Code::BadValue,
                "subject",
                r"'\r'",
            ),
            (
                Notification {
                    subject: "x".repeat(999),
                    ..good.clone()
                },
                Code::BadValue,
                "subject",
                "got 999",
            ),
            (
                Notification {
                    message: String::new(),
                    ..good.clone()
                },
                Code::MissingField,
                "message",
                "message",
            ),
            (to("nobody"), Code::BadValue, "to", r#""nobody""#),
            (
                Notification {
                    cc: vec!["a@b@c".into()],
                    ..good.clone()
                },
                Code::BadValue,
                "cc",
                r#""a@b@c""#,
            ),
            (
                Notification {
                    to: Vec::new(),
                    ..good.clone()
                },
                Code::MissingField,
                "to",
                "to",
            ),
            (
                Notification { bcc: many, ..good },
                Code::BadValue,
                "to",
                "at most 2 recipients",
            ),
        ] {
            let error = bad.check(&options).unwrap_err();
            assert_eq!(
                (error.code(), error.field()),
                (code, Some(field)),
                "{}",
                error.message()
            );
            assert!(error.message().contains(needle), "{}", error.message());
        }
    }
}
