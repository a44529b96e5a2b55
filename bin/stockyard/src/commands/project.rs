//! `stockyard project`: projects, whose tags decide what their users see in the API of calculations.

use std::process::ExitCode;

use clap::Subcommand;
use engine::entities::{Project, Tag};

use super::user::operator;
use crate::cli::StoreArgs;
use crate::table::table;
use crate::{output, store};

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Make a project. Users are put into it by `stockyard user create --project`.
    #[command(after_help = "\
Example:
  stockyard project create bridge --tag project_code=B17 --tag department=marine")]
    Create(Create),
    /// List the projects with their tags.
    #[command(after_help = "\
Example:
  stockyard project list --data-dir /var/lib/stockyard")]
    List(StoreArgs),
    /// Delete a project. What has its tags is seen by admins only then, or through other projects.
    #[command(after_help = "\
Example:
  stockyard project delete bridge")]
    Delete(Delete),
}

#[derive(clap::Args)]
pub(crate) struct Create {
    /// The name
    #[arg(env = "STOCKYARD_PROJECT", value_name = "PROJECT")]
    name: String,
    /// Tag of the project; may be given several times
    #[arg(
        long = "tag",
        env = "STOCKYARD_TAGS",
        value_name = "NAME=VALUE",
        value_delimiter = ',',
        value_parser = tag
    )]
    tags: Vec<Tag>,
    #[command(flatten)]
    store: StoreArgs,
}

#[derive(clap::Args)]
pub(crate) struct Delete {
    /// The name
    #[arg(env = "STOCKYARD_PROJECT", value_name = "PROJECT")]
    name: String,
    #[command(flatten)]
    store: StoreArgs,
}

/// Runs the command.
///
/// # Errors
/// When there is such a project already, or none, or no store.
pub(crate) fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Create(args) => create(args)?,
        Command::List(args) => list(&args)?,
        Command::Delete(args) => delete(&args)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn create(args: Create) -> anyhow::Result<()> {
    let made = store::visit_or_make(&args.store.load()?, async |engine| {
        let made = engine.create_project(&operator(), &args.name, args.tags).await;
        made.map_err(output::explained)
    })?;
    output::line(format_args!("made the project {}", made.name))?;
    Ok(())
}

fn list(args: &StoreArgs) -> anyhow::Result<()> {
    let projects = store::visit(&args.load()?, async |engine| {
        engine.projects(&operator()).await.map_err(output::explained)
    })?;
    let rows: Vec<_> = projects.into_iter().map(row).collect();
    output::line(table(["PROJECT", "TAGS"], &rows))?;
    Ok(())
}

fn delete(args: &Delete) -> anyhow::Result<()> {
    store::visit(&args.store.load()?, async |engine| {
        let deleted = engine.delete_project(&operator(), &args.name).await;
        deleted.map_err(output::explained)
    })?;
    output::line(format_args!("deleted the project {}", args.name))?;
    Ok(())
}

fn row(project: Project) -> [String; 2] {
    let tags = project.tags.iter();
    let tags: Vec<_> = tags
        .map(|tag| format!("{}={}", tag.name(), tag.value()))
        .collect();
    [project.name, tags.join(", ")]
}

fn tag(text: &str) -> Result<Tag, String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
    Tag::new(name, value).map_err(|error| error.message().to_owned())
}
