import type { Duplex } from "node:stream";

/**
 * Carries bytes between two connections until both sides have said all; each side ends for itself. One that breaks off
 * breaks the other off, for the same reason.
 */
export function carryBothWays(a: Duplex, b: Duplex): void {
  carry(a, b);
  carry(b, a);
}

function carry(from: Duplex, to: Duplex): void {
  from.once("error", (error) => to.destroy(error));
  from.once("close", () => {
    if (!from.readableEnded || !from.writableFinished) to.destroy();
  });
  from.pipe(to);
}
