//! The disk under the data folder: who may read it, how much room it has, what a commit costs on it.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::fs::{Access, access, statvfs};

use super::Finding;
use crate::config::Config;
use crate::output::size;

/// Below this much room the server will soon refuse writes.
const LITTLE: u64 = 1 << 30;
/// Below this much it is about to.
const TOO_LITTLE: u64 = 100 << 20;
/// How often the cost of a sync is measured.
const SAMPLES: usize = 21;
/// A commit waits for one sync; slower than this, single writes feel slow.
const SLOW: Duration = Duration::from_millis(20);

/// Who may use the data folder.
pub(super) fn folder(config: &Config) -> Finding {
    let folder = &config.data_dir;
    let shown = folder.display();
    let Ok(meta) = fs::metadata(folder) else {
        let above = existing(folder);
        return match access(above, Access::WRITE_OK | Access::EXEC_OK) {
            Ok(()) => Finding::ok(format!("{shown} is not there yet; the first start makes it")),
            Err(_) => Finding::fail(format!(
                "{shown} is not there and cannot be made: no right to write in {}; make it for this user",
                above.display()
            )),
        };
    };
    if !meta.is_dir() {
        return Finding::fail(format!("{shown} is not a folder; name another with --data-dir"));
    }
    if access(folder, Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK).is_err() {
        return Finding::fail(format!(
            "no right to read and write {shown}; give it to the server's user (chown)"
        ));
    }
    match meta.mode() & 0o077 {
        0 => Finding::ok(format!("{shown} is this user's alone")),
        _ => Finding::warn(format!(
            "others may look into {shown} (mode {:o}); chmod 700 it, or let the server do it at its next start",
            meta.mode() & 0o777
        )),
    }
}

/// How much room there is.
pub(super) fn space(config: &Config) -> Finding {
    match statvfs(existing(&config.data_dir)) {
        Err(error) => Finding::fail(format!("cannot tell the free space: {error}")),
        Ok(found) => grade_space(found.f_bavail.saturating_mul(found.f_frsize)),
    }
}

fn grade_space(free: u64) -> Finding {
    let free_text = format!("{} free", size(free));
    if free < TOO_LITTLE {
        Finding::fail(format!(
            "{free_text}; writes will be refused when it is full: free some or move the data folder"
        ))
    } else if free < LITTLE {
        Finding::warn(format!(
            "{free_text}; plan for more, a full disk makes the server read-only"
        ))
    } else {
        Finding::ok(free_text)
    }
}

/// What it costs to bring a write to disk.
pub(super) fn sync(config: &Config) -> Finding {
    if !config.data_dir.is_dir() {
        return Finding::ok("measured once the data folder is there");
    }
    match median_sync(&config.data_dir) {
        Err(error) => Finding::fail(format!("cannot write in the data folder: {error}")),
        Ok(cost) => grade_sync(cost),
    }
}

fn grade_sync(cost: Duration) -> Finding {
    let text = format!("{:.2} ms (median of {SAMPLES})", cost.as_secs_f64() * 1000.0);
    if cost > SLOW {
        Finding::warn(format!(
            "{text}; every commit waits that long: use a faster disk, or one with a protected cache"
        ))
    } else {
        Finding::ok(text)
    }
}

fn median_sync(folder: &Path) -> io::Result<Duration> {
    let mut file: File = tempfile::tempfile_in(folder)?;
    let mut costs = Vec::with_capacity(SAMPLES);
    for _ in 0..SAMPLES {
        file.write_all(&[0; 4096])?;
        let start = Instant::now();
        file.sync_data()?;
        costs.push(start.elapsed());
    }
    costs.sort_unstable();
    Ok(costs[SAMPLES / 2])
}

/// The nearest folder above that is there.
fn existing(folder: &Path) -> &Path {
    let mut above = folder.ancestors().filter(|path| !path.as_os_str().is_empty());
    above.find(|path| path.exists()).unwrap_or_else(|| Path::new("."))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::time::Duration;

    use super::super::Grade;
    use super::{folder, grade_space, grade_sync, space, sync};
    use crate::config::Config;

    fn config(folder: &std::path::Path) -> Config {
        Config {
            data_dir: folder.to_owned(),
            ..Config::default()
        }
    }

    #[test]
    fn room_and_speed_are_graded() {
        let grades = [50 << 20, 500 << 20, 5 << 30].map(|free| grade_space(free).grade);
        assert_eq!(grades, [Grade::Fail, Grade::Warn, Grade::Ok]);
        let grades = [1, 50].map(|millis| grade_sync(Duration::from_millis(millis)).grade);
        assert_eq!(grades, [Grade::Ok, Grade::Warn]);
    }

    #[test]
    fn a_folder_that_others_can_read_is_found() {
        let outside = tempfile::tempdir().unwrap();
        let inside = outside.path().join("data");
        assert_eq!(folder(&config(&inside)).grade, Grade::Ok);
        for (mode, grade) in [(0o755, Grade::Warn), (0o700, Grade::Ok)] {
            std::fs::create_dir_all(&inside).unwrap();
            std::fs::set_permissions(&inside, std::fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(folder(&config(&inside)).grade, grade, "{mode:o}");
        }
        let file = outside.path().join("file");
        std::fs::write(&file, "").unwrap();
        assert_eq!(folder(&config(&file)).grade, Grade::Fail);
    }

    #[test]
    fn measuring_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let text = sync(&config(folder.path())).text;
        assert!(text.contains("ms (median"), "{text}");
        assert!(space(&config(folder.path())).text.contains("free"));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
