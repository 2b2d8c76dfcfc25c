import { parseIP } from "#base/cidr.ts";
import { type HostEntry, HostsTable } from "../hosts-table.ts";
import { CorefileError, type Directive } from "./directive.ts";
import { parseDomain, readFallthrough } from "./domain-argument.ts";
import { type Files, fileText } from "./read-file.ts";

const DEFAULT_TTL_SECONDS = 3600;
const MAX_TTL_SECONDS = 65_535;
/** They have no effect, for there is no file. */
const FILE_OPTIONS = new Set(["reload", "fallthrough_unsupported"]);

/** `hosts [FILE [ZONES...]] { ... }`. Of files those are read that are keys of the ConfigMap: others would be those of one node. */
export function readHosts(
  { args: [path = "", ...zones], block }: Directive,
  serverZones: readonly string[],
  files: Files,
): HostsTable {
  const options = new Map(block.map((each) => [each.name, each.args]));
  const lines = block.filter(
    ({ name }) => !FILE_OPTIONS.has(name) && !["ttl", "no_reverse", "fallthrough"].includes(name),
  );
  const fromFile = readLines(fileText(path, files) ?? "");
  return new HostsTable([...fromFile, ...lines].map(readEntry), {
    ttlSeconds: readTtl(options.get("ttl")),
    zones: zones.length > 0 ? zones.map(parseDomain) : serverZones,
    fallthrough: readFallthrough(options.get("fallthrough")),
    reverse: !options.has("no_reverse"),
  });
}

function readLines(text: string): readonly Directive[] {
  return text.split("\n").flatMap((content, index) => {
    const [name = "", ...args] = content.replace(/#.*/, "").trim().split(/\s+/);
    return name === "" ? [] : [{ name, args, block: [], line: index + 1 }];
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
