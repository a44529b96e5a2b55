//! The configuration: what it holds and where it comes from.
//!
//! Later sources win: the built-in defaults, the file, the environment, the command line. Every section is the options
//! struct of the part that reads it, so a limit is described, checked and defaulted in one place; a key that nobody
//! knows is refused wherever it stands. `config.default.toml` documents them all, and a test keeps it complete.

mod environment;
mod jobs;
mod load;
mod postgres_section;
mod qalx_section;
mod slingr_section;

use std::path::PathBuf;

use blobs::{S3Address, S3Options};
use edge::HttpOptions;
use engine::exports::ExportOptions;
use engine::notifications::MailOptions;
use engine::sheets::SheetOptions;
use engine::{DeltaOptions, FailureMode, ImportOptions, QueryOptions};
use fetch::{FetchOptions, HostRule};
use serde::{Deserialize, Serialize};
use storage::{Place, sqlite};

pub(crate) use jobs::JobsOptions;
pub(crate) use load::is_postgres;
pub(crate) use postgres_section::PostgresSection;
pub(crate) use qalx_section::QalxSection;
pub(crate) use slingr_section::SlingrSection;

/// Everything that can be set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    /// Address to listen on.
    pub(crate) listen: String,
    /// Folder with everything the server keeps.
    pub(crate) data_dir: PathBuf,
    /// Where records are kept; see [`load`] for what is taken.
    pub(crate) database: Option<String>,
    /// Where file contents are kept; see [`load`] for what is taken.
    pub(crate) blobs: Option<String>,
    /// How a database of PostgreSQL is used.
    pub(crate) postgres: PostgresSection,
    /// How to reach S3, when they are kept there.
    pub(crate) s3: S3Options,
    /// The edge.
    pub(crate) http: HttpOptions,
    /// What is special to the article API.
    pub(crate) light100: Light100Options,
    /// What is special to the import API.
    pub(crate) fusion: fusion::Options,
    /// What is special to the API of calculations.
    pub(crate) qalx: QalxSection,
    /// What is special to queues.
    pub(crate) sqs: sqs::Options,
    /// Apps.
    pub(crate) slingr: SlingrSection,
    /// Delta updates.
    pub(crate) delta: DeltaOptions,
    /// Imports of records.
    pub(crate) imports: ImportOptions,
    /// Records of an app in CSV files.
    pub(crate) csv: SheetOptions,
    /// Exports of articles.
    pub(crate) exports: ExportOptions,
    /// What one query may take.
    pub(crate) query: QueryOptions,
    /// Outgoing mail.
    pub(crate) mail: MailOptions,
    /// Outgoing requests.
    pub(crate) fetch: FetchOptions,
    /// The job runner.
    pub(crate) jobs: JobsOptions,
    /// The log.
    pub(crate) log: LogOptions,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8080".to_owned(),
            data_dir: PathBuf::from("stockyard-data"),
            database: None,
            blobs: None,
            postgres: PostgresSection::default(),
            s3: S3Options::default(),
            http: HttpOptions::default(),
            light100: Light100Options::default(),
            fusion: fusion::Options::default(),
            qalx: QalxSection::default(),
            sqs: sqs::Options::default(),
            slingr: SlingrSection::default(),
            delta: DeltaOptions::default(),
            imports: ImportOptions::default(),
            csv: SheetOptions::default(),
            exports: ExportOptions::default(),
            query: QueryOptions::default(),
            mail: MailOptions::default(),
            fetch: FetchOptions::default(),
            jobs: JobsOptions::default(),
            log: LogOptions::default(),
        }
    }
}

/// The keys that the article API's documentation names.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Light100Options {
    /// Hosts that delta files may be fetched from.
    pub(crate) allowed_hosts: Vec<HostRule>,
    /// What a failed operation does to the rest.
    pub(crate) failure_mode: FailureMode,
}

/// The log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct LogOptions {
    /// How a line looks.
    pub(crate) format: LogFormat,
    /// What is logged: a level, or levels by target.
    pub(crate) level: String,
}

impl Default for LogOptions {
    fn default() -> Self {
        Self {
            format: LogFormat::Text,
            level: "info".to_owned(),
        }
    }
}

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object.
    Json,
}

/// What the command line says; none leaves a key as it is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Overrides {
    /// As [`Config::listen`].
    pub(crate) listen: Option<String>,
    /// As [`Config::data_dir`].
    pub(crate) data_dir: Option<PathBuf>,
    /// As [`Config::database`].
    pub(crate) database: Option<String>,
    /// As [`Config::blobs`].
    pub(crate) blobs: Option<String>,
    /// The environment that the server is.
    pub(crate) environment: Option<slingr::Environment>,
    /// After how many seconds without use a session ends.
    pub(crate) session_ttl: Option<u64>,
    /// After how many seconds a file goes that nothing holds.
    pub(crate) orphan_file_ttl: Option<u64>,
}

impl Config {
    /// Where records are kept.
    pub(crate) fn place(&self) -> Place {
        match &self.database {
            Some(url) if load::is_postgres(url) => Place::Postgres(self.postgres.options(url)),
            _ => Place::Sqlite(self.sqlite()),
        }
    }

    /// The settings of the embedded store.
    pub(crate) fn sqlite(&self) -> sqlite::Options {
        sqlite::Options::new(&self.data_dir)
    }

    /// The folder of file contents, and of unfinished ones wherever the finished ones are.
    pub(crate) fn blob_folder(&self) -> PathBuf {
        self.data_dir.join("blobs")
    }

    /// Where file contents are kept: the bucket, or none for the folder.
    ///
    /// # Errors
    /// When the address cannot be one.
    pub(crate) fn bucket(&self) -> anyhow::Result<Option<S3Address>> {
        let url = self.blobs.as_deref().filter(|url| S3Address::is_meant(url));
        url.map(load::s3_address).transpose()
    }

    /// The settings of outgoing requests, with the hosts that may be asked.
    pub(crate) fn fetch_options(&self) -> FetchOptions {
        FetchOptions {
            allowed_hosts: self.light100.allowed_hosts.clone(),
            ..self.fetch.clone()
        }
    }

    /// The settings of the engine.
    pub(crate) fn engine_options(&self) -> engine::Options {
        engine::Options {
            delta: DeltaOptions {
                failure_mode: self.light100.failure_mode,
                ..self.delta.clone()
            },
            imports: self.imports.clone(),
            sheets: self.csv.clone(),
            exports: self.exports.clone(),
            query: self.query.clone(),
            qalx: self.qalx.engine(),
            mail: self.mail.clone(),
            slingr: self.slingr.engine(),
        }
    }

    /// The configuration as a file would have it.
    pub(crate) fn to_toml(&self) -> String {
        let mut table = toml::Table::try_from(self).expect("the configuration is plain data");
        for (section, key) in load::MOVED.map(|(section, key, _)| (section, key)) {
            if let Some(section) = table.get_mut(section).and_then(toml::Value::as_table_mut) {
                section.remove(key);
            }
        }
        toml::to_string_pretty(&table).expect("a table is TOML")
    }
}
