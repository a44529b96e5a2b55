//! The `[mail]` section of the configuration.

use std::path::PathBuf;

use lettre::message::Mailbox;
use serde::{Deserialize, Serialize};

use crate::exports::{Pause, Secret};

/// How mail leaves the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MailOptions {
    /// The sender, `Name <name@example.com>` or the address alone. Nothing is sent without one.
    pub from: Option<String>,
    /// The mail server that takes all mail.
    pub host: Option<String>,
    /// Its port; that of the way of encryption when absent.
    pub port: Option<u16>,
    /// How the connection is encrypted.
    pub tls: MailTls,
    /// The name to log in with; no log-in when absent.
    pub user: Option<String>,
    /// Its password.
    pub password: Option<Secret>,
    /// Writes each mail into a file of this folder instead of sending it.
    pub folder: Option<PathBuf>,
    /// The most recipients of one notification.
    pub max_recipients: usize,
    /// How often a mail is tried, with longer and longer waits between.
    pub attempts: u32,
    /// How to wait before a further attempt.
    #[serde(skip)]
    pub pause: Pause,
}

impl Default for MailOptions {
    fn default() -> Self {
        Self {
            from: None,
            host: None,
            port: None,
            tls: MailTls::default(),
            user: None,
            password: None,
            folder: None,
            max_recipients: 100,
            attempts: 8,
            pause: Pause::default(),
        }
    }
}

/// How the connection to the mail server is encrypted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailTls {
    /// From the first byte, port 465.
    Implicit,
    /// After a plain beginning, port 587; a server that does not offer it gets nothing.
    #[default]
    Starttls,
    /// Not at all, port 25: for a relay on the same machine.
    None,
}

impl MailOptions {
    /// The setting without which no mail can be sent.
    pub(crate) fn lacking(&self) -> Option<&'static str> {
        match (&self.from, &self.host, &self.folder) {
            (None, ..) => Some("mail.from"),
            (_, None, None) => Some("mail.host"),
            _ => None,
        }
    }

    /// Whether the settings can be used.
    ///
    /// # Errors
    /// Names the key and what is wrong with it.
    pub fn check(&self) -> Result<(), String> {
        if let Some(from) = &self.from {
            let parsed = from.parse::<Mailbox>();
            parsed.map_err(|_| format!("mail.from: expected a mail address, got {from:?}"))?;
        }
        if self.user.is_some() != self.password.is_some() {
            return Err("mail.user and mail.password: both are needed, or neither".to_owned());
        }
        if self.user.is_some() && self.tls == MailTls::None {
            return Err("mail.tls: none would send the password in the clear".to_owned());
        }
        if self.attempts == 0 {
            return Err("mail.attempts: at least 1".to_owned());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::MailOptions;

    fn parse(toml: &str) -> MailOptions {
        toml::from_str(toml).unwrap()
    }

    #[test]
    fn what_is_lacking_is_named() {
        for (toml, lacking) in [
            ("", Some("mail.from")),
            ("host = 'mail.example.com'", Some("mail.from")),
            ("from = 'a@b.example'", Some("mail.host")),
            ("from = 'a@b.example'\nhost = 'mail.example.com'", None),
            ("from = 'a@b.example'\nfolder = '/tmp/mail'", None),
        ] {
            assert_eq!(parse(toml).lacking(), lacking, "{toml}");
        }
    }

    #[test]
    fn wrong_settings_are_named() {
        assert_eq!(parse("").check(), Ok(()));
        assert_eq!(
            parse("from = 'Stockyard <a@b.example>'\nuser = 'u'\npassword = 'p'").check(),
            Ok(())
        );
        for (toml, key) in [
            ("from = 'nobody'", "mail.from"),
            ("user = 'u'", "mail.password"),
            ("password = 'p'", "mail.user"),
            ("user = 'u'\npassword = 'p'\ntls = 'none'", "mail.tls"),
            ("attempts = 0", "mail.attempts"),
        ] {
            let complaint = parse(toml).check().unwrap_err();
            assert!(complaint.contains(key), "{toml}: {complaint}");
        }
        assert!(toml::from_str::<MailOptions>("server = 'x'").is_err());
    }
}
