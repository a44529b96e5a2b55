"""What the tests share: sessions of the profiles that run.py has made, and a place of their own for each test."""

import os
import pathlib
import unittest
import uuid

from pyqalx import QalxSession

HOME = pathlib.Path(os.environ["HOME"])


def text_of(error):
    """What a user sees of a failure."""
    return str(error.exception)


class Test(unittest.TestCase):
    """A test of Ann, without tags. `self.place` is in the meta of what it makes, so tests do not see each other."""

    maxDiff = None

    def setUp(self):
        self.qalx = QalxSession()
        self.place = uuid.uuid4().hex

    def add(self, data=None, qalx=None, **meta):
        """An item of this test."""
        return (qalx or self.qalx).item.add(data=data or {}, meta={"place": self.place, **meta})

    def here(self, **query):
        """A query for what this test has made."""
        return {"metadata.data.place": self.place, **query}

    def refused(self, status, call, *words):
        """The call fails in the client with this status and these words."""
        from pyqalx.core.errors import QalxAPIResponseError

        with self.assertRaises(QalxAPIResponseError) as error:
            call()
        text = text_of(error)
        self.assertIn(f"status_code: {status}\n", text)
        for word in words:
            self.assertIn(word, text)
        return text
