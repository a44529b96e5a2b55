//! Pages hold: whoever follows the offsets sees every record that stays as it is exactly once, whatever happens to the
//! others meanwhile.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::bed::{Bed, Who, quoted};
use crate::groups::{Group, On, Rules};
use crate::random::Random;

const STABLE: usize = 60;
const WALKS: usize = 60;

type Filter = (&'static str, fn(&Value) -> bool);

const FILTERS: [Filter; 4] = [
    ("", |_| true),
    ("score=greaterOrEquals(4)", |task| {
        task["score"].as_i64() >= Some(4)
    }),
    ("state=open", |task| task["state"] == "open"),
    ("title=like(di)&score=notEmpty()", |task| {
        task["title"].as_str().unwrap().contains("di") && !task["score"].is_null()
    }),
];
const SORTS: [&str; 5] = ["id", "score", "title", "mail", "label"];

/// The records: those that stay, and those that do not.
struct Pages {
    bed: Bed,
    random: Random,
    stable: Vec<Value>,
    others: Vec<Value>,
}

impl Pages {
    async fn new() -> Self {
        let bed = Bed::new().await;
        let open = Group {
            tasks: Rules::of([On::Open; 5]),
            teams: Rules::all(),
        };
        bed.use_groups(&[open, Group::all()]).await;
        let mut pages = Self {
            bed,
            random: Random(5),
            stable: Vec::new(),
            others: Vec::new(),
        };
        for _ in 0..STABLE {
            let made = pages.make().await;
            pages.stable.push(made);
            if pages.random.below(3) == 0 {
                let made = pages.make().await;
                pages.others.push(made);
            }
        }
        pages
    }

    fn body(&mut self) -> Value {
        let random = &mut self.random;
        let mut body = json!({
            "title": format!("{} {}", random.of(&["dig", "dip", "paint"]), random.below(9)),
            "state": random.of(&["open", "closed"]),
            "score": random.below(8),
            "mail": random.of(&["x@example.com", "y@example.com"]),
        });
        for key in ["score", "mail"] {
            if random.below(5) == 0 {
                body[key] = Value::Null;
            }
        }
        body
    }

    async fn make(&mut self) -> Value {
        let body = self.body();
        self.bed.must("POST", "/data/tasks", &body).await
    }

    /// Something happens to a record that does not stay. `ends` were the last on some page: where they stand only
    /// changes to what was seen before them, so that they never end another one.
    async fn disturb(&mut self, ends: &BTreeSet<String>, ascending: bool) {
        let made = self.random.below(3);
        if made == 0 || self.others.is_empty() {
            let other = self.make().await;
            self.others.push(other);
            return;
        }
        let place = self.random.below(self.others.len());
        let id = self.others[place]["id"].as_str().unwrap().to_owned();
        let path = format!("/data/tasks/{id}");
        if made == 1 {
            self.bed.must("DELETE", &path, &Value::Null).await;
            self.others.remove(place);
            return;
        }
        let body = match (ends.contains(&id), ascending) {
            (false, _) => self.body(),
            (true, true) => json!({ "title": "a", "score": null, "mail": null }),
            (true, false) => json!({ "title": "z", "score": 99, "mail": "z@example.com" }),
        };
        self.others[place] = self.bed.must("PUT", &path, &body).await;
    }

    /// Follows the pages of one query to their end.
    async fn walk(&mut self) {
        let (filter, meets) = self.random.of(&FILTERS);
        let (sort, word) = (self.random.of(&SORTS), self.random.of(&["asc", "desc"]));
        let who = self.random.of(&[Who::A, Who::Developer]);
        let sees = |task: &Value| meets(task) && (who == Who::Developer || task["state"] == "open");
        let query = format!("{}&_sortField={sort}&_sortType={word}", quoted(filter));
        let (mut seen, mut ends) = (Vec::new(), BTreeSet::new());
        let mut offset = String::new();
        loop {
            let size = 1 + self.random.below(12);
            let path = format!("/data/tasks?{query}&_size={size}&_offset={offset}");
            let (status, page) = self.bed.ask(who, "GET", &path, &Value::Null).await;
            assert_eq!(status, 200, "{path}: {page}");
            let total = self
                .stable
                .iter()
                .chain(&self.others)
                .filter(|task| sees(task))
                .count();
            assert_eq!(page["total"], total, "{path}");
            let items = page["items"].as_array().unwrap();
            assert!(items.len() <= size, "{path}");
            seen.extend(items.iter().map(|item| item["id"].as_str().unwrap().to_owned()));
            let Some(last) = items.last() else {
                assert_eq!(page["offset"], Value::Null);
                break;
            };
            assert_eq!(page["offset"], last["id"], "{path}");
            offset = last["id"].as_str().unwrap().to_owned();
            assert!(ends.insert(offset.clone()), "{path}: the offset comes again");
            for _ in 0..self.random.below(4) {
                self.disturb(&ends, word == "asc").await;
            }
        }
        for task in &self.stable {
            let id = task["id"].as_str().unwrap();
            let times = seen.iter().filter(|seen| *seen == id).count();
            assert_eq!(times, usize::from(sees(task)), "{query} by {who:?}: {task}");
        }
    }
}

#[tokio::test]
async fn every_record_that_stays_is_on_one_page() {
    let mut pages = Pages::new().await;
    for _ in 0..WALKS {
        pages.walk().await;
    }
}
