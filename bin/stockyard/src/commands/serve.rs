//! `stockyard serve`: the server, until it is told to stop.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::ValueEnum;
use engine::Engine;
use engine::identity::{NewUser, new_secret};
use model::Roles;
use storage::Access;

use crate::cli::StoreArgs;
use crate::commands::app;
use crate::config::{Config, Overrides};
use crate::server::{self, Front, Server};
use crate::{logging, output, store};

const EXAMPLES: &str = "\
Examples:
  stockyard serve
  stockyard serve --listen 127.0.0.1:0 --data-dir /tmp/try        a free port, printed when ready
  stockyard serve --config /etc/stockyard.toml
  stockyard serve --blobs s3://bucket/prefix      file contents on S3, with the credentials of AWS_…
  stockyard serve --app apps/crm                  an app; a changed definition is applied first
  STOCKYARD_HTTP__MAX_BODY_BYTES=4194304 STOCKYARD_LOG__FORMAT=json stockyard serve

The first start makes an admin: STOCKYARD_ADMIN_EMAIL with STOCKYARD_ADMIN_PASSWORD, otherwise
admin@localhost with a password that is printed once. SIGTERM and SIGINT stop the server within
10 seconds, requests and jobs under way come to a safe point; a second signal ends it at once.";

/// Options of the command.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Address to listen on; port 0 takes a free one [default: 127.0.0.1:8080]
    #[arg(long, env = "STOCKYARD_LISTEN", value_name = "ADDRESS")]
    listen: Option<String>,
    #[command(flatten)]
    store: StoreArgs,
    /// Folder with the definition of an app, which the slingr API serves
    #[arg(long, env = "STOCKYARD_APP", value_name = "DIR")]
    app: Option<PathBuf>,
    /// Environment of the app, a part of the slingr API's addresses [default: as the definition says, else prod]
    #[arg(long, env = "STOCKYARD_ENVIRONMENT", value_name = "E")]
    environment: Option<Environment>,
    /// After how many seconds without use a session ends [default: 28800]
    #[arg(long, env = "STOCKYARD_SESSION_TTL", value_name = "SECONDS")]
    session_ttl: Option<u64>,
    /// After how many seconds a file goes that no record and no job holds [default: 43200]
    #[arg(long, env = "STOCKYARD_ORPHAN_FILE_TTL", value_name = "SECONDS")]
    orphan_file_ttl: Option<u64>,
    /// Print the configuration that would be in force, as TOML, and exit
    #[arg(long, env = "STOCKYARD_PRINT_CONFIG")]
    print_config: bool,
    /// Mail address of the admin whom the first start makes
    #[arg(
        long,
        env = "STOCKYARD_ADMIN_EMAIL",
        value_name = "EMAIL",
        default_value = "admin@localhost"
    )]
    admin_email: String,
    /// Password of the admin whom the first start makes; better set by its variable [default: a random one, printed]
    #[arg(
        long,
        env = "STOCKYARD_ADMIN_PASSWORD",
        value_name = "PASSWORD",
        hide_env_values = true
    )]
    admin_password: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Environment {
    Dev,
    Staging,
    Prod,
}

impl From<Environment> for slingr::Environment {
    fn from(environment: Environment) -> Self {
        match environment {
            Environment::Dev => Self::Dev,
            Environment::Staging => Self::Staging,
            Environment::Prod => Self::Prod,
        }
    }
}

/// Serves until a signal.
///
/// # Errors
/// When the configuration is wrong or a part cannot be opened.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let config = Config::load(args.store.config.as_deref(), args.overrides())?;
    if args.print_config {
        output::line(config.to_toml().trim_end())?;
        return Ok(ExitCode::SUCCESS);
    }
    // A wrong definition is refused before anything is made.
    let loaded = args.app.as_deref().map(app::read).transpose()?;
    let log = logging::start(&config.log)?;
    let outcome = server::run_to_end(async {
        let listener = server::listen(&config.listen).await?;
        let opened = store::open(&config, Access::Serve).await?;
        if let (Some(folder), Some(loaded)) = (&args.app, &loaded) {
            app::at_start(&opened.engine, folder, loaded, &config).await?;
        }
        first_admin(&opened.engine, args).await?;
        let server = Server::start(opened, Front::Apis(listener), &config).await?;
        server.announce()?;
        server.until_signal().await
    });
    // The last lines say how it ended.
    drop(log);
    outcome.map(|()| ExitCode::SUCCESS)
}

impl Args {
    fn overrides(&self) -> Overrides {
        Overrides {
            listen: self.listen.clone(),
            environment: self.environment.map(Into::into),
            session_ttl: self.session_ttl,
            orphan_file_ttl: self.orphan_file_ttl,
            ..self.store.overrides()
        }
    }
}

/// Makes the admin of a store without users, and says how to come in if nobody knows.
async fn first_admin(engine: &Engine, args: &Args) -> anyhow::Result<()> {
    if engine.has_users().await.map_err(output::explained)? {
        return Ok(());
    }
    let generated = args.admin_password.is_none();
    let password = args
        .admin_password
        .clone()
        .unwrap_or_else(|| new_secret(engine.env()).split_off(3));
    let admin = NewUser {
        email: args.admin_email.clone(),
        name: "Admin".to_owned(),
        password: password.clone(),
        roles: Roles {
            admin: true,
            developer: true,
        },
        ..NewUser::default()
    };
    let made = engine.make_user(admin).await.map_err(output::explained)?;
    output::line(format_args!("first start: made the admin {}", made.email))?;
    if generated {
        output::line(format_args!("password: {password}"))?;
        output::line(format_args!("token: {}", made.token))?;
        output::line("both are shown this once; `stockyard token create` makes further tokens")?;
    }
    Ok(())
}
