//! `stockyard user`: making and listing users, beside the running server or without it.

use std::io::{self, BufRead, IsTerminal};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Subcommand;
use engine::identity::NewUser;
use model::{Actor, Roles, UserId};
use storage::tables::identity::UserUse;

use crate::cli::StoreArgs;
use crate::{output, store};

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Make a user and print a first token. A data folder without a store gets one.
    #[command(after_help = "\
Examples:
  stockyard user create --email ann@example.com --name Ann --password - --developer < password.txt
  STOCKYARD_PASSWORD=… stockyard user create --email bob@example.com --name Bob --group buyers --group sellers")]
    Create(Box<Create>),
    /// List the users with their roles and when they were last seen.
    #[command(after_help = "\
Example:
  stockyard user list --data-dir /var/lib/stockyard")]
    List(StoreArgs),
}

#[derive(clap::Args)]
pub(crate) struct Create {
    /// Mail address, by which the user is known
    #[arg(long, env = "STOCKYARD_EMAIL")]
    email: String,
    /// Name for people
    #[arg(long, env = "STOCKYARD_NAME")]
    name: String,
    /// Password of at least 8 characters; `-` reads one line from the standard input, so that it shows in no list
    /// of processes
    #[arg(long, env = "STOCKYARD_PASSWORD", hide_env_values = true)]
    password: Option<String>,
    /// Lets the user manage users and see everything
    #[arg(long, env = "STOCKYARD_ADMIN")]
    admin: bool,
    /// Lets the user see and steer the jobs of others
    #[arg(long, env = "STOCKYARD_DEVELOPER")]
    developer: bool,
    /// Group of the user; may be given several times
    #[arg(
        long = "group",
        env = "STOCKYARD_GROUPS",
        value_name = "GROUP",
        value_delimiter = ','
    )]
    groups: Vec<String>,
    /// Project of the user; may be given several times
    #[arg(
        long = "project",
        env = "STOCKYARD_PROJECTS",
        value_name = "PROJECT",
        value_delimiter = ','
    )]
    projects: Vec<String>,
    #[command(flatten)]
    store: StoreArgs,
}

/// Runs the command.
///
/// # Errors
/// When the user cannot be made, or the store not be opened.
pub(crate) fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Create(args) => create(*args)?,
        Command::List(args) => list(&args)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn create(args: Create) -> anyhow::Result<()> {
    let config = args.store.load()?;
    let new = NewUser {
        password: password(args.password)?,
        email: args.email,
        name: args.name,
        roles: Roles {
            admin: args.admin,
            developer: args.developer,
        },
        groups: args.groups,
        projects: args.projects,
    };
    let made = store::visit_or_make(&config, async |engine| {
        engine.make_user(new).await.map_err(output::explained)
    })?;
    output::line(format_args!("made the user {}", made.email))?;
    output::line(format_args!("token: {}", made.token))?;
    Ok(())
}

/// The password as given, or a line of the standard input.
fn password(given: Option<String>) -> anyhow::Result<String> {
    match given {
        Some(password) if password != "-" => Ok(password),
        None if io::stdin().is_terminal() => {
            bail!("a password is required: --password, STOCKYARD_PASSWORD, or a line on the standard input")
        }
        _ => {
            let mut line = String::new();
            io::stdin()
                .lock()
                .read_line(&mut line)
                .context("cannot read the password from the standard input")?;
            Ok(line.trim_end_matches(['\r', '\n']).to_owned())
        }
    }
}

fn list(args: &StoreArgs) -> anyhow::Result<()> {
    let users = store::visit(&args.load()?, async |engine| {
        engine.users(&operator()).await.map_err(output::explained)
    })?;
    let widest = users
        .iter()
        .map(|user| user.user.email.len())
        .max()
        .unwrap_or(0)
        .max(5);
    output::line(format_args!(
        "{:widest$}  {:15}  {:24}  NAME",
        "EMAIL", "ROLES", "LAST SEEN"
    ))?;
    for user in users {
        output::line(row(&user, widest))?;
    }
    Ok(())
}

fn row(user: &UserUse, widest: usize) -> String {
    let UserUse { user, last_used, .. } = user;
    let seen = last_used.map_or_else(|| "never".to_owned(), |on| on.to_string());
    let roles = match (user.roles.admin, user.roles.developer) {
        (true, true) => "admin,developer",
        (true, false) => "admin",
        (false, true) => "developer",
        (false, false) => "-",
    };
    format!("{:widest$}  {roles:15}  {seen:24}  {}", user.email, user.name)
}

/// Whoever may open the data folder may do anything with it.
pub(crate) fn operator() -> Actor {
    Actor {
        user: UserId(0),
        email: String::new(),
        name: "command line".to_owned(),
        roles: Roles {
            admin: true,
            developer: true,
        },
        token: None,
        ..Actor::default()
    }
}
