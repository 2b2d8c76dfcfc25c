import { DomainError } from "#base/domain-error.ts";

export type TunnelErrorDetail =
  /** What arrived is not what the protocol allows; the tunnel is closed. */
  | { readonly code: "protocol" }
  /** The tunnel is gone, and its streams with it. */
  | { readonly code: "lost" }
  /** The other side has broken a stream off, or refused to open it. */
  | { readonly code: "reset" }
  /** The node has no tunnel to this server. */
  | { readonly code: "absent"; readonly nodeName: string };

/** What goes wrong with tunnels; the message is fit for users. */
export class TunnelError extends DomainError<TunnelErrorDetail> {
  static protocol(message: string): TunnelError {
    return new TunnelError({ code: "protocol" }, message);
  }

  static lost(message: string): TunnelError {
    return new TunnelError({ code: "lost" }, message);
  }

  static reset(message: string): TunnelError {
    return new TunnelError({ code: "reset" }, message);
  }

  static absent(nodeName: string): TunnelError {
    return new TunnelError({ code: "absent", nodeName }, `no tunnel to node "${nodeName}"`);
  }
}
