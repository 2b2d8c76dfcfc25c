import { DomainError } from "#base/domain-error.ts";

export type ListenErrorDetail =
  /** Another program listens there. */
  | { readonly code: "addressInUse"; readonly address: string; readonly port: number }
  /** No interface of this host has the address, the port needs privileges, or the system refuses otherwise. */
  | { readonly code: "addressUnusable"; readonly address: string; readonly port: number };

/** The server's port cannot be opened. */
export class ListenError extends DomainError<ListenErrorDetail> {
  static of(
    cause: unknown,
    { address, port }: { readonly address: string; readonly port: number },
  ): ListenError {
    const isTaken = cause instanceof Error && "code" in cause && cause.code === "EADDRINUSE";
    const code = isTaken ? "addressInUse" : "addressUnusable";
    const why = isTaken
      ? "another program listens there"
      : cause instanceof Error
        ? cause.message
        : String(cause);
    return new ListenError(
      { code, address, port },
      `Cannot listen on "${address}" port ${String(port)}: ${why}`,
      { cause },
    );
  }
}
