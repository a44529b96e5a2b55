//! A folder that a command fills: empty before, and again when the command fails.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use super::copy::make_folder;

/// See the module.
pub(crate) struct Target {
    folder: PathBuf,
    made: bool,
    keep: bool,
}

impl Target {
    /// The folder, made when it is not there.
    ///
    /// # Errors
    /// When it is not empty, or cannot be made.
    pub(crate) fn new(folder: &Path) -> anyhow::Result<Self> {
        let made = !folder.exists();
        make_folder(folder)?;
        let mut inside =
            fs::read_dir(folder).with_context(|| format!("cannot look into {}", folder.display()))?;
        if inside.next().is_some() {
            bail!(
                "{} is not empty; name a folder that is, or a new one",
                folder.display()
            );
        }
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
            .with_context(|| format!("cannot restrict {} to its owner", folder.display()))?;
        Ok(Self {
            folder: folder.to_owned(),
            made,
            keep: false,
        })
    }

    /// The folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Lets what was written stay.
    pub(crate) fn keep(mut self) {
        self.keep = true;
    }

    fn clear(&self) -> std::io::Result<()> {
        if self.made {
            return fs::remove_dir_all(&self.folder);
        }
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            match entry.file_type()?.is_dir() {
                true => fs::remove_dir_all(entry.path())?,
                false => fs::remove_file(entry.path())?,
            }
        }
        Ok(())
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        if !self.keep {
            // Already failing; what stays behind has no manifest, or no database, and is refused by name later.
            let _ = self.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::Target;

    #[test]
    fn a_failure_leaves_the_folder_as_it_was() {
        let outside = tempfile::tempdir().unwrap();
        let (new, old) = (outside.path().join("new"), outside.path().join("old"));
        fs::create_dir(&old).unwrap();
        for folder in [&new, &old] {
            let target = Target::new(folder).unwrap();
            fs::create_dir(target.folder().join("inside")).unwrap();
            fs::write(target.folder().join("file"), "x").unwrap();
        }
        assert!(!new.exists());
        assert_eq!(fs::read_dir(&old).unwrap().count(), 0);
    }

    #[test]
    fn only_an_empty_folder_is_filled() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("file"), "x").unwrap();
        let refusal = Target::new(folder.path()).err().unwrap().to_string();
        assert!(refusal.contains("is not empty"), "{refusal}");
        assert!(folder.path().join("file").exists());
    }
}
