"""Takes webhooks of the DSAR service: checks each signature on the raw body, answers at once, works afterwards.

pip install standardwebhooks
WEBHOOK_SECRET=whsec_… python receiver.py
"""

import os
import queue
import threading
from collections import OrderedDict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

BODY_BYTES_MAX = 262_144
IDS_MAX = 100_000
WEBHOOK = Webhook(os.environ["WEBHOOK_SECRET"])

work: "queue.Queue[dict[str, Any]]" = queue.Queue(1_000)
seen: "OrderedDict[str, None]" = OrderedDict()  # in a real one a table, so that a restart forgets nothing
lock = threading.Lock()


class Receiver(BaseHTTPRequestHandler):
    timeout = 10  # seconds that a sender may be silent

    def do_POST(self) -> None:
        self.send_response(self.take())
        self.send_header("content-length", "0")
        self.end_headers()

    def take(self) -> int:
        length = self.headers.get("content-length", "")
        if not length.isdigit() or int(length) > BODY_BYTES_MAX:
            self.close_connection = True  # nothing of the body is read
            return 413
        body = self.rfile.read(int(length))
        try:  # on the bytes as they came: JSON that was parsed and written anew has another signature
            event = WEBHOOK.verify(body, dict(self.headers))
        except (WebhookVerificationError, ValueError):  # forged, altered, garbled, or older than five minutes
            return 401
        with lock:
            message_id = self.headers["webhook-id"]
            if message_id in seen:  # it comes again when our answer was lost, or when you ask for it
                return 204
            if work.full():
                return 503  # it comes again later
            seen[message_id] = None
            if len(seen) > IDS_MAX:
                seen.popitem(last=False)
            work.put_nowait(event)
        return 204

    def log_message(self, *_: object) -> None:
        """Say nothing of each call."""


def act() -> None:
    while True:
        event = work.get()
        print(event["type"], event["data"].get("case_id", ""), flush=True)  # yours: fetch the case, instruct


if __name__ == "__main__":
    threading.Thread(target=act, daemon=True).start()
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8400"))), Receiver)
    print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
