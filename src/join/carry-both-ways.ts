import type { Duplex } from "node:stream";

/**
 * Carries bytes between two connections until both sides have said all; each side ends for itself. When one breaks off,
 * what has come of it still goes out, and then the other one is closed.
 */
export function carryBothWays(a: Duplex, b: Duplex): void {
  carry(a, b);
  carry(b, a);
}

function carry(from: Duplex, to: Duplex): void {
  const finish = (): void => void to.end(() => to.destroy());
  from.once("error", finish);
  from.once("close", () => {
    if (!from.readableEnded || !from.writableFinished) finish();
  });
  from.pipe(to);
}
