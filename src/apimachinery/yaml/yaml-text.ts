import { Composer, Lexer, LineCounter, Parser, type Tags } from "yaml";
import { MAX_DEPTH } from "../codec/parse-json.ts";
import { type YamlText, yamlValue } from "./yaml-value.ts";

/**
 * Parses one YAML document as Kubernetes does (sigs.k8s.io/yaml): YAML 1.1 scalars without timestamps, binary and
 * sexagesimal numbers. Throws a SyntaxError that names the line.
 */
export function parseYamlText(text: string): YamlText {
  const lines = new LineCounter();
  // The library would compare each key of a mapping with all others.
  const options = { ...SCHEMA, lineCounter: lines, logLevel: "silent", uniqueKeys: false } as const;
  const { value: document } = new Composer(options).compose(tokensOf(text, lines), true, text.length).next();
  // The composer makes a document of everything when it is told to.
  if (document === undefined) throw new TypeError("Expected a YAML document");
  const [fatal] = document.errors;
  if (fatal !== undefined) {
    const line = String(lines.linePos(fatal.pos[0]).line);
    throw new SyntaxError(`yaml: line ${line}: ${problemText(fatal.message)}`);
  }
  return yamlValue(document, lines);
}

/** Some levels of the parser are no values, but not more than are. */
const MAX_LEVELS = 2 * MAX_DEPTH;

/** Ends early where a document is too deep: the parser takes its time for each level, and the composer ends the stack. */
function* tokensOf(text: string, lines: LineCounter) {
  const parser = new Parser(lines.addNewLine);
  lines.addNewLine(0);
  for (const lexeme of new Lexer().lex(text)) {
    yield* parser.next(lexeme);
    if (parser.stack.length > MAX_LEVELS) {
      const { line } = lines.linePos(parser.offset);
      throw new SyntaxError(`yaml: line ${String(line)}: exceeded max depth`);
    }
  }
  yield* parser.end();
}

/** The parser descends by recursion, and reports the end of the stack like an error in the text. */
function problemText(message: string): string {
  if (message.startsWith("Maximum call stack")) return "exceeded max depth";
  return message.split("\n")[0]?.replace(/ at line \d+, column \d+:?$/, "") ?? "";
}

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
