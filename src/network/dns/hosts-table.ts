import { formatIP, parseIP } from "#base/cidr.ts";
import { reverseRange } from "./reverse-zone.ts";
import { isWithin, lowerName, parentName } from "./wire/domain-name.ts";
import type { Question } from "./wire/query.ts";
import { addressRecord, nameRecord } from "./wire/record.ts";
import { RCODE, TYPE } from "./wire/record-type.ts";
import type { Answer } from "./wire/reply.ts";
import { found } from "./zone-answer.ts";

export interface HostEntry {
  readonly address: string;
  /** The first one is what the address is called. */
  readonly names: readonly string[];
}

export interface HostsTableOptions {
  readonly ttlSeconds: number;
  /** Domains that the table answers for; `""` for all names. */
  readonly zones: readonly string[];
  /** Domains whose names others may know that this table does not; no other way of saying it leaves them absent. */
  readonly fallthrough: readonly string[];
  readonly reverse: boolean;
}

/** Names and addresses as in `/etc/hosts` (hosts(5)), for a server. */
export class HostsTable {
  readonly #entries: readonly HostEntry[];
  readonly #options: HostsTableOptions;
  readonly #addresses = new Map<string, string[]>();
  readonly #names = new Map<string, string>();

  constructor(entries: readonly HostEntry[], options: HostsTableOptions) {
    this.#entries = entries;
    this.#options = options;
    for (const { address, names } of entries) {
      const parsed = parseIP(address);
      if (parsed === undefined) continue;
      const canonical = formatIP(parsed);
      for (const name of names.map(lowerName)) {
        const known = this.#addresses.get(name);
        if (known === undefined) this.#addresses.set(name, [canonical]);
        else if (!known.includes(canonical)) known.push(canonical);
        if (!this.#names.has(canonical) && !name.startsWith("*.")) this.#names.set(canonical, name);
      }
    }
  }

  /** The same table for a server that knows more names. */
  fallingThrough(): HostsTable {
    return new HostsTable(this.#entries, { ...this.#options, fallthrough: [""] });
  }

  /** Undefined where somebody else has to be asked. */
  answer({ name, type }: Question): Answer | undefined {
    const { zones, ttlSeconds, fallthrough } = this.#options;
    const range = reverseRange(name);
    if (range !== undefined) return this.#answerReverse(name, formatIP(range.base), type);
    if (!zones.some((zone) => isWithin(name, zone))) return undefined;
    // `*` stands for one label, as in CoreDNS' hosts plugin.
    const addresses = this.#addresses.get(name) ?? this.#addresses.get(`*.${parentName(name)}`);
    if (addresses !== undefined)
      return found(
        addresses
          .map((address) => addressRecord(name, ttlSeconds, address))
          .filter((record) => record.type === type),
      );
    if (fallthrough.some((zone) => isWithin(name, zone))) return undefined;
    return { ...found([]), rcode: RCODE.NXDOMAIN };
  }

  #answerReverse(name: string, address: string, type: number): Answer | undefined {
    const target = this.#options.reverse && type === TYPE.PTR ? this.#names.get(address) : undefined;
    return target === undefined
      ? undefined
      : found([nameRecord(name, this.#options.ttlSeconds, "PTR", target)]);
  }
}
