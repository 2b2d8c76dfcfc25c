/** What `/etc/resolv.conf` says (resolv.conf(5)). */
export interface ResolvConf {
  readonly nameservers: readonly string[];
  readonly searches: readonly string[];
  readonly options: readonly string[];
}

/** The last `search` or `domain` line wins, as in the C library. */
export function parseResolvConf(text: string): ResolvConf {
  const lines = text
    .split("\n")
    .map((line) =>
      line
        .replace(/[#;].*$/, "")
        .trim()
        .split(/\s+/),
    )
    .filter(([keyword]) => keyword !== "");
  const valuesOf = (keyword: string) =>
    lines.filter(([first]) => first === keyword).map(([, ...values]) => values);
  return {
    nameservers: valuesOf("nameserver").flatMap(([address]) => address ?? []),
    searches: lines.findLast(([keyword]) => keyword === "search" || keyword === "domain")?.slice(1) ?? [],
    options: valuesOf("options").flat(),
  };
}
