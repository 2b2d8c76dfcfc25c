import { constants } from "node:os";
import { DomainError } from "#base/domain-error.ts";

/**
 * - `systemCall`: a libc call failed; `errno` is its symbolic name, such as `EPERM`.
 * - `refused`: the kernel answered a request with an error; `request` is the index of the message in its batch.
 * - `malformed`: bytes from the kernel do not have the form that the protocol promises.
 * - `overflow`: messages were lost because they were not read in time; the state must be read again.
 * - `namespace`: a network namespace could not be entered.
 */
export type NetlinkErrorDetail =
  | { readonly code: "systemCall"; readonly call: string; readonly errno: string }
  | { readonly code: "refused"; readonly errno: string; readonly reason: string; readonly request: number }
  | { readonly code: "malformed" }
  | { readonly code: "overflow" }
  | { readonly code: "namespace"; readonly path: string };

export class NetlinkError extends DomainError<NetlinkErrorDetail> {
  static systemCall(call: string, errno: number): NetlinkError {
    const name = errnoName(errno);
    return new NetlinkError({ code: "systemCall", call, errno: name }, `Cannot ${call}: ${name}`);
  }

  /** `purpose` says what the request wanted, `reason` is the kernel's own explanation or empty. */
  static refused(purpose: string, errno: number, reason = "", request = 0): NetlinkError {
    const name = errnoName(errno);
    const text = reason === "" ? name : `${name} (${reason})`;
    return new NetlinkError({ code: "refused", errno: name, reason, request }, `Cannot ${purpose}: ${text}`);
  }

  static malformed(what: string): NetlinkError {
    return new NetlinkError({ code: "malformed" }, `Malformed netlink message: ${what}`);
  }

  static overflow(): NetlinkError {
    return new NetlinkError({ code: "overflow" }, "Netlink messages were lost: the receive buffer was full");
  }

  static namespace(path: string, cause: unknown): NetlinkError {
    return new NetlinkError({ code: "namespace", path }, `Cannot enter network namespace "${path}"`, {
      cause,
    });
  }
}

/** Whether the kernel answered with one of these errors: `isRefused(error, "EEXIST")`. */
export function isRefused(error: unknown, ...errnos: readonly string[]): error is NetlinkError {
  return (
    error instanceof NetlinkError && error.detail.code === "refused" && errnos.includes(error.detail.errno)
  );
}

/** `EEXIST` for 17; `errno 999` for a number without a name. */
export function errnoName(errno: number): string {
  const found = Object.entries(constants.errno).find(([, value]) => value === errno);
  return found?.[0] ?? `errno ${String(errno)}`;
}
