//! Jobs: what the runner and the listings rest on.

use std::sync::atomic::{AtomicU8, Ordering};

use model::job::{Item, ItemState, Level, NewJob, Status};
use model::{Job, JobId, JobSeq, Page, RequestId, Timestamp};
use storage::tables::jobs::{
    ChunkRow, Claim, Claimed, Ending, Expiry, Inserted, Lease, LeaseChange, Leases, LogFilter, Placement,
};
use storage::{Result, Store, Tx};

use super::on_every_backend;

#[path = "jobs/listing.rs"]
mod listing;

const ALL: Page = Page { number: 1, size: 100 };
const START: Timestamp = Timestamp(1_000_000);

fn new(request: u8) -> NewJob {
    NewJob {
        id: JobId::from_bytes([request; 12]),
        request_id: RequestId::from_random([request; 16]),
        kind: "import",
        label: format!("job {request}"),
        queue: "delta",
        serial_key: None,
        priority: 0,
        low_priority: false,
        run_by: "ada@example.com".to_owned(),
        parent: None,
        status: Status::Pending,
        params: "{\"a\":1}".to_owned(),
        error: None,
        now: START,
    }
}

fn write<T: Send + 'static>(store: &Store, work: impl Fn(&mut dyn Tx) -> Result<T> + Send + 'static) -> T {
    store.write_blocking(work).unwrap()
}

fn insert(store: &Store, new: NewJob) -> JobSeq {
    write(store, move |tx| Ok(tx.insert_job(&new)?.into_job().seq))
}

/// Inserts a job with the next free id, changed by `change`.
fn add(store: &Store, change: impl FnOnce(&mut NewJob)) -> JobSeq {
    static NEXT: AtomicU8 = AtomicU8::new(1);
    let mut job = new(NEXT.fetch_add(1, Ordering::Relaxed));
    change(&mut job);
    insert(store, job)
}

fn job(store: &Store, seq: JobSeq) -> Job {
    write(store, move |tx| tx.job(seq)).unwrap()
}

fn claim(store: &Store, limit: u64) -> Vec<Claimed> {
    claim_with(store, move |claim| claim.limit = limit)
}

fn claim_with(store: &Store, change: impl Fn(&mut Claim<'_>) + Send + 'static) -> Vec<Claimed> {
    write(store, move |tx| {
        let mut claim = Claim {
            owner: "runner",
            now: START.plus_millis(10),
            until: START.plus_millis(30_010),
            kinds: &["import", "export"],
            limit: 100,
            low_limit: 100,
            low_threshold: 100,
        };
        change(&mut claim);
        tx.claim_jobs(&claim)
    })
}

fn seqs(claimed: &[Claimed]) -> Vec<JobSeq> {
    claimed.iter().map(|claimed| claimed.job.seq).collect()
}

fn end(store: &Store, seq: JobSeq, status: Status) {
    end_at(store, seq, status, START);
}

fn end_at(store: &Store, seq: JobSeq, status: Status, now: Timestamp) {
    write(store, move |tx| {
        let ending = Ending {
            status,
            results: (status == Status::Finished).then(|| "[1]".to_owned()),
            error: (status == Status::Failed).then(|| "broken".to_owned()),
            now,
        };
        tx.end_job(seq, &ending)
    });
}

fn place(store: &Store, seq: JobSeq, status: Status, lease: LeaseChange, hold: Option<&'static str>) {
    write(store, move |tx| {
        let placement = Placement {
            status,
            lease,
            awaiting_children: false,
            hold: hold.map(str::to_owned),
            now: START.plus_millis(20),
        };
        tx.place_job(seq, &placement)
    });
}

fn await_children(store: &Store, seq: JobSeq, status: Status) {
    write(store, move |tx| {
        let placement = Placement {
            status,
            lease: LeaseChange::Release,
            awaiting_children: true,
            hold: None,
            now: START,
        };
        tx.place_job(seq, &placement)
    });
}

fn item(number: u64, state: ItemState) -> Item {
    Item {
        number,
        key: format!("key {number}"),
        state,
        detail: (state != ItemState::Done).then(|| "{\"why\":\"x\"}".to_owned()),
    }
}

/// Adds items of these states, numbered from `first`.
fn chunk(store: &Store, seq: JobSeq, first: u64, states: &[ItemState]) {
    let numbered = (first..).zip(states).map(|(number, state)| item(number, *state));
    let items: Vec<Item> = numbered.collect();
    write(store, move |tx| {
        let row = ChunkRow {
            items: &items,
            processed: items.len() as u64,
            failed: items
                .iter()
                .filter(|item| item.state == ItemState::Failed)
                .count() as u64,
            ..empty_chunk()
        };
        tx.record_chunk(seq, &row)
    });
}

fn empty_chunk<'a>() -> ChunkRow<'a> {
    ChunkRow {
        items: &[],
        processed: 0,
        failed: 0,
        total: None,
        progress: None,
        checkpoint: None,
        logs: &[],
        now: START.plus_millis(50),
        lease_until: START.plus_millis(30_050),
    }
}

use ItemState::{Blocked, Done, Failed};

#[test]
fn a_job_reads_back_as_it_was_handed_in() {
    on_every_backend(|store| {
        let mut given = new(1);
        given.serial_key = Some("article 7".to_owned());
        (given.priority, given.low_priority) = (-3, true);
        given.params = "{\"b\": 1.50, \"a\": \"\u{e9}\"}".to_owned();
        let seq = insert(store, given.clone());
        let job = job(store, seq);
        assert_eq!((&job.id, &job.request_id), (&given.id, &given.request_id));
        assert_eq!(
            (job.kind.as_str(), job.label.as_str(), job.queue.as_str()),
            ("import", "job 1", "delta")
        );
        assert_eq!(
            (job.serial_key.as_deref(), job.priority, job.low_priority),
            (Some("article 7"), -3, true)
        );
        assert_eq!(
            (job.status, job.progress, job.params),
            (Status::Pending, 0.0, given.params)
        );
        assert_eq!(
            (job.created, job.updated, job.started, job.ended),
            (START, START, None, None)
        );
        assert_eq!(
            (job.checkpoint, job.results, job.error, job.cleared),
            (None, None, None, false)
        );
        let (id, request_id) = (given.id.clone(), given.request_id);
        let found = write(store, move |tx| {
            Ok((tx.job_by_id(&id)?, tx.job_by_request(&request_id)?))
        });
        assert_eq!((found.0.unwrap().seq, found.1.unwrap().seq), (seq, seq));
        assert_eq!(write(store, |tx| tx.job(JobSeq(99))), None);
        assert_eq!(write(store, |tx| tx.lease(JobSeq(99))), None);
    });
}

#[test]
fn a_request_makes_one_job() {
    on_every_backend(|store| {
        let first = write(store, |tx| tx.insert_job(&new(1)));
        let mut again = new(1);
        (again.id, again.label) = (JobId::from_bytes([9; 12]), "another".to_owned());
        let second = write(store, move |tx| tx.insert_job(&again));
        let Inserted::New(job) = first else {
            panic!("{first:?}")
        };
        assert_eq!(second, Inserted::Existing(job));
    });
}

#[test]
fn what_no_caller_may_hand_in_is_refused() {
    on_every_backend(|store| {
        let parent = add(store, |new| new.serial_key = Some("k".to_owned()));
        let ended = add(store, |new| new.status = Status::Rejected);
        let refuse = |change: &dyn Fn(&mut NewJob)| {
            let mut bad = new(200);
            change(&mut bad);
            let refused = store.write_blocking(move |tx| tx.insert_job(&bad));
            refused.unwrap_err().to_string()
        };
        assert_eq!(
            refuse(&|new| new.status = Status::Running),
            "store: a new job cannot be running"
        );
        assert_eq!(
            refuse(&|new| new.parent = Some(JobSeq(99))),
            "store: there is no parent job 99"
        );
        assert_eq!(
            refuse(&|new| new.parent = Some(ended)),
            "store: the parent job 2 has ended"
        );
        let same_key = |new: &mut NewJob| (new.parent, new.serial_key) = (Some(parent), Some("k".to_owned()));
        assert_eq!(
            refuse(&same_key),
            "store: the serial key of a child is held by its parent job 1"
        );
    });
}

#[test]
fn claims_go_by_lane_then_priority_then_order_and_leave_unknown_kinds() {
    on_every_backend(|store| {
        let low = add(store, |new| (new.low_priority, new.priority) = (true, 9));
        let plain = add(store, |_| {});
        add(store, |new| new.kind = "unknown");
        let high = add(store, |new| (new.priority, new.kind) = (5, "export"));
        let later = add(store, |_| {});
        assert_eq!(seqs(&claim(store, 2)), [high, plain]);
        let rest = claim(store, 9);
        assert_eq!(seqs(&rest), [later, low]);
        assert_eq!((rest[0].fence, rest[0].job.status), (1, Status::Running));
        assert_eq!(rest[0].job.started, Some(START.plus_millis(10)));
        assert_eq!(claim(store, 9), []);
    });
}

#[test]
fn the_low_lane_is_closed_by_running_ordinary_jobs_and_by_its_own_limit() {
    on_every_backend(|store| {
        let lows = [1, 2].map(|_| add(store, |new| new.low_priority = true));
        let ordinary = add(store, |_| {});
        let guarded = |claim: &mut Claim<'_>| claim.low_threshold = 0;
        assert_eq!(seqs(&claim_with(store, guarded)), [ordinary]);
        assert_eq!(claim_with(store, guarded), []);
        end(store, ordinary, Status::Finished);
        let one = claim_with(store, |claim| (claim.low_threshold, claim.low_limit) = (0, 1));
        assert_eq!(seqs(&one), [lows[0]]);
        assert_eq!(seqs(&claim_with(store, guarded)), [lows[1]]);
    });
}

#[test]
fn jobs_of_a_key_get_their_turn_one_after_another() {
    on_every_backend(|store| {
        let keyed = |new: &mut NewJob| new.serial_key = Some("k".to_owned());
        let [first, second, third] = [1, 2, 3].map(|_| add(store, keyed));
        assert_eq!(seqs(&claim(store, 9)), [first]);
        place(store, first, Status::Stopped, LeaseChange::Release, None);
        assert_eq!(claim(store, 9), []);
        end(store, second, Status::Cancelled);
        assert_eq!(claim(store, 9), [], "the turn is still with the first");
        end(store, first, Status::Cancelled);
        assert_eq!(seqs(&claim(store, 9)), [third]);
        end(store, third, Status::Failed);
        let fourth = add(store, keyed);
        assert_eq!(seqs(&claim(store, 9)), [fourth]);
    });
}

#[test]
fn leases_are_held_renewed_and_taken_away() {
    on_every_backend(|store| {
        let seq = add(store, |_| {});
        let fence = claim(store, 1)[0].fence;
        let lease = Lease {
            seq,
            owner: "runner".to_owned(),
            fence,
        };
        let stale = Lease {
            fence: fence - 1,
            ..lease.clone()
        };
        let (held, other) = (
            lease.clone(),
            Lease {
                owner: "other".to_owned(),
                seq,
                fence,
            },
        );
        let state = write(store, move |tx| tx.lease(seq)).unwrap();
        assert!(state.is_held_by(&lease) && !state.is_held_by(&stale) && !state.is_held_by(&other));
        let until = START.plus_millis(60_000);
        let renewed = write(store, move |tx| {
            Ok((
                tx.extend_lease(&held, until)?,
                tx.extend_lease(&stale, until)?,
                tx.extend_lease(&other, until)?,
            ))
        });
        assert_eq!(renewed, (Some(Status::Running), None, None));
        let expired = |at: i64| {
            let found = write(store, move |tx| {
                tx.leased_jobs(Leases::Expired(START.plus_millis(at)))
            });
            found.len()
        };
        assert_eq!((expired(60_000), expired(60_001)), (0, 1));
        let of_others = |me: &'static str| write(store, move |tx| tx.leased_jobs(Leases::OfOthers(me))).len();
        assert_eq!((of_others("runner"), of_others("me")), (0, 1));
        place(store, seq, Status::Pending, LeaseChange::Revoke, None);
        let state = write(store, move |tx| tx.lease(seq)).unwrap();
        assert_eq!(
            (state.owner.clone(), state.fence, state.is_held_by(&lease)),
            (None, fence + 1, false)
        );
        assert_eq!(claim(store, 1)[0].fence, fence + 2);
    });
}

#[test]
fn a_chunk_adds_items_counts_checkpoint_and_logs() {
    on_every_backend(|store| {
        let seq = add(store, |_| {});
        chunk(store, seq, 0, &[Done, Failed, Blocked]);
        write(store, move |tx| {
            let lines = [(Level::Info, "one".to_owned()), (Level::Error, "Two".to_owned())];
            let row = ChunkRow {
                total: Some(6),
                checkpoint: Some("{\"at\":3}"),
                logs: &lines,
                ..empty_chunk()
            };
            tx.record_chunk(seq, &row)
        });
        let now = job(store, seq);
        assert_eq!(
            (now.counts.total, now.counts.processed, now.counts.failed),
            (Some(6), 3, 1)
        );
        assert_eq!(
            (now.progress, now.checkpoint.as_deref()),
            (0.5, Some("{\"at\":3}"))
        );
        assert_eq!(now.updated, START.plus_millis(50));
        write(store, move |tx| {
            tx.record_chunk(
                seq,
                &ChunkRow {
                    progress: Some(7.0),
                    ..empty_chunk()
                },
            )
        });
        let now = job(store, seq);
        assert_eq!(
            (now.progress, now.checkpoint.as_deref()),
            (1.0, Some("{\"at\":3}"))
        );
        let twice = store.write_blocking(move |tx| {
            tx.record_chunk(
                seq,
                &ChunkRow {
                    items: &[item(1, Done)],
                    ..empty_chunk()
                },
            )
        });
        assert!(twice.is_err(), "an item has one account");
    });
}

#[test]
fn children_count_at_their_parent_and_the_last_lets_it_run() {
    on_every_backend(|store| {
        let parent = add(store, |_| {});
        claim(store, 1);
        let [good, bad] = [1, 2].map(|_| add(store, |new| new.parent = Some(parent)));
        let grandchild = add(store, |new| new.parent = Some(good));
        assert_eq!(
            (job(store, good).root, job(store, grandchild).root),
            (Some(parent), Some(parent))
        );
        assert_eq!(
            (job(store, parent).children.total, job(store, good).children.total),
            (2, 1)
        );
        await_children(store, parent, Status::Running);
        end(store, bad, Status::Failed);
        assert_eq!(job(store, parent).status, Status::Running);
        let branch = write(store, move |tx| tx.unfinished_branch(parent));
        assert_eq!(
            branch.iter().map(|entry| entry.job.seq).collect::<Vec<_>>(),
            [grandchild, good]
        );
        end(store, good, Status::Finished);
        let family = job(store, parent);
        assert_eq!(
            (family.status, family.children.done, family.children.failed),
            (Status::Pending, 2, 1)
        );
        assert!(
            !write(store, move |tx| tx.job_entry(parent))
                .unwrap()
                .awaiting_children
        );
    });
}

#[test]
fn a_stopped_parent_stays_stopped_when_its_last_child_ends() {
    on_every_backend(|store| {
        let parent = add(store, |_| {});
        let child = add(store, |new| new.parent = Some(parent));
        await_children(store, parent, Status::Stopped);
        end(store, child, Status::Finished);
        let entry = write(store, move |tx| tx.job_entry(parent)).unwrap();
        assert_eq!(
            (entry.job.status, entry.awaiting_children),
            (Status::Stopped, false)
        );
        let rejected = add(store, |new| {
            (new.parent, new.status) = (Some(parent), Status::Rejected)
        });
        let children = job(store, parent).children;
        assert_eq!((children.total, children.done, children.failed), (2, 2, 1));
        assert!(job(store, rejected).ended.is_some());
    });
}

#[test]
fn ends_keep_results_or_the_error_and_are_final() {
    on_every_backend(|store| {
        let [good, bad] = [1, 2].map(|_| add(store, |_| {}));
        claim(store, 2);
        end(store, good, Status::Finished);
        end(store, bad, Status::Failed);
        let (finished, failed) = (job(store, good), job(store, bad));
        assert_eq!(
            (finished.results.as_deref(), finished.progress),
            (Some("[1]"), 1.0)
        );
        assert_eq!(
            (failed.error.as_deref(), failed.ended),
            (Some("broken"), Some(START))
        );
        let state = write(store, move |tx| tx.lease(good)).unwrap();
        assert_eq!(state.owner, None);
        let again = store.write_blocking(move |tx| {
            let ending = Ending {
                status: Status::Failed,
                results: None,
                error: None,
                now: START,
            };
            tx.end_job(good, &ending)
        });
        assert!(again.is_err(), "an ended job does not end again");
    });
}

#[test]
fn holds_are_the_reason_that_a_job_stands_still() {
    on_every_backend(|store| {
        let held = add(store, |_| {});
        add(store, |_| {});
        place(
            store,
            held,
            Status::Stopped,
            LeaseChange::Keep,
            Some("item 3 failed"),
        );
        assert_eq!(write(store, |tx| tx.held_jobs("delta")), [held]);
        assert_eq!(write(store, |tx| tx.held_jobs("other")), []);
        assert_eq!(job(store, held).error.as_deref(), Some("item 3 failed"));
        place(store, held, Status::Pending, LeaseChange::Keep, None);
        assert_eq!(write(store, |tx| tx.held_jobs("delta")), []);
        assert_eq!(job(store, held).error, None);
    });
}

#[test]
fn received_jobs_get_their_parameters_later() {
    on_every_backend(|store| {
        let seq = add(store, |new| new.status = Status::Received);
        assert_eq!(claim(store, 9), []);
        write(store, move |tx| tx.set_job_params(seq, "[2]"));
        assert_eq!(job(store, seq).params, "[2]");
    });
}

#[test]
fn old_jobs_are_found_by_age_and_number_and_deleted_in_slices() {
    on_every_backend(|store| {
        let ended: Vec<_> = (0..4).map(|_| add(store, |_| {})).collect();
        let parent = add(store, |_| {});
        let child = add(store, |new| new.parent = Some(parent));
        for (n, seq) in (0..).zip(&ended) {
            end_at(store, *seq, Status::Finished, START.plus_millis(n));
        }
        end_at(store, child, Status::Finished, START);
        let old = |before: Option<i64>, keep: Option<u64>| {
            let ended_before = before.map(|millis| START.plus_millis(millis));
            write(store, move |tx| tx.expired_jobs(Expiry { ended_before, keep }, 9))
        };
        assert_eq!(old(None, None), []);
        assert_eq!(old(Some(2), None), ended[..2], "the child waits for its parent");
        assert_eq!(old(None, Some(3)), ended[..1]);
        assert_eq!(old(Some(1), Some(1)), ended[..3], "whichever takes more");
        assert_eq!(old(None, Some(99)), []);
        end_at(store, parent, Status::Finished, START);
        assert_eq!(old(Some(1), None), [ended[0], parent, child]);
        let seq = ended[0];
        chunk(store, seq, 0, &[Done, Failed, Done]);
        write(store, move |tx| {
            tx.append_logs(seq, START, &[(Level::Info, "x".to_owned())])
        });
        let slices: Vec<bool> = (0..3)
            .map(|_| write(store, move |tx| tx.delete_job(seq, 2)))
            .collect();
        assert_eq!(slices, [false, false, true]);
        let rest = write(store, move |tx| {
            let items = tx.items(seq, &[], ALL)?.entries.len();
            Ok((
                tx.job(seq)?,
                items,
                tx.logs(seq, &LogFilter::default(), ALL)?.total,
            ))
        });
        assert_eq!(rest, (None, 0, 0));
        assert!(add(store, |_| {}) > child, "numbers are not used again");
    });
}
