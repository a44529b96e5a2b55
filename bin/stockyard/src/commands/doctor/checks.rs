//! The store, the clock, and what the system lets the process have.

use std::fs;
use std::io::ErrorKind;
use std::net::{TcpListener, ToSocketAddrs};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rustix::process::{Resource, getrlimit};
use storage::{Place, postgres, sqlite};

use super::Finding;
use crate::config::Config;

/// 2026-01-01, before the first release: no correct clock shows less.
const EARLIEST: u64 = 1_767_225_600;
/// How far the clock may be behind the last write before jobs and leases are dated wrongly.
const LAG: Duration = Duration::from_secs(60);
/// Files beside connections: database, contents, log, libraries.
const OTHER_FILES: u64 = 256;

/// Whether the database is whole, and one of this release.
pub(super) fn store(config: &Config) -> Finding {
    let path = match config.place() {
        Place::Sqlite(options) => options.database(),
        Place::Postgres(options) => return database(&options),
    };
    if !path.exists() {
        return Finding::ok("there is none yet; the first start makes it");
    }
    let start = Instant::now();
    match sqlite::check(&path) {
        Ok(()) => Finding::ok(format!(
            "{} is whole and of this release (checked in {:.1} s)",
            path.display(),
            start.elapsed().as_secs_f64()
        )),
        Err(error @ storage::Error::Damaged(_)) => {
            let finding = error.to_string().lines().collect::<Vec<_>>().join(" ");
            Finding::fail(format!("{finding}; restore the last backup (stockyard restore)"))
        }
        Err(error) => Finding::fail(format!("{}: {error}", path.display())),
    }
}

/// Whether the database answers, and is one of this release.
fn database(options: &postgres::Options) -> Finding {
    match postgres::check(options) {
        Ok(()) => Finding::ok("the database answers and is of this release"),
        Err(error) => Finding::fail(error.to_string()),
    }
}

/// Whether file contents can be put, read, listed and deleted where they are to be kept.
pub(super) fn contents(config: &Config) -> Finding {
    let bucket = match config.bucket() {
        Ok(Some(bucket)) => bucket,
        Ok(None) => return Finding::ok("they are kept in the data folder"),
        Err(error) => return Finding::fail(error.to_string()),
    };
    // Opening makes a folder for unfinished ones, which a check must not leave.
    let opened = tempfile::tempdir()
        .map_err(anyhow::Error::from)
        .and_then(|folder| {
            let config = Config {
                data_dir: folder.path().to_owned(),
                ..config.clone()
            };
            crate::store::contents(&config)?
                .probe()
                .map_err(anyhow::Error::msg)
        });
    match opened {
        Ok(()) => Finding::ok(format!(
            "the bucket {} can be listed, written, read and deleted from",
            bucket.bucket
        )),
        Err(error) => Finding::fail(format!("{error:#}")),
    }
}

/// Whether the time is one that can be.
pub(super) fn clock(config: &Config) -> Finding {
    let written = fs::metadata(config.sqlite().database()).and_then(|meta| meta.modified());
    grade_clock(SystemTime::now(), written.ok())
}

fn grade_clock(now: SystemTime, written: Option<SystemTime>) -> Finding {
    let seconds = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let shown = model::Timestamp(i64::try_from(seconds.as_millis()).unwrap_or(i64::MAX));
    if seconds.as_secs() < EARLIEST {
        return Finding::fail(format!(
            "it says {shown}, which is past; set it (timedatectl, ntp)"
        ));
    }
    let behind = written.and_then(|written| written.duration_since(now).ok());
    match behind.filter(|behind| *behind > LAG) {
        Some(behind) => Finding::fail(format!(
            "it says {shown}, {} s before the last write to the store; set it (timedatectl, ntp)",
            behind.as_secs()
        )),
        None => Finding::ok(format!("it says {shown}")),
    }
}

/// Whether the process may have as many files open as the configured connections need.
pub(super) fn open_files(config: &Config) -> Finding {
    grade_files(
        getrlimit(Resource::Nofile).current,
        config.http.max_connections as u64,
    )
}

fn grade_files(limit: Option<u64>, connections: u64) -> Finding {
    let needed = connections.saturating_add(OTHER_FILES);
    match limit {
        Some(limit) if limit < needed => Finding::warn(format!(
            "{limit} allowed, {needed} needed for http.max_connections = {connections}; \
             raise the limit (ulimit -n, LimitNOFILE=) or lower the setting"
        )),
        Some(limit) => Finding::ok(format!("{limit} allowed")),
        None => Finding::ok("not limited"),
    }
}

/// Whether the address can be listened on.
pub(super) fn address(config: &Config) -> Finding {
    let listen = &config.listen;
    let addresses = match listen.to_socket_addrs() {
        Ok(addresses) => addresses.collect::<Vec<_>>(),
        Err(error) => return Finding::fail(format!("{listen} is no address with a port: {error}")),
    };
    match TcpListener::bind(&*addresses) {
        Ok(_) => Finding::ok(format!("{listen} is free")),
        Err(error) if error.kind() == ErrorKind::AddrInUse => Finding::warn(format!(
            "{listen} is in use; fine if that is this server, otherwise take another with --listen"
        )),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Finding::fail(format!(
            "no right to listen on {listen}; take a port above 1023, or give CAP_NET_BIND_SERVICE"
        )),
        Err(error) => Finding::fail(format!("cannot listen on {listen}: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::time::{Duration, UNIX_EPOCH};

    use super::super::Grade;
    use super::{EARLIEST, address, grade_clock, grade_files, store};
    use crate::config::Config;

    #[test]
    fn clocks_are_graded() {
        let now = UNIX_EPOCH + Duration::from_secs(EARLIEST + 1000);
        let later = |seconds| Some(now + Duration::from_secs(seconds));
        let grades = [
            grade_clock(UNIX_EPOCH, None),
            grade_clock(now, None),
            grade_clock(now, later(30)),
            grade_clock(now, later(90)),
        ];
        assert_eq!(
            grades.map(|found| found.grade),
            [Grade::Fail, Grade::Ok, Grade::Ok, Grade::Fail]
        );
    }

    #[test]
    fn limits_of_open_files_are_graded() {
        let grades = [Some(1024), Some(100_000), None].map(|limit| grade_files(limit, 10_000).grade);
        assert_eq!(grades, [Grade::Warn, Grade::Ok, Grade::Ok]);
    }

    #[test]
    fn an_address_in_use_is_found() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let config = |listen: String| Config {
            listen,
            ..Config::default()
        };
        let grade = |listen: String| address(&config(listen)).grade;
        assert_eq!(grade(taken.local_addr().unwrap().to_string()), Grade::Warn);
        assert_eq!(grade("127.0.0.1:0".to_owned()), Grade::Ok);
        assert_eq!(grade("nowhere".to_owned()), Grade::Fail);
    }

    #[test]
    fn a_damaged_store_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config {
            data_dir: folder.path().to_owned(),
            ..Config::default()
        };
        assert_eq!(store(&config).grade, Grade::Ok);
        std::fs::write(folder.path().join("stockyard.db"), [b'x'; 8192]).unwrap();
        let found = store(&config);
        assert_eq!(found.grade, Grade::Fail);
        assert!(found.text.contains("restore"), "{found:?}");
    }
}
