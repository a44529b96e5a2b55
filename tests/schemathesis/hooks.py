"""The token of every call that Schemathesis makes.

Among its calls is the one that revokes a user's tokens, its own user's included. So before a call it is looked whether
the token still opens the door, and another one is made when it does not: otherwise the rest of the run would meet nothing
but 401 and prove nothing.
"""

import os
import subprocess
import urllib.error
import urllib.request

import schemathesis

URL = os.environ["STOCKYARD_URL"]
MAKE_TOKEN = os.environ["STOCKYARD_MAKE_TOKEN"].split("\n")


def is_valid(token):
    request = urllib.request.Request(f"{URL}/api/v1/jobs/job", headers={"Authorization": f"Bearer {token}"})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status == 200
    except urllib.error.HTTPError as refusal:
        if refusal.code != 401:
            raise
        return False


@schemathesis.auth(refresh_interval=None)
class Bearer:
    token = ""

    def get(self, case, context):
        if not Bearer.token or not is_valid(Bearer.token):
            made = subprocess.run(MAKE_TOKEN, check=True, capture_output=True, text=True, timeout=60)
            Bearer.token = made.stdout.strip()
        return Bearer.token

    def set(self, case, data, context):
        case.headers = case.headers or {}
        scheme = "Token" if case.path.startswith("/qalx") else "Bearer"
        case.headers["Authorization"] = f"{scheme} {data}"
