//! The operations, as a table: what is not said in a row is what all have in common.

use serde_json::{Map, Value, json};

use super::{parameters, reference};

/// One operation.
struct Operation {
    method: &'static str,
    path: &'static str,
    id: &'static str,
    summary: &'static str,
    query: &'static [&'static str],
    body: Option<&'static str>,
    answer: Answer,
}

/// What a success has.
#[derive(Clone, Copy)]
enum Answer {
    /// This schema.
    Json(&'static str),
    /// A list of it.
    List(&'static str),
    /// One of these two.
    Either(&'static str, &'static str),
    /// A file.
    File,
    /// A table.
    Csv,
}

use Answer::{Csv, Either, File, Json, List};

const SHAPE: &[&str] = &["_fields", "_format", "_formatForUser", "_relationshipsToFetch"];
const QUERY: &[&str] = &[
    "_query",
    "_size",
    "_offset",
    "_sortField",
    "_sortType",
    "_fields",
    "_format",
    "_formatForUser",
    "_relationshipsToFetch",
];
const DELETION: &[&str] = &[
    "_query",
    "_async",
    "_lowPriority",
    "_triggerEvents",
    "_cascadeOperations",
];
const ACTION: &[&str] = &["_async", "_lowPriority"];
const LINES: &[&str] = &["period", "from", "to", "level", "message", "_size", "_offset"];
const APP_LINES: &[&str] = &[
    "userEmail",
    "type",
    "period",
    "from",
    "to",
    "level",
    "message",
    "_size",
    "_offset",
];
const JOBS: &[&str] = &[
    "type",
    "status",
    "hasErrors",
    "startFrom",
    "startTo",
    "endFrom",
    "endTo",
    "createFrom",
    "createTo",
    "_size",
    "_offset",
];
const USERS: &[&str] = &[
    "firstName",
    "lastName",
    "fullName",
    "email",
    "developer",
    "status",
    "groups",
    "size",
    "offset",
];
const IMPORT: &[&str] = &engine::sheets::ImportFlags::NAMES;
const EXPORT: &[&str] = &[
    "_query",
    "_size",
    "_sortField",
    "_sortType",
    "_fields",
    "_useFieldNames",
    "_lowPriority",
    "_fileFormat",
    "_neutralizeFormulas",
];
const PAGE: &[&str] = &["_size", "_offset"];
const EVENTS: &[&str] = &["eventTypes", "from", "to", "_size", "_offset"];
const PROVIDER: &[&str] = &["identityProvider"];

#[rustfmt::skip]
const OPERATIONS: &[Operation] = &[
    row("post", "/auth/login", "logIn", "Makes a session.", &[], Some("Credentials"), Json("Session")),
    row("post", "/auth/logout", "logOut", "Ends the caller's session.", &[], None, Json("Nothing")),
    row("get", "/data/{entity}", "listRecords", "Records that meet the query; any other parameter is a field and a filter on it.", QUERY, None, Json("Records")),
    row("post", "/data/{entity}", "createRecord", "Makes a record.", &[], Some("NewRecord"), Json("Record")),
    row("delete", "/data/{entity}", "deleteRecordsByQuery", "Deletes the records that meet the query; any other parameter is a field and a filter on it.", DELETION, None, Either("Outcomes", "JobReference")),
    row("get", "/data/{entity}/{id}", "readRecord", "One record.", SHAPE, None, Json("Record")),
    row("put", "/data/{entity}/{id}", "updateRecord", "Changes a record; fields that are not sent stay, null clears. With `version`, only when that is the version of the record. With the name of an action in the place of the id, runs it: on the records that meet the query, with its parameters as body.", ACTION, Some("NewRecord"), Either("Record", "Acted")),
    row("put", "/data/{entity}/{ids}/{action}", "runAction", "Runs an action. One on one record is answered with the record, or with what its function returned; of several records with how it went for each; one on many records with what its function returned.", ACTION, Some("ActionParameters"), Either("Acted", "JobReference")),
    row("delete", "/data/{entity}/{ids}", "deleteRecords", "Deletes records: one is answered as it was, of several how it went for each.", DELETION, None, Either("Deleted", "JobReference")),
    row("put", "/data/{entity}/aggregate", "aggregateRecords", "Computes something of records, stage by stage.", &[], Some("Stages"), Json("Aggregated")),
    row("post", "/data/{entity}/import", "importRecords", "Hands in a job that makes records of the rows of a CSV file, or changes those that are there. The flags may also be parts of the form; all but `lowPriority` and `dryRun` are for developers.", IMPORT, Some("Upload"), Json("JobReference")),
    row("put", "/data/{entity}/export", "exportRecords", "Hands in a job that writes the records that meet the query to a file; any other parameter is a field and a filter on it. Its results have the address of the file.", EXPORT, None, Json("JobReference")),
    row("get", "/data/{entity}/history", "entityHistory", "What became of all records, newest first. Also under auditLogs.", EVENTS, None, Json("History")),
    row("get", "/data/{entity}/{id}/history", "recordHistory", "What became of one record, newest first. Also under auditLogs.", PAGE, None, Json("History")),
    row("get", "/data/{entity}/{recordId}/files/{fileId}", "downloadRecordFile", "A file that a record holds.", &[], None, File),
    row("post", "/files", "uploadFile", "Stores a file. When nothing refers to it for twelve hours it goes.", &[], Some("Upload"), Json("UploadedFile")),
    row("get", "/files/{id}", "downloadFile", "Any file: for developers and admins, and for who started the job that made it.", &[], None, File),
    row("put", "/files/{id}/share", "shareFile", "Gives a file a link that needs no token.", &["ttl"], None, Json("SharedFile")),
    row("get", "/files/shared/{id}", "downloadSharedFile", "A file by its link.", &[], None, File),
    row("get", "/status/logs", "listLogs", "Lines of the app's log, oldest first; the newest ones without an offset. For developers.", APP_LINES, None, Json("Logs")),
    row("post", "/status/logs", "postLog", "Adds a line to the app's log. For developers.", &[], Some("NewLog"), Json("Log")),
    row("get", "/status/jobs", "listJobs", "Jobs that the caller may see, newest first.", JOBS, None, Json("Jobs")),
    row("get", "/status/jobs/{id}", "readJob", "One job.", &[], None, Json("Job")),
    row("get", "/status/jobs/{id}/logs", "listJobLogs", "Lines of a job's log, oldest first; the newest ones without an offset.", LINES, None, Json("JobLogs")),
    row("put", "/status/jobs/{id}/stop", "stopJob", "Asks a root job to stop.", &[], None, Json("Job")),
    row("put", "/status/jobs/{id}/forceStop", "forceStopJob", "Stops a root job at once that is being stopped.", &[], None, Json("Job")),
    row("put", "/status/jobs/{id}/cancel", "cancelJob", "Gives up a root job that is stopped.", &[], None, Json("Job")),
    row("put", "/status/jobs/{id}/resume", "resumeJob", "Lets a root job go on that is stopped.", &[], None, Json("Job")),
    row("get", "/status/jobs/{id}/errors", "listFailedRows", "The rows of an import that failed, in the columns of their file, with what is wrong behind them.", &[], None, Csv),
    row("put", "/status/jobs/{id}/retry", "retryImport", "Hands in an import of those rows that failed in another one.", &[], None, Json("JobReference")),
    row("put", "/status/jobs/{id}/undo", "undoJob", "Hands in a job that gives records back what they were before another job changed them: those that nobody has changed since; the others are named in its results.", &[], None, Json("JobReference")),
    row("get", "/status/job/{id}", "readJobToo", "One job; as `/status/jobs/{id}`.", &[], None, Json("Job")),
    row("get", "/status/job/{id}/logs", "listJobLogsToo", "Lines of a job's log; as `/status/jobs/{id}/logs`.", LINES, None, Json("JobLogs")),
    row("get", "/users", "listUsers", "Users in the order in which they were made.", USERS, None, Json("Users")),
    row("post", "/users", "createUser", "Makes a user. For admins and developers.", &[], Some("NewUser"), Json("User")),
    row("get", "/users/current", "currentUser", "The caller.", &[], None, Json("User")),
    row("get", "/users/currentGroups", "currentGroups", "The caller's groups.", &[], None, List("UserGroup")),
    row("get", "/users/{user}", "readUser", "One user.", PROVIDER, None, Json("User")),
    row("put", "/users/{user}", "updateUser", "Changes a user; what is not sent stays. For admins and developers.", PROVIDER, Some("NewUser"), Json("User")),
    row("delete", "/users/{user}", "deleteUsers", "Deletes users. For admins and developers.", PROVIDER, None, Json("UserOrUsers")),
    row("put", "/users/{users}/deactivate", "deactivateUsers", "Switches users off. For admins and developers.", PROVIDER, None, Json("UserOrUsers")),
    row("put", "/users/{users}/reactivate", "reactivateUsers", "Switches users on again. For admins and developers.", PROVIDER, None, Json("UserOrUsers")),
    row("put", "/users/{users}/unblock", "unblockUsers", "Lets users in again who were blocked after wrong passwords. For admins and developers.", PROVIDER, None, Json("UserOrUsers")),
    row("put", "/users/{users}/addGroup", "addUsersToGroup", "Puts users into a group. For admins and developers.", PROVIDER, Some("GroupChoice"), Json("UserOrUsers")),
    row("put", "/users/{users}/removeGroup/{group}", "removeUsersFromGroup", "Takes users out of a group. For admins and developers.", PROVIDER, None, Json("UserOrUsers")),
    row("put", "/users/{user}/addIdentityProvider", "addIdentityProvider", "Notes that another system knows a user. For admins and developers.", PROVIDER, Some("ProviderChoice"), Json("User")),
    row("put", "/users/{user}/removeIdentityProvider/{provider}", "removeIdentityProvider", "Takes that note away. For admins and developers.", PROVIDER, None, Json("User")),
];

const fn row(
    method: &'static str,
    path: &'static str,
    id: &'static str,
    summary: &'static str,
    query: &'static [&'static str],
    body: Option<&'static str>,
    answer: Answer,
) -> Operation {
    Operation {
        method,
        path,
        id,
        summary,
        query,
        body,
        answer,
    }
}

/// Every path.
pub(super) fn paths() -> Value {
    let mut paths = Map::new();
    for operation in OPERATIONS {
        let path = format!("/{{env}}/runtime/api{}", operation.path);
        let written = operation.write(&path);
        let item = paths.entry(path).or_insert_with(|| json!({}));
        item[operation.method] = written;
    }
    Value::Object(paths)
}

impl Operation {
    fn write(&self, path: &str) -> Value {
        let named = path
            .split('/')
            .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
        let parameters: Vec<Value> = named
            .map(parameters::path)
            .chain(self.query.iter().map(|name| parameters::query(name)))
            .collect();
        let mut operation = json!({
            "tags": [self.tag()],
            "operationId": self.id,
            "summary": self.summary,
            "parameters": parameters,
            "responses": { "200": { "description": self.summary, "content": self.answer.content() } },
        });
        if let Some(body) = self.body {
            let kind = if body == "Upload" {
                "multipart/form-data"
            } else {
                "application/json"
            };
            operation["requestBody"] = json!({
                "required": true, "content": { (kind): { "schema": reference(body) } },
            });
        }
        match (self.path, self.answer) {
            ("/auth/login" | "/files/shared/{id}", _) => operation["security"] = json!([]),
            (_, File) => operation["security"] = json!([{ "token": [] }, { "bearer": [] }, { "cookie": [] }]),
            _ => {}
        }
        if let File = self.answer {
            let content = self.answer.content();
            operation["responses"]["206"] =
                json!({ "description": "The range that was asked for.", "content": content });
            operation["responses"]["304"] = json!({ "description": "The client has it already." });
            operation["responses"]["416"] =
                json!({ "description": "The range begins behind the end of the file." });
        }
        operation
    }

    fn tag(&self) -> &'static str {
        self.path.split('/').nth(1).unwrap_or_default()
    }
}

impl Answer {
    fn content(self) -> Value {
        let schema = match self {
            Json(name) => reference(name),
            List(name) => json!({ "type": "array", "items": reference(name) }),
            Either(one, other) => json!({ "anyOf": [reference(one), reference(other)] }),
            File => {
                let bytes = json!({ "type": "string", "format": "binary" });
                return json!({ "application/force-download": { "schema": bytes } });
            }
            Csv => return json!({ "text/csv": { "schema": { "type": "string" } } }),
        };
        json!({ "application/json": { "schema": schema } })
    }
}
