//! Which moves of a job are legal: one pure function, so that no caller decides it for himself.

use model::job::Status;

/// What a person may ask of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Stand still at the next boundary; can be taken back by [`Action::Resume`].
    Stop,
    /// Stand still now; the chunk under way is refused when it comes to commit.
    ForceStop,
    /// Go on from the checkpoint.
    Resume,
    /// Give up a job that nobody works on.
    Cancel,
    /// Give up a job, also one that is being worked on: the chunk under way is refused.
    CancelRunning,
}

impl Action {
    /// The participle, for sentences.
    pub fn past(self) -> &'static str {
        match self {
            Self::Stop | Self::ForceStop => "stopped",
            Self::Resume => "resumed",
            Self::Cancel | Self::CancelRunning => "cancelled",
        }
    }

    /// What it means for the descendants of the job it was asked of.
    pub fn for_branch(self) -> Event {
        match self {
            Self::Resume => Event::ResumeBranch,
            Self::Cancel | Self::CancelRunning => Event::Ask(Self::CancelRunning),
            Self::Stop | Self::ForceStop => Event::Ask(self),
        }
    }
}

/// What can happen to a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A person asks.
    Ask(Action),
    /// Its root was resumed.
    ResumeBranch,
    /// Its content arrived.
    Accept,
    /// Its content is not acceptable.
    Reject,
    /// A chunk was committed while a stop was asked for.
    Boundary,
    /// Its runner leaves it before its end: shutdown, a lost process.
    Leave,
    /// Its body wants it to stand still until holds are released.
    Hold,
    /// Its body waits for its children.
    Await,
    /// Its body is done.
    Finish,
    /// Its body broke off.
    Fail,
}

/// Who a running job depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Footing {
    /// Nobody.
    Idle,
    /// A runner that holds its lease.
    Leased,
    /// Its children.
    Awaiting,
}

/// The status after `event`; none if the event is not legal.
pub fn next(status: Status, footing: Footing, event: Event) -> Option<Status> {
    use Status::{Cancelled, Failed, Finished, Pending, Received, Rejected, Running, Stopped, Stopping};
    let to = match (event, status) {
        (Event::Accept, Received) => Pending,
        (Event::Reject, Received) => Rejected,
        (Event::Ask(Action::Stop), Pending) => Stopped,
        (Event::Ask(Action::Stop), Running) if footing == Footing::Leased => Stopping,
        (Event::Ask(Action::Stop), Running) => Stopped,
        (Event::Ask(Action::ForceStop), Stopping) => Stopped,
        (Event::Ask(Action::Resume) | Event::ResumeBranch, Stopped) if footing == Footing::Awaiting => {
            Running
        }
        (Event::Ask(Action::Resume) | Event::ResumeBranch, Stopped) => Pending,
        (Event::ResumeBranch, Stopping) => Running,
        (Event::Ask(Action::Cancel), Received | Pending | Stopped) => Cancelled,
        (Event::Ask(Action::CancelRunning), Received | Pending | Stopped | Running | Stopping) => Cancelled,
        (Event::Boundary, Stopping) => Stopped,
        (Event::Leave, Running) => Pending,
        (Event::Leave | Event::Hold | Event::Await, Stopping) => Stopped,
        (Event::Hold, Running) => Stopped,
        (Event::Await, Running) => Running,
        (Event::Finish, Running | Stopping) => Finished,
        (Event::Fail, Running | Stopping) => Failed,
        _ => return None,
    };
    Some(to)
}

#[cfg(test)]
mod tests {
    use super::{Action, Event, Footing, next};
    use model::job::Status;

    /// Every legal move, one line per event; whatever is not here is refused.
    const TABLE: &str = "\
        Accept: received>pending
        Reject: received>rejected
        Stop: pending>stopped running>stopping running(awaiting)>stopped
        ForceStop: stopping>stopped
        Resume: stopped>pending stopped(awaiting)>running
        ResumeBranch: stopping>running stopped>pending stopped(awaiting)>running
        Cancel: received>cancelled pending>cancelled stopped>cancelled stopped(awaiting)>cancelled
        CancelRunning: received>cancelled pending>cancelled running>cancelled running(awaiting)>cancelled \
            stopping>cancelled stopped>cancelled stopped(awaiting)>cancelled
        Boundary: stopping>stopped
        Leave: running>pending stopping>stopped
        Hold: running>stopped stopping>stopped
        Await: running>running stopping>stopped
        Finish: running>finished stopping>finished
        Fail: running>failed stopping>failed";

    const EVENTS: [(&str, Event); 14] = [
        ("Accept", Event::Accept),
        ("Reject", Event::Reject),
        ("Stop", Event::Ask(Action::Stop)),
        ("ForceStop", Event::Ask(Action::ForceStop)),
        ("Resume", Event::Ask(Action::Resume)),
        ("ResumeBranch", Event::ResumeBranch),
        ("Cancel", Event::Ask(Action::Cancel)),
        ("CancelRunning", Event::Ask(Action::CancelRunning)),
        ("Boundary", Event::Boundary),
        ("Leave", Event::Leave),
        ("Hold", Event::Hold),
        ("Await", Event::Await),
        ("Finish", Event::Finish),
        ("Fail", Event::Fail),
    ];

    /// The footings in which a job of this status can be when the event comes; the runner's own events need a lease.
    fn footings(status: Status, event: Event) -> &'static [Footing] {
        let by_person = matches!(event, Event::Ask(_) | Event::ResumeBranch);
        match status {
            Status::Running if by_person => &[Footing::Leased, Footing::Awaiting],
            Status::Running | Status::Stopping => &[Footing::Leased],
            Status::Stopped => &[Footing::Idle, Footing::Awaiting],
            _ => &[Footing::Idle],
        }
    }

    #[test]
    fn legal_moves_are_those_of_the_table() {
        let mut lines = Vec::new();
        for (name, event) in EVENTS {
            let mut line = format!("{name}:");
            for status in Status::ALL {
                for footing in footings(status, event) {
                    if let Some(to) = next(status, *footing, event) {
                        let mark = if *footing == Footing::Awaiting {
                            "(awaiting)"
                        } else {
                            ""
                        };
                        line.push_str(&format!(" {}{mark}>{}", status.as_str(), to.as_str()));
                    }
                }
            }
            lines.push(line);
        }
        let squeeze = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(squeeze(&lines.join("\n")), squeeze(TABLE));
    }

    #[test]
    fn nothing_happens_to_a_final_job() {
        for status in Status::ALL.into_iter().filter(|status| status.is_final()) {
            for (name, event) in EVENTS {
                assert_eq!(next(status, Footing::Idle, event), None, "{name} {status:?}");
            }
        }
    }
}
