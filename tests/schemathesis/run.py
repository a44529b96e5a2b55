#!/usr/bin/env python3
"""Runs Schemathesis over the API documents of a server that it starts: run.py PROGRAM

The server must answer whatever follows from its own documents, and what contradicts them, without a 5xx and only with the
statuses, content types and bodies that the documents name. Nothing is left out. The seed is fixed and the number of
examples bounded, so two runs do the same and take two to three minutes. Exit code 0: all is well. The server keeps
its records in STOCKYARD_DATABASE, a fresh one, if that is set.
"""

import collections
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
import venv

HERE = pathlib.Path(__file__).resolve().parent
TARGET = HERE.parents[1] / "target" / "schemathesis"
DOCUMENTS = ["light100", "fusion", "qalx"]
CHECKS = ["not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance"]
DATABASE = "STOCKYARD_DATABASE"
ADMIN = "admin@example.com"
SEED = "20161"
EXAMPLES = "60"
ARTICLE = "12411116"  # the one that the documents' examples speak of


def tools():
    """The folder of Schemathesis' programs, installed when the list of its versions is another than last time."""
    wanted = (HERE / "requirements.txt").read_text()
    installed = TARGET / "installed.txt"
    if not installed.exists() or installed.read_text() != wanted:
        venv.create(TARGET, with_pip=True, clear=True)
        pip = [TARGET / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "-r", HERE / "requirements.txt"], check=True)
        installed.write_text(wanted)
    return TARGET / "bin"


class Server:
    """The program on a fresh folder, killed in the end."""

    def __init__(self, program, folder):
        self.folder = folder  # Schemathesis remembers former runs in the folder it is started in
        self.log = folder / "log"
        self.make_token = [program, "token", "create", "--user", ADMIN, "--data-dir", str(folder / "data")]
        inherited = {
            name: value for name, value in os.environ.items() if name == DATABASE or not name.startswith("STOCKYARD_")
        }
        settings = {
            "STOCKYARD_ADMIN_EMAIL": ADMIN,
            "STOCKYARD_ADMIN_PASSWORD": "correct horse",
            "STOCKYARD_LOG__FORMAT": "json",
            "STOCKYARD_LOG__LEVEL": "info",
        }
        command = [program, "serve", "--listen", "127.0.0.1:0", "--data-dir", str(folder / "data")]
        self.process = subprocess.Popen(
            command, env=inherited | settings, stdout=subprocess.PIPE, stderr=self.log.open("w"), text=True
        )
        lines = iter(self.process.stdout.readline, "")
        urls = (line.removeprefix("listening on ").strip() for line in lines if line.startswith("listening on "))
        self.url = next(urls, None)
        if self.url is None:
            sys.exit(f"the server did not start:\n{self.log.read_text()}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def call(self, path, body=None):
        token = subprocess.run(self.make_token, check=True, capture_output=True, text=True).stdout.strip()
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(self.url + path, data=data, headers=headers)) as answer:
            return json.load(answer)

    def seed(self):
        """The documents' article, and jobs that went well and badly."""
        operations = [
            {"operation": operation, "articleData": {"F_1": ARTICLE, "F_3": "code"}}
            for operation in ["add-article", "add-article"]
        ]
        self.call("/api/v1/articles/delta-update", operations)
        job = {"entity": "Article", "operation": "insert", "data": [{"F_1": "1"}, {"F_1": "1"}]}
        self.call("/api/v2/jobs", {"job": job})
        self.call("/api/v1/articles/export", {"format": "csv"})
        deadline = time.monotonic() + 60
        while any(job["result"] == "Pending" for job in self.call("/api/v2/jobs")["entries"]):
            if time.monotonic() > deadline:
                sys.exit("the jobs of the seed do not end")


def check(schemathesis, server, document):
    """Whether the server keeps to one of its documents."""
    environment = os.environ | {
        "SCHEMATHESIS_HOOKS": "hooks",
        "PYTHONPATH": str(HERE),
        "STOCKYARD_URL": server.url,
        "STOCKYARD_MAKE_TOKEN": "\n".join(server.make_token),
    }
    options = ["--checks", ",".join(CHECKS), "--phases", "examples,coverage,fuzzing", "--seed", SEED]
    options += ["--max-examples", EXAMPLES, "--generation-database", "none", "--continue-on-failure", "--no-color"]
    options += ["--request-timeout", "30", "--warnings", "off"]
    location = f"{server.url}/openapi/{document}.json"
    run = subprocess.run([schemathesis, "run", location, *options], env=environment, cwd=server.folder)
    return run.returncode == 0


def answers(log):
    """How often each operation was answered with which status."""
    counts = collections.defaultdict(collections.Counter)
    for line in log.read_text().splitlines():
        entry = json.loads(line)
        if "http.status" in entry and "http.route" in entry:
            counts[f"{entry['http.method']} {entry['http.route']}"][entry["http.status"]] += 1
    return counts


def unreached(server):
    """Operations that never got past the door, by which the run would have proved nothing."""
    counts = answers(server.log)
    for document in DOCUMENTS:
        paths = server.call(f"/openapi/{document}.json")["paths"]
        for path, item in paths.items():
            for method in item:
                seen = counts[f"{method.upper()} {path}"]
                if not any(status not in (401, 403, 405) for status in seen):
                    yield f"{method.upper()} {path}: {dict(seen)}"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    program = str(pathlib.Path(sys.argv[1]).resolve())
    schemathesis = tools() / "schemathesis"
    with tempfile.TemporaryDirectory() as folder, Server(program, pathlib.Path(folder)) as server:
        server.seed()
        wrong = [f"{document} has failures" for document in DOCUMENTS if not check(schemathesis, server, document)]
        wrong += [f"never reached: {operation}" for operation in unreached(server)]
        failed = re.findall(r'.*"http\.status":5\d\d.*', server.log.read_text())
        wrong += [f"a 5xx: {line}" for line in failed]
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
