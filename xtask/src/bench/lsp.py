"""Replays recorded edits with `goperf lsp`: each keystroke is sent, then hints and findings are asked for.

usage: lsp.py GOPERF FILE SESSION. Prints what was measured; the last number is the 95th percentile in milliseconds.
"""

import json
import subprocess
import sys
import time


class Server:
    def __init__(self, goperf, root):
        self.process = subprocess.Popen(
            [goperf, "lsp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.id = 0
        self.status = {}
        capabilities = {
            "textDocument": {"diagnostic": {}},
            "experimental": {"goperfStatus": True},
        }
        self.ask("initialize", {"rootUri": "file://" + root, "capabilities": capabilities})
        self.notify("initialized", {})

    def send(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def receive(self):
        length = 0
        while line := self.process.stdout.readline().strip():
            name, value = line.split(b":")
            if name.lower() == b"content-length":
                length = int(value)
        message = json.loads(self.process.stdout.read(length))
        if message.get("method") == "goperf/status":
            self.status = message["params"]
        return message

    def notify(self, method, params):
        self.send({"method": method, "params": params})

    def ask(self, method, params):
        self.id += 1
        self.send({"id": self.id, "method": method, "params": params})
        while (message := self.receive()).get("id") != self.id or "method" in message:
            pass
        return message["result"]


def main():
    goperf, file, session = sys.argv[1:]
    uri = "file://" + file
    text = open(file).read()
    document = {"uri": uri, "languageId": "go", "version": 1, "text": text}
    whole = {"start": {"line": 0, "character": 0}, "end": {"line": 100000, "character": 0}}

    def known(server):
        hints = server.ask("textDocument/inlayHint", {"textDocument": {"uri": uri}, "range": whole})
        findings = server.ask("textDocument/diagnostic", {"textDocument": {"uri": uri}})
        return hints, findings

    start = time.monotonic()
    server = Server(goperf, file.rsplit("/", 1)[0])
    server.notify("textDocument/didOpen", {"textDocument": document})
    known(server)
    first = time.monotonic() - start
    while server.status.get("engine") != "native" or server.status.get("state") != "ready":
        server.receive()
    all_known = time.monotonic() - start
    hints, _ = known(server)

    version = 1
    took = []
    lines = [line for line in open(session).read().split("\n") if not line.startswith("#")]
    for place, keys in zip(lines[0::2], lines[1::2]):
        before = text[: text.index(place) + len(place)]
        line, character = before.count("\n"), len(before) - before.rfind("\n") - 1
        for key in keys:
            at = {"line": line, "character": character}
            if key == "<":
                character -= 1
                change = {"range": {"start": {"line": line, "character": character}, "end": at}, "text": ""}
            else:
                key = "\n" if key == "|" else key
                change = {"range": {"start": at, "end": at}, "text": key}
                line, character = (line + 1, 0) if key == "\n" else (line, character + 1)
            version += 1
            start = time.monotonic()
            identifier = {"uri": uri, "version": version}
            server.notify("textDocument/didChange", {"textDocument": identifier, "contentChanges": [change]})
            known(server)
            took.append((time.monotonic() - start) * 1000)
            # Somebody who types fast.
            time.sleep(max(0.0, 0.06 - took[-1] / 1000))
    server.ask("shutdown", None)
    server.notify("exit", None)
    server.process.wait(10)
    took.sort()
    print(f"open to first hints: {first * 1000:.0f} ms; to all {len(hints)}: {all_known * 1000:.0f} ms")
    print(f"{len(took)} keystrokes, in ms: median {took[len(took) // 2]:.1f}, most {took[-1]:.1f}, 95th percentile")
    print(f"{took[int(len(took) * 0.95)]:.1f}")


main()
