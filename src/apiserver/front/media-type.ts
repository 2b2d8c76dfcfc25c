/** A media type with its parameters; type and subtype in lower case. */
export interface MediaType {
  /** Such as `application/json`. */
  readonly name: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** The media type of a `Content-Type` header; undefined for a text that is none. */
export function parseMediaType(text: string): MediaType | undefined {
  const [name = "", ...parameters] = text.split(";").map((part) => part.trim());
  if (!/^[^\s/]+\/[^\s/]+$/.test(name)) return undefined;
  return { name: name.toLowerCase(), parameters: Object.fromEntries(parameters.map(parseParameter)) };
}

/** The clauses of an `Accept` header, the most wanted first; equals stay in order, wildcards come last. */
export function parseAccept(header: string): readonly MediaType[] {
  return header
    .split(",")
    .map((clause) => parseMediaType(clause.trim() === "*" ? "*/*" : clause))
    .filter((clause) => clause !== undefined)
    .toSorted((a, b) => quality(b) - quality(a) || wildcards(a) - wildcards(b));
}

/** Whether a clause of `Accept` admits a media type. */
export function admits(clause: MediaType, name: string): boolean {
  return clause.name === "*/*" || clause.name === name || clause.name === `${name.split("/")[0] ?? ""}/*`;
}

function parseParameter(text: string): readonly [string, string] {
  const at = text.indexOf("=");
  if (at < 0) return [text.toLowerCase(), ""];
  const value = text.slice(at + 1).trim();
  const isQuoted = value.length > 1 && value.startsWith('"') && value.endsWith('"');
  return [text.slice(0, at).trim().toLowerCase(), isQuoted ? value.slice(1, -1) : value];
}

function quality({ parameters }: MediaType): number {
  const value = Number(parameters["q"] ?? 1);
  return Number.isNaN(value) ? 1 : value;
}

function wildcards({ name }: MediaType): number {
  return name.split("*").length - 1;
}
