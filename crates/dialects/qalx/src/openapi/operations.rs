//! The paths and what can be done with each.

use engine::entities::EntityKind;
use serde_json::{Map, Value, json};

use super::schemas::{name, reference, required};
use crate::bulk::MISPLACED;
use crate::dto::lists::MAX_LIMIT;
use crate::noun::{NOUNS, Noun};

/// One operation before it is written down.
struct Operation<'a> {
    tag: &'a str,
    id: String,
    summary: String,
    parameters: Vec<Value>,
    body: Option<Value>,
    status: &'a str,
    answer: Option<Value>,
}

impl<'a> Operation<'a> {
    fn new(tag: &'a str, id: &str, summary: impl Into<String>) -> Self {
        Self {
            tag,
            id: id.to_owned(),
            summary: summary.into(),
            parameters: Vec::new(),
            body: None,
            status: "200",
            answer: None,
        }
    }

    fn with(mut self, parameters: impl IntoIterator<Item = Value>) -> Self {
        self.parameters.extend(parameters);
        self
    }

    fn taking(mut self, schema: &str) -> Self {
        self.body = Some(reference(schema));
        self
    }

    /// Taking an entity of which nothing that it needs may be left out.
    fn taking_whole(mut self, noun: &Noun) -> Self {
        let (entity, needed) = (reference(name(noun)), required(noun.kind));
        self.body = Some(match needed {
            [] => entity,
            _ => json!({ "allOf": [entity, { "type": "object", "required": needed }] }),
        });
        self
    }

    fn giving(mut self, status: &'a str, schema: &str) -> Self {
        self.status = status;
        self.answer = Some(reference(schema));
        self
    }

    fn status(mut self, status: &'a str) -> Self {
        self.status = status;
        self
    }

    fn write(self) -> Value {
        let description = self.summary.clone();
        let mut answer = json!({ "description": description });
        if let Some(schema) = self.answer {
            answer["content"] = json!({ "application/json": { "schema": schema } });
        }
        let misplaced = json!({
            "description": "The bulk header is sent where it is not taken.",
            "content": { "application/json": { "example": { "detail": MISPLACED } } },
        });
        let mut operation = json!({
            "tags": [self.tag],
            "operationId": self.id,
            "summary": self.summary,
            "parameters": self.parameters,
            "responses": { (self.status): answer, "406": misplaced },
        });
        if let Some(schema) = self.body {
            operation["requestBody"] = json!({
                "required": true, "content": { "application/json": { "schema": schema } },
            });
        }
        operation
    }
}

fn path_parameter(name: &str) -> Value {
    json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } })
}

fn guid() -> Value {
    let mut parameter = path_parameter("guid");
    parameter["schema"]["format"] = json!("uuid");
    parameter
}

fn query(name: &str, schema: &Value, description: &str) -> Value {
    json!({ "name": name, "in": "query", "required": false, "schema": schema, "description": description })
}

fn fields() -> Value {
    let names = json!({ "type": "array", "items": { "type": "string" } });
    query(
        "fields",
        &names,
        "What is to be answered with, with dots for subkeys; the guid always is.",
    )
}

fn list_parameters() -> [Value; 5] {
    let (text, names) = (
        json!({ "type": "string" }),
        json!({ "type": "array", "items": { "type": "string" } }),
    );
    [
        fields(),
        query("query", &text, "A MongoDB query as JSON text."),
        query(
            "sort",
            &names,
            "Paths with `__` between names, `-` in front for descending.",
        ),
        query(
            "limit",
            &json!({ "type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": 25 }),
            "Entities of one page.",
        ),
        query(
            "skip",
            &json!({ "type": "integer", "minimum": 0, "default": 0 }),
            "Entities before the page.",
        ),
    ]
}

/// Every path.
pub(super) fn paths() -> Value {
    let mut paths = Map::new();
    for noun in &NOUNS {
        of_noun(noun, &mut paths);
    }
    of_bots(&mut paths);
    of_queues(&mut paths);
    of_files(&mut paths);
    of_the_rest(&mut paths);
    of_projects(&mut paths);
    Value::Object(paths)
}

fn of_noun(noun: &Noun, paths: &mut Map<String, Value>) {
    let (word, schema) = (noun.word(), name(noun));
    let all = format!("/qalx/{word}");
    let operation = |verb: &str, summary: String| {
        Operation::new(word, &format!("{verb}_{word}"), summary).with([fields()])
    };
    let one = |verb: &str, summary: String| operation(verb, summary).with([guid()]);
    let mut create = operation("create", format!("Makes a {word}."));
    create = create.taking_whole(noun).giving("201", schema);
    if noun.kind == EntityKind::Item {
        let header = json!({ "name": "qalx-bulk", "in": "header", "required": false, "schema": { "type": "string" },
            "description": "With `true` the body is a list of items to make at once." });
        create = create.with([header]);
        create.body = Some(json!({ "anyOf": [reference("Item"), reference("ItemBulk")] }));
        create.answer = Some(json!({ "anyOf": [reference("Item"), reference("ItemBulkResult")] }));
    }
    let list = Operation::new(
        word,
        &format!("list_{word}"),
        format!("The {word}s that the caller may see, a page of them."),
    );
    let list = list
        .with(list_parameters())
        .giving("200", &format!("{schema}List"));
    let pipeline = query(
        "aggregate",
        &json!({ "type": "string" }),
        "The pipeline as JSON text, when it is not in the body.",
    );
    let mut aggregate = operation(
        "aggregate",
        format!("What a MongoDB pipeline makes of the {word}s."),
    );
    aggregate = aggregate
        .with([pipeline])
        .taking("Aggregate")
        .giving("200", "Aggregated");
    let by_guid = json!({
        "get": one("read", format!("One {word}.")).giving("200", schema).write(),
        "put": one("update", format!("Replaces a {word}.")).taking_whole(noun).giving("200", schema).write(),
        "patch": one("partial_update", format!("Changes what is sent of a {word}.")).taking(schema).giving("200", schema).write(),
        "delete": one("delete", format!("Deletes a {word}.")).status("204").write(),
    });
    paths.insert(
        all.clone(),
        json!({ "get": list.write(), "post": create.write() }),
    );
    paths.insert(format!("{all}/aggregate"), json!({ "post": aggregate.write() }));
    paths.insert(format!("{all}/{{guid}}"), by_guid);
    for (verb, summary) in [("archive", "Puts away"), ("unarchive", "Takes out again")] {
        let operation = one(verb, format!("{summary} a {word}.")).giving("200", schema);
        paths.insert(
            format!("{all}/{{guid}}/{verb}"),
            json!({ "patch": operation.write() }),
        );
    }
}

fn of_bots(paths: &mut Map<String, Value>) {
    let replace = Operation::new(
        "bot",
        "replace_workers",
        "Gives a bot that many new workers; by its own token.",
    );
    let replace = replace
        .with([guid(), fields()])
        .taking("ReplaceWorkers")
        .giving("200", "Bot");
    paths.insert(
        "/qalx/bot/{guid}/replace-workers".to_owned(),
        json!({ "patch": replace.write() }),
    );
    let one = |id: &str, summary: &str| {
        Operation::new("bot", id, summary).with([guid(), path_parameter("worker_guid"), fields()])
    };
    let worker = json!({
        "get": one("read_worker", "One worker of a bot.").giving("200", "Worker").write(),
        "patch": one("save_worker", "Changes what is sent of a worker.").taking("Worker").giving("200", "Worker").write(),
    });
    paths.insert("/qalx/bot/{guid}/worker/{worker_guid}".to_owned(), worker);
}

fn of_queues(paths: &mut Map<String, Value>) {
    let summary = "Finishes a job: stores its result, deletes its message and takes the word of the worker, all or nothing.";
    let complete = Operation::new("queue", "complete_job", summary).with([guid()]);
    let mut complete = complete.taking("Completion").giving("201", "Completed").write();
    let late = json!({ "detail": "the message is not held by this receipt handle any more" });
    complete["responses"]["409"] = json!({
        "description": "The message is finished, or another one works on it: nothing was stored.",
        "content": { "application/json": { "example": late } },
    });
    paths.insert(
        "/qalx/queue/{guid}/complete".to_owned(),
        json!({ "post": complete }),
    );
}

/// The addresses of files need no token: they are signed.
fn of_files(paths: &mut Map<String, Value>) {
    let signed = || {
        [
            guid(),
            json!({ "name": "expires", "in": "query", "required": true, "schema": { "type": "integer" } }),
            json!({ "name": "signature", "in": "query", "required": true, "schema": { "type": "string" } }),
        ]
    };
    let content =
        json!({ "application/octet-stream": { "schema": { "type": "string", "format": "binary" } } });
    let mut get = Operation::new("file", "read_file", "The content of a file, or a range of it.")
        .with(signed())
        .write();
    get["responses"]["200"]["content"].clone_from(&content);
    get["responses"]["206"] = json!({ "description": "The range that was asked for.", "content": &content });
    get["responses"]["304"] = json!({ "description": "The client has it already." });
    get["responses"]["416"] = json!({ "description": "The range begins behind the end of the file." });
    let mut put = Operation::new("file", "send_file", "Puts the content of a file in place.")
        .with(signed())
        .write();
    put["requestBody"] = json!({ "required": true, "content": content });
    for operation in [&mut get, &mut put] {
        operation["security"] = json!([]);
        operation["responses"]["403"] =
            json!({ "description": "The signature does not fit, or has expired." });
        if let Some(responses) = operation["responses"].as_object_mut() {
            responses.remove("406");
        }
    }
    paths.insert("/qalx/file/{guid}".to_owned(), json!({ "get": get, "put": put }));
}

fn of_the_rest(paths: &mut Map<String, Value>) {
    for (path, operation) in [
        (
            "/qalx/factory/validate",
            Operation::new(
                "factory",
                "validate_factory",
                "Says whether a factory can be built from a plan.",
            )
            .taking("Plan"),
        ),
        (
            "/qalx/tags/validate",
            Operation::new(
                "tags",
                "validate_tags",
                "Says whether the caller may use these tags.",
            )
            .taking("Tags"),
        ),
        (
            "/qalx/notification",
            Operation::new("notification", "create_notification", "Sends a mail.")
                .taking("Notification")
                .giving("201", "Notification"),
        ),
    ] {
        paths.insert(path.to_owned(), json!({ "post": operation.write() }));
    }
}

fn of_projects(paths: &mut Map<String, Value>) {
    let list =
        Operation::new("project", "list_projects", "All projects; for admins.").giving("200", "Projects");
    let create = Operation::new("project", "create_project", "Makes a project; for admins.");
    let create = create.taking("Project").giving("201", "Project");
    paths.insert(
        "/qalx/project".to_owned(),
        json!({ "get": list.write(), "post": create.write() }),
    );
    let one = |id: &str, summary: &str| Operation::new("project", id, summary).with([path_parameter("name")]);
    let by_name = json!({
        "patch": one("save_project", "Replaces the tags of a project; for admins.").taking("Tags").giving("200", "Project").write(),
        "delete": one("delete_project", "Removes a project; for admins.").status("204").write(),
    });
    paths.insert("/qalx/project/{name}".to_owned(), by_name);
}
