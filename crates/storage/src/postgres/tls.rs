//! Encrypted connections to the database, as its own clients have them: `sslmode` and `sslrootcert` of its address.
//!
//! | `sslmode` | encrypted | the server's certificate |
//! |---|---|---|
//! | `disable` | no | |
//! | `prefer`, and without any | if the server can | is not looked at |
//! | `require` | yes | is not looked at, unless `sslrootcert` is given: then as `verify-ca` |
//! | `verify-ca` | yes | comes from an authority that is trusted |
//! | `verify-full` | yes | and is for the host of the address |
//!
//! Trusted are those of the file in `sslrootcert`, else the system's. A certificate that stands in that file itself is
//! trusted too, which is how servers with a certificate of their own making are known.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::fault::spelled;
use crate::{Error, Result};

/// What an address says of encryption, and the address without it.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    url: String,
    mode: Mode,
    roots: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Disable,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

impl Mode {
    fn read(word: &str) -> Result<Self> {
        Ok(match word {
            "disable" => Self::Disable,
            "prefer" => Self::Prefer,
            "require" => Self::Require,
            "verify-ca" => Self::VerifyCa,
            "verify-full" => Self::VerifyFull,
            other => {
                return Err(refused(&format!(
                    "sslmode: expected disable, prefer, require, verify-ca or verify-full, got {other:?}"
                )));
            }
        })
    }
}

fn refused(why: &str) -> Error {
    Error::Backend(format!("not a database URL: {why}"))
}

/// The settings that an address names, and what makes its connections encrypted.
pub(super) fn read(url: &str) -> Result<(Config, MakeRustlsConnect)> {
    let said = said(url)?;
    let mut config: Config = said.url.parse().map_err(|error| refused(&spelled(&error)))?;
    let is_local = config
        .get_hosts()
        .iter()
        .all(|host| matches!(host, Host::Unix(_)));
    let mode = match said.mode {
        // Through a socket in a folder nothing is encrypted, whatever is said.
        _ if is_local => SslMode::Disable,
        Mode::Disable => SslMode::Disable,
        Mode::Prefer => SslMode::Prefer,
        Mode::Require | Mode::VerifyCa | Mode::VerifyFull => SslMode::Require,
    };
    config.ssl_mode(mode);
    Ok((config, MakeRustlsConnect::new(client(&said)?)))
}

/// Takes what is about encryption out of an address; the driver knows a part of it only. Words of the form `key=value`
/// are left to the driver.
fn said(url: &str) -> Result<Said> {
    let (mut mode, mut roots) = (Mode::Prefer, None);
    let Some((address, query)) = url.split_once('?').filter(|(address, _)| address.contains("://")) else {
        if !url.contains("://") {
            let config: Config = url.parse().map_err(|error| refused(&spelled(&error)))?;
            mode = match config.get_ssl_mode() {
                SslMode::Disable => Mode::Disable,
                SslMode::Require => Mode::Require,
                _ => Mode::Prefer,
            };
        }
        let url = url.to_owned();
        return Ok(Said { url, mode, roots });
    };
    let mut others = Vec::new();
    for part in query.split('&').filter(|part| !part.is_empty()) {
        match part.split_once('=') {
            Some(("sslmode", word)) => mode = Mode::read(&decoded(word)?)?,
            Some(("sslrootcert", path)) => roots = Some(PathBuf::from(decoded(path)?)),
            _ => others.push(part),
        }
    }
    let query = if others.is_empty() {
        String::new()
    } else {
        format!("?{}", others.join("&"))
    };
    Ok(Said {
        url: format!("{address}{query}"),
        mode,
        roots: roots.filter(|path| path.as_os_str() != "system"),
    })
}

/// A value of an address without its escapes.
fn decoded(text: &str) -> Result<String> {
    let odd = || refused(&format!("{text:?} is not escaped as values of an address are"));
    let (mut bytes, mut rest) = (Vec::with_capacity(text.len()), text.as_bytes());
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let (digits, behind) = rest.split_at_checked(2).ok_or_else(odd)?;
        let digits = std::str::from_utf8(digits).map_err(|_| odd())?;
        bytes.push(u8::from_str_radix(digits, 16).map_err(|_| odd())?);
        rest = behind;
    }
    String::from_utf8(bytes).map_err(|_| odd())
}

fn client(said: &Said) -> Result<ClientConfig> {
    let provider = Arc::new(ring::default_provider());
    let trust = match said.mode {
        Mode::Disable | Mode::Prefer => None,
        Mode::Require if said.roots.is_none() => None,
        _ => Some(Trust::read(said.roots.as_ref())?),
    };
    let verifier = Verifier {
        trust,
        name: said.mode == Mode::VerifyFull,
        provider: Arc::clone(&provider),
    };
    let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let versions = versions.map_err(|error| Error::Backend(error.to_string()))?;
    let mut client = versions
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    // What servers that begin with TLS at once ask for.
    client.alpn_protocols = vec![b"postgresql".to_vec()];
    Ok(client)
}

/// Whom to trust.
#[derive(Debug)]
struct Trust {
    roots: RootCertStore,
    /// Certificates that are trusted as they are.
    known: Vec<CertificateDer<'static>>,
}

impl Trust {
    fn read(path: Option<&PathBuf>) -> Result<Self> {
        let known: Vec<_> = match path {
            None => rustls_native_certs::load_native_certs().certs,
            Some(path) => {
                let unusable =
                    |why: String| Error::Unsuitable(format!("sslrootcert {}: {why}", path.display()));
                let read =
                    CertificateDer::pem_file_iter(path).map_err(|error| unusable(error.to_string()))?;
                let read: Vec<_> = read
                    .collect::<Result<_, _>>()
                    .map_err(|error| unusable(error.to_string()))?;
                if read.is_empty() {
                    return Err(unusable("there is no certificate in it".to_owned()));
                }
                read
            }
        };
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(known.iter().cloned());
        Ok(Self { roots, known })
    }
}

/// Looks at a server's certificate as far as `sslmode` wants it.
#[derive(Debug)]
struct Verifier {
    /// None: nobody in particular.
    trust: Option<Trust>,
    /// Whether it must be for the host of the address.
    name: bool,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        server: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let Some(trust) = &self.trust else {
            return Ok(ServerCertVerified::assertion());
        };
        let parsed = ParsedCertificate::try_from(server)?;
        if !trust.known.contains(server) {
            let algorithms = self.provider.signature_verification_algorithms.all;
            verify_server_cert_signed_by_trust_anchor(&parsed, &trust.roots, between, now, algorithms)?;
        }
        if self.name {
            verify_server_name(&parsed, name)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(
            message,
            cert,
            signed,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(
            message,
            cert,
            signed,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Mode, read, said};

    #[test]
    fn what_is_about_encryption_is_taken_out_of_an_address() {
        for (url, rest, mode, roots) in [
            ("postgres://a:b@h/d", "postgres://a:b@h/d", Mode::Prefer, None),
            (
                "postgres://h/d?sslmode=disable",
                "postgres://h/d",
                Mode::Disable,
                None,
            ),
            (
                "postgres://h/d?connect_timeout=3&sslmode=verify-full&sslrootcert=%2Fa%20b.pem&application_name=x",
                "postgres://h/d?connect_timeout=3&application_name=x",
                Mode::VerifyFull,
                Some("/a b.pem"),
            ),
            (
                "postgres://h/d?sslrootcert=system&sslmode=verify-ca",
                "postgres://h/d",
                Mode::VerifyCa,
                None,
            ),
            (
                "host=h sslmode=require",
                "host=h sslmode=require",
                Mode::Require,
                None,
            ),
            ("host=h", "host=h", Mode::Prefer, None),
        ] {
            let said = said(url).unwrap();
            assert_eq!(
                (&*said.url, said.mode, said.roots.as_deref()),
                (rest, mode, roots.map(Path::new))
            );
        }
    }

    #[test]
    fn wrong_addresses_are_refused_without_their_password() {
        for (url, why) in [
            ("postgres://u:secret@h/d?sslmode=always", "got \"always\""),
            (
                "postgres://u:secret@h/d?sslmode=require&sslrootcert=/none.pem",
                "sslrootcert /none.pem",
            ),
            ("postgres://u:secret@h/d?sslrootcert=%2", "is not escaped"),
            ("postgres://u:secret@h/d?colour=red", "unknown option `colour`"),
            ("postgres://u:secret@h:port/d", "port"),
            ("host=h password=secret sslmode=verify-full", "sslmode"),
        ] {
            let said = read(url).err().unwrap().to_string();
            assert!(said.contains(why) && !said.contains("secret"), "{url}: {said}");
        }
    }
}
