import type { Forwarder } from "./forwarder.ts";
import type { HostsTable } from "./hosts-table.ts";
import type { Rewrite } from "./rewrite.ts";
import { isWithin } from "./wire/domain-name.ts";

/** Other servers for a domain, and what is below it that they are not asked for. */
export interface ForwardRule {
  readonly from: string;
  readonly except: readonly string[];
  readonly forwarder: Pick<Forwarder, "ask">;
}

/** How names of some domains are answered, in the order of the fields. */
export interface ServerBlock {
  readonly zones: readonly string[];
  /** Seconds that answers are kept at most. */
  readonly cacheSeconds: number;
  readonly log: boolean;
  readonly rewrites: readonly Rewrite[];
  readonly hosts: readonly HostsTable[];
  /** Whether the cluster's own names are served. */
  readonly kubernetes: boolean;
  readonly forwards: readonly ForwardRule[];
}

/** The block of the longest domain that the name, in lower case, is in. */
export function blockOf(blocks: readonly ServerBlock[], name: string): ServerBlock | undefined {
  return longest(
    blocks.flatMap((block) => block.zones.map((zone) => ({ block, zone }))),
    ({ zone }) => zone,
    name,
  )?.block;
}

export function forwardOf({ forwards }: ServerBlock, name: string): ForwardRule | undefined {
  const willing = forwards.filter(({ except }) => !except.some((domain) => isWithin(name, domain)));
  return longest(willing, ({ from }) => from, name);
}

/** Of several with the same domain the first one. */
function longest<T>(list: readonly T[], domainOf: (item: T) => string, name: string): T | undefined {
  let best: T | undefined;
  for (const item of list) {
    const domain = domainOf(item);
    if (!isWithin(name, domain)) continue;
    if (best === undefined || domain.length > domainOf(best).length) best = item;
  }
  return best;
}
