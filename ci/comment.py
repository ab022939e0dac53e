#!/usr/bin/env python3
"""Puts a file into a comment of a pull or merge request, and updates that comment the next time.

    comment.py --provider github|gitlab|gitea|forgejo --api URL --repository OWNER/NAME --number N FILE

The token is read from WEIR_COMMENT_TOKEN. The comment is found again by the marker in its first line; of several, the
first is updated. Nothing is posted when FILE equals what is there. Only Python's own library is used.
"""

import argparse
import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request

MARKER = "<!-- weir diff -->"
PAGES = 50


class Forge:
    """The few calls that differ from provider to provider."""

    def __init__(self, arguments, token):
        self.api = arguments.api.rstrip("/")
        self.token = token
        self.provider = arguments.provider
        number = int(arguments.number)
        if self.provider == "gitlab":
            project = urllib.parse.quote(arguments.repository, safe="")
            self.list_path = f"/projects/{project}/merge_requests/{number}/notes"
            self.edit_path = self.list_path + "/{}"
            self.size, self.edit_method = "per_page=100", "PUT"
        else:
            # Gitea and Forgejo speak GitHub's dialect here, but for the name of the page's size.
            self.list_path = f"/repos/{arguments.repository}/issues/{number}/comments"
            self.edit_path = f"/repos/{arguments.repository}/issues/comments/{{}}"
            self.size = "per_page=100" if self.provider == "github" else "limit=50"
            self.edit_method = "PATCH"

    def call(self, method, path, body=None):
        request = urllib.request.Request(self.api + path, method=method)
        name, value = {
            "github": ("Authorization", f"Bearer {self.token}"),
            "gitlab": ("PRIVATE-TOKEN", self.token),
        }.get(self.provider, ("Authorization", f"token {self.token}"))
        request.add_header(name, value)
        request.add_header("Accept", "application/json")
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, data, timeout=30) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def comments(self):
        seen = set()
        for page in range(1, PAGES + 1):
            found = self.call("GET", f"{self.list_path}?{self.size}&page={page}")
            fresh = [comment for comment in found if comment["id"] not in seen]
            # Gitea gives all comments at once, whatever page is asked for.
            if not fresh:
                return
            seen.update(comment["id"] for comment in fresh)
            yield from fresh


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--provider", required=True, choices=["github", "gitlab", "gitea", "forgejo"])
    parser.add_argument("--api", required=True)
    parser.add_argument("--repository", required=True)
    parser.add_argument("--number", required=True)
    parser.add_argument("file")
    arguments = parser.parse_args()
    token = os.environ.get("WEIR_COMMENT_TOKEN")
    if not token:
        sys.exit("error: WEIR_COMMENT_TOKEN holds no token")
    with open(arguments.file, encoding="utf-8") as file:
        text = file.read()
    if not text.startswith(MARKER):
        text = f"{MARKER}\n{text}"
    forge = Forge(arguments, token)
    try:
        mine = (c for c in forge.comments() if (c.get("body") or "").startswith(MARKER))
        found = next(mine, None)
        if found is None:
            forge.call("POST", forge.list_path, {"body": text})
            print("comment: created")
        elif found["body"].strip() == text.strip():
            print("comment: unchanged")
        else:
            forge.call(forge.edit_method, forge.edit_path.format(found["id"]), {"body": text})
            print("comment: updated")
    except urllib.error.HTTPError as error:
        # The answer's text helps; the request, which holds the token, is not shown.
        answer = error.read(500).decode("utf-8", "replace")
        sys.exit(f"error: {arguments.provider} answered {error.code} to the comment: {answer}")
    except (urllib.error.URLError, TimeoutError, ValueError) as error:
        sys.exit(f"error: the comment could not be written to {forge.api}: {error}")


if __name__ == "__main__":
    main()
