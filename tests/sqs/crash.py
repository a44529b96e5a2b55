"""Senders and receivers over a server that is killed again and again.

What a sender was answered for must be received, by whoever; what was held by one receiver must not come to another before
its time; what was deleted with an answer must not come back. An answer that was lost with the server says nothing either way: the
sender sends anew, and what nobody finished comes back.
"""

import collections
import os
import queue
import threading
import time

import bed
from bed import check

MESSAGES = int(os.environ.get("STOCKYARD_SQS_MESSAGES", 2000))
KILLS = int(os.environ.get("STOCKYARD_SQS_KILLS", 5))
RECEIVERS = 20
SENDERS = 4
# Long enough that no start of the server takes it up, short enough to wait for what a lost answer held.
VISIBILITY = 15


class Run:
    def __init__(self, server, random):
        self.server, self.random = server, random
        self.credentials = server.credentials()
        sqs = self.client()
        self.url = sqs.create_queue(QueueName="crash", Attributes={"VisibilityTimeout": str(VISIBILITY)})["QueueUrl"]
        self.lock = threading.Lock()
        self.todo = queue.SimpleQueue()
        for first in range(0, MESSAGES, 10):
            self.todo.put([str(n) for n in range(first, min(first + 10, MESSAGES))])
        self.sent = set()  # answered for
        self.received = set()
        self.gone = set()  # ids whose deletion was answered for
        self.held = collections.defaultdict(list)  # (asked, until): when each message was surely held
        self.done = threading.Event()

    def client(self):
        # What is tried again without our knowledge could not be judged.
        return self.server.client(self.credentials, retries={"total_max_attempts": 1}, read_timeout=30)

    def go(self):
        threads = [threading.Thread(target=self.send) for _ in range(SENDERS)]
        threads += [threading.Thread(target=self.receive) for _ in range(RECEIVERS)]
        [thread.start() for thread in threads]
        for kill in range(KILLS):
            share = MESSAGES * (kill + 1) // (KILLS + 1)
            bed.wait_for(lambda: len(self.received) >= share, f"{share} messages are received", 300)
            time.sleep(self.random.uniform(0, 0.1))
            self.server.kill()
            self.server.start()
        bed.wait_for(lambda: len(self.sent) == MESSAGES, "all are sent", 300)
        bed.wait_for(lambda: self.sent <= self.received, "all are received", 300)
        bed.wait_for(lambda: self.count() == 0, "all are deleted", 300)
        self.done.set()
        [thread.join() for thread in threads]
        lost = self.sent - self.received
        check(not lost, f"no message is lost: {sorted(lost)[:10]} of {len(lost)}")
        for body, times in self.held.items():
            times.sort()
            for (_, until), (asked, _) in zip(times, times[1:]):
                check(asked >= until, f"{body} came to two receivers within its time: {times}")

    def count(self):
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        told = self.client().get_queue_attributes(QueueUrl=self.url, AttributeNames=names)["Attributes"]
        return sum(int(number) for number in told.values())

    def send(self):
        sqs = self.client()
        while True:
            try:
                bodies = self.todo.get_nowait()
            except queue.Empty:
                return
            entries = [{"Id": str(n), "MessageBody": body} for n, body in enumerate(bodies)]
            try:
                answer = sqs.send_message_batch(QueueUrl=self.url, Entries=entries)
            except Exception:
                # It may be there or not; to send it twice is allowed.
                self.todo.put(bodies)
                time.sleep(0.1)
                continue
            check(len(answer.get("Successful", [])) == len(bodies), f"all of a batch are taken: {answer}")
            with self.lock:
                self.sent.update(bodies)

    def receive(self):
        sqs = self.client()
        while not self.done.is_set():
            try:
                answer = sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
            except Exception:
                time.sleep(0.1)
                continue
            came = time.monotonic()
            messages = answer.get("Messages", [])
            self.note(messages, came)
            entries = [{"Id": str(n), "ReceiptHandle": m["ReceiptHandle"]} for n, m in enumerate(messages)]
            if not entries:
                continue
            try:
                answer = sqs.delete_message_batch(QueueUrl=self.url, Entries=entries)
            except Exception:
                continue
            done = {int(entry["Id"]) for entry in answer.get("Successful", [])}
            with self.lock:
                self.gone.update(message["MessageId"] for n, message in enumerate(messages) if n in done)

    def note(self, messages, came):
        with self.lock:
            for message in messages:
                name = message["MessageId"]
                self.received.add(message["Body"])
                check(name not in self.gone, f"{message['Body']} came back after it was deleted")
                # It was given out a little before it came here, so its time ends a little earlier too: a second is allowed.
                self.held[name].append((came, came + VISIBILITY - 1))
