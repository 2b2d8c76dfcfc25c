import { expect, test } from "bun:test";
import { connect } from "node:tls";
import { type Clock, systemClock } from "#base/clock.ts";
import { startTestControlPlane } from "./control-plane.ts";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** The clock of the system until `skip`, which moves its time and ends all waits of an hour. */
class SkippingClock implements Clock {
  #skippedMs = 0;
  #skipped = Promise.withResolvers<void>();

  now(): number {
    return systemClock.now() + this.#skippedMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const slept = systemClock.sleep(ms, signal);
    return ms === HOUR_MS ? Promise.race([slept, this.#skipped.promise]) : slept;
  }

  after(ms: number, callback: () => void): Disposable {
    return systemClock.after(ms, callback);
  }

  skip(ms: number): void {
    this.#skippedMs += ms;
    this.#skipped.resolve();
    this.#skipped = Promise.withResolvers();
  }
}

/** When the certificate ends that a server shows to a new connection. */
async function shownUntil(url: string): Promise<number> {
  const { hostname, port } = new URL(url);
  // What is valid in the server's time is not yet so in ours.
  const socket = connect({ host: hostname, port: Number(port), rejectUnauthorized: false });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  socket.once("secureConnect", () => resolve(Date.parse(socket.getPeerCertificate().valid_to)));
  socket.once("error", reject);
  try {
    return await promise;
  } finally {
    socket.destroy();
  }
}

test("a server that runs for years shows certificates that are valid", async () => {
  const clock = new SkippingClock();
  await using plane = await startTestControlPlane({}, clock);
  const { url, api } = plane;
  const first = await shownUntil(url);
  const renewed = Promise.withResolvers<unknown>();
  using _ = api.pki.onRenewed.add(renewed.resolve);
  clock.skip(300 * DAY_MS);
  await renewed.promise;
  expect(await shownUntil(url)).toBeGreaterThan(first + 299 * DAY_MS);
});
