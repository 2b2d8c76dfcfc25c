import { closeSync } from "node:fs";
import { libc } from "./libc.ts";
import { type NetlinkMessage, parseAcknowledgement, parseMessages } from "./message.ts";
import type { MessageWriter } from "./message-writer.ts";
import { inNetworkNamespace } from "./namespace.ts";
import { NetlinkError } from "./netlink-error.ts";
import {
  AF_NETLINK,
  FLAG_ACK,
  FLAG_DUMP,
  FLAG_DUMP_INTERRUPTED,
  MESSAGE_DONE,
  MESSAGE_ERROR,
  MESSAGE_NOOP,
  MESSAGE_OVERRUN,
} from "./protocol.ts";

export interface SocketOptions {
  readonly protocol: number;
  /** Path of the network namespace that the socket belongs to for its whole life; the own one by default. */
  readonly namespace?: string | undefined;
}

/** linux/socket.h and linux/netlink.h; the same numbers on x86-64 and arm64. */
const SOCK_RAW = 3;
const SOCK_NONBLOCK = 0x800;
const SOCK_CLOEXEC = 0x80000;
const SOL_SOCKET = 1;
const SO_SNDBUFFORCE = 32;
const SO_RCVBUFFORCE = 33;
const SOL_NETLINK = 270;
const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;

/** The kernel never makes a longer datagram: netlink_recvmsg caps dumps at 32 KiB. */
const RECEIVE_BUFFER_SIZE = 64 * 1024;

/** A kernel default (net.core.wmem_default) that no distribution lowers. */
const DEFAULT_SEND_BUFFER_SIZE = 128 * 1024;

/** A table that changes while it is read is read again; more often than this means that something loops. */
const MAX_DUMP_ATTEMPTS = 10;

/**
 * A socket to one kernel subsystem. The kernel handles a request inside the send call and has queued the whole
 * answer when it returns, so requests are synchronous and take microseconds; nothing here waits.
 */
export class NetlinkSocket implements Disposable {
  readonly fd: number;
  /** The address of this socket among netlink sockets, which the kernel names as the cause of notifications. */
  readonly portId: number;
  readonly #receiveBuffer = new Uint8Array(RECEIVE_BUFFER_SIZE);
  #sequence = 1;
  #sendBufferSize = DEFAULT_SEND_BUFFER_SIZE;
  #closed = false;

  private constructor(fd: number) {
    this.fd = fd;
    setOption(fd, SOL_NETLINK, NETLINK_EXT_ACK, 1);
    setOption(fd, SOL_NETLINK, NETLINK_CAP_ACK, 1);
    libc().bind(fd, socketAddress());
    const address = socketAddress();
    libc().getsockname(fd, address);
    this.portId = new DataView(address.buffer).getUint32(4, true);
  }

  static open({ protocol, namespace }: SocketOptions): NetlinkSocket {
    const fd = inNetworkNamespace(namespace, () =>
      libc().socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol),
    );
    try {
      return new NetlinkSocket(fd);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    closeSync(this.fd);
  }

  /**
   * Sends one message and returns what it asked for. Throws a `refused` NetlinkError with the kernel's reason,
   * whose message begins with `purpose`: "Cannot delete link".
   */
  request(writer: MessageWriter, purpose: string): readonly NetlinkMessage[] {
    writer.addFlags(FLAG_ACK);
    const sequence = this.#send(writer);
    const answers: NetlinkMessage[] = [];
    for (const message of this.#replies(sequence, sequence)) {
      if (message.type === MESSAGE_ERROR) {
        checkAcknowledgement(message, sequence, purpose);
        return answers;
      }
      answers.push(message);
    }
    throw NetlinkError.malformed("a request was not acknowledged");
  }

  /** Sends one message that asks for all objects of a kind. `request` builds the message anew for each attempt. */
  dump(request: () => MessageWriter, purpose: string): readonly NetlinkMessage[] {
    for (let attempt = 1; attempt <= MAX_DUMP_ATTEMPTS; attempt += 1) {
      const answers = this.#dumpOnce(request(), purpose);
      if (answers !== undefined) return answers;
    }
    throw NetlinkError.malformed("a table changed all the time while it was read");
  }

  /**
   * Sends messages that the kernel handles as one. The last message whose success matters must carry `FLAG_ACK`
   * and has the index `acknowledged`. Throws the first error, in the order of the messages.
   */
  transact(writer: MessageWriter, acknowledged: number, purpose: string): void {
    const { count } = writer;
    const first = this.#send(writer);
    let confirmed = false;
    let failure: NetlinkMessage | undefined;
    for (const message of this.#replies(first, first + count - 1)) {
      if (message.type !== MESSAGE_ERROR) continue;
      if (parseAcknowledgement(message).errno === 0) confirmed ||= message.sequence === first + acknowledged;
      else if (failure === undefined || message.sequence < failure.sequence) failure = message;
    }
    if (failure !== undefined) checkAcknowledgement(failure, first, purpose);
    if (!confirmed) throw NetlinkError.malformed("a transaction was not acknowledged");
  }

  #dumpOnce(writer: MessageWriter, purpose: string): readonly NetlinkMessage[] | undefined {
    writer.addFlags(FLAG_DUMP);
    const sequence = this.#send(writer);
    const answers: NetlinkMessage[] = [];
    let interrupted = false;
    for (const message of this.#replies(sequence, sequence)) {
      interrupted ||= (message.flags & FLAG_DUMP_INTERRUPTED) !== 0;
      if (message.type === MESSAGE_ERROR) checkAcknowledgement(message, sequence, purpose);
      if (message.type === MESSAGE_DONE) {
        checkEndOfDump(message, purpose);
        return interrupted ? undefined : answers;
      }
      answers.push(message);
    }
    throw NetlinkError.malformed("a dump has no end");
  }

  /** Returns the sequence number of the first message. */
  #send(writer: MessageWriter): number {
    const first = this.#sequence;
    this.#sequence += writer.count;
    const bytes = writer.finish(first);
    if (bytes.length > this.#sendBufferSize) this.#growSendBuffer(bytes.length);
    libc().send(this.fd, bytes);
    return first;
  }

  #growSendBuffer(size: number): void {
    setOption(this.fd, SOL_SOCKET, SO_SNDBUFFORCE, size);
    // The kernel charges each answer with its bookkeeping, so an answer per message needs room as well.
    setOption(this.fd, SOL_SOCKET, SO_RCVBUFFORCE, size);
    this.#sendBufferSize = size;
  }

  *#replies(firstSequence: number, lastSequence: number): Generator<NetlinkMessage> {
    for (let datagram = this.#receive(); datagram !== undefined; datagram = this.#receive()) {
      for (const message of parseMessages(datagram)) {
        if (message.type === MESSAGE_OVERRUN) throw NetlinkError.overflow();
        const isOurs = message.sequence >= firstSequence && message.sequence <= lastSequence;
        if (message.type !== MESSAGE_NOOP && isOurs) yield message;
      }
    }
  }

  #receive(): Uint8Array | undefined {
    const length = libc().receive(this.fd, this.#receiveBuffer);
    if (length === undefined) return undefined;
    if (length > this.#receiveBuffer.length)
      throw NetlinkError.malformed("datagram exceeds the receive buffer");
    return this.#receiveBuffer.slice(0, length);
  }
}

/** struct sockaddr_nl without groups; the kernel chooses the port id. */
function socketAddress(): Uint8Array {
  const address = new Uint8Array(12);
  new DataView(address.buffer).setUint16(0, AF_NETLINK, true);
  return address;
}

function setOption(fd: number, level: number, option: number, value: number): void {
  libc().setsockopt(fd, level, option, new Uint8Array(Int32Array.of(value).buffer));
}

function checkAcknowledgement(message: NetlinkMessage, firstSequence: number, purpose: string): void {
  const { errno, reason } = parseAcknowledgement(message);
  if (errno !== 0) throw NetlinkError.refused(purpose, errno, reason, message.sequence - firstSequence);
}

/** The last message of a dump carries the error that cut it short, or 0. */
function checkEndOfDump({ payload }: NetlinkMessage, purpose: string): void {
  if (payload.length < 4) return;
  const errno = -new DataView(payload.buffer, payload.byteOffset).getInt32(0, true);
  if (errno !== 0) throw NetlinkError.refused(purpose, errno);
}
