import { lowerName } from "../wire/domain-name.ts";
import type { ResourceRecord } from "../wire/record.ts";
import { CorefileError } from "./directive.ts";
import { parseName, parseRecord, parseTtl, type RecordContext } from "./record-text.ts";

/** What records say of their time before a `$TTL` does (miekg/dns). */
const DEFAULT_TTL_SECONDS = 3600;

/** Reads the records of a zone file (RFC 1035 5, RFC 2308 4), with names in lower case. Throws a CorefileError that names the line. */
export function parseZoneFile(text: string, origin: string): readonly ResourceRecord[] {
  const records: ResourceRecord[] = [];
  let context: RecordContext = { origin, ttl: DEFAULT_TTL_SECONDS };
  let owner = "@";
  for (const { line, content } of entriesOf(text)) {
    try {
      const [first = "", argument = ""] = content.trim().split(/\s+/);
      if (first.startsWith("$")) {
        context = readControl(context, first, argument);
        continue;
      }
      // A line that begins with a space is about the name of the one before.
      if (!/^\s/.test(content)) owner = absolute(first, context.origin);
      const rest = /^\s/.test(content) ? content : content.slice(first.length);
      const record = parseRecord(`${owner} ${rest}`, context);
      records.push({ ...record, name: lowerName(record.name) });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new CorefileError(`line ${String(line)} of the zone: ${error.message}`, { cause: error });
    }
  }
  return records;
}

function readControl(context: RecordContext, name: string, argument: string): RecordContext {
  switch (name.toUpperCase()) {
    case "$ORIGIN":
      return { ...context, origin: parseName(argument, context.origin) };
    case "$TTL":
      return { ...context, ttl: parseTtl(argument) };
    default:
      throw new RangeError(`"${name}" is not known`);
  }
}

function absolute(text: string, origin: string): string {
  return `${parseName(text, origin)}.`;
}

interface Entry {
  readonly line: number;
  readonly content: string;
}

/** Lines without comments and empty ones; what parentheses hold together is one. */
function entriesOf(text: string): readonly Entry[] {
  const entries: Entry[] = [];
  let open: Entry | undefined;
  text.split("\n").forEach((raw, index) => {
    const content = raw.replaceAll(
      /("(?:\\.|[^"\\])*")|;.*$/g,
      (_, quoted: string | undefined) => quoted ?? "",
    );
    const entry = {
      line: open?.line ?? index + 1,
      content: open === undefined ? content : `${open.content} ${content}`,
    };
    const bare = entry.content.replaceAll(/"(?:\\.|[^"\\])*"/g, "");
    open = bare.lastIndexOf("(") > bare.lastIndexOf(")") ? entry : undefined;
    if (open === undefined && entry.content.trim() !== "") entries.push(entry);
  });
  return open === undefined ? entries : [...entries, open];
}
