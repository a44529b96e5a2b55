#!/usr/bin/env python3
"""Drives the queues of a server with boto3: run.py PROGRAM [NAME OF A TEST …]

Each operation, each documented refusal, signatures, and receivers over a server that is killed again and again. The
number of messages of the last is STOCKYARD_SQS_MESSAGES (2,000), that of the kills STOCKYARD_SQS_KILLS (5); it runs on the
database that STOCKYARD_SQS_DATABASE names, else on the embedded one. Nothing is asked of other hosts but the package
index. Exit code 0: all is well.
"""

import datetime
import json
import os
import pathlib
import random
import sys
import tempfile
import threading
import time
import urllib.request

import bed
from bed import check, refused

TARGET = bed.ROOT / "target" / "boto3"
QUEUE = "AWS.SimpleQueueService."


def whole_life_of_a_queue(server):
    sqs = server.client(server.credentials())
    url = sqs.create_queue(QueueName="life", Attributes={"VisibilityTimeout": "9"}, tags={"k": "v"})["QueueUrl"]
    check(url == f"{server.url}/sqs/{url.split('/')[-2]}/life", f"the URL is on this server: {url}")
    check(sqs.get_queue_url(QueueName="life")["QueueUrl"] == url, "it is found by name")
    check(url in sqs.list_queues(QueueNamePrefix="li")["QueueUrls"], "it is listed")
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "0", "MessageRetentionPeriod": "60"})
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    check(attributes["VisibilityTimeout"] == "9", f"attributes are told: {attributes}")
    check(attributes["QueueArn"].startswith(f"arn:aws:sqs:{bed.REGION}:"), "the ARN has the client's region")
    sqs.tag_queue(QueueUrl=url, Tags={"l": "w"})
    check(sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"k": "v", "l": "w"}, "tags are told")
    sqs.untag_queue(QueueUrl=url, TagKeys=["k", "l"])
    check("Tags" not in sqs.list_queue_tags(QueueUrl=url), "tags are gone")
    for number in range(25):
        sqs.create_queue(QueueName=f"page-{number:02}")
    pages = sqs.get_paginator("list_queues").paginate(QueueNamePrefix="page-", PaginationConfig={"PageSize": 10})
    check(sum(len(page["QueueUrls"]) for page in pages) == 25, "pages have all queues")
    sqs.delete_queue(QueueUrl=url)
    refused(lambda: sqs.delete_queue(QueueUrl=url), QUEUE + "NonExistentQueue", 400)
    refused(lambda: sqs.exceptions.QueueDoesNotExist and sqs.receive_message(QueueUrl=url), QUEUE + "NonExistentQueue")
    try:
        sqs.purge_queue(QueueUrl=url)
        check(False, "a queue that is gone is not purged")
    except sqs.exceptions.QueueDoesNotExist:
        pass  # the client knows the shape too


def messages_and_their_digests(server):
    """botocore itself compares the digests of bodies."""
    sqs = server.client(server.credentials())
    url = sqs.create_queue(QueueName="messages")["QueueUrl"]
    attributes = {
        "text": {"DataType": "String", "StringValue": "Grüße"},
        "number": {"DataType": "Number.int", "StringValue": "7"},
        "bytes": {"DataType": "Binary", "BinaryValue": bytes(range(256))},
    }
    body = "é\r\n\t<&>\"' \U0001f600" + "x" * 100_000
    sent = sqs.send_message(QueueUrl=url, MessageBody=body, MessageAttributes=attributes)
    got = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"], AttributeNames=["All"])["Messages"][0]
    check(got["Body"] == body, "the body is as it was sent")
    check(got["MessageId"] == sent["MessageId"], "the id is the same")
    check(got["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"], "the digest of attributes is the same")
    found = {name: value for name, value in got["MessageAttributes"].items()}
    check(found == attributes, f"attributes come back: {found}")
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=got["ReceiptHandle"], VisibilityTimeout=0)
    again = sqs.receive_message(QueueUrl=url)["Messages"][0]
    check(again["ReceiptHandle"] != got["ReceiptHandle"], "each time has a handle of its own")
    refused(
        lambda: sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=got["ReceiptHandle"], VisibilityTimeout=9),
        "InvalidParameterValue",
        400,
        "Message does not exist",
    )
    sqs.delete_message(QueueUrl=url, ReceiptHandle=again["ReceiptHandle"])
    entries = [{"Id": str(n), "MessageBody": f"m{n}", "MessageAttributes": attributes} for n in range(10)]
    batch = sqs.send_message_batch(QueueUrl=url, Entries=entries)
    check(len(batch["Successful"]) == 10 and "Failed" not in batch, f"a batch is sent: {batch}")
    got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    check([message["Body"] for message in got] == [f"m{n}" for n in range(10)], "they come in their order")
    entries = [{"Id": str(n), "ReceiptHandle": m["ReceiptHandle"], "VisibilityTimeout": 0} for n, m in enumerate(got)]
    changed = sqs.change_message_visibility_batch(QueueUrl=url, Entries=entries)
    check(len(changed["Successful"]) == 10, "a batch is given back")
    got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    entries = [{"Id": str(n), "ReceiptHandle": message["ReceiptHandle"]} for n, message in enumerate(got)]
    check(len(sqs.delete_message_batch(QueueUrl=url, Entries=entries)["Successful"]) == 10, "a batch is deleted")
    sqs.send_message(QueueUrl=url, MessageBody="x")
    sqs.purge_queue(QueueUrl=url)
    check("Messages" not in sqs.receive_message(QueueUrl=url), "a purge is at once")
    refused(lambda: sqs.purge_queue(QueueUrl=url), QUEUE + "PurgeQueueInProgress", 400)


def every_refusal(server):
    sqs = server.client(server.credentials())
    url = sqs.create_queue(QueueName="refusals", Attributes={"MaximumMessageSize": "1024"})["QueueUrl"]
    fifo = sqs.create_queue(QueueName="refusals.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    entry = {"Id": "a", "MessageBody": "b"}
    missing = url.replace("refusals", "missing")
    send = lambda **more: sqs.send_message(**{"QueueUrl": url, "MessageBody": "b"} | more)
    receive = lambda **more: sqs.receive_message(**{"QueueUrl": url} | more)
    batch = lambda *entries: sqs.send_message_batch(QueueUrl=url, Entries=list(entries))
    attribute = lambda **value: {"n": value}
    for call, code in [
        (lambda: sqs.create_queue(QueueName="a b"), "InvalidParameterValue"),
        (lambda: sqs.create_queue(QueueName="a", Attributes={"FifoQueue": "true"}), "InvalidParameterValue"),
        (lambda: sqs.create_queue(QueueName="a", Attributes={"Colour": "red"}), "InvalidAttributeName"),
        (lambda: sqs.create_queue(QueueName="a", Attributes={"DelaySeconds": "-1"}), "InvalidAttributeValue"),
        (lambda: sqs.create_queue(QueueName="refusals", Attributes={"DelaySeconds": "1"}), "QueueAlreadyExists"),
        (lambda: sqs.get_queue_url(QueueName="missing"), QUEUE + "NonExistentQueue"),
        (lambda: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Colour"]), "InvalidAttributeName"),
        (lambda: sqs.set_queue_attributes(QueueUrl=url, Attributes={"FifoQueue": "true"}), "InvalidAttributeValue"),
        (lambda: sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": "{}"}), QUEUE + "UnsupportedOperation"),
        (lambda: sqs.add_permission(QueueUrl=url, Label="l", AWSAccountIds=["1"], Actions=["*"]), QUEUE + "UnsupportedOperation"),
        (lambda: send(QueueUrl=missing), QUEUE + "NonExistentQueue"),
        (lambda: send(QueueUrl="x"), "InvalidAddress"),
        (lambda: send(MessageBody="x" * 1025), "InvalidParameterValue"),
        (lambda: send(MessageBody="\x0b"), "InvalidMessageContents"),
        (lambda: send(DelaySeconds=901), "InvalidParameterValue"),
        (lambda: send(MessageDeduplicationId="d"), "InvalidParameterValue"),
        (lambda: send(MessageAttributes=attribute(DataType="Text", StringValue="x")), "InvalidParameterValue"),
        (lambda: send(MessageAttributes=attribute(DataType="Number", StringValue="x")), "InvalidParameterValue"),
        (lambda: send(QueueUrl=fifo), "MissingParameter"),
        (lambda: send(QueueUrl=fifo, MessageGroupId="g"), "InvalidParameterValue"),
        (lambda: receive(MaxNumberOfMessages=11), "InvalidParameterValue"),
        (lambda: receive(WaitTimeSeconds=21), "InvalidParameterValue"),
        (lambda: receive(VisibilityTimeout=43201), "InvalidParameterValue"),
        (lambda: receive(AttributeNames=["Colour"]), "InvalidAttributeName"),
        (lambda: sqs.delete_message(QueueUrl=url, ReceiptHandle="x"), "ReceiptHandleIsInvalid"),
        (lambda: sqs.change_message_visibility(QueueUrl=url, ReceiptHandle="x", VisibilityTimeout=1), "ReceiptHandleIsInvalid"),
        (lambda: batch(), QUEUE + "EmptyBatchRequest"),
        (lambda: batch(*[entry | {"Id": str(n)} for n in range(11)]), QUEUE + "TooManyEntriesInBatchRequest"),
        (lambda: batch(entry, entry), QUEUE + "BatchEntryIdsNotDistinct"),
        (lambda: batch(entry | {"Id": "a b"}), QUEUE + "InvalidBatchEntryId"),
        (lambda: batch(*[{"Id": i, "MessageBody": "x" * 600_000} for i in "ab"]), QUEUE + "BatchRequestTooLong"),
        (lambda: sqs.start_message_move_task(SourceArn="x"), "InvalidParameterValue"),
        (lambda: sqs.cancel_message_move_task(TaskHandle="x"), "ResourceNotFoundException"),
    ]:
        refused(call, code, 400)
    held = send() and receive()["Messages"][0]["ReceiptHandle"]
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=held, VisibilityTimeout=0)
    refused(
        lambda: sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=held, VisibilityTimeout=1),
        QUEUE + "MessageNotInflight",
    )


def signatures_and_scopes(server):
    credentials = server.credentials()
    sqs = server.client(credentials)
    mine, other = (sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("scope-mine", "scope-other"))
    list_queues = lambda **changes: server.client(credentials | changes).list_queues()
    refused(lambda: list_queues(AWS_SECRET_ACCESS_KEY="x" * 40), "SignatureDoesNotMatch", 403)
    refused(lambda: list_queues(AWS_ACCESS_KEY_ID="AKIAEXAMPLE"), "InvalidClientTokenId", 403)
    refused(lambda: list_queues(AWS_SESSION_TOKEN="x"), "InvalidClientTokenId", 403)
    refused(lambda: list_queues(AWS_SESSION_TOKEN=None), "InvalidClientTokenId", 403)
    scoped = server.client(server.credentials(queue="scope-mine", hours=1))
    scoped.send_message(QueueUrl=mine, MessageBody="x")
    refused(lambda: scoped.send_message(QueueUrl=other, MessageBody="x"), "AccessDenied", 403)
    refused(lambda: scoped.list_queues(), "AccessDenied", 403)
    stranger = server.client(server.credentials(server.user("ann@example.com")))
    refused(lambda: stranger.receive_message(QueueUrl=mine), "AccessDenied", 403)
    refused(lambda: stranger.receive_message(QueueUrl=mine.replace("mine", "missing")), "AccessDenied", 403)
    for path in ("", "/", "/sqs", "/sqs/"):
        at_root = server.client(credentials, path)
        check(mine in at_root.list_queues()["QueueUrls"], f"the endpoint may be {server.url}{path}")
    long_ago = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=16)
    with moved_clock(long_ago):
        refused(lambda: list_queues(), "RequestExpired")


class moved_clock:
    """Lets botocore sign as if it were another time."""

    def __init__(self, now):
        self.now = now

    def __enter__(self):
        import botocore.auth

        self.kept = botocore.auth.get_current_datetime if hasattr(botocore.auth, "get_current_datetime") else None
        now = self.now
        if self.kept:
            botocore.auth.get_current_datetime = lambda remove_tzinfo=True: now.replace(tzinfo=None) if remove_tzinfo else now
        else:
            self.kept_module = botocore.auth.datetime
            frozen = type("datetime", (datetime.datetime,), {"utcnow": classmethod(lambda c: now.replace(tzinfo=None))})
            botocore.auth.datetime = type("module", (), {"datetime": frozen})

    def __exit__(self, *_):
        import botocore.auth

        if self.kept:
            botocore.auth.get_current_datetime = self.kept
        else:
            botocore.auth.datetime = self.kept_module


def the_older_protocol(server):
    """Requests put together by hand and signed by botocore, as clients before 2023 sent them."""
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    given = server.credentials()
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    signer = SigV4Auth(Credentials(*(given[name] for name in names)), "sqs", bed.REGION)

    def ask(url, **fields):
        body = urllib.parse.urlencode(fields | {"Version": "2012-11-05"})
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
        request = AWSRequest("POST", url, headers, body)
        signer.add_auth(request)
        asked = urllib.request.Request(url, body.encode(), dict(request.headers))
        try:
            with urllib.request.urlopen(asked) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def inside(xml, name):
        return xml.split(f"<{name}>")[1].split(f"</{name}>")[0] if f"<{name}>" in xml else None

    status, xml = ask(server.url + "/sqs/", Action="CreateQueue", QueueName="older")
    url = inside(xml, "QueueUrl")
    check(status == 200 and url.endswith("/older"), f"a queue is made: {xml}")
    status, xml = ask(url, Action="SendMessage", MessageBody="a <b> & c")
    check(status == 200 and inside(xml, "MessageId"), f"a message is sent to its address: {xml}")
    status, xml = ask(server.url + "/", Action="ReceiveMessage", QueueUrl=url)
    check(inside(xml, "Body") == "a &lt;b&gt; &amp; c", f"and received by the root: {xml}")
    handle = inside(xml, "ReceiptHandle")
    status, xml = ask(url, Action="DeleteMessage", ReceiptHandle=handle)
    check(status == 200 and "<DeleteMessageResponse" in xml, f"and deleted: {xml}")
    status, xml = ask(url, Action="Invent")
    check((status, inside(xml, "Code")) == (400, "InvalidAction"), f"refusals have the older form: {xml}")
    status, xml = ask(url + "x", Action="DeleteQueue")
    check(inside(xml, "Code") == QUEUE + "NonExistentQueue", f"and the older codes: {xml}")


def dead_letters_and_back(server):
    sqs = server.client(server.credentials())
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})
    url = sqs.create_queue(QueueName="alive", Attributes={"RedrivePolicy": policy})["QueueUrl"]
    check(sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"] == [url], "the source is told")
    sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": str(n), "MessageBody": str(n)} for n in range(10)])
    sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
    check("Messages" not in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10), "they are dead")
    task = sqs.start_message_move_task(SourceArn=arn)["TaskHandle"]
    done = lambda: sqs.list_message_move_tasks(SourceArn=arn)["Results"][0]["Status"] == "COMPLETED"
    bed.wait_for(done, "the task ends")
    refused(lambda: sqs.cancel_message_move_task(TaskHandle=task), QUEUE + "UnsupportedOperation")
    check(len(sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]) == 10, "they are back")


def long_polls(server):
    sqs = server.client(server.credentials())
    url = sqs.create_queue(QueueName="polls")["QueueUrl"]

    def timed(**options):
        begun = time.monotonic()
        answer = sqs.receive_message(QueueUrl=url, **options)
        return time.monotonic() - begun, answer.get("Messages", [])

    took, found = timed(WaitTimeSeconds=1)
    check(0.9 < took < 3 and not found, f"a poll ends in time: {took}")
    sqs.send_message(QueueUrl=url, MessageBody="x", DelaySeconds=1)
    took, found = timed(WaitTimeSeconds=20, VisibilityTimeout=1)
    check(0.5 < took < 3 and found, f"what was delayed wakes: {took}")
    took, found = timed(WaitTimeSeconds=20)
    check(0.5 < took < 3 and found, f"what nobody finished wakes: {took}")
    threading.Timer(0.5, lambda: sqs.send_message(QueueUrl=url, MessageBody="y")).start()
    took, found = timed(WaitTimeSeconds=20)
    check(0.4 < took < 2 and found, f"what is sent wakes: {took}")


def order_of_groups(server):
    """Eight receivers on twenty groups: each group comes in its order, none to two at once."""
    credentials = server.credentials()
    sqs = server.client(credentials)
    attributes = {"FifoQueue": "true", "VisibilityTimeout": "60"}
    url = sqs.create_queue(QueueName="order.fifo", Attributes=attributes)["QueueUrl"]
    groups, each = 20, 20
    for number in range(each):
        for first in range(0, groups, 10):
            entries = [
                {"Id": str(g), "MessageBody": f"{g} {number}", "MessageGroupId": f"g{g}", "MessageDeduplicationId": f"{g}-{number}"}
                for g in range(first, first + 10)
            ]
            sqs.send_message_batch(QueueUrl=url, Entries=entries)
    seen, busy, lock = {}, {}, threading.Lock()

    def work():
        own = server.client(credentials)
        while messages := own.receive_message(QueueUrl=url, MaxNumberOfMessages=3).get("Messages"):
            for message in messages:
                group, number = message["Body"].split()
                with lock:
                    other = busy.setdefault(group, threading.get_ident())
                    check(other == threading.get_ident(), f"group {group} is with one receiver at a time")
                    seen.setdefault(group, []).append(int(number))
            with lock:
                for message in messages:
                    busy.pop(message["Body"].split()[0], None)
            for message in messages:
                own.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    threads = [threading.Thread(target=work) for _ in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    # Whoever found all groups busy has left; the last one takes what remains.
    work()
    check(len(seen) == groups, f"all groups came: {len(seen)}")
    check(all(numbers == list(range(each)) for numbers in seen.values()), f"each in its order: {seen}")


def nothing_is_lost_or_doubled(server):
    from crash import Run

    Run(server, random.Random(os.environ.get("STOCKYARD_SQS_SEED"))).go()


def queues_at_amazon(server):
    from amazon import run

    with tempfile.TemporaryDirectory() as folder:
        run(server.program, pathlib.Path(folder))


TESTS = [
    whole_life_of_a_queue,
    messages_and_their_digests,
    every_refusal,
    signatures_and_scopes,
    the_older_protocol,
    dead_letters_and_back,
    long_polls,
    order_of_groups,
    nothing_is_lost_or_doubled,
    queues_at_amazon,
]


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    bed.in_venv(TARGET, bed.VERSIONS)
    program, names = str(pathlib.Path(sys.argv[1]).resolve()), sys.argv[2:]
    database = os.environ.get("STOCKYARD_SQS_DATABASE")
    with tempfile.TemporaryDirectory() as folder, bed.Server(program, folder, database) as server:
        for test in TESTS:
            if not names or test.__name__ in names:
                begun = time.monotonic()
                test(server)
                print(f"{test.__name__.replace('_', ' ')} ({time.monotonic() - begun:.1f} s)", flush=True)
    sys.exit(f"{len(bed.FAILURES)} things are wrong" if bed.FAILURES else 0)


if __name__ == "__main__":
    main()
