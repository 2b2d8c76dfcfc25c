import { dlopen, FFIType, read } from "bun:ffi";
import { NetlinkError } from "./netlink-error.ts";

/**
 * The few functions of the C library that netlink needs and that the runtime does not offer. System calls go
 * through libc, whose function names are the same on every architecture, unlike system call numbers.
 */
export interface Libc {
  /** The new file descriptor. */
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: Uint8Array): void;
  /** The address that the kernel gave the socket, written into `address`. */
  getsockname(fd: number, address: Uint8Array): void;
  setsockopt(fd: number, level: number, option: number, value: Uint8Array): void;
  /** Sends all bytes as one datagram. */
  send(fd: number, bytes: Uint8Array): void;
  /** One datagram into `buffer`; its whole length even where the buffer is shorter; undefined when none waits. */
  receive(fd: number, buffer: Uint8Array): number | undefined;
  /** Moves the calling thread into a namespace of the given kind (`CLONE_NEWNET`). */
  setns(fd: number, kind: number): void;
}

const SYMBOLS = {
  socket: { args: ["i32", "i32", "i32"], returns: "i32" },
  bind: { args: ["i32", "ptr", "u32"], returns: "i32" },
  getsockname: { args: ["i32", "ptr", "ptr"], returns: "i32" },
  setsockopt: { args: ["i32", "i32", "i32", "ptr", "u32"], returns: "i32" },
  send: { args: ["i32", "ptr", "u64", "i32"], returns: FFIType.i64_fast },
  recv: { args: ["i32", "ptr", "u64", "i32"], returns: FFIType.i64_fast },
  setns: { args: ["i32", "i32"], returns: "i32" },
  __errno_location: { args: [], returns: "ptr" },
} as const;

/** asm-generic/errno-base.h, asm-generic/errno.h */
const EINTR = 4;
const EAGAIN = 11;
const ENOBUFS = 105;

/** linux/socket.h */
const MSG_TRUNC = 0x20;
const MSG_DONTWAIT = 0x40;

let loaded: Libc | undefined;

/** Opens the C library at the first call; later calls return the same functions. */
export function libc(): Libc {
  loaded ??= loadLibc();
  return loaded;
}

function loadLibc(): Libc {
  const { symbols } = dlopen("libc.so.6", SYMBOLS);
  const errno = (): number => {
    const location = symbols.__errno_location();
    return location === null ? 0 : read.i32(location, 0);
  };
  const check = (call: string, result: number): number => {
    if (result < 0) throw NetlinkError.systemCall(call, errno());
    return result;
  };
  return {
    socket: (domain, type, protocol) => check("open a socket", symbols.socket(domain, type, protocol)),
    bind: (fd, address) => {
      check("bind a socket", symbols.bind(fd, address, address.length));
    },
    getsockname: (fd, address) => {
      const length = new Uint32Array([address.length]);
      check("read a socket's address", symbols.getsockname(fd, address, length));
    },
    setsockopt: (fd, level, option, value) => {
      check("set a socket option", symbols.setsockopt(fd, level, option, value, value.length));
    },
    send: (fd, bytes) => {
      for (;;) {
        if (symbols.send(fd, bytes, bytes.length, 0) >= 0) return;
        const error = errno();
        if (error !== EINTR) throw NetlinkError.systemCall("send a message", error);
      }
    },
    receive: (fd, buffer) => {
      for (;;) {
        const length = symbols.recv(fd, buffer, buffer.length, MSG_DONTWAIT | MSG_TRUNC);
        if (length >= 0) return Number(length);
        const error = errno();
        if (error === EAGAIN) return undefined;
        if (error === ENOBUFS) throw NetlinkError.overflow();
        if (error !== EINTR) throw NetlinkError.systemCall("receive a message", error);
      }
    },
    setns: (fd, kind) => {
      check("change the namespace", symbols.setns(fd, kind));
    },
  };
}
