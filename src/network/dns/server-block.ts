import type { FileZone } from "./file-zone.ts";
import type { Forwarder } from "./forwarder.ts";
import type { HostsTable } from "./hosts-table.ts";
import type { Rewrite } from "./rewrite.ts";
import type { TemplateRule } from "./template-rule.ts";
import { isWithin } from "./wire/domain-name.ts";

/** Other servers for a domain, and what is below it that they are not asked for. */
export interface ForwardRule {
  readonly from: string;
  readonly except: readonly string[];
  readonly forwarder: Pick<Forwarder, "ask">;
  /** Whether the server to ask is this one, for a name that another block has. */
  readonly toItself: boolean;
}

/** How long answers are kept, whatever their records say. Nothing is kept where the most is 0. */
export interface CacheLimits {
  readonly success: CacheRange;
  /** Names and records that are absent. */
  readonly denial: CacheRange;
  readonly failureSeconds: number;
}

interface CacheRange {
  readonly minSeconds: number;
  readonly maxSeconds: number;
}

const NEVER: CacheRange = { minSeconds: 0, maxSeconds: 0 };

export const NOT_KEPT: CacheLimits = { success: NEVER, denial: NEVER, failureSeconds: 0 };

/** How names of some domains are answered, in the order of the fields. */
export interface ServerBlock {
  readonly zones: readonly string[];
  readonly cache: CacheLimits;
  readonly log: boolean;
  readonly rewrites: readonly Rewrite[];
  readonly templates: readonly TemplateRule[];
  readonly hosts: readonly HostsTable[];
  /** Whether the cluster's own names are served. */
  readonly kubernetes: boolean;
  readonly fileZones: readonly FileZone[];
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
