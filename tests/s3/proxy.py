"""The line between the server and S3, which the tests cut, stop and mend."""

import select
import socket
import threading

PIECE = 65_536


class Proxy:
    """Passes connections on to a port of this machine."""

    def __init__(self, port):
        self.target, self.passed = port, 0
        self.flows, self.open = threading.Event(), []
        self.flows.set()
        self.stop_after = None
        self.listener = None
        self.port = 0
        self.mend()

    def mend(self):
        """Takes connections, on the same port as before, and lets everything pass."""
        self.stop_after, self.passed = None, 0
        self.flows.set()
        if self.listener is None:
            self.listener = socket.create_server(("127.0.0.1", self.port), backlog=128)
            self.port = self.listener.getsockname()[1]
            threading.Thread(target=self._accept, args=[self.listener], daemon=True).start()

    def cut(self):
        """Refuses connections, and ends those there are."""
        # A thread that waits for connections keeps a closed listener alive.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.listener = None
        self.flows.set()
        for end in self.open:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it has ended by itself
        self.open.clear()

    def stall(self, after=0):
        """Passes nothing on once that many bytes went to S3, and says nothing about it."""
        self.passed, self.stop_after = 0, after
        if after == 0:
            self.flows.clear()

    def _accept(self, listener):
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                near.close()
                continue
            self.open += [near, far]
            threading.Thread(target=self._pass, args=[near, far], daemon=True).start()

    def _pass(self, near, far):
        try:
            while True:
                for end in select.select([near, far], [], [])[0]:
                    piece = end.recv(PIECE)
                    if end is near:
                        self.passed += len(piece)
                        if self.stop_after is not None and self.passed > self.stop_after:
                            self.flows.clear()
                    self.flows.wait()
                    if not piece:
                        return
                    (far if end is near else near).sendall(piece)
        except (OSError, ValueError):
            return
        finally:
            near.close()
            far.close()
