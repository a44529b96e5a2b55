#!/usr/bin/env python3
"""Drives a server that it starts with the client that people use, pyqalx: run.py PROGRAM [NAME OF A TEST …]

First the steps of docs/qalx.md, just as they are printed: they make the user, install the client, configure it and use
it, with and without its help. What the page says they print must be what they print. Then the tests in `suite/`, which
know nothing but the profiles of that configuration. The server must not answer anything with a 5xx or a 429, at which the client
would try again and hide it. Exit code 0: all is well. The server keeps its records in STOCKYARD_DATABASE,
a fresh one, if that is set.

Versions are those of `requirements.txt`, whatever the page leaves open. Nothing is asked of other hosts but the package
index: the client's question for its own public address ends at a closed port.
"""

import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TARGET = ROOT / "target" / "pyqalx"
VERSIONS = HERE / "requirements.txt"
PAGE = ROOT / "docs" / "qalx.md"
SECTIONS = ["## Point pyqalx here", "## Jobs without pyqalx"]
PRINTED_URL = "http://127.0.0.1:8080"
DATABASE = "STOCKYARD_DATABASE"
NOWHERE = "http://127.0.0.1:9"  # the port of the discard service, which nobody runs
# Beside Ann of the page: who they are and which projects they have.
USERS = {"bob": ["--project", "tunnel"], "eve": [], "boss": ["--admin"]}
PROJECTS = {"tunnel": ["--tag", "project_name=tunnel", "--tag", "phase=design"]}


def blocks():
    """The code of the sections, in order: language and text."""
    page = PAGE.read_text()
    sections = (page.split(name + "\n", 1)[1].split("\n## ", 1)[0] for name in SECTIONS)
    return re.findall(r"^```(\w+)\n(.*?)^```$", "\n".join(sections), re.MULTILINE | re.DOTALL)


def client(install):
    """The folder that the page's installation makes, made anew when the page or the versions have changed."""
    wanted = hashlib.sha256((install + VERSIONS.read_text()).encode()).hexdigest()
    installed = TARGET / "installed.txt"
    if not installed.exists() or installed.read_text() != wanted:
        shutil.rmtree(TARGET, ignore_errors=True)
        TARGET.mkdir(parents=True)
        environment = os.environ | {"PIP_CONSTRAINT": str(VERSIONS), "PIP_QUIET": "1"}
        subprocess.run(["sh", "-euc", install], cwd=TARGET, env=environment, check=True)
        installed.write_text(wanted)
    return TARGET / "qalx"


class Server:
    """The program on a fresh folder, where its user is at home too. It is killed in the end."""

    def __init__(self, program, home):
        self.home, self.log = home, home / "log"
        (home / "bin").mkdir()
        (home / "bin" / "stockyard").symlink_to(program)
        foreign = ("STOCKYARD_", "QALX_", "AWS_")
        inherited = {
            name: value for name, value in os.environ.items() if name == DATABASE or not name.startswith(foreign)
        }
        self.environment = inherited | {
            "HOME": str(home),
            "XDG_DATA_HOME": str(home / "data"),
            "XDG_CACHE_HOME": str(home / "cache"),
            "PATH": f"{home / 'bin'}:{os.environ['PATH']}",
            "HTTPS_PROXY": NOWHERE,
            "NO_PROXY": "127.0.0.1",
            "PYTHONPATH": str(HERE / "suite"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONWARNINGS": "ignore:pkg_resources is deprecated",
        }
        settings = {
            "STOCKYARD_LOG__FORMAT": "json",
            "STOCKYARD_LOG__LEVEL": "info",
            "STOCKYARD_MAIL__FROM": "Stockyard <stockyard@example.com>",
            "STOCKYARD_MAIL__FOLDER": str(home / "mail"),
        }
        self.process = subprocess.Popen(
            [program, "serve", "--listen", "127.0.0.1:0"],
            cwd=home,
            env=self.environment | settings,
            stdout=subprocess.PIPE,
            stderr=self.log.open("w"),
            text=True,
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

    def run(self, *command, **options):
        options = {"check": True, "text": True} | options
        return subprocess.run(command, cwd=self.home, env=self.environment, **options)

    def steps(self, printed):
        """Runs the steps of the page; what of their output is not as the page says."""
        languages = {"sh": ["sh", "-eu"], "py": ["qalx/bin/python", "-"]}
        output, shell = None, ""
        for language, text in printed:
            text = text.replace(PRINTED_URL, self.url)
            if language == "text":
                if output != text:
                    yield f"the page says that this is printed:\n{text}but it is:\n{output}"
            elif "pip install" in text:
                (self.home / "qalx").symlink_to(client(text))
            elif language == "sh":
                shell += text  # one block may use what another has set
            else:
                self.run(*languages["sh"], input=shell)
                shell = ""
                output = self.run(*languages[language], input=text, stdout=subprocess.PIPE).stdout

    def others(self):
        """The users and profiles that the tests need beside the page's."""
        for project, tags in PROJECTS.items():
            self.run("stockyard", "project", "create", project, *tags, stdout=subprocess.DEVNULL)
        profiles = (self.home / ".qalx").read_text()
        default = profiles.split("[default]", 1)[1]
        for name, options in USERS.items():
            email = f"{name}@example.com"
            who = ["--email", email, "--name", name, "--password", "-", *options]
            self.run("stockyard", "user", "create", *who, input="correct horse\n", stdout=subprocess.DEVNULL)
            token = self.run("stockyard", "token", "create", "--user", email, stdout=subprocess.PIPE).stdout.strip()
            profiles += f"\n[{name}]\n" + re.sub("TOKEN=.*", f"TOKEN={token}", default)
        key = self.home / "qalx.key"
        self.run("qalx/bin/python", "-c", f"from pyqalx.core.encryption import QalxEncrypt as E; E.save_key('{key}')")
        profiles += f"\n[keyed]{default}\nKEYFILE={key}\n"
        (self.home / ".qalx").write_text(profiles)
        # Bots of the tests look often, and what they hold when they are killed comes back soon.
        own = {"WORKER_LOG_FILE_DIR": self.home, "LOGGING_LEVEL": "DEBUG", "MSG_BLACKOUTSECONDS": 5}
        own |= dict.fromkeys(["Q_WAITTIMESECONDS", "Q_WAITTIMEMAXSPREADING", "MSG_WAITTIMESECONDS"], 1)
        bots = (self.home / ".bots").read_text()
        default = bots.split("[default]", 1)[1]
        bots += f"\n[work]{default}" + "".join(f"{name}={value}\n" for name, value in own.items())
        (self.home / ".bots").write_text(bots)


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    program = str(pathlib.Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory() as folder, Server(program, pathlib.Path(folder)) as server:
        wrong = list(server.steps(blocks()))
        server.others()
        tests = sys.argv[2:] or ["discover", "-s", str(HERE / "suite"), "-t", str(HERE / "suite")]
        if server.run("qalx/bin/python", "-m", "unittest", *tests, check=False).returncode:
            wrong.append("tests have failed")
        failed = re.findall(r'.*"http\.status":(?:5\d\d|429).*', server.log.read_text())
        wrong += [f"an answer at which the client tries again: {line}" for line in failed]
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
