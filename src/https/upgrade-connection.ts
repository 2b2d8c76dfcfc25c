import type { Duplex } from "node:stream";

/** The connection of a request that asks to go on in another protocol. */
export class UpgradeConnection {
  readonly #socket: Duplex;
  readonly #head: Buffer;
  #isTaken = false;

  /** `head` is what the client has sent behind its request. */
  constructor(socket: Duplex, head: Buffer) {
    this.#socket = socket;
    this.#head = head;
  }

  /** True when somebody speaks on it, so that no answer may be written to it. */
  get isTaken(): boolean {
    return this.#isTaken;
  }

  /** Hands the connection over to who will speak on it from now on, and close it. */
  take(): { readonly socket: Duplex; readonly head: Buffer } {
    this.#isTaken = true;
    return { socket: this.#socket, head: this.#head };
  }
}
