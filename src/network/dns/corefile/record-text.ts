import { isName, lowerName } from "../wire/domain-name.ts";
import { addressRecord, nameRecord, type ResourceRecord } from "../wire/record.ts";
import { TYPE } from "../wire/record-type.ts";

/** What a record says of its time that says nothing (miekg/dns: `defaultTtl`). */
const DEFAULT_TTL_SECONDS = 3600;

/** What a record's text may leave out. */
export interface RecordContext {
  /** The domain of names that do not end in a dot. */
  readonly origin: string;
  readonly ttl: number;
}

const ABSOLUTE: RecordContext = { origin: "", ttl: DEFAULT_TTL_SECONDS };

/**
 * A record as zone files have it (RFC 1035 5.1): `web.example. 60 IN A 192.0.2.1`. Without a context all names are absolute. Throws a
 * RangeError for what is none, or is of a type that is not known here.
 */
export function parseRecord(text: string, context = ABSOLUTE): ResourceRecord {
  const [owner = "", ...words] = wordsOf(text);
  let { ttl } = context;
  while (words[0] !== undefined && /^(?:\d+[smhdw]?|IN)$/i.test(words[0])) {
    if (words[0].toUpperCase() !== "IN") ttl = parseTtl(words[0]);
    words.shift();
  }
  const [type = "", ...data] = words;
  const read = READERS.get(type.toUpperCase());
  if (read === undefined) throw new RangeError(`Records of type "${type}" cannot be written`);
  const target = (name = ""): string => parseName(name, context.origin);
  return read({ name: target(owner), ttl, target }, data);
}

interface Owner {
  readonly name: string;
  readonly ttl: number;
  /** Reads a name in the record's data. */
  readonly target: (text: string | undefined) => string;
}

type Reader = (owner: Owner, data: readonly string[]) => ResourceRecord;

function readAddress(type: "A" | "AAAA"): Reader {
  return ({ name, ttl }, [address = ""]) => {
    const record = addressRecord(name, ttl, address);
    if (record.type !== TYPE[type]) throw new RangeError(`"${address}" is an address of the other family`);
    return record;
  };
}

function readTarget(type: "CNAME" | "NS" | "PTR"): Reader {
  return ({ name, ttl, target }, [text]) => nameRecord(name, ttl, type, target(text));
}

const readExchange: Reader = ({ name, ttl, target }, [preference = "", exchange]) => ({
  name,
  ttl,
  type: TYPE.MX,
  data: [numbers(2, [preference]), target(exchange)],
});

const readService: Reader = ({ name, ttl, target }, [priority = "", weight = "", port = "", host]) => ({
  name,
  ttl,
  type: TYPE.SRV,
  data: [numbers(2, [priority, weight, port]), target(host)],
});

const readAuthority: Reader = ({ name, ttl, target }, [server, mailbox, ...rest]) => {
  if (rest.length !== 5) throw new RangeError("An SOA record has five numbers");
  return { name, ttl, type: TYPE.SOA, data: [target(server), target(mailbox), numbers(4, rest)] };
};

const READERS: ReadonlyMap<string, Reader> = new Map([
  ["A", readAddress("A")],
  ["AAAA", readAddress("AAAA")],
  ["CNAME", readTarget("CNAME")],
  ["NS", readTarget("NS")],
  ["PTR", readTarget("PTR")],
  ["MX", readExchange],
  ["SRV", readService],
  ["SOA", readAuthority],
  ["TXT", ({ name, ttl }, data) => ({ name, ttl, type: TYPE.TXT, data: [texts(data)] })],
]);

/** Quoted texts are one word; parentheses only let a record go on in the next line. */
function wordsOf(text: string): string[] {
  const words: string[] = [];
  for (const [whole, quoted] of text.matchAll(/"((?:\\.|[^"\\])*)"|;.*|[^\s"();]+/g)) {
    if (quoted !== undefined) words.push(quoted.replaceAll(/\\(.)/g, "$1"));
    else if (!whole.startsWith(";")) words.push(whole);
  }
  return words;
}

/** `@` is the origin itself. */
export function parseName(text: string, origin: string): string {
  if (text === "@") return origin;
  if (text === ".") return "";
  const isAbsolute = text.endsWith(".") || origin === "";
  const name = isAbsolute ? text.replace(/\.$/, "") : `${text}.${origin}`;
  if (text === "" || !isName(lowerName(name))) throw new RangeError(`"${text}" is no name`);
  return name;
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** Seconds, or a number with its unit: `1h`. */
export function parseTtl(text: string): number {
  const [, digits = "", unit = "s"] = /^(\d+)([smhdw]?)$/i.exec(text) ?? [];
  return parseNumber(digits, 2 ** 31 - 1) * (UNIT_SECONDS[unit === "" ? "s" : unit.toLowerCase()] ?? 1);
}

function parseNumber(text: string, maximum: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > maximum)
    throw new RangeError(`"${text}" is no number up to ${String(maximum)}`);
  return value;
}

/** Numbers of 2 or 4 bytes, one after the other. */
function numbers(size: 2 | 4, words: readonly string[]): Uint8Array {
  const bytes = Buffer.alloc(words.length * size);
  words.forEach((word, index) =>
    bytes.writeUIntBE(size === 4 ? parseTtl(word) : parseNumber(word, 0xffff), index * size, size),
  );
  return new Uint8Array(bytes);
}

function texts(words: readonly string[]): Uint8Array {
  if (words.length === 0) throw new RangeError("A TXT record has a text");
  const parts = words.map((word) => Buffer.from(word, "latin1"));
  if (parts.some(({ length }) => length > 255))
    throw new RangeError("A text of a record has at most 255 bytes");
  return new Uint8Array(Buffer.concat(parts.flatMap((part) => [Uint8Array.of(part.length), part])));
}
