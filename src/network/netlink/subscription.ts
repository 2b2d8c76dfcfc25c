import { onAbort } from "#base/disposable.ts";
import { libc } from "./libc.ts";
import { type NetlinkMessage, parseMessages } from "./message.ts";
import { NetlinkError } from "./netlink-error.ts";
import { NetlinkSocket, type SocketOptions } from "./socket.ts";

/** linux/netlink.h */
const SOL_NETLINK = 270;
const ADD_MEMBERSHIP = 1;
const DROP_MEMBERSHIP = 2;

interface ReadResult {
  readonly done: boolean;
  readonly value?: Uint8Array | undefined;
}

export interface SubscriptionOptions extends SocketOptions {
  readonly group: number;
}

/**
 * Messages that the kernel sends to a multicast group: what changed, whoever changed it. The runtime's own event
 * loop waits for the socket (`Bun.file(fd).stream()` polls a non-blocking descriptor), so waiting costs no thread
 * and no timer.
 */
export class Subscription implements Disposable {
  readonly #socket: NetlinkSocket;
  readonly #group: Uint8Array;

  constructor({ group, ...options }: SubscriptionOptions) {
    this.#socket = NetlinkSocket.open(options);
    this.#group = new Uint8Array(Uint32Array.of(group).buffer);
    this.#join();
  }

  /**
   * Batches of messages until the signal aborts. Throws an `overflow` NetlinkError when messages were lost; open a
   * new subscription and read the state again. May be iterated once.
   */
  async *messages(signal: AbortSignal): AsyncGenerator<readonly NetlinkMessage[]> {
    const reader = Bun.file(this.#socket.fd).stream().getReader();
    using _ = onAbort(signal, () => void reader.cancel().catch(() => undefined));
    while (!signal.aborted) {
      const { done, value } = await this.#read(() => reader.read());
      if (done || value === undefined || signal.aborted) return;
      yield parseMessages(value);
    }
  }

  /** Runs a synchronous action whose own notifications must not come back. */
  deaf<T>(action: () => T): T {
    libc().setsockopt(this.#socket.fd, SOL_NETLINK, DROP_MEMBERSHIP, this.#group);
    try {
      return action();
    } finally {
      this.#join();
    }
  }

  [Symbol.dispose](): void {
    this.#socket[Symbol.dispose]();
  }

  async #read(read: () => Promise<ReadResult>): Promise<ReadResult> {
    try {
      return await read();
    } catch (error) {
      // The only error of a netlink socket that is open and being read is ENOBUFS.
      throw new NetlinkError({ code: "overflow" }, NetlinkError.overflow().message, { cause: error });
    }
  }

  #join(): void {
    libc().setsockopt(this.#socket.fd, SOL_NETLINK, ADD_MEMBERSHIP, this.#group);
  }
}
