/** The tables that we write to. */
export const TABLES = ["filter", "nat"] as const;
export type IptablesTable = (typeof TABLES)[number];

/** Chains by name, each with its rules in order as iptables-restore reads them: `-p tcp -m tcp --dport 80 -j DROP`. */
export type Chains = ReadonlyMap<string, readonly string[]>;

export type IptablesRuleset = Readonly<Record<IptablesTable, Chains>>;

/** One rule of a chain that several owners fill. */
export interface SharedRule {
  readonly table: IptablesTable;
  readonly chain: string;
  readonly rule: string;
  /** Where several owners may want the same packets: the chain and which packets. */
  readonly claim?: string;
}

/** A rule in a chain that belongs to everybody, which leads to one of ours. */
export interface Jump {
  readonly table: IptablesTable;
  /** `PREROUTING`, … */
  readonly from: string;
  readonly to: string;
  /** Everything of the rule but `-j`. */
  readonly matches: string;
}

export function jumpRule({ matches, to }: Pick<Jump, "matches" | "to">): string {
  return [matches, `-j ${to}`].filter((part) => part !== "").join(" ");
}
