//! `stockyard demo`: a server with sample data on one screen, shown by calls that anybody can make.
//!
//! The tour uses nothing but the server's own HTTP API, so what it shows is what a client gets.

mod sample;
mod tour;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use engine::Engine;
use engine::identity::{NewUser, new_secret};
use model::{Code, Roles};
use storage::Access;

use crate::client::Client;
use crate::config::{Config, Overrides};
use crate::server::{self, Front, Server};
use crate::{logging, output, store};

/// Hosts that the demo fetches delta files from: this machine only.
const LOOPBACK: [&str; 3] = ["localhost:*", "127.0.0.1:*", "[::1]:*"];

/// Options of the command.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  stockyard demo                                serve until ^C, then nothing stays behind
  stockyard demo --data-dir ./try               keep the data
  stockyard demo --listen 127.0.0.1:0 --exit    only the tour")]
pub(crate) struct Args {
    /// Address to listen on [default: 127.0.0.1:8080, or a free port if that is taken]
    #[arg(long, env = "STOCKYARD_LISTEN", value_name = "ADDRESS")]
    listen: Option<String>,
    /// Folder for the data [default: a temporary one]
    #[arg(long, env = "STOCKYARD_DATA_DIR", value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Leave after the tour instead of serving on
    #[arg(long, env = "STOCKYARD_EXIT")]
    exit: bool,
}

/// Runs the tour and serves until a signal.
///
/// # Errors
/// When the server cannot start, or a call of the tour fails.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let passing = match args.data_dir {
        Some(_) => None,
        None => Some(tempfile::tempdir().context("cannot make a temporary folder")?),
    };
    let folder = args
        .data_dir
        .clone()
        .or_else(|| passing.as_ref().map(|folder| folder.path().to_owned()));
    let config = config(args, folder)?;
    let log = logging::start(&config.log)?;
    let outcome = server::run_to_end(serve(args, config));
    drop(log);
    outcome.map(|()| ExitCode::SUCCESS)
}

fn config(args: &Args, data_dir: Option<PathBuf>) -> anyhow::Result<Config> {
    let mut config = Config::default().overridden(Overrides {
        listen: args.listen.clone(),
        data_dir,
        ..Overrides::default()
    });
    // The screen belongs to the tour.
    config.http.access_log = false;
    config.log.level = "warn".to_owned();
    let rules = LOOPBACK.map(str::parse).into_iter().collect::<Result<_, _>>();
    config.light100.allowed_hosts = rules.context("the hosts of the demo")?;
    Ok(config)
}

async fn serve(args: &Args, config: Config) -> anyhow::Result<()> {
    let listener = match server::listen(&config.listen).await {
        Err(_) if args.listen.is_none() => server::listen("127.0.0.1:0").await?,
        listener => listener?,
    };
    let opened = store::open(&config, Access::Serve).await?;
    let admin = user(&opened.engine, "admin@localhost", "Admin", true).await?;
    let clerk = user(&opened.engine, "ann@localhost", "Ann", false).await?;
    let mut server = Server::start(opened, Front::Apis(listener), &config).await?;
    server.announce()?;
    let client = Client::new(server.url(), &clerk)?;
    let url = server.url().to_owned();
    let toured = server.meanwhile(tour::run(&client, &url, [&admin, &clerk])).await;
    match toured {
        Some(Ok(())) if !args.exit => {
            output::line("\nServing until ^C.")?;
            server.until_signal().await
        }
        toured => {
            server.stop().await;
            toured.unwrap_or(Ok(()))
        }
    }
}

/// A token of the user, who is made if he is not there.
async fn user(engine: &Engine, email: &str, name: &str, boss: bool) -> anyhow::Result<String> {
    let new = NewUser {
        email: email.to_owned(),
        name: name.to_owned(),
        password: new_secret(engine.env()),
        roles: Roles {
            admin: boss,
            developer: boss,
        },
        ..NewUser::default()
    };
    let made = match engine.make_user(new).await {
        Err(error) if error.code() == Code::AlreadyExists => engine.make_token(email).await,
        made => made,
    };
    Ok(made.map_err(output::explained)?.token)
}

#[cfg(test)]
mod tests {
    use super::{Args, config};

    #[test]
    fn only_this_machine_is_fetched_from() {
        let args = Args {
            listen: None,
            data_dir: None,
            exit: true,
        };
        let config = config(&args, None).unwrap();
        assert_eq!(config.fetch_options().allowed_hosts.len(), 3);
    }
}
