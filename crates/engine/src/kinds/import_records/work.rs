//! Rows carried out: the next chunk is prepared while the one before it is on its way to the disk.

use std::collections::VecDeque;
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, PoisonError};

use ::jobs::{Interrupt, Report, Run};
use model::{Code, Error};

use super::progress::{Pace, Way};
use super::source::{Part, Reading};
use super::{Checkpoint, Saved, report, source};
use crate::contents;
use crate::kinds::{Tools, to_json};
use crate::records::import_rows::{CellRow, Chunk, RowFault, RowImport, Stale, View};
use crate::sheets::ImportParams;

/// How the work came to an end.
pub(super) enum End {
    /// All rows are done.
    Finished,
    /// The import as a whole failed, and that is accounted for.
    Failed(String),
    /// There is another definition; rows from this place on are to be imported by it.
    Definition(Checkpoint),
}

/// What a transaction says of a chunk that came to nothing.
type Word = Arc<Mutex<Option<Stale>>>;

/// A chunk on its way to the disk.
struct Flight {
    rows: Arc<[CellRow]>,
    /// The account before it.
    before: Checkpoint,
    word: Word,
}

/// See the module.
pub(super) struct Work<'a> {
    pub(super) tools: &'a Tools,
    params: &'a ImportParams,
    pub(super) import: Arc<RowImport>,
    /// Whether listeners hear at once of what rows make; in a dry run none does.
    is_heard: bool,
    /// The account with all chunks that were sent.
    pub(super) at: Checkpoint,
    /// A dry run goes over the rows before this one again without telling of them.
    told: u64,
    waiting: VecDeque<CellRow>,
    flight: Option<Flight>,
    view: View,
    pub(super) pace: Pace,
}

impl<'a> Work<'a> {
    pub(super) fn new(
        tools: &'a Tools,
        params: &'a ImportParams,
        import: Arc<RowImport>,
        at: Checkpoint,
    ) -> Result<Self, Error> {
        Ok(Self {
            tools,
            params,
            is_heard: !params.flags.dry_run && import.is_heard()?,
            import,
            at,
            told: at.row,
            waiting: VecDeque::new(),
            flight: None,
            view: View::default(),
            pace: Pace::new(tools.options.sheets.chunk_rows),
        })
    }

    /// The account.
    pub(super) fn reached(&self) -> Checkpoint {
        self.at
    }

    /// Imports rows to the end.
    pub(super) fn run(&mut self, run: &mut Run) -> Result<End, Interrupt> {
        let parts = self.read(run)?;
        loop {
            let way = self.pace.way(!self.is_heard && !self.import.calls_functions()?);
            let rows = self.next_rows(&parts, way)?;
            if rows.is_empty() {
                match self.land(run, &[])? {
                    Landed::Well => return Ok(End::Finished),
                    Landed::Stale => continue,
                    Landed::Definition => return Ok(End::Definition(self.at)),
                }
            }
            let ended = match way {
                Way::Ahead(_) if self.is_heard => self.heard(run, rows)?,
                Way::Ahead(_) => self.ahead(run, rows)?,
                Way::Within(_) => self.within(run, rows)?,
                Way::GiveUp => self.give_up(run, rows)?,
            };
            if let Some(end) = ended {
                return Ok(end);
            }
        }
    }

    fn read(&self, run: &mut Run) -> Result<Receiver<Part>, Interrupt> {
        let (blobs, blob) = (self.tools.blobs.clone(), self.params.blob);
        let opened = contents::insist(run, &self.tools.options.exports.pause, |_| blobs.open(&blob))?;
        let content = opened.map_err(contents::refused)?;
        let from = match self.params.flags.dry_run {
            // What rows see of those before them is nowhere but in memory.
            true => Checkpoint {
                next: self.at.survey.first,
                row: 0,
                ..self.at
            },
            false => self.at,
        };
        let reading = Reading {
            import: Arc::clone(&self.import),
            options: self.tools.options.sheets.clone(),
            from,
            failed_of: self.params.failed_of.map(|job| (run.store().clone(), job)),
        };
        Ok(source::start(reading, content)?)
    }

    /// Takes rows for a chunk, as many as there are if they are not enough.
    fn next_rows(&mut self, parts: &Receiver<Part>, way: Way) -> Result<Vec<CellRow>, Interrupt> {
        let most = match way {
            Way::Ahead(most) | Way::Within(most) => most,
            Way::GiveUp => 1,
        };
        while self.waiting.len() < most {
            match parts.recv() {
                Ok(Ok(part)) => self.waiting.extend(part),
                Ok(Err(what)) => return Err(Error::internal(what).into()),
                Err(_) => break,
            }
        }
        let (mut rows, mut bytes) = (Vec::new(), 0);
        while rows.len() < most
            && bytes < self.tools.options.sheets.chunk_bytes
            && let Some(row) = self.waiting.pop_front()
        {
            // A chunk is told of as a whole or not at all.
            let splits = rows
                .first()
                .is_some_and(|first: &CellRow| first.number < self.told)
                && row.number >= self.told;
            if splits {
                self.waiting.push_front(row);
                break;
            }
            bytes += row.bytes;
            rows.push(row);
        }
        Ok(rows)
    }

    /// Prepares a chunk on a snapshot and sends it behind the one before.
    fn ahead(&mut self, run: &mut Run, rows: Vec<CellRow>) -> Result<Option<End>, Interrupt> {
        let rows: Arc<[CellRow]> = rows.into();
        let view = std::mem::take(&mut self.view);
        let (view, chunk) = self.import.prepare(run.store(), view, &rows, || run.check())?;
        self.view = view;
        if self.params.flags.dry_run {
            return self.dry(run, &rows, chunk);
        }
        match self.land(run, &rows)? {
            Landed::Well => {}
            Landed::Stale => return Ok(None),
            Landed::Definition => return Ok(Some(End::Definition(self.at))),
        }
        self.view.sent();
        let import = Arc::clone(&self.import);
        let (reached, report, broken) = self.report(&chunk, &rows)?;
        self.send(run, &rows, move |tx| {
            Ok(import.commit(tx, &chunk)?.map(|()| report.clone()))
        })?;
        self.at = reached;
        match broken {
            None => Ok(None),
            Some(message) => self.ended(run, message),
        }
    }

    /// Prepares a chunk within its transaction.
    fn within(&mut self, run: &mut Run, rows: Vec<CellRow>) -> Result<Option<End>, Interrupt> {
        let rows: Arc<[CellRow]> = rows.into();
        let (import, mine, before) = (Arc::clone(&self.import), Arc::clone(&rows), self.at);
        let most = self.tools.options.sheets.max_failed_rows;
        let behind = behind(&rows);
        let reached = Arc::new(Mutex::new((before, None)));
        let told = Arc::clone(&reached);
        self.send(run, &rows, move |tx| {
            let chunk = import.prepare_in(tx, &mut View::default(), &mine)?;
            let (at, report, broken) = report::of(&chunk, before, behind, most)?;
            *told.lock().unwrap_or_else(PoisonError::into_inner) = (at, broken);
            Ok(import.commit(tx, &chunk)?.map(|()| report))
        })?;
        match self.land(run, &[])? {
            Landed::Well => {}
            Landed::Stale => return Ok(None),
            Landed::Definition => return Ok(Some(End::Definition(self.at))),
        }
        let (at, broken) = reached.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.at = at;
        Ok(broken.map(End::Failed))
    }

    /// Accounts for a row that others did not let through.
    fn give_up(&mut self, run: &mut Run, rows: Vec<CellRow>) -> Result<Option<End>, Interrupt> {
        let rows: Arc<[CellRow]> = rows.into();
        let fault = RowFault {
            field: String::new(),
            code: "unique".to_owned(),
            message: "what the row refers to, or has in common with others, is changed all the time"
                .to_owned(),
            value: None,
        };
        let chunk = Chunk::refusing(&rows[0], vec![fault]);
        let (reached, report, broken) = self.report(&chunk, &rows)?;
        self.send(run, &rows, move |_| Ok(Ok(report.clone())))?;
        self.at = reached;
        match self.land(run, &[])? {
            Landed::Definition => Ok(Some(End::Definition(self.at))),
            Landed::Well | Landed::Stale => Ok(broken.map(End::Failed)),
        }
    }

    /// Tells what would become of rows.
    fn dry(&mut self, run: &mut Run, rows: &Arc<[CellRow]>, chunk: Chunk) -> Result<Option<End>, Interrupt> {
        self.view.keep();
        if rows[0].number < self.told {
            return run.check().map(|()| None);
        }
        let (reached, mut report, mut broken) = self.report(&chunk, rows)?;
        let most = self.tools.options.sheets.dry_run_bytes;
        if self.view.bytes() > most && broken.is_none() {
            let line = rows.last().map_or(0, |row| row.line);
            let message = format!(
                "a dry run remembers what rows would make, and at line {line} that is more than csv.dry_run_bytes \
                 allows ({most}); the rows up to there are accounted for"
            );
            report.checkpoint = Some(to_json(&Saved::Failed {
                failed: message.clone(),
                survey: Some(self.at.survey),
            })?);
            broken = Some(message);
        }
        run.commit(move |_| Ok(report.clone()))?;
        self.at = reached;
        Ok(broken.map(End::Failed))
    }

    pub(super) fn report(
        &self,
        chunk: &Chunk,
        rows: &[CellRow],
    ) -> Result<(Checkpoint, Report, Option<String>), Error> {
        let most = self.tools.options.sheets.max_failed_rows;
        report::of(chunk, self.at, behind(rows), most)
    }

    fn send(
        &mut self,
        run: &mut Run,
        rows: &Arc<[CellRow]>,
        work: impl Fn(&mut dyn storage::Tx) -> Result<Result<Report, Stale>, Error> + Send + Sync + 'static,
    ) -> Result<(), Interrupt> {
        let word = Word::default();
        let told = Arc::clone(&word);
        self.flight = Some(Flight {
            rows: Arc::clone(rows),
            before: self.at,
            word,
        });
        run.commit_async(move |tx| {
            let mut place = told.lock().unwrap_or_else(PoisonError::into_inner);
            *place = None;
            match work(tx)? {
                Ok(report) => Ok(report),
                Err(stale) => {
                    *place = Some(stale);
                    Err(Error::new(Code::Conflict, "what the rows rely on has changed"))
                }
            }
        })
    }

    /// Waits for the chunk that is on its way. One that came to nothing is prepared anew, with the rows behind it.
    fn land(&mut self, run: &mut Run, behind: &[CellRow]) -> Result<Landed, Interrupt> {
        let Some(flight) = self.flight.take() else {
            return Ok(Landed::Well);
        };
        let error = match run.settle() {
            Ok(()) => {
                self.pace.went_well();
                return Ok(Landed::Well);
            }
            Err(error) => error,
        };
        let stale = flight.word.lock().unwrap_or_else(PoisonError::into_inner).take();
        match (error, stale) {
            (Interrupt::Failed(_), Some(stale)) => {
                self.at = flight.before;
                self.view = View::default();
                self.put_back(behind);
                self.put_back(&flight.rows);
                self.pace.was_stale();
                Ok(match stale {
                    Stale::Data => Landed::Stale,
                    Stale::Definition => Landed::Definition,
                })
            }
            (error, _) => Err(error),
        }
    }

    pub(super) fn put_back(&mut self, rows: &[CellRow]) {
        for row in rows.iter().rev() {
            self.waiting.push_front(row.clone());
        }
    }

    /// The last chunk is on its way.
    fn ended(&mut self, run: &mut Run, message: String) -> Result<Option<End>, Interrupt> {
        Ok(match self.land(run, &[])? {
            Landed::Well => Some(End::Failed(message)),
            Landed::Stale => None,
            Landed::Definition => Some(End::Definition(self.at)),
        })
    }
}

/// What became of a chunk that was sent.
enum Landed {
    /// It is on disk, or there was none.
    Well,
    /// It came to nothing and waits again.
    Stale,
    /// The same, because there is another definition.
    Definition,
}

/// The place behind rows, and the number of the row there.
pub(super) fn behind(rows: &[CellRow]) -> (crate::sheets::At, u64) {
    let last = rows.last().expect("a chunk has rows");
    (last.next, last.number + 1)
}
