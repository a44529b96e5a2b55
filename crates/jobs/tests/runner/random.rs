//! Random actions against what must hold, whatever happens.
//!
//! A small model remembers only which jobs were handed in, with what, and which were cancelled. After random runs,
//! crashes, stops and resumes, everything that can run is run, and each job must have applied each of its chunks
//! exactly once, or, if it was cancelled, a beginning of them.

use std::collections::BTreeMap;

use jobs::{Action, Point, Verdict};
use model::JobSeq;
use model::job::Status;
use proptest::prelude::{Strategy, any, prop_oneof};
use proptest::{collection, test_runner::Config};

use super::bench::Bench;
use super::bodies::Script;

#[derive(Clone, Debug)]
enum Step {
    Submit {
        chunks: u64,
        key: Option<u8>,
        ahead: bool,
        children: Vec<u64>,
    },
    Steer {
        job: usize,
        action: u8,
    },
    Run {
        dies_at: Option<(usize, u8, u32)>,
    },
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    let children = prop_oneof![3 => collection::vec(0..3_u64, 0..1), 1 => collection::vec(0..3_u64, 1..4)];
    let submit = (0..4_u64, any::<Option<bool>>(), any::<bool>(), children).prop_map(
        |(chunks, key, ahead, children)| Step::Submit {
            chunks,
            key: key.map(u8::from),
            ahead,
            children,
        },
    );
    let death = proptest::option::of((0..8_usize, 0..5_u8, 1..4_u32));
    prop_oneof![
        3 => submit,
        3 => (0..8_usize, 0..5_u8).prop_map(|(job, action)| Step::Steer { job, action }),
        2 => death.prop_map(|dies_at| Step::Run { dies_at }),
        1 => proptest::strategy::Just(Step::Restart),
    ]
}

const ACTIONS: [Action; 5] = [
    Action::Stop,
    Action::ForceStop,
    Action::Resume,
    Action::Cancel,
    Action::CancelRunning,
];
const POINTS: [Point; 5] = [
    Point::Claimed,
    Point::BeforeCommit,
    Point::AfterCommit,
    Point::BeforeEnd,
    Point::AfterEnd,
];

/// A key of each job, in the order of acceptance.
type Keys = BTreeMap<JobSeq, Option<u8>>;

fn play(steps: &[Step]) {
    let bench = Bench::new();
    let mut keys = Keys::new();
    let mut runner = bench.runner();
    for step in steps {
        match step {
            Step::Submit {
                chunks,
                key,
                ahead,
                children,
            } => {
                let script = Script {
                    ahead: *ahead,
                    children: children.clone(),
                    ..Script::chunks(*chunks)
                };
                let serial_key = key.map(|key| format!("key {key}"));
                let seq = bench.submit_with(&script, |new| new.serial_key = serial_key);
                keys.insert(seq, *key);
            }
            Step::Steer { job, action } => {
                if let Some(seq) = keys.keys().nth(*job) {
                    // A refusal is as good; what is legal has its own table.
                    let _ = bench.steer(*seq, ACTIONS[usize::from(*action)]);
                }
            }
            Step::Run { dies_at } => {
                if let Some((job, point, nth)) = dies_at
                    && let Some(seq) = keys.keys().nth(*job)
                {
                    bench
                        .plan
                        .at((*seq, POINTS[usize::from(*point)], *nth), Verdict::Die);
                }
                bench.drain(&runner);
            }
            Step::Restart => {
                runner = bench.runner();
                bench.recover(&runner);
            }
        }
        check_order(&bench, &keys);
    }
    finish_everything(&bench, &keys);
    keys.keys().for_each(|seq| check_end(&bench, *seq));
}

/// Of the jobs of one key, nothing later has begun before everything earlier has ended.
fn check_order(bench: &Bench, keys: &Keys) {
    for key in [0, 1] {
        let of_key = keys
            .iter()
            .filter(|(_, of)| **of == Some(key))
            .map(|(seq, _)| bench.job(*seq));
        let open = of_key.skip_while(|job| job.status.is_final()).skip(1);
        for later in open.filter(|job| job.status != Status::Cancelled) {
            assert_eq!(later.started, None, "{}", bench.picture());
        }
    }
}

fn finish_everything(bench: &Bench, keys: &Keys) {
    let runner = bench.runner();
    loop {
        bench.recover(&runner);
        let is_stopped = |seq: &&JobSeq| bench.job(**seq).status == Status::Stopped;
        let stopped: Vec<_> = keys.keys().filter(is_stopped).collect();
        for seq in &stopped {
            bench.steer(**seq, Action::Resume).unwrap();
        }
        if bench.drain(&runner) == 0 && stopped.is_empty() {
            return;
        }
        // Deaths still planned strike here too; their leases are of this runner, so the next one takes them up.
        bench.recover(&bench.runner());
    }
}

fn check_end(bench: &Bench, seq: JobSeq) {
    let job = bench.job(seq);
    let script: Script = serde_json::from_str(&job.params).unwrap();
    let all: Vec<String> = (0..script.chunks).map(|n| n.to_string()).collect();
    let done = usize::try_from(job.counts.processed).unwrap();
    assert_eq!(bench.data(seq), all[..done].join(" "), "{}", bench.picture());
    match job.status {
        Status::Finished => assert_eq!(done, all.len(), "{}", bench.picture()),
        Status::Cancelled => {}
        other => panic!("{other:?} in the end:\n{}", bench.picture()),
    }
    assert_eq!(job.children.done, job.children.total, "{}", bench.picture());
    if job.status == Status::Finished {
        assert_eq!(job.children.total, script.children.len() as u64);
    }
    for child in bench.read(move |tx| tx.job_entries(seq, 999)) {
        if child.job.parent == Some(seq) {
            check_end(bench, child.job.seq);
        }
    }
}

#[test]
fn whatever_happens_each_chunk_is_applied_once_and_keys_keep_their_order() {
    let config = Config {
        cases: 24,
        failure_persistence: None,
        ..Config::default()
    };
    proptest::proptest!(config, |(steps in collection::vec(step(), 1..25))| play(&steps));
}
