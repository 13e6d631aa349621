"""Takes people's data straight from another controller, GDPR 20(2): protocol `dsar-transfer/1` of the DSAR service.

CODES=codes.txt FOLDER=inbox RECEIVER="Other Provider Ltd" python transfer_receiver.py
"""

import base64
import hmac
import json
import os
import re
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import UUID

OFFER_BYTES_MAX, FILE_BYTES_MAX, PIECE = 4096, 20 * 2**30, 2**20
FOLDER = Path(os.environ.get("FOLDER", "inbox"))
NAME = os.environ.get("RECEIVER", "Other Provider Ltd")
CODES = (
    Path(os.environ["CODES"]).read_text().split()
)  # yours: what you gave your own customers, each for one transfer


class Receiver(BaseHTTPRequestHandler):
    timeout = 30  # seconds that a sender may be silent

    def do_POST(self) -> None:
        """An offer: known code, good size; what was asked is given back, so that the sender knows who answers."""
        asked = json.loads(self.rfile.read(min(int(self.headers["content-length"]), OFFER_BYTES_MAX)))
        transfer, size = str(UUID(asked["transfer"])), int(asked["bytes"])
        if asked["version"] != "dsar-transfer/1" or asked["reference"] not in CODES or size > FILE_BYTES_MAX:
            self.say(200, {"accept": False})
            return
        (FOLDER / f"{transfer}.json").write_text(json.dumps(asked))
        self.say(200, {"accept": True, "transfer": transfer, "nonce": asked["nonce"], "receiver": NAME})

    def do_PUT(self) -> None:
        """The file. Sent again because an answer was lost, it is answered again and kept once."""
        transfer = str(UUID(self.headers["dsar-transfer"]))
        offer, whole = FOLDER / f"{transfer}.json", FOLDER / f"{transfer}.zip"
        asked = json.loads(offer.read_text()) if offer.exists() else None
        bearer = self.headers["authorization"].removeprefix("Bearer ")
        if asked is None or not hmac.compare_digest(bearer, asked["nonce"]):
            self.close_connection = True  # nothing of the body is read
            self.say(404, {})
            return
        status, part, left = 200 if whole.exists() else 201, whole.with_suffix(".part"), asked["bytes"]
        digest = sha256()
        with part.open("wb") as file:
            while left and (piece := self.rfile.read(min(left, PIECE))):
                left -= len(piece)
                digest.update(piece)
                file.write(piece)
        announced = re.fullmatch(r"sha-256=:([^:]+):", self.headers["repr-digest"])  # RFC 9530
        if digest.hexdigest() != asked["sha256"] or base64.b64decode(announced[1]) != digest.digest():
            self.say(422, {})
            return
        part.replace(whole)  # yours: check and import it; whose it is says the code
        self.say(status, {"transfer": transfer, "sha256": digest.hexdigest()})

    def say(self, status: int, body: dict) -> None:
        raw = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_: object) -> None:
        """Say nothing of each call."""


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    server = ThreadingHTTPServer(
        ("127.0.0.1", int(os.environ.get("PORT", "8402"))), Receiver
    )  # behind your TLS
    print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
