import { LineCounter, parseDocument, type Tags } from "yaml";
import { type YamlText, yamlValue } from "./yaml-value.ts";

/**
 * Parses one YAML document as Kubernetes does (sigs.k8s.io/yaml): YAML 1.1 scalars without timestamps, binary and
 * sexagesimal numbers. Throws a SyntaxError that names the line.
 */
export function parseYamlText(text: string): YamlText {
  const lines = new LineCounter();
  // The library would compare each key of a mapping with all others.
  const options = { ...SCHEMA, lineCounter: lines, logLevel: "silent", uniqueKeys: false } as const;
  const document = parseDocument(text, options);
  const [fatal] = document.errors;
  if (fatal !== undefined) {
    const line = String(lines.linePos(fatal.pos[0]).line);
    throw new SyntaxError(`yaml: line ${line}: ${problemText(fatal.message)}`);
  }
  return yamlValue(document, lines);
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
