//! The cases: one rule after the other, pairs of groups, and groups by chance.

use crate::bed::{Bed, GROUPS, Who};
use crate::checks::Run;
use crate::groups::{Group, May, On, Rules};
use crate::random::Random;
use crate::world::World;

/// Fields that get rules.
const FIELDS: [&str; 10] = [
    "score",
    "code",
    "mail",
    "state",
    "salary",
    "team",
    "steps",
    "steps.hours",
    "steps.what",
    "doc",
];
/// How many cases are made by chance.
const BY_CHANCE: usize = 16;

/// A server and its records, from case to case.
struct Matrix {
    bed: Bed,
    world: World,
    random: Random,
    asked: usize,
    wrong: Vec<String>,
}

impl Matrix {
    async fn new(seed: u64) -> Self {
        let bed = Bed::new().await;
        let world = World::new(&bed).await;
        Self {
            bed,
            world,
            random: Random(seed),
            asked: 0,
            wrong: Vec::new(),
        }
    }

    /// Asks everything with these groups, each caller in turn.
    async fn case(&mut self, name: &str, groups: [Group; 2], callers: &[Who]) {
        self.bed.use_groups(&groups).await;
        for who in callers {
            self.world.level(&self.bed, &mut self.random).await;
            let mut run = Run::new(&self.bed, &mut self.world, &groups, (*who, &mut self.random));
            let outcome = run.all().await;
            self.asked += run.asked;
            if let Err(why) = outcome {
                self.wrong
                    .push(format!("{name}, {who:?}: {why}\n{}", spelled(&groups, *who)));
                // What was done is not known any more.
                self.bed = Bed::new().await;
                self.world = World::new(&self.bed).await;
                self.bed.use_groups(&groups).await;
            }
        }
    }

    fn done(self) {
        let (wrong, asked) = (self.wrong.len(), self.asked);
        let first: Vec<String> = self.wrong.into_iter().take(3).collect();
        assert!(
            first.is_empty(),
            "{wrong} mismatches, {asked} requests:\n{}",
            first.join("\n\n")
        );
        assert!(asked > 1000, "only {asked} requests were made");
    }
}

/// The groups of a caller; only rules that differ from all being allowed.
fn spelled(groups: &[Group; 2], who: Who) -> String {
    let own = who.groups().iter().map(|place| {
        let all = Group::all().yaml(GROUPS[*place]);
        let text = groups[*place].yaml(GROUPS[*place]);
        let told = text
            .lines()
            .filter(|line| line.contains("entity:") || !all.lines().any(|other| other == *line));
        format!("  {}:\n{}", GROUPS[*place], told.collect::<Vec<_>>().join("\n"))
    });
    own.collect::<Vec<_>>().join("\n")
}

fn only(tasks: Rules) -> [Group; 2] {
    [
        Group {
            tasks,
            teams: Rules::all(),
        },
        Group::all(),
    ]
}

#[tokio::test]
async fn each_entity_rule_of_a_group() {
    let mut matrix = Matrix::new(1).await;
    matrix
        .case("everything", [Group::all(), Group::all()], &Who::ALL)
        .await;
    for read in On::ALL {
        for other in On::ALL {
            let rules = Rules::of([read, other, other, other, other]);
            matrix
                .case(&format!("{read:?} {other:?}"), only(rules), &[Who::A])
                .await;
        }
    }
    matrix.done();
}

#[tokio::test]
async fn each_field_rule_of_a_group() {
    let mut matrix = Matrix::new(2).await;
    for field in FIELDS {
        for may in [May::Nothing, May::Read, May::Write] {
            let rules = Rules::all().with(field, may);
            matrix
                .case(&format!("{field} {may:?}"), only(rules), &[Who::A])
                .await;
        }
    }
    let inner = Rules::all()
        .with("steps", May::Read)
        .with("steps.hours", May::Write);
    matrix
        .case(
            "an inner field is no freer than the outer one",
            only(inner),
            &[Who::A],
        )
        .await;
    matrix.done();
}

#[tokio::test]
async fn pairs_of_groups() {
    let mut matrix = Matrix::new(3).await;
    for left in On::ALL {
        for right in On::ALL {
            let rules = |on, may| Group {
                tasks: Rules::of([on, on, on, on, on]).with("score", may),
                teams: Rules::of([on, On::Never, On::Never, On::Never, On::Never]),
            };
            let mays = [(May::Nothing, May::Write), (May::Read, May::Nothing)];
            let (first, second) = mays[matrix.random.below(mays.len())];
            let groups = [rules(left, first), rules(right, second)];
            matrix
                .case(&format!("{left:?} {right:?}"), groups, &[Who::Both])
                .await;
        }
    }
    matrix.done();
}

#[tokio::test]
async fn groups_by_chance() {
    let mut matrix = Matrix::new(4).await;
    for number in 0..BY_CHANCE {
        let groups = [by_chance(&mut matrix.random), by_chance(&mut matrix.random)];
        let who = [Who::A, Who::Both, Who::Developer, Who::B];
        let callers = [who[number % 4], Who::Both];
        matrix.case(&format!("case {number}"), groups, &callers).await;
    }
    matrix.done();
}

fn by_chance(random: &mut Random) -> Group {
    // Rules that never hold make short cases, so they are rarer than others.
    let on = [
        On::Always,
        On::Always,
        On::Open,
        On::Open,
        On::Mine,
        On::Mine,
        On::Never,
    ];
    let mut rules = |fields: &[&'static str]| {
        let mut rules = Rules::of(std::array::from_fn(|_| random.of(&on)));
        for field in fields {
            if let Some(may) = random.of(&[None, None, Some(May::Nothing), Some(May::Read), Some(May::Write)])
            {
                rules = rules.with(field, may);
            }
        }
        rules
    };
    Group {
        tasks: rules(&FIELDS),
        teams: rules(&["level", "badge"]),
    }
}
