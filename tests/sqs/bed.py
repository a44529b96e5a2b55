"""A server of queues, clients that sign, and the few words that the tests are written in."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import time
import venv

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
VERSIONS = HERE / "requirements.txt"
ADMIN, PASSWORD = "admin@example.com", "correct horse battery"
REGION = "eu-west-2"
FAILURES = []


def in_venv(place, versions):
    """Runs the whole again with the packages of this list; they are installed when the list is another than last time."""
    installed = place / "installed.txt"
    if not installed.exists() or installed.read_text() != versions.read_text():
        venv.create(place, with_pip=True, clear=True)
        pip = [place / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "-r", versions], check=True)
        installed.write_text(versions.read_text())
    python = place / "bin" / "python"
    if pathlib.Path(sys.prefix) != place:
        os.execv(python, [str(python), *sys.argv])


def check(holds, what):
    if not holds:
        FAILURES.append(what)
        print(f"  WRONG: {what}", flush=True)


def wait_for(holds, what, seconds=60):
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        if time.monotonic() > deadline:
            check(False, f"{what}, within {seconds} s")
            break
        time.sleep(0.05)
    return found


def refused(call, code, status=None, text=""):
    """Runs `call`, which must be refused with this code."""
    import botocore.exceptions

    try:
        call()
    except botocore.exceptions.ClientError as error:
        told = error.response["Error"]
        check(told["Code"] == code, f"the code is {code}: {told}")
        check(text in told["Message"], f"the message says {text!r}: {told}")
        if status:
            found = error.response["ResponseMetadata"]["HTTPStatusCode"]
            check(found == status, f"{code} has status {status}: {found}")
        return error
    check(False, f"refused with {code}")


class Server:
    """The program; killed in the end."""

    def __init__(self, program, folder, database=None):
        self.program, self.folder = program, pathlib.Path(folder)
        inherited = {n: v for n, v in os.environ.items() if not n.startswith(("STOCKYARD_", "AWS_"))}
        self.environment = inherited | {
            "STOCKYARD_DATA_DIR": str(self.folder / "data"),
            "STOCKYARD_ADMIN_EMAIL": ADMIN,
            "STOCKYARD_ADMIN_PASSWORD": PASSWORD,
        }
        if database:
            self.environment["STOCKYARD_DATABASE"] = database
        self.listen, self.process = "127.0.0.1:0", None

    def start(self):
        self.log = (self.folder / "log").open("a")
        self.process = subprocess.Popen(
            [self.program, "serve", "--listen", self.listen],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
        )
        for line in iter(self.process.stdout.readline, ""):
            if line.startswith("listening on "):
                self.url = line.removeprefix("listening on ").strip()
                self.listen = self.url.removeprefix("http://")  # the same address after a kill
                return self
        sys.exit(f"the server did not start:\n{(self.folder / 'log').read_text()}")

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.kill()
        log = (self.folder / "log").read_text()
        check(" ERROR " not in log and "panicked" not in log, f"no error is in the log: {log[-2000:]}")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def run(self, *command):
        done = subprocess.run([self.program, *command], env=self.environment, capture_output=True, text=True)
        check(done.returncode == 0, f"{command} succeeds: {done.stderr}")
        return done.stdout

    def user(self, email):
        self.run("user", "create", "--email", email, "--name", "Somebody", "--password", PASSWORD)
        return email

    def credentials(self, user=ADMIN, **options):
        given = [part for name, value in options.items() for part in (f"--{name}", str(value))]
        printed = self.run("sqs", "credentials", "--user", user, *given)
        return dict(re.findall(r"export (\w+)=(\S+)", printed))

    def client(self, credentials, path="/sqs/", **settings):
        import boto3
        from botocore.config import Config

        return boto3.client(
            "sqs",
            region_name=REGION,
            endpoint_url=self.url + path,
            aws_access_key_id=credentials["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=credentials["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=credentials["AWS_SESSION_TOKEN"],
            config=Config(max_pool_connections=50, **settings),
        )


def postgres():
    """Whether a database server can be started here, and how: the folder of its programs."""
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found and shutil.which("runuser") else None
