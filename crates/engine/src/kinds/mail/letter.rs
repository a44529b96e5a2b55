//! The mail as it goes over the wire, the same at each attempt.

use std::time::{Duration, UNIX_EPOCH};

use lettre::message::header::ContentType;
use lettre::message::{Mailbox, MessageBuilder};
use lettre::{Address, Message};
use model::{Error, Job};

use super::not_configured;
use crate::notifications::{MailOptions, Notification};

/// A mail and whom it goes to.
pub(super) struct Letter {
    pub(super) sender: Address,
    pub(super) recipients: Vec<Address>,
    pub(super) text: Vec<u8>,
}

impl Letter {
    pub(super) fn new(
        notification: &Notification,
        options: &MailOptions,
        job: &Job,
        keeps_bcc: bool,
    ) -> Result<Self, Error> {
        let from = options
            .from
            .as_deref()
            .ok_or_else(|| not_configured("mail.from"))?;
        let from = mailbox(from)?;
        let sender = from.email.clone();
        let sent = UNIX_EPOCH + Duration::from_millis(u64::try_from(job.created.0).unwrap_or(0));
        let mut builder = Message::builder()
            .from(from)
            .subject(notification.subject.clone())
            .date(sent)
            .message_id(Some(format!("<{}@{}>", job.id, sender.domain())));
        if keeps_bcc {
            builder = builder.keep_bcc();
        }
        let mut recipients = Vec::new();
        let lists: [(&[String], Add); 3] = [
            (&notification.to, MessageBuilder::to),
            (&notification.cc, MessageBuilder::cc),
            (&notification.bcc, MessageBuilder::bcc),
        ];
        for (list, add) in lists {
            for address in list {
                let address = mailbox(address)?;
                recipients.push(address.email.clone());
                builder = add(builder, address);
            }
        }
        let kind = if notification.is_html() {
            ContentType::TEXT_HTML
        } else {
            ContentType::TEXT_PLAIN
        };
        let message = builder.header(kind).body(notification.message.clone());
        let text = message.map_err(Error::internal)?.formatted();
        recipients.sort_unstable();
        recipients.dedup();
        Ok(Self {
            sender,
            recipients,
            text,
        })
    }
}

type Add = fn(MessageBuilder, Mailbox) -> MessageBuilder;

fn mailbox(text: &str) -> Result<Mailbox, Error> {
    let parsed = text.parse();
    parsed.map_err(|_| Error::bad_value("to", format!("not a mail address: {text:?}")))
}
