import { onAbort } from "#base/disposable.ts";
import { libc } from "./libc.ts";
import { type NetlinkMessage, parseMessages } from "./message.ts";
import { NetlinkError } from "./netlink-error.ts";
import { NetlinkSocket, type SocketOptions } from "./socket.ts";

/** linux/netlink.h, asm-generic/socket.h */
const SOL_NETLINK = 270;
const ADD_MEMBERSHIP = 1;
const SOL_SOCKET = 1;
const SO_RCVBUFFORCE = 33;

/** Room for the notices of one change of a whole large table. Memory is only used while notices wait. */
const BUFFER_SIZE = 8 * 1024 * 1024;

interface ReadResult {
  readonly done: boolean;
  readonly value?: Uint8Array | undefined;
}

export interface SubscriptionOptions extends SocketOptions {
  readonly groups: readonly number[];
}

/**
 * Messages that the kernel sends to multicast groups: what changed, whoever changed it. The runtime's own event
 * loop waits for the socket (`Bun.file(fd).stream()` polls a non-blocking descriptor), so waiting costs no thread
 * and no timer.
 */
export class Subscription implements Disposable {
  readonly #socket: NetlinkSocket;

  constructor({ groups, ...options }: SubscriptionOptions) {
    this.#socket = NetlinkSocket.open(options);
    const { fd } = this.#socket;
    libc().setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, intBytes(BUFFER_SIZE));
    for (const group of groups) libc().setsockopt(fd, SOL_NETLINK, ADD_MEMBERSHIP, intBytes(group));
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
}

function intBytes(value: number): Uint8Array {
  return new Uint8Array(Int32Array.of(value).buffer);
}
