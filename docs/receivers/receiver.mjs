// Takes webhooks of the DSAR service: checks each signature on the raw body, answers at once, works afterwards.
//
//   npm install standardwebhooks
//   WEBHOOK_SECRET=whsec_… node receiver.mjs

import { createServer } from "node:http";
import { Webhook } from "standardwebhooks";

const BODY_BYTES_MAX = 262_144;
const IDS_MAX = 100_000;
const webhook = new Webhook(process.env.WEBHOOK_SECRET);
const seen = new Set(); // in a real one a table, so that a restart forgets nothing

async function bodyOf(request) {
  if (Number(request.headers["content-length"] ?? 0) > BODY_BYTES_MAX) return null;
  const pieces = [];
  let bytes = 0;
  for await (const piece of request) {
    bytes += piece.length;
    if (bytes > BODY_BYTES_MAX) return null;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

async function take(request) {
  if (request.method !== "POST") return 405;
  const body = await bodyOf(request);
  if (body === null) return 413;
  let event;
  try {
    // On the bytes as they came: JSON that was parsed and written anew has another signature.
    event = webhook.verify(body, request.headers);
  } catch {
    return 401; // forged, altered, garbled, or older than five minutes
  }
  const id = request.headers["webhook-id"];
  if (seen.has(id)) return 204; // it comes again when our answer was lost, or when you ask for it
  seen.add(id);
  if (seen.size > IDS_MAX) seen.delete(seen.values().next().value);
  setImmediate(() => act(event));
  return 204;
}

function act(event) {
  console.log(event.type, event.data.case_id ?? ""); // yours: fetch the case, instruct
}

const server = createServer({ requestTimeout: 10_000 }, async (request, response) => {
  const status = await take(request).catch(() => 400); // the sender went away
  response.writeHead(status, status === 413 ? { connection: "close" } : {}).end();
});
server.listen(Number(process.env.PORT ?? 8400), "127.0.0.1", () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
