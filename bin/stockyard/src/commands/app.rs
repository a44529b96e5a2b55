//! `stockyard app`: definitions of apps, checked and put in force, beside the running server or without it.
//!
//! Beside a server the command stores the definition and hands in its job; the server takes both up within a second or
//! two. Without one it does the job itself. `serve --app` does the same at its start, except where data would be lost.

mod follow;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use ::app::Loaded;
use anyhow::bail;
use clap::Subcommand;
use engine::Engine;
use engine::apps::{Change, Plan};
use jobs::RunnerOptions;
use storage::{Access, Place};
use tokio::sync::oneshot;

use super::user::operator;
use crate::cli::StoreArgs;
use crate::config::Config;
use crate::{output, server, store};

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Say what is wrong with a definition, one line each: file:line: key: why.
    #[command(after_help = "\
Example:
  stockyard app check apps/crm")]
    Check(Check),
    /// Show what a definition would change, then put it in force and carry it out.
    #[command(after_help = "\
Examples:
  stockyard app apply apps/crm --data-dir /var/lib/stockyard
  stockyard app apply apps/crm --dry-run                      only show what would change
  stockyard app apply apps/crm --allow-data-loss              also when fields or entities with data go")]
    Apply(Box<Apply>),
}

#[derive(clap::Args)]
pub(crate) struct Check {
    /// Folder with the definition
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

#[derive(clap::Args)]
pub(crate) struct Apply {
    /// Folder with the definition
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Put it in force even if data is lost by it
    #[arg(long, env = "STOCKYARD_ALLOW_DATA_LOSS")]
    allow_data_loss: bool,
    /// Show what it would change, and change nothing
    #[arg(long, env = "STOCKYARD_DRY_RUN")]
    dry_run: bool,
    #[command(flatten)]
    store: StoreArgs,
}

/// Runs the command.
///
/// # Errors
/// When the definition is wrong, data would be lost, or the store cannot be opened.
pub(crate) fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Check(args) => check(&args.folder),
        Command::Apply(args) => apply(&args),
    }
}

fn check(folder: &Path) -> anyhow::Result<ExitCode> {
    match ::app::load(folder) {
        Ok(Loaded { app, .. }) => {
            let faults = engine::records::script_faults(&app).map_err(output::explained)?;
            if !faults.is_empty() {
                for fault in faults {
                    output::line(fault)?;
                }
                return Ok(ExitCode::FAILURE);
            }
            let (entities, groups) = (app.entities.len(), app.groups.len());
            let listeners = app.listeners.len();
            output::line(format_args!(
                "{}: {entities} entities, {groups} groups, {listeners} listeners, nothing wrong",
                app.name
            ))?;
            Ok(ExitCode::SUCCESS)
        }
        Err(complaints) => {
            for complaint in complaints {
                output::line(complaint)?;
            }
            Ok(ExitCode::FAILURE)
        }
    }
}

/// The definition in a folder.
///
/// # Errors
/// All that is wrong with it, one line each.
pub(crate) fn read(folder: &Path) -> anyhow::Result<Loaded> {
    ::app::load(folder).map_err(|complaints| {
        let lines: Vec<String> = complaints.iter().map(ToString::to_string).collect();
        let (folder, lines) = (folder.display(), lines.join("\n"));
        anyhow::anyhow!("the definition in {folder} is wrong:\n{lines}")
    })
}

fn apply(args: &Apply) -> anyhow::Result<ExitCode> {
    let (loaded, config) = (read(&args.folder)?, args.store.load()?);
    store::require(&config)?;
    // Nobody has a database for himself.
    let first = match config.place() {
        Place::Sqlite(_) => Access::Serve,
        Place::Postgres(_) => Access::Visit,
    };
    server::run_to_end(async {
        match store::open(&config, first).await {
            Ok(opened) => here(args, &loaded, &config, &opened.engine).await,
            Err(error) if is_served(&error) => {
                let opened = store::open(&config, Access::Visit).await?;
                beside(args, &loaded, &config, &opened.engine).await
            }
            Err(error) => Err(error),
        }
    })
}

fn is_served(error: &anyhow::Error) -> bool {
    let cause = error.downcast_ref::<storage::Error>();
    matches!(cause, Some(storage::Error::InUse { .. }))
}

/// Applies it, its job included, while no server runs, or as one more node of those that do.
async fn here(args: &Apply, loaded: &Loaded, config: &Config, engine: &Engine) -> anyhow::Result<ExitCode> {
    let runner = engine.app_runner(RunnerOptions {
        concurrency: 1,
        ..config.jobs.runner()
    });
    // What an earlier run left in the middle goes first.
    runner.recover().await.map_err(output::explained)?;
    let Some(job) = force(args, loaded, config, engine)
        .await?
        .and_then(|change| change.job)
    else {
        return Ok(ExitCode::SUCCESS);
    };
    if !engine.store().is_exclusive() {
        output::line(
            "a running server or this command carries it out; a server goes on if this command is ended",
        )?;
    }
    let (over, ended) = oneshot::channel::<()>();
    let work = tokio::spawn(runner.run(async {
        // It is never sent to: that the other end is gone says that all is over.
        let _ = ended.await;
    }));
    let end = follow::to_its_end(engine, job.seq).await;
    drop(over);
    work.await?;
    end
}

/// Applies it beside a server, whose work the job is.
async fn beside(args: &Apply, loaded: &Loaded, config: &Config, engine: &Engine) -> anyhow::Result<ExitCode> {
    let Some(change) = force(args, loaded, config, engine).await? else {
        return Ok(ExitCode::SUCCESS);
    };
    match change.job {
        None => Ok(ExitCode::SUCCESS),
        Some(job) => {
            output::line("the running server carries it out; it goes on if this command is ended")?;
            follow::to_its_end(engine, job.seq).await
        }
    }
}

/// Shows the plan and puts the definition in force; none when that is not wanted.
async fn force(
    args: &Apply,
    loaded: &Loaded,
    config: &Config,
    engine: &Engine,
) -> anyhow::Result<Option<Change>> {
    let plan = engine.plan_app(loaded).await.map_err(output::explained)?;
    output::line(plan.to_string().trim_end())?;
    if args.dry_run {
        return Ok(None);
    }
    if !args.allow_data_loss {
        refuse_losses(&plan, &args.folder, config)?;
    }
    let applied = engine.apply_app(&operator(), loaded, args.allow_data_loss).await;
    let change = applied.map_err(output::explained)?;
    if !plan.is_empty() {
        output::line(format_args!("definition {} is in force", change.number))?;
    }
    Ok(Some(change))
}

/// Refuses a plan that would lose data, and says how it is done anyway.
fn refuse_losses(plan: &Plan, folder: &Path, config: &Config) -> anyhow::Result<()> {
    let Some(text) = plan.loss_text() else {
        return Ok(());
    };
    let (folder, data) = (folder.display(), config.data_dir.display());
    bail!("{text}; to do it anyway run: stockyard app apply {folder} --data-dir {data} --allow-data-loss")
}

/// Puts the definition of a folder in force before the server serves; its job is the server's.
///
/// # Errors
/// When data would be lost.
pub(crate) async fn at_start(
    engine: &Engine,
    folder: &Path,
    loaded: &Loaded,
    config: &Config,
) -> anyhow::Result<()> {
    let plan = engine.plan_app(loaded).await.map_err(output::explained)?;
    refuse_losses(&plan, folder, config)?;
    let applied = engine.apply_app(&operator(), loaded, false).await;
    let change = applied.map_err(output::explained)?;
    if !plan.changes.is_empty() {
        tracing::info!(
            app.definition = change.number,
            "applied the definition of the app"
        );
    }
    Ok(())
}
