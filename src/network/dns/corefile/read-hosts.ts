import { parseIP } from "#base/cidr.ts";
import { type HostEntry, HostsTable } from "../hosts-table.ts";
import { CorefileError, type Directive } from "./directive.ts";
import { parseDomain, readFallthrough } from "./domain-argument.ts";

const DEFAULT_TTL_SECONDS = 3600;
const MAX_TTL_SECONDS = 65_535;
/** They have no effect, for there is no file. */
const FILE_OPTIONS = new Set(["reload", "fallthrough_unsupported"]);

/** `hosts [FILE [ZONES...]] { ... }`. Files are not read: they would be those of one node. */
export function readHosts(
  { args: [, ...zones], block }: Directive,
  serverZones: readonly string[],
): HostsTable {
  const options = new Map(block.map((each) => [each.name, each.args]));
  const lines = block.filter(
    ({ name }) => !FILE_OPTIONS.has(name) && !["ttl", "no_reverse", "fallthrough"].includes(name),
  );
  return new HostsTable(lines.map(readEntry), {
    ttlSeconds: readTtl(options.get("ttl")),
    zones: zones.length > 0 ? zones.map(parseDomain) : serverZones,
    fallthrough: readFallthrough(options.get("fallthrough")),
    reverse: !options.has("no_reverse"),
  });
}

function readEntry({ name: address, args, line }: Directive): HostEntry {
  if (parseIP(address) === undefined)
    throw new CorefileError(
      `line ${String(line)}: "${address}" is neither an address nor an option of hosts`,
    );
  const names = args.map((text) =>
    text.startsWith("*.") ? `*.${parseDomain(text.slice(2))}` : parseDomain(text),
  );
  return { address, names };
}

function readTtl(args: readonly string[] | undefined): number {
  if (args === undefined) return DEFAULT_TTL_SECONDS;
  const seconds = Number(args[0]);
  if (!Number.isInteger(seconds) || seconds <= 0 || seconds > MAX_TTL_SECONDS)
    throw new CorefileError("ttl needs a number of seconds from 1 to 65535");
  return seconds;
}
