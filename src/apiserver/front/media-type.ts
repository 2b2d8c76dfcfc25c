/** One clause of an `Accept` header, as it stands there: names are compared with upper and lower case. */
export interface AcceptClause {
  readonly type: string;
  readonly subtype: string;
  readonly parameters: Readonly<Record<string, string>>;
}

interface RankedClause extends AcceptClause {
  readonly quality: number;
}

/** The clauses of an `Accept` header, the most wanted first, as upstream's parser (munnerz/goautoneg) orders them. */
export function parseAccept(header: string): readonly AcceptClause[] {
  const sorted: RankedClause[] = [];
  for (const clause of header.split(",").map(parseClause)) {
    if (clause === undefined) continue;
    // The order is not a strict one, so that the way of sorting decides: Go sorts short lists by insertion.
    let index = sorted.length;
    while (isBefore(clause, sorted[index - 1])) index -= 1;
    sorted.splice(index, 0, clause);
  }
  return sorted;
}

/** Whether a clause of `Accept` admits a media type. */
export function admits({ type, subtype }: AcceptClause, mediaType: string): boolean {
  const [wantedType, wantedSubtype] = mediaType.split("/");
  if (type === wantedType) return subtype === wantedSubtype || subtype === "*";
  return type === "*" && subtype === "*";
}

function parseClause(text: string): RankedClause | undefined {
  const [range = "", ...rest] = text.split(";");
  const [type = "", subtype, ...more] = range.split("/").map(trimSpaces);
  if (more.length > 0 || (subtype === undefined && type !== "*")) return undefined;
  const parameters = Object.fromEntries(rest.map(parseParameter).filter((each) => each !== undefined));
  const { q, ...others } = parameters;
  return {
    type,
    subtype: subtype ?? "*",
    parameters: others,
    quality: q === undefined ? 1 : parseQuality(q),
  };
}

function isBefore(a: RankedClause, b: RankedClause | undefined): boolean {
  if (b === undefined) return false;
  if (a.quality > b.quality) return true;
  return (a.type !== "*" && b.type === "*") || (a.subtype !== "*" && b.subtype === "*");
}

function parseParameter(text: string): readonly [name: string, value: string] | undefined {
  const [name = "", value = "", ...more] = text.split("=");
  if (value === "" || more.length > 0) return undefined;
  const key = trimSpaces(name);
  // A quality with blanks around it is no number.
  return [key, key === "q" ? value : trimSpaces(value)];
}

/** What is no number counts as 0, which is less wanted but wanted. */
function parseQuality(text: string): number {
  return /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)$/.test(text) ? Number(text) : 0;
}

function trimSpaces(text: string): string {
  return text.replace(/^ +| +$/g, "");
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z{}-]+";
const CONTENT_TYPE = new RegExp(
  `^\\s*(${TOKEN}(?:/${TOKEN})?)\\s*(?:;\\s*${TOKEN}\\s*=\\s*(?:${TOKEN}|"(?:[^"\\\\]|\\\\.)*")\\s*)*;?\\s*$`,
);

/** The media type in a `Content-Type` header, in lower case; undefined for a text that is none (Go's `mime` package). */
export function parseContentType(header: string): string | undefined {
  return CONTENT_TYPE.exec(header)?.[1]?.toLowerCase();
}
