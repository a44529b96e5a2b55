//! Reading the sources, laying them over each other and refusing what is wrong, with the source and the key named.

use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use blobs::S3Address;
use toml::{Table, Value};

use super::{Config, Overrides, environment};

mod complaint;

/// The file that is read without being named, in the data folder.
const FILE: &str = "stockyard.toml";

/// Keys of the parts' own sections that are set elsewhere: where they are not taken, and their place.
pub(super) const MOVED: [(&str, &str, &str); 2] = [
    ("fetch", "allowed_hosts", "light100.allowed_hosts"),
    ("delta", "failure_mode", "light100.failure_mode"),
];

impl Config {
    /// The configuration in force.
    ///
    /// # Errors
    /// Names the source and the key that is wrong, and what would be right.
    pub(crate) fn load(file: Option<&Path>, overrides: Overrides) -> anyhow::Result<Self> {
        Self::from_sources(file, std::env::vars_os(), overrides)
    }

    fn from_sources(
        file: Option<&Path>,
        variables: impl Iterator<Item = (std::ffi::OsString, std::ffi::OsString)>,
        overrides: Overrides,
    ) -> anyhow::Result<Self> {
        let variables =
            variables.filter_map(|(name, text)| Some((name.into_string().ok()?, text.into_string().ok()?)));
        let mut table = read_file(file, &overrides)?;
        let (above, sources) = environment::table(variables)?;
        lay_over(&mut table, above);
        refuse_moved(&table)?;
        let config: Self = serde_path_to_error::deserialize(Value::Table(table)).map_err(|error| {
            let path = error.path().to_string();
            named(
                &path,
                &sources,
                &complaint::discreet(&path, error.inner().message()),
            )
        })?;
        let config = config.overridden(overrides);
        config.check()?;
        Ok(config)
    }

    /// This configuration with what the command line says on top.
    pub(crate) fn overridden(self, by: Overrides) -> Self {
        Self {
            slingr: self.slingr.overridden(&by),
            listen: by.listen.unwrap_or(self.listen),
            data_dir: by.data_dir.unwrap_or(self.data_dir),
            database: by.database.or(self.database),
            blobs: by.blobs.or(self.blobs),
            ..self
        }
    }

    fn check(&self) -> anyhow::Result<()> {
        if !self.database.as_deref().is_some_and(is_postgres) {
            only("database", self.database.as_deref(), "sqlite:", "records")?;
        }
        match self.blobs.as_deref() {
            Some(url) if S3Address::is_meant(url) => s3_address(url).map(drop)?,
            given => only("blobs", given, "disk:", "file contents")?,
        }
        self.qalx
            .dialect(None)
            .check()
            .map_err(|complaint| anyhow!(complaint))?;
        self.check_amazon()?;
        self.sqs.check().map_err(|complaint| anyhow!(complaint))?;
        self.slingr
            .dialect(None)
            .check()
            .map_err(|complaint| anyhow!("slingr.{complaint}"))?;
        self.mail.check().map_err(|complaint| anyhow!(complaint))?;
        crate::logging::filter(&self.log.level).map(drop)
    }
}

impl Config {
    fn check_amazon(&self) -> anyhow::Result<()> {
        let amazon = &self.qalx.amazon;
        amazon
            .check()
            .map_err(|complaint| anyhow!("qalx.amazon.{complaint}"))?;
        if amazon.region.is_some() && !cfg!(feature = "amazon-queues") {
            bail!("qalx.amazon: this program was built without queues at Amazon (feature \"amazon-queues\")");
        }
        Ok(())
    }
}

/// Whether an address is one of PostgreSQL.
pub(crate) fn is_postgres(url: &str) -> bool {
    ["postgres://", "postgresql://"]
        .iter()
        .any(|scheme| url.starts_with(scheme))
}

/// The address of contents on S3.
pub(super) fn s3_address(url: &str) -> anyhow::Result<S3Address> {
    if !cfg!(feature = "s3") {
        bail!("blobs: this program was built without S3 (feature \"s3\"); leave it out or write \"disk:\"");
    }
    url.parse().map_err(|refused| anyhow!("blobs: {refused}"))
}

/// Refuses a place that this release cannot use. The address may hold a password, so only its scheme is repeated.
fn only(key: &str, given: Option<&str>, known: &str, what: &str) -> anyhow::Result<()> {
    match given {
        None => Ok(()),
        Some(url) if url == known => Ok(()),
        Some(url) => {
            let other = match key {
                "database" => ", or name a database as \"postgres://user:password@host/name\"",
                _ => ", or name a bucket as \"s3://bucket/prefix\"",
            };
            let scheme = url.split_once(':').map_or(url, |(scheme, _)| scheme);
            bail!(
                "{key}: {scheme:?} is not supported by this release, which keeps {what} in the data folder; \
                 leave it out or write \"{known}\"{other}"
            )
        }
    }
}

/// The named file, else the one in the data folder if it is there, else nothing.
fn read_file(named: Option<&Path>, overrides: &Overrides) -> anyhow::Result<Table> {
    let found = match named {
        Some(path) => Some(path.to_owned()),
        None => default_file(overrides),
    };
    let Some(path) = found else {
        return Ok(Table::new());
    };
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    parse(&text).map_err(|error| anyhow!("{}: {error}", path.display()))
}

fn default_file(overrides: &Overrides) -> Option<PathBuf> {
    let folder = overrides
        .data_dir
        .clone()
        .unwrap_or_else(|| Config::default().data_dir);
    Some(folder.join(FILE)).filter(|path| path.is_file())
}

/// Reads a file and checks it by itself, because only then errors have a line.
fn parse(text: &str) -> anyhow::Result<Table> {
    let source =
        toml::Deserializer::parse(text).map_err(|error| anyhow!(complaint::of_syntax(text, &error)))?;
    serde_path_to_error::deserialize::<_, Config>(source).map_err(|error| {
        let path = error.path().to_string();
        anyhow!(complaint::of_value(text, &path, error.inner()))
    })?;
    let table: Table = toml::from_str(text).map_err(|error| anyhow!(complaint::of_syntax(text, &error)))?;
    refuse_moved(&table)?;
    Ok(table)
}

fn refuse_moved(table: &Table) -> anyhow::Result<()> {
    for (section, key, place) in MOVED {
        if table.get(section).and_then(|section| section.get(key)).is_some() {
            bail!("unknown key {section}.{key}; it is set by {place}");
        }
    }
    Ok(())
}

fn lay_over(below: &mut Table, above: Table) {
    for (key, value) in above {
        match (below.get_mut(&key), value) {
            (Some(Value::Table(below)), Value::Table(above)) => lay_over(below, above),
            (_, value) => {
                below.insert(key, value);
            }
        }
    }
}

/// The file was checked before, so what is wrong now came from the environment.
fn named(path: &str, sources: &[(String, String)], message: &str) -> anyhow::Error {
    let below = |key: &str| {
        key == path || key.starts_with(&format!("{path}.")) || path.starts_with(&format!("{key}."))
    };
    let names: Vec<_> = sources
        .iter()
        .filter(|(key, _)| path == "." || below(key))
        .map(|(_, name)| name.as_str())
        .collect();
    anyhow!("environment variable {}: {path}: {message}", names.join(", "))
}

#[cfg(test)]
mod tests;
