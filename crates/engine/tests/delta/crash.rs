//! A process that dies at any commit, before or after it: the end is the same as if nothing had happened.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use engine::FailureMode;
use jobs::{Hooks, Point, Verdict};
use model::Job;

use super::bed::{Bed, How, file, op};

/// Dies at the n-th of all points it is asked at, once.
struct DieAt {
    left: AtomicU32,
}

impl Hooks for DieAt {
    fn at(&self, _point: Point, _job: &Job) -> Verdict {
        let before = self
            .left
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if before == Ok(1) {
            Verdict::Die
        } else {
            Verdict::Go
        }
    }
}

/// Operations of every kind, some of which fail, on few articles.
fn operations(count: u64) -> String {
    let names = [
        "add-article",
        "replace-article-feature",
        "delete-article",
        "replace-article",
        "add-article-feature",
    ];
    let mut state = 42_u64;
    let mut next = move |bound: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % bound
    };
    let one = |n: u64| {
        let data = format!(r#"{{"F_1":"{}","F_{}":"{n}"}}"#, next(60), 2 + next(3));
        op(names[next(names.len())], &data)
    };
    file(&(0..count).map(one).collect::<Vec<_>>())
}

/// What is handed in, and how failures are treated.
#[derive(Clone, Copy)]
struct Scene {
    files: &'static [(&'static str, u64)],
    mode: FailureMode,
    max_failed: Option<u64>,
}

/// Two files in order; one of them breaks off in its last operation.
const BROKEN: &[(&str, u64)] = &[("whole", 40), ("broken", 40), ("whole", 20)];

async fn picture_with(scene: Scene, hooks: Option<Arc<dyn Hooks>>) -> String {
    let mut bed = Bed::with(How {
        mode: scene.mode,
        chunk: Some(16),
        max_failed: scene.max_failed,
        hooks,
    })
    .await;
    for (name, count) in scene.files {
        let whole = operations(*count);
        let length = if *name == "broken" {
            whole.len() - 5
        } else {
            whole.len()
        };
        bed.submit(name, &whole.as_bytes()[..length]).await;
    }
    bed.app.run_jobs().await;
    bed.app.restart().await;
    bed.app.run_jobs().await;
    bed.picture().await
}

/// Dies once at every point there is, and compares each end with the undisturbed one; gives that.
async fn die_everywhere(scene: Scene) -> String {
    let whole = picture_with(scene, None).await;
    let mut deaths = 0;
    for point in 1.. {
        let hooks = Arc::new(DieAt {
            left: AtomicU32::new(point),
        });
        let picture = picture_with(scene, Some(Arc::clone(&hooks) as Arc<dyn Hooks>)).await;
        assert_eq!(picture, whole, "after dying at point {point}");
        if hooks.left.load(Ordering::SeqCst) > 0 {
            break;
        }
        deaths += 1;
    }
    assert!(deaths > 4, "died only {deaths} times");
    whole
}

#[tokio::test]
async fn dying_at_any_point_changes_nothing_of_the_end() {
    let scene = Scene {
        files: &[("whole", 150), ("whole", 40)],
        mode: FailureMode::Isolate,
        max_failed: None,
    };
    let whole = die_everywhere(scene).await;
    assert!(whole.contains("finished") && whole.contains("blocked"), "{whole}");
}

#[tokio::test]
async fn a_file_that_breaks_is_accounted_for_once() {
    let scene = Scene {
        files: BROKEN,
        mode: FailureMode::Isolate,
        max_failed: None,
    };
    let whole = die_everywhere(scene).await;
    assert_eq!(whole.matches("wholeFile").count(), 1, "{whole}");
}

#[tokio::test]
async fn a_halted_queue_stays_halted() {
    let scene = Scene {
        files: &[("whole", 40), ("whole", 20)],
        mode: FailureMode::Strict,
        max_failed: None,
    };
    let whole = die_everywhere(scene).await;
    assert!(
        whole.contains("job 1 stopped") && whole.contains("job 2 pending"),
        "{whole}"
    );
}

#[tokio::test]
async fn too_many_failures_are_counted_across_deaths() {
    let scene = Scene {
        files: &[("whole", 150), ("whole", 20)],
        mode: FailureMode::Isolate,
        max_failed: Some(50),
    };
    let whole = die_everywhere(scene).await;
    assert!(whole.contains("job 1 failed"), "{whole}");
    assert!(whole.contains("job 2 finished"), "{whole}");
    assert_eq!(whole.matches("wholeFile").count(), 1, "{whole}");
}
