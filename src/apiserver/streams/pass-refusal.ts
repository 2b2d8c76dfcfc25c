import type { Duplex } from "node:stream";
import type { Clock } from "#base/clock.ts";
import type { UpgradeResponse } from "./upgrade-proxy.ts";

/** How long the rest of a refusal may take (apimachinery `pkg/util/proxy/upgradeaware.go`). */
const PATIENCE_MS = 10_000;

/**
 * Passes on what a backend says instead of an upgrade, and closes both connections behind it. Nothing goes to the
 * backend: it would take it for requests of the API server (CVE-2018-1002105).
 */
export function passRefusal(
  { head, rest }: UpgradeResponse,
  backend: Duplex,
  client: Duplex,
  clock: Clock,
): void {
  let missing = contentLength(head) - rest.length;
  const finish = (): void => {
    timer[Symbol.dispose]();
    backend.destroy();
    if (!client.writableEnded) client.end(() => client.destroy());
  };
  const timer = clock.after(PATIENCE_MS, finish);
  // What the client has to say to it is not heard.
  client.resume();
  client.once("close", finish);
  client.write(Buffer.concat([head, rest]));
  backend.on("data", (chunk: Buffer) => {
    missing -= chunk.length;
    client.write(chunk);
    if (missing <= 0) finish();
  });
  backend.once("close", finish);
  backend.once("end", finish);
  backend.on("error", finish);
  if (missing <= 0) finish();
}

/** Infinity where nothing says it: the end of the connection does, or of the chunks, after which nobody waits long. */
function contentLength(head: Buffer): number {
  const length = /\r\ncontent-length: *(\d+) *\r\n/i.exec(head.toString("latin1"))?.[1];
  return length === undefined ? Number.POSITIVE_INFINITY : Number(length);
}
