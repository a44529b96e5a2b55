//! Where a mail goes: to the configured server, or into a file.

use std::path::PathBuf;
use std::time::Duration;
use std::{fs, io};

use lettre::Transport;
use lettre::address::Envelope;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::{self, SmtpTransport};
use model::{Error, Job};

use super::letter::Letter;
use super::not_configured;
use crate::notifications::{MailOptions, MailTls};

/// How long the mail server may take for one answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// The way out.
pub(super) enum Post {
    /// By SMTP.
    Server(SmtpTransport),
    /// Into this file.
    File(PathBuf),
}

/// Why a mail did not go out.
#[derive(Debug)]
pub(super) enum Trouble {
    /// This recipient will never get it.
    Refused(String),
    /// This recipient may get it later.
    PutOff(String),
    /// Nobody gets anything at present.
    Unreachable(String),
}

impl Post {
    pub(super) fn new(options: &MailOptions, job: &Job) -> Result<Self, Error> {
        if let Some(folder) = &options.folder {
            return Ok(Self::File(folder.join(format!("{}.eml", job.id))));
        }
        let host = options
            .host
            .as_deref()
            .ok_or_else(|| not_configured("mail.host"))?;
        let (tls, usual_port) = match options.tls {
            MailTls::Implicit => (Tls::Wrapper(parameters(host)?), smtp::SUBMISSIONS_PORT),
            MailTls::Starttls => (Tls::Required(parameters(host)?), smtp::SUBMISSION_PORT),
            MailTls::None => (Tls::None, smtp::SMTP_PORT),
        };
        let mut builder = SmtpTransport::builder_dangerous(host)
            .port(options.port.unwrap_or(usual_port))
            .tls(tls)
            .timeout(Some(PATIENCE));
        if let Some((_, domain)) = options.from.as_deref().and_then(|from| from.rsplit_once('@')) {
            builder = builder.hello_name(ClientId::Domain(domain.trim_end_matches('>').to_owned()));
        }
        if let (Some(user), Some(password)) = (&options.user, &options.password) {
            builder = builder.credentials(Credentials::new(user.clone(), password.reveal().to_owned()));
        }
        Ok(Self::Server(builder.build()))
    }

    /// Whether the text must name the hidden recipients, because nothing else does.
    pub(super) fn keeps_bcc(&self) -> bool {
        matches!(self, Self::File(_))
    }

    /// Brings the letter to one recipient.
    pub(super) fn send(&self, letter: &Letter, place: usize) -> Result<(), Trouble> {
        let transport = match self {
            Self::File(path) => {
                return write(path, letter).map_err(|error| Trouble::Unreachable(error.to_string()));
            }
            Self::Server(transport) => transport,
        };
        let recipient = letter.recipients[place].clone();
        let envelope = Envelope::new(Some(letter.sender.clone()), vec![recipient])
            .expect("an envelope with a recipient is complete");
        match transport.send_raw(&envelope, &letter.text) {
            Ok(_) => Ok(()),
            Err(error) => Err(trouble(&error)),
        }
    }
}

fn parameters(host: &str) -> Result<TlsParameters, Error> {
    TlsParameters::new(host.to_owned()).map_err(Error::internal)
}

/// Writes the whole file under another name first, so that nobody reads half a mail.
fn write(path: &PathBuf, letter: &Letter) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let partial = path.with_extension("part");
    fs::write(&partial, &letter.text)?;
    fs::rename(&partial, path)
}

fn trouble(error: &smtp::Error) -> Trouble {
    let said = error.to_string();
    match error {
        _ if error.is_permanent() || error.is_client() => Trouble::Refused(said),
        _ if error.is_transient() => Trouble::PutOff(said),
        _ => Trouble::Unreachable(said),
    }
}
