//! Connections through a network: encrypted as the address says, and to nobody else than it says.

use std::path::Path;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use storage::postgres::{Options, open};
use storage::{Access, Error, Result};
use testdb::Database;

/// An authority of its own.
fn authority(name: &str) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// Opens a store at an address, closes it, and says whether all its connections were encrypted.
fn encrypted(database: &Database, host: &str, query: &str) -> Result<bool> {
    let node = open(
        &Options::new(format!("{}{query}", database.address_at(host))),
        Access::Serve,
    )?;
    node.store().read_blocking(|tx| tx.mark("x"))?;
    let said = database.sql(
        "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'stockyard'",
    );
    Ok(said.trim() == "t")
}

fn written(folder: &Path, name: &str, pem: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, pem).unwrap();
    path.to_str().unwrap().replace('/', "%2F")
}

fn refusal(outcome: Result<bool>) -> String {
    match outcome {
        Err(Error::Away(why)) => why,
        other => panic!("it is refused as one that cannot be reached, not {other:?}"),
    }
}

#[test]
fn connections_are_encrypted_as_the_address_says() {
    let (ours, other, folder) = (
        authority("ours"),
        authority("another"),
        tempfile::tempdir().unwrap(),
    );
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &ours).unwrap();
    let database = Database::with_tls(&certificate.pem(), &key.serialize_pem());
    let ca = written(folder.path(), "ca.pem", &ours.pem());
    let wrong = written(folder.path(), "wrong.pem", &other.pem());
    for (host, query, is_encrypted) in [
        ("localhost", String::new(), true),
        ("127.0.0.1", "?sslmode=prefer".to_owned(), true),
        ("127.0.0.1", "?sslmode=disable".to_owned(), false),
        ("127.0.0.1", "?sslmode=require".to_owned(), true),
        ("127.0.0.1", format!("?sslmode=require&sslrootcert={ca}"), true),
        ("127.0.0.1", format!("?sslmode=verify-ca&sslrootcert={ca}"), true),
        (
            "localhost",
            format!("?sslmode=verify-full&sslrootcert={ca}"),
            true,
        ),
        (
            "localhost",
            format!("?sslrootcert={ca}&sslmode=verify-full&connect_timeout=5"),
            true,
        ),
    ] {
        assert_eq!(
            encrypted(&database, host, &query).unwrap(),
            is_encrypted,
            "{host} {query}"
        );
    }
    for (host, query, why) in [
        (
            "127.0.0.1",
            format!("?sslmode=verify-full&sslrootcert={ca}"),
            "not valid for name",
        ),
        (
            "localhost",
            format!("?sslmode=verify-full&sslrootcert={wrong}"),
            "UnknownIssuer",
        ),
        (
            "localhost",
            format!("?sslmode=verify-ca&sslrootcert={wrong}"),
            "UnknownIssuer",
        ),
        (
            "localhost",
            format!("?sslmode=require&sslrootcert={wrong}"),
            "UnknownIssuer",
        ),
        ("localhost", "?sslmode=verify-full".to_owned(), "UnknownIssuer"),
        (
            "localhost",
            "?sslmode=verify-ca&sslrootcert=system".to_owned(),
            "UnknownIssuer",
        ),
    ] {
        let said = refusal(encrypted(&database, host, &query));
        assert!(said.contains(why), "{host} {query}: {said}");
    }
}

#[test]
fn a_certificate_that_a_server_has_made_itself_is_known_by_itself() {
    let (folder, key) = (tempfile::tempdir().unwrap(), KeyPair::generate().unwrap());
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let database = Database::with_tls(&certificate.pem(), &key.serialize_pem());
    let own = written(folder.path(), "own.pem", &certificate.pem());
    let query = format!("?sslmode=verify-full&sslrootcert={own}");
    assert!(encrypted(&database, "localhost", &query).unwrap());
    let said = refusal(encrypted(&database, "127.0.0.1", &query));
    assert!(said.contains("not valid for name"), "{said}");
}
