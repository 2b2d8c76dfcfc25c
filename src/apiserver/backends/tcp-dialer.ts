import { once } from "node:events";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import type { Clock } from "#base/clock.ts";
import { LinkedAbort } from "#base/linked-abort.ts";
import { type BackendAddress, DialError, type Dialer } from "./dialer.ts";

/** What does not answer is given up after this long (client-go and apiserver dial timeout). */
const DIAL_TIMEOUT_MS = 30_000;

/** After so long without a word the other side is asked whether it is still there (Go's default). */
const KEEP_ALIVE_MS = 15_000;

/** Dials from this host. */
export class TcpDialer implements Dialer {
  readonly #clock: Clock;

  constructor({ clock }: { readonly clock: Clock }) {
    this.#clock = clock;
  }

  async dial(address: BackendAddress, signal: AbortSignal): Promise<Duplex> {
    const { host, port } = address;
    using stop = new LinkedAbort(signal);
    using _timer = this.#clock.after(DIAL_TIMEOUT_MS, () => stop.abort(new Error("i/o timeout")));
    const socket = connect({ host, port, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS });
    try {
      await once(socket, "connect", { signal: stop.signal });
      return socket;
    } catch (cause) {
      socket.destroy();
      throw DialError.of(address, cause);
    }
  }
}
