import type { ByteString } from "../nft/ruleset.ts";
import type { Protocol } from "../nft/value.ts";

/** One direction of a connection. Addresses are bytes in network order. */
export interface ConntrackTuple {
  readonly source: ByteString;
  readonly destination: ByteString;
  readonly sourcePort: number;
  readonly destinationPort: number;
}

/** A connection that the kernel tracks, with the packets as they came and as the answers come. */
export interface ConntrackEntry {
  readonly protocol: Protocol;
  readonly original: ConntrackTuple;
  readonly reply: ConntrackTuple;
}

export interface ConntrackFilter {
  readonly family: "ip" | "ip6";
  readonly protocol: Protocol;
}

/** The kernel's table of connections, or a fake. Calls are synchronous. */
export interface Conntrack extends Disposable {
  /** The connections of a family and protocol. */
  entries(filter: ConntrackFilter): readonly ConntrackEntry[];
  /** Forgets a connection: its next packet begins a new one. Succeeds when it is gone already. */
  delete(entry: ConntrackEntry): void;
}
