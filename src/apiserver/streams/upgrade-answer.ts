import type { Duplex } from "node:stream";
import { unclassified } from "#apimachinery/status-error.ts";
import { type Clock, systemClock } from "#base/clock.ts";
import { Answer } from "#https/answer.ts";
import type { UpgradeConnection } from "#https/upgrade-connection.ts";
import { passRefusal } from "./pass-refusal.ts";
import { joinConnections, requestUpgrade, type UpgradeRequest } from "./upgrade-proxy.ts";

/**
 * Passes a request to leave HTTP on to a backend, and from its consent on joins both connections. What it has against
 * the request reaches the client as it came, and nothing more of the client's reaches the backend then.
 */
export async function answerUpgrade(
  upgrade: UpgradeConnection,
  backend: Duplex,
  request: UpgradeRequest,
  signal: AbortSignal,
  clock: Clock = systemClock,
): Promise<Answer> {
  try {
    const response = await requestUpgrade(backend, request, signal);
    const { code, head, rest } = response;
    if (code !== 101 && code < 400)
      throw unclassified(`invalid upgrade response: status code ${String(code)}`);
    const client = upgrade.take();
    if (code !== 101) {
      passRefusal(response, backend, client.socket, clock);
      return new Answer(code, {});
    }
    client.socket.write(Buffer.concat([head, rest]));
    backend.write(client.head);
    joinConnections(client.socket, backend);
    return new Answer(code, {});
  } catch (error) {
    backend.destroy();
    throw error;
  }
}
