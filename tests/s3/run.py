#!/usr/bin/env python3
"""Drives a server that keeps file contents on S3, with an S3 that runs on this machine: run.py PROGRAM [NAME OF A TEST …]

The S3 is moto's, behind a line that the tests cut and mend. Each test has a bucket and a server of its own. Nothing is
asked of other hosts but the package index. Exit code 0: all is well.
"""

import hashlib
import http.client
import http.server
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
import venv
import xml.etree.ElementTree

from proxy import Proxy

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TARGET = ROOT / "target" / "moto"
VERSIONS = HERE / "requirements.txt"
ADMIN = "admin@example.com"
SECRET = "wJalrXUtnFEMI-K7MDENG"
MIB = 1 << 20
FAILURES = []


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


def tools():
    """The folder of moto's programs, installed when the list of its versions is another than last time."""
    wanted = VERSIONS.read_text()
    installed = TARGET / "installed.txt"
    if not installed.exists() or installed.read_text() != wanted:
        venv.create(TARGET, with_pip=True, clear=True)
        pip = [TARGET / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "-r", VERSIONS], check=True)
        installed.write_text(wanted)
    return TARGET / "bin"


class S3:
    """An S3 on this machine."""

    def __init__(self, folder):
        self.log = (folder / "moto.log").open("w")
        self.process = subprocess.Popen(
            [tools() / "moto_server", "-H", "127.0.0.1", "-p", "0"], stdout=self.log, stderr=subprocess.STDOUT
        )
        found = wait_for(lambda: re.search(r"http://127\.0\.0\.1:(\d+)", (folder / "moto.log").read_text()), "moto starts")
        self.port = int(found[1])
        self.proxy = Proxy(self.port)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def ask(self, method, path, body=None):
        headers = {"Content-Type": "text/plain"}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", body, headers, method=method)
        with urllib.request.urlopen(request) as answer:
            return answer.read()

    def names(self, bucket, prefix=""):
        tree = xml.etree.ElementTree.fromstring(self.ask("GET", f"/{bucket}?list-type=2&prefix={prefix}"))
        return [key.text for key in tree.iter("{http://s3.amazonaws.com/doc/2006-03-01/}Key")]

    def unfinished(self, bucket):
        tree = xml.etree.ElementTree.fromstring(self.ask("GET", f"/{bucket}?uploads"))
        return [node for node in tree.iter() if node.tag.endswith("UploadId")]


class Server:
    """The program with a data folder and a bucket; it is killed in the end."""

    def __init__(self, program, folder, s3, bucket, **settings):
        self.program, self.folder, self.s3, self.bucket = program, folder, s3, bucket
        inherited = {n: v for n, v in os.environ.items() if not n.startswith(("STOCKYARD_", "AWS_"))}
        self.environment = inherited | {
            "STOCKYARD_DATA_DIR": str(folder / "data"),
            "STOCKYARD_BLOBS": f"s3://{bucket}/some/prefix",
            "STOCKYARD_S3__ENDPOINT": f"http://127.0.0.1:{s3.proxy.port}",
            "STOCKYARD_S3__ALLOW_HTTP": "true",
            "STOCKYARD_ADMIN_EMAIL": ADMIN,
            "STOCKYARD_ADMIN_PASSWORD": "correct horse",
            "STOCKYARD_LOG__FORMAT": "json",
            "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": "us-east-1",
        }
        self.environment |= settings
        self.process, self.token, self.listen = None, None, "127.0.0.1:0"

    def start(self):
        self.log = (self.folder / "log").open("a")
        self.process = subprocess.Popen(
            [self.program, "serve", "--listen", self.listen, "--app", str(ROOT / "examples" / "crm")],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
        )
        lines = iter(self.process.stdout.readline, "")
        found = (line.removeprefix("listening on ").strip() for line in lines if line.startswith("listening on "))
        self.url = next(found, None)
        if self.url is None:
            sys.exit(f"the server did not start:\n{(self.folder / 'log').read_text()}")
        self.listen = self.url.removeprefix("http://")  # the same address after a kill
        self.token = self.run("token", "create", "--user", ADMIN).stdout.strip()
        return self

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.kill()
        check(SECRET not in (self.folder / "log").read_text(), "no secret is in the log")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def run(self, *command, ok=True, **settings):
        done = subprocess.run(
            [self.program, *command], env=self.environment | settings, capture_output=True, text=True, timeout=120
        )
        check(SECRET not in done.stdout + done.stderr, f"{command} shows no secret")
        if ok:
            check(done.returncode == 0, f"{command} succeeds: {done.stderr}")
        return done

    def call(self, method, url, body=None, headers=None):
        """Status, headers and body of an answer."""
        url = url if url.startswith("http") else self.url + url
        request = urllib.request.Request(url, data=body, method=method, headers=headers or {})
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()

    def json(self, method, url, body=None, scheme="Token"):
        headers = {"Authorization": f"{scheme} {self.token}", "Content-Type": "application/json"}
        status, _, answer = self.call(method, url, None if body is None else json.dumps(body).encode(), headers)
        return status, json.loads(answer)

    def item(self):
        """A new item with the name of a file; its path and where its file is sent and read."""
        status, item = self.json("POST", "/qalx/item", {"data": {}, "file": {"name": "mesh.dat"}})
        check(status in (200, 201), f"an item is made: {status} {item}")
        return f"/qalx/item/{item['guid']['$uuid']}", item["file"]["put_url"], item["file"]["url"]

    def send(self, put_url, content):
        return self.call("PUT", put_url, content, {"Content-Type": "application/json"})

    def slingr_send(self, content):
        """Sends a file as a form, in pieces."""
        border = "border-of-the-form"
        head = f'--{border}\r\ncontent-disposition: form-data; name="file"; filename="logo.png"\r\n\r\n'.encode()
        tail = f"\r\n--{border}--\r\n".encode()
        connection = http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=120)
        headers = {"token": self.token, "Content-Type": f"multipart/form-data; boundary={border}"}
        pieces = (content[at : at + MIB] for at in range(0, len(content), MIB))
        connection.request("POST", "/prod/runtime/api/files", (p for p in [head, *pieces, tail]), headers, encode_chunked=True)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())

    def slingr_read(self, file, **headers):
        return self.call("GET", f"/prod/runtime/api/files/{file}", headers={"token": self.token, **headers})

    def delta(self, body):
        status, answer = self.json("POST", "/api/v1/articles/delta-update", body, "Bearer")
        check(status in (200, 202), f"a delta update is accepted: {status} {answer}")

    def results(self):
        """What became of the jobs, the newest first."""
        return [job["result"] for job in self.json("GET", "/api/v2/jobs", scheme="Bearer")[1]["entries"]]

    def waits(self):
        return (self.folder / "log").read_text().count("a job waits for file contents")

    def objects(self, folder="content"):
        return self.s3.names(self.bucket, f"some/prefix/{folder}/")

    def sweep(self):
        time.sleep(1.1)  # S3 tells whole seconds
        return self.run("sweep", "--older-than", "0").stdout

    def peak(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024


def content(mib, seed):
    return hashlib.shake_128(str(seed).encode()).digest(MIB) * mib + str(seed).encode()


def files_go_to_the_bucket(bed):
    """Through both dialects; ranges; memory; deletion."""
    with bed.server() as server:
        small = content(1, "warm")
        server.send(server.item()[1], small)
        pathlib.Path(f"/proc/{server.process.pid}/clear_refs").write_text("5")
        before = server.peak()
        large = [content(64, number) for number in range(3)]
        path, put_url, url = server.item()
        answers = {}

        def send(number):
            answers[number] = server.slingr_send(large[number])

        senders = [threading.Thread(target=send, args=[number]) for number in (1, 2)]
        for sender in senders:
            sender.start()
        check(server.send(put_url, large[0])[0] in (200, 204), "64 MiB are sent to qalx")
        for sender in senders:
            sender.join()
        check([answers[n][0] for n in (1, 2)] == [200, 200], f"64 MiB are sent to slingr: {answers}")
        check(len(server.objects()) == 4, f"all are in the bucket: {server.objects()}")
        files = [answers[n][1]["fileId"] for n in (1, 2)]
        reads = [server.call("GET", url), *(server.slingr_read(file) for file in files)]
        for (status, _, body), sent in zip(reads, large):
            check(status == 200 and body == sent, f"what was sent is read: {status}, {len(body)} bytes")
        grown = server.peak() - before
        print(f"  three files of 64 MiB: memory grew by {grown:.0f} MiB", flush=True)
        check(grown < 110, f"memory is bounded: it grew by {grown:.0f} MiB")
        ranges(server, files[0], large[1])
        names = set(server.objects())
        check(server.json("PATCH", path, {"file": {}})[0] == 200, "the file is taken off the item")
        server.run("sweep")
        check(set(server.objects()) == names, "a sweep leaves what is young")
        print("  " + server.sweep().strip(), flush=True)
        gone = names - set(server.objects())
        check(len(gone) == 1 and hashlib.sha256(large[0]).hexdigest() in min(gone), f"the sweep deletes it alone: {gone}")
        check(server.slingr_read(files[0])[2] == large[1], "the others are there")
        check(os.listdir(server.folder / "data" / "blobs" / "tmp") == [], "nothing stays on the disk")


def ranges(server, file, sent):
    size = len(sent)
    for asked, first, last in [
        ("0-0", 0, 0),
        ("8388607-8388608", 8388607, 8388608),
        (f"{size - 5}-", size - 5, size - 1),
        ("-7", size - 7, size - 1),
        ("100-20000000", 100, 20_000_000),
    ]:
        status, headers, body = server.slingr_read(file, Range=f"bytes={asked}")
        shown = headers.get("Content-Range")
        check(status == 206 and body == sent[first : last + 1], f"range {asked}: {status}, {len(body)} bytes")
        check(shown == f"bytes {first}-{last}/{size}", f"range {asked}: {shown}")
    status, headers, _ = server.slingr_read(file, Range=f"bytes={size}-")
    check(status == 416 and headers["Content-Range"] == f"bytes */{size}", f"a range behind the end: {status}")


def a_kill_in_the_midst_of_an_upload(bed):
    """Leaves no reference, and what is left in the bucket goes with a sweep."""
    with bed.server() as server:
        _, put_url, url = server.item()
        server.s3.proxy.stall(after=20 * MIB)
        upload = threading.Thread(target=lambda: quietly(server.send, put_url, content(64, "killed")))
        upload.start()
        wait_for(lambda: server.s3.proxy.passed > 20 * MIB, "parts are on their way")
        server.kill()
        upload.join()
        server.s3.proxy.mend()
        check(len(server.s3.unfinished(server.bucket)) == 1, "the bucket has an unfinished upload")
        server.start()
        check(server.call("GET", url)[0] == 404, "the item has no file")
        server.run("sweep")
        check(len(server.s3.unfinished(server.bucket)) == 1, "a sweep leaves what may be under way")
        print("  " + server.sweep().strip(), flush=True)
        check(server.s3.unfinished(server.bucket) == [], "a sweep takes it back")
        check(server.s3.names(server.bucket) == [], f"nothing is left: {server.s3.names(server.bucket)}")
        check(os.listdir(server.folder / "data" / "blobs" / "tmp") == [], "nothing is left on the disk")
        # The client sends again.
        check(server.send(server.item()[1], content(20, "again"))[0] in (200, 204), "the next upload is taken")
        check(len(server.objects()) == 1 and server.objects("uploads") == [], "and leaves no note")


def quietly(call, *args):
    try:
        return call(*args)
    except OSError:
        return None


def s3_goes_and_comes_back(bed):
    """503 in each dialect's form meanwhile; the rest goes on; jobs wait."""
    with bed.server(STOCKYARD_LIGHT100__ALLOWED_HOSTS=json.dumps([f"127.0.0.1:{bed.files.port}"])) as server:
        sent = content(1, "there")
        _, put_url, url = server.item()
        server.send(put_url, sent)
        _, file = server.slingr_send(sent)
        # A job whose content is in the bucket, behind one that gets no file once S3 is away.
        server.delta({"files": [bed.files.url("slow")]})
        server.delta([{"operation": "add-article", "articleData": {"F_1": "2", "F_3": "b"}}])
        waited = 0
        for name, away in [("cut", server.s3.proxy.cut), ("silent", server.s3.proxy.stall)]:
            away()
            refused = [
                ("a file of qalx", lambda: server.call("GET", url), "detail"),
                ("a file of slingr", lambda: server.slingr_read(file["fileId"]), "code"),
                ("an upload to qalx", lambda: server.send(server.item()[1], content(1, name)), "detail"),
            ]
            for what, call, key in refused:
                began = time.monotonic()
                status, headers, body = call()
                took = time.monotonic() - began
                form = json.loads(body)
                print(f"  {name}: {what}: {status} after {took:.1f} s: {body.decode()[:150]}", flush=True)
                check(status == 503 and headers["Retry-After"] == "5", f"{what} with S3 {name}: {status} {body}")
                check(key in str(form) and "cannot be reached" in str(form), f"{what}: the form is the dialect's: {form}")
                check(took < 45, f"{what} is refused within 45 s, took {took:.0f} s")
            check(server.json("POST", "/qalx/item", {"data": {"a": 1}})[0] in (200, 201), "records are served all the same")
            check(server.call("GET", "/readyz")[0] == 200, "the server is ready all the same")
            if name == "cut":
                bed.files.released.set()
            else:
                server.delta({"files": [bed.files.url("delta.json")]})
            wait_for(lambda: server.waits() > waited, "the job waits")
            waited = server.waits()
            check(server.results()[0] == "Pending", f"the job has not failed: {server.results()}")
            server.s3.proxy.mend()
            wait_for(lambda: server.results()[0] == "Success", "the job ends well", 90)
            wait_for(lambda: server.call("GET", url)[2] == sent, "it is read again")
            check(server.slingr_read(file["fileId"])[2] == sent, "by slingr too")
            check(server.send(server.item()[1], content(9, name))[0] in (200, 204), "and written")
        check(sorted(server.results()) == ["Failure", "Success", "Success"], f"all jobs: {server.results()}")


def wrong_settings_are_named(bed):
    """At the start, and by `doctor`."""
    server = bed.server()
    nothing = f"http://127.0.0.1:{free_port()}"
    wrong = [
        ({"STOCKYARD_BLOBS": "s3://not-there"}, ['no bucket "not-there"', "make it, or correct --blobs"]),
        ({"STOCKYARD_S3__ENDPOINT": nothing}, [nothing, "check that it runs, s3.endpoint"]),
        ({"STOCKYARD_S3__ALLOW_HTTP": "false"}, ["plain text", "s3.allow_http = true"]),
        ({"STOCKYARD_BLOBS": f"s3://key:{SECRET}@bucket"}, ["expected s3://BUCKET", "AWS_ACCESS_KEY_ID"]),
    ]
    for settings, needles in wrong:
        for command in (["serve", "--listen", "127.0.0.1:0"], ["doctor", "--listen", "127.0.0.1:0"]):
            done = server.run(*command, ok=False, **settings)
            said = done.stdout + done.stderr
            check(done.returncode == 1, f"{command[0]} with {settings} fails")
            check(all(needle in said for needle in needles), f"{command[0]} with {settings} says {needles}:\n{said}")
        print("  " + done.stdout.split("contents", 1)[-1].split("\n", 1)[0].strip(), flush=True)
    bed.s3.ask("POST", "/moto-api/reset-auth", b"0")
    done = server.run("serve", "--listen", "127.0.0.1:0", ok=False)
    bed.s3.ask("POST", "/moto-api/reset-auth", b"inf")
    print("  " + done.stderr.strip(), flush=True)
    check(done.returncode == 1 and "does not take the credentials (InvalidAccessKeyId)" in done.stderr, done.stderr)
    found = server.run("doctor", "--listen", "127.0.0.1:0").stdout
    check("can be listed, written, read and deleted from" in found, found)
    check(bed.s3.names(server.bucket) == [], "the checks leave nothing")


def free_port():
    proxy = Proxy(0)
    proxy.cut()
    return proxy.port


def a_backup_moves_contents(bed):
    """From the bucket into a backup, and from there into another prefix."""
    with bed.server() as server:
        sent = content(10, "kept")
        _, put_url, url = server.item()
        server.send(put_url, sent)
        backup = str(server.folder / "backup")
        server.run("backup", "--to", backup)
        other = f"s3://{server.bucket}/other"
        settings = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.s3.proxy.port}", "AWS_ALLOW_HTTP": "true"}
        moved = {"STOCKYARD_DATA_DIR": str(server.folder / "moved"), "STOCKYARD_BLOBS": other}
        server.run("restore", "--from", backup, **settings, **moved)
        check(len(server.s3.names(server.bucket, "other/content/")) == 1, "the content is under the other prefix")
        server.kill()
        server.environment |= settings | moved
        for name in server.s3.names(server.bucket, "some/"):
            server.s3.ask("DELETE", f"/{server.bucket}/{name}")
        server.start()
        status, _, body = server.call("GET", url)
        check(status == 200 and body == sent, f"what was restored is read: {status}")


def the_contract_of_every_place_holds(bed):
    """The tests that also run on a folder and on a store in memory."""
    server = bed.server()
    settings = {
        "STOCKYARD_TEST_S3": f"s3://{server.bucket}/contract",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{bed.s3.port}",
        "AWS_ALLOW_HTTP": "true",
    }
    # As `cargo test` has built it.
    command = ["cargo", "test", "--quiet", "--locked", "--workspace", "--test", "contract", "remote::"]
    done = subprocess.run(command, cwd=ROOT, env=server.environment | settings, capture_output=True, text=True)
    passed = re.search(r"test result: ok\. (\d+) passed", done.stdout)
    check(passed and int(passed[1]) > 15, f"the contract holds:\n{done.stdout}{done.stderr}")
    check(len(bed.s3.names(server.bucket)) > 15, "it was this S3 that was tested")


class Files:
    """A web server with one delta file, and one that it has not, as it says when it is released."""

    def __init__(self):
        released = self.released = threading.Event()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                if self.path == "/slow":
                    released.wait()
                    return self.send_error(404)
                body = b'{"operation":"add-article","articleData":{"F_1":"1","F_3":"a"}}\n'
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = server.server_port
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def url(self, name):
        return f"http://127.0.0.1:{self.port}/{name}"


class Bed:
    """What the tests share, and a bucket for each."""

    def __init__(self, program, folder, s3):
        self.program, self.folder, self.s3, self.files, self.number = program, folder, s3, Files(), 0

    def server(self, **settings):
        self.number += 1
        folder = self.folder / f"server-{self.number}"
        folder.mkdir()
        bucket = f"bucket-{self.number}"
        self.s3.ask("PUT", f"/{bucket}")
        return Server(self.program, folder, self.s3, bucket, **settings)


TESTS = [
    files_go_to_the_bucket,
    a_kill_in_the_midst_of_an_upload,
    s3_goes_and_comes_back,
    wrong_settings_are_named,
    a_backup_moves_contents,
    the_contract_of_every_place_holds,
]


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    program, names = str(pathlib.Path(sys.argv[1]).resolve()), sys.argv[2:]
    with tempfile.TemporaryDirectory() as folder, S3(pathlib.Path(folder)) as s3:
        bed = Bed(program, pathlib.Path(folder), s3)
        for test in TESTS:
            if not names or test.__name__ in names:
                print(test.__name__.replace("_", " "), flush=True)
                test(bed)
                s3.proxy.mend()
    sys.exit(f"{len(FAILURES)} things are wrong" if FAILURES else 0)


if __name__ == "__main__":
    main()
