import { isWithin, parentName } from "./wire/domain-name.ts";
import type { Question } from "./wire/query.ts";
import type { ResourceRecord } from "./wire/record.ts";
import { RCODE, TYPE } from "./wire/record-type.ts";
import type { Answer } from "./wire/reply.ts";
import { found } from "./zone-answer.ts";

/** A zone that users have written down, as authoritative servers answer for one (RFC 1034 4.3.2). */
export class FileZone {
  readonly #apex: string;
  readonly #authority: ResourceRecord;
  readonly #fallthrough: readonly string[];
  /** Records by name; names without any above others have an empty list (RFC 4592 2.2.2). */
  readonly #records = new Map<string, ResourceRecord[]>();

  /** Records outside of the zone are left out. `fallthrough`: domains whose names others may know, too. */
  constructor(
    apex: string,
    { records, fallthrough }: { records: readonly ResourceRecord[]; fallthrough: readonly string[] },
  ) {
    const authority = records.find(({ name, type }) => name === apex && type === TYPE.SOA);
    if (authority === undefined) throw new RangeError(`The zone "${apex}." has no SOA record`);
    this.#apex = apex;
    this.#authority = authority;
    this.#fallthrough = fallthrough;
    for (const record of records) {
      if (!isWithin(record.name, apex)) continue;
      this.#at(record.name).push(record);
      for (let { name } = record; name !== apex; name = parentName(name)) this.#at(parentName(name));
    }
  }

  /** Undefined where somebody else has to be asked. An alias stands alone: what is behind it is not followed here. */
  answer({ name, type }: Question): Answer | undefined {
    if (!isWithin(name, this.#apex)) return undefined;
    const delegation = this.#delegation(name);
    if (delegation.length > 0) return { ...found([]), authoritative: false, authorities: delegation };
    const records = this.#records.get(name) ?? this.#wildcard(name);
    if (records === undefined)
      return this.#fallthrough.some((domain) => isWithin(name, domain))
        ? undefined
        : this.#absent(RCODE.NXDOMAIN);
    const alias = records.filter((record) => record.type === TYPE.CNAME);
    const answers = alias.length > 0 ? alias : records.filter((record) => record.type === type);
    return answers.length === 0
      ? this.#absent(RCODE.NOERROR)
      : found(answers.map((each) => ({ ...each, name })));
  }

  #at(name: string): ResourceRecord[] {
    const present = this.#records.get(name) ?? [];
    this.#records.set(name, present);
    return present;
  }

  /** Servers of a part of the zone that is not this one's. */
  #delegation(name: string): readonly ResourceRecord[] {
    let servers: readonly ResourceRecord[] = [];
    for (let each = name; each !== this.#apex; each = parentName(each)) {
      const here = this.#records.get(each)?.filter(({ type }) => type === TYPE.NS) ?? [];
      if (here.length > 0) servers = here;
    }
    return servers;
  }

  /** The records of `*` below the closest name above that there is. */
  #wildcard(name: string): readonly ResourceRecord[] | undefined {
    let encloser = parentName(name);
    while (encloser !== this.#apex && !this.#records.has(encloser)) encloser = parentName(encloser);
    return this.#records.get(encloser === "" ? "*" : `*.${encloser}`);
  }

  #absent(rcode: number): Answer {
    return { ...found([]), rcode, authorities: [this.#authority] };
  }
}
