"""Queues at Amazon: made by the server, used by boto3 with the credentials that it hands on. Amazon is moto's."""

import json
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request

import bed
from bed import check

KEY, SECRET = "AKIASERVER", "operators-own-secret"


class Moto:
    """A part of Amazon on this machine."""

    def __init__(self, folder):
        log = folder / "moto.log"
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]
        self.process = subprocess.Popen(command, stdout=log.open("w"), stderr=subprocess.STDOUT)
        found = bed.wait_for(lambda: re.search(r"http://127\.0\.0\.1:\d+", log.read_text()), "moto starts")
        self.url = found[0]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


class Api:
    """The entities of a server."""

    def __init__(self, server):
        self.server = server
        self.token = server.run("token", "create", "--user", bed.ADMIN).strip()

    def ask(self, method, path, body=None, status=200):
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Token {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.server.url}/qalx/{path}", data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                found, text = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            found, text = error.code, error.read()
        check(found == status, f"{method} {path} has status {status}: {found} {text[:300]}")
        return json.loads(text) if text else None


def client(moto, key, secret, token=None):
    import boto3

    keys = {"aws_access_key_id": key, "aws_secret_access_key": secret, "aws_session_token": token}
    return boto3.client("sqs", region_name=bed.REGION, endpoint_url=moto.url, **keys)


def run(program, folder):
    with Moto(folder) as moto:
        server = bed.Server(program, folder)
        server.environment |= {
            "STOCKYARD_QALX__AMAZON__REGION": bed.REGION,
            "STOCKYARD_QALX__AMAZON__SQS_ENDPOINT": moto.url,
            "STOCKYARD_QALX__AMAZON__STS_ENDPOINT": moto.url,
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
        }
        server.start()
        try:
            life(moto, Api(server))
        finally:
            server.kill()
        log = (folder / "log").read_text()
        check(SECRET not in log and " ERROR " not in log, f"the log has no secret and no error: {log[-2000:]}")


def life(moto, api):
    body = {"name": "away", "parameters": {"VisibilityTimeout": 44, "maxReceiveCount": 2}}
    made = api.ask("POST", "queue", body, 201)
    url, given = made["info"]["queue_url"], made["info"]["credentials"]
    check(given["ACCESS_KEY_ID"] != KEY and given["SESSION_TOKEN"], "a client has credentials of its own")
    life = given["EXPIRATION"]["$date"] / 1000 - time.time()
    check(3600 < life <= 12 * 3600 + 60, f"they live some hours: {life}")
    own = client(moto, KEY, SECRET)
    check(url in own.list_queues()["QueueUrls"], f"the queue is at Amazon: {url}")
    attributes = own.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    check(attributes["VisibilityTimeout"] == "44" and attributes["FifoQueue"] == "true", f"it is set: {attributes}")
    policy = json.loads(attributes["RedrivePolicy"])
    dead = made["info"]["deadletter_queue_url"]
    check(policy["deadLetterTargetArn"].endswith(dead.rsplit("/", 1)[1]), f"dead letters have their queue: {policy}")
    check(int(policy["maxReceiveCount"]) == 2, f"after two times: {policy}")
    sqs = client(moto, given["ACCESS_KEY_ID"], given["SECRET_ACCESS_KEY"], given["SESSION_TOKEN"])
    entry = {"Id": "a", "MessageBody": "x", "MessageGroupId": "g", "MessageDeduplicationId": "d"}
    check(not sqs.send_message_batch(QueueUrl=url, Entries=[entry]).get("Failed"), "a message is sent")
    got = sqs.receive_message(QueueUrl=url)["Messages"]
    check([message["Body"] for message in got] == ["x"], "it is received")
    sqs.delete_message(QueueUrl=url, ReceiptHandle=got[0]["ReceiptHandle"])
    path = f"queue/{made['guid']['$uuid']}"
    api.ask("PATCH", path, {"parameters": {"VisibilityTimeout": 55}})
    attributes = own.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])["Attributes"]
    check(attributes["VisibilityTimeout"] == "55", f"it is set anew: {attributes}")
    api.ask("DELETE", path, status=204)
    bed.wait_for(lambda: not own.list_queues().get("QueueUrls"), "a job removes the queues")
    moto.process.kill()
    told = api.ask("POST", "queue", {"name": "nowhere", "parameters": {}}, 503)
    check("Amazon" in json.dumps(told), f"it says who is away: {told}")
