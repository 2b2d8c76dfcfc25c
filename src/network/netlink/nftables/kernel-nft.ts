import type { NftBackend } from "../../nft/nft-backend.ts";
import { NftError } from "../../nft/nft-error.ts";
import type { Ruleset, TableName } from "../../nft/ruleset.ts";
import type { NftOperation, NftTransaction } from "../../nft/transaction.ts";
import { Attributes } from "../attributes.ts";
import type { NetlinkMessage } from "../message.ts";
import { NetlinkError } from "../netlink-error.ts";
import { NETLINK_NETFILTER } from "../protocol.ts";
import { NetlinkSocket } from "../socket.ts";
import { Subscription } from "../subscription.ts";
import { nftMessageFamily, nftMessageType, nftPayload } from "./nft-message.ts";
import { NEWGEN, NFNLGRP_NFTABLES, TABLE_NAME } from "./protocol.ts";
import { readTable } from "./table-reader.ts";
import { encodeTransaction } from "./transaction-writer.ts";

/** What the kernel says when something is missing, is there already, or is still in use. */
const STALE_ERRORS = ["ENOENT", "EEXIST", "EBUSY"];

/** The nf_tables of one network namespace. */
export class KernelNft implements NftBackend {
  readonly #socket: NetlinkSocket;
  readonly #namespace: string | undefined;
  readonly #subscriptions = new Set<Subscription>();

  /** `namespace` is the path of a network namespace; the own one by default. */
  constructor({ namespace }: { readonly namespace?: string | undefined } = {}) {
    this.#namespace = namespace;
    this.#socket = NetlinkSocket.open({ protocol: NETLINK_NETFILTER, namespace });
  }

  [Symbol.dispose](): void {
    this.#socket[Symbol.dispose]();
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]();
  }

  apply(transaction: NftTransaction): void {
    if (transaction.operations.length === 0) return;
    const { writer, operations } = encodeTransaction(transaction);
    try {
      this.#socket.transact(writer, operations.length - 2, "change packet rules");
    } catch (error) {
      throw translate(error, operations);
    }
  }

  read(table: TableName): Ruleset | undefined {
    try {
      return readTable(this.#socket, table);
    } catch (error) {
      throw translate(error, []);
    }
  }

  watch(table: TableName, signal: AbortSignal): AsyncIterable<void> {
    return this.#changes(table, this.#subscribe(), signal);
  }

  async *#changes(table: TableName, first: Subscription, signal: AbortSignal): AsyncGenerator<void> {
    let subscription = first;
    while (!signal.aborted) {
      try {
        for await (const messages of subscription.messages(signal)) {
          if (messages.some((message) => this.#isForeign(message, table))) yield;
        }
      } catch (error) {
        if (!isLoss(error)) throw error;
      } finally {
        this.#unsubscribe(subscription);
      }
      if (signal.aborted) return;
      subscription = this.#subscribe();
      yield;
    }
  }

  #subscribe(): Subscription {
    const subscription = new Subscription({
      protocol: NETLINK_NETFILTER,
      groups: [NFNLGRP_NFTABLES],
      namespace: this.#namespace,
    });
    this.#subscriptions.add(subscription);
    return subscription;
  }

  #unsubscribe(subscription: Subscription): void {
    this.#subscriptions.delete(subscription);
    subscription[Symbol.dispose]();
  }

  /** Notices name the socket whose request caused the change. */
  #isForeign(message: NetlinkMessage, table: TableName): boolean {
    return message.portId !== this.#socket.portId && concerns(message, table);
  }
}

/** Names of objects in a table come with the table's name in their first attribute; a table's own is the same. */
function concerns(message: NetlinkMessage, { family, name }: TableName): boolean {
  const type = nftMessageType(message);
  if (type === undefined || type === NEWGEN || nftMessageFamily(message) !== family) return false;
  return new Attributes(nftPayload(message)).string(TABLE_NAME) === name;
}

function isLoss(error: unknown): boolean {
  return (
    error instanceof NetlinkError && (error.detail.code === "overflow" || error.detail.code === "malformed")
  );
}

function translate(error: unknown, operations: readonly (NftOperation | undefined)[]): unknown {
  if (!(error instanceof NetlinkError)) return error;
  const { detail } = error;
  const operation = detail.code === "refused" ? operations[detail.request] : undefined;
  const isStale = detail.code === "refused" && STALE_ERRORS.includes(detail.errno);
  return new NftError(
    { code: isStale ? "stale" : "failed", operation },
    operation === undefined ? error.message : `${error.message} in ${describe(operation)}`,
    { cause: error },
  );
}

function describe(operation: NftOperation): string {
  const name = "chain" in operation ? operation.chain : "set" in operation ? operation.set : undefined;
  return name === undefined ? operation.type : `${operation.type} "${name}"`;
}
