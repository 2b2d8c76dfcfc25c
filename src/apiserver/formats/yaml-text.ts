import { type Document, LineCounter, parseDocument, stringify, type Tags } from "yaml";
import { quote } from "#apimachinery/go-text.ts";

export interface YamlText {
  readonly value: unknown;
  /** Keys that a mapping sets more than once: `line 9: key "a" already set in map`. */
  readonly duplicateKeys: readonly string[];
}

/**
 * Parses one YAML document as Kubernetes does (sigs.k8s.io/yaml): YAML 1.1 scalars without timestamps, binary and
 * sexagesimal numbers. Throws a SyntaxError that names the line.
 */
export function parseYamlText(text: string): YamlText {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    ...SCHEMA,
    lineCounter: lines,
    logLevel: "silent",
    uniqueKeys: true,
  });
  const problems = document.errors.map(({ code, message, pos }) => ({
    isDuplicate: code === "DUPLICATE_KEY",
    line: lines.linePos(pos[0]).line,
    text: message.split("\n")[0]?.replace(/ at line \d+, column \d+:?$/, "") ?? "",
    key: keyAt(text, pos[0]),
  }));
  const fatal = problems.find(({ isDuplicate }) => !isDuplicate);
  if (fatal !== undefined)
    throw new SyntaxError(`yaml: line ${String(fatal.line)}: ${problemText(fatal.text)}`);
  return {
    value: resolveAliases(document),
    duplicateKeys: problems.map(
      ({ line, key }) => `line ${String(line)}: key ${quote(key)} already set in map`,
    ),
  };
}

/** The parser descends by recursion, and reports the end of the stack like an error in the text. */
function problemText(text: string): string {
  return text.startsWith("Maximum call stack") ? "exceeded max depth" : text;
}

/** The error of a duplicate key says only where it begins. */
function keyAt(text: string, start: number): string {
  const [, double, single, plain = ""] =
    /^(?:"((?:[^"\\]|\\.)*)"|'((?:[^']|'')*)'|([^\n]*?))\s*:/.exec(text.slice(start)) ?? [];
  return double ?? single ?? plain;
}

function resolveAliases(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES }) as unknown;
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    throw new SyntaxError(`yaml: ${error.message}`, { cause: error });
  }
}

/** The YAML form of an answer: keys sorted, as the conversion through Go's maps leaves them. */
export function formatYamlText(value: unknown): string {
  return stringify(value, { ...SORTED, version: "1.1" });
}

const SORTED = {
  sortMapEntries: true,
  lineWidth: 0,
  aliasDuplicateObjects: false,
  indentSeq: false,
} as const;

/** A document may not grow more than this many times by repeating what it has anchored. */
const MAX_ALIASES = 100;

const UNSUPPORTED_TAGS: readonly string[] = ["tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:binary"];
const UNSUPPORTED_FORMATS: readonly string[] = ["TIME"];

const SCHEMA = {
  version: "1.1",
  merge: true,
  customTags: (tags: Tags) =>
    tags.filter(
      (tag) =>
        typeof tag === "string" ||
        !(UNSUPPORTED_TAGS.includes(tag.tag) || UNSUPPORTED_FORMATS.includes(tag.format ?? "")),
    ),
} as const;
