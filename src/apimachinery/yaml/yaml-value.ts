import {
  type Alias,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type LineCounter,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
} from "yaml";
import { exactNumber } from "../exact-json.ts";
import { quote } from "../go-text.ts";
import { setField } from "../json-value.ts";

/** What a document says, and which keys a mapping sets more than once: `line 9: key "a" already set in map`. */
export interface YamlText {
  readonly value: unknown;
  readonly duplicateKeys: readonly string[];
}

/**
 * The value of a document, as Go's decoder makes it. Throws a SyntaxError for aliases of nothing or of themselves, for a
 * document that consists of little else than repetitions of itself, and for values that JSON cannot say.
 */
export function yamlValue(document: Document, lines: LineCounter): YamlText {
  const decoder = new YamlDecoder(lines);
  const value = decoder.decode(document.contents);
  return { value, duplicateKeys: decoder.duplicateKeys() };
}

/** Smaller documents may repeat themselves as they like (Go's `yaml.v2` `decoder.unmarshal`). */
const SMALL_DECODES = 1000;
const FEW_ALIASED = 100;

class YamlDecoder {
  readonly #lines: LineCounter;
  readonly #anchors = new Map<string, Node>();
  /** Anchors whose aliases are being decoded. */
  readonly #open = new Set<Node>();
  /** By where they stand. */
  readonly #duplicates = new Map<number, string>();
  #decodes = 0;
  /** Decodes inside aliases. */
  #aliased = 0;

  constructor(lines: LineCounter) {
    this.#lines = lines;
  }

  decode(node: Node | Pair | null): unknown {
    this.#count();
    if (node === null || isPair(node)) return null;
    if (isAlias(node)) return this.#decodeAlias(node);
    if ((isScalar(node) || isCollection(node)) && node.anchor !== undefined) {
      this.#anchors.set(node.anchor, node);
    }
    if (isScalar(node)) return scalarValue(node);
    if (isMap(node)) return this.#decodeMap(node);
    return isSeq(node) ? node.items.map((item) => this.decode(item as Node)) : null;
  }

  duplicateKeys(): readonly string[] {
    return [...this.#duplicates].toSorted(([a], [b]) => a - b).map(([, text]) => text);
  }

  #decodeAlias({ source }: Alias): unknown {
    const target = this.#anchors.get(source);
    if (target === undefined) throw new SyntaxError(`yaml: unknown anchor '${source}' referenced`);
    if (this.#open.has(target)) throw new SyntaxError(`yaml: anchor '${source}' value contains itself`);
    this.#open.add(target);
    const value = this.decode(target);
    this.#open.delete(target);
    return value;
  }

  #decodeMap({ items }: YAMLMap): Record<string, unknown> {
    const map: Record<string, unknown> = {};
    const own = new Set<string>();
    for (const { key, value } of items as Pair<Node, Node | null>[]) {
      if (isScalar(key) && typeof key.value === "symbol") {
        this.#merge(map, own, this.decode(value));
        continue;
      }
      const name = this.#decodeKey(key);
      if (own.has(name)) this.#noteDuplicate(key, name);
      own.add(name);
      setField(map, name, this.decode(value));
    }
    return map;
  }

  /** What a mapping says itself counts more than what it takes over. */
  #merge(map: Record<string, unknown>, own: ReadonlySet<string>, merged: unknown): void {
    for (const source of Array.isArray(merged) ? (merged as readonly unknown[]) : [merged]) {
      if (typeof source !== "object" || source === null || Array.isArray(source)) {
        throw new SyntaxError("yaml: map merge requires map or sequence of maps as the value");
      }
      for (const [name, value] of Object.entries(source)) {
        if (!own.has(name) && !Object.hasOwn(map, name)) setField(map, name, value);
      }
    }
  }

  #decodeKey(key: Node): string {
    const value = (isScalar(key) ? limitOf(key) : undefined) ?? this.decode(key);
    if (value === null) return "";
    if (typeof value === "object") throw new SyntaxError(`yaml: invalid map key: ${JSON.stringify(value)}`);
    return String(value as string | number | bigint | boolean);
  }

  #noteDuplicate(key: Node, name: string): void {
    const start = key.range?.[0] ?? 0;
    const text = isScalar(key) ? textOf(key, name) : name;
    const line = String(this.#lines.linePos(start).line);
    this.#duplicates.set(start, `line ${line}: key ${quote(text)} already set in map`);
  }

  /** A document that grows may consist of repetitions the less the larger it becomes. */
  #count(): void {
    this.#decodes += 1;
    if (this.#open.size > 0) this.#aliased += 1;
    if (this.#aliased <= FEW_ALIASED || this.#decodes <= SMALL_DECODES) return;
    if (this.#aliased / this.#decodes > allowedRepetition(this.#decodes)) {
      throw new SyntaxError("yaml: document contains excessive aliasing");
    }
  }
}

/** From 99 % of a document up to 400,000 nodes down to 10 % of one from 4,000,000. */
function allowedRepetition(decodes: number): number {
  if (decodes <= 400_000) return 0.99;
  if (decodes >= 4_000_000) return 0.1;
  return 0.99 - 0.89 * ((decodes - 400_000) / 3_600_000);
}

const LIMITS = { ".inf": "+Inf", "-.inf": "-Inf", ".nan": "NaN" } as const;

function scalarValue(scalar: Scalar): unknown {
  const limit = limitOf(scalar);
  if (limit !== undefined) throw new SyntaxError(`json: unsupported value: ${LIMITS[limit]}`);
  const { value, source = "" } = scalar;
  if (typeof value !== "number") return value;
  // What is too large for a number is a text. Octal and other numbers that are not written in digits alone are never long.
  return Number.isFinite(value) ? exactNumber(value, source) : source;
}

/** What YAML can say of numbers and JSON cannot. */
function limitOf({ value, source = "" }: Scalar): keyof typeof LIMITS | undefined {
  if (typeof value !== "number" || Number.isFinite(value) || /\d/.test(source)) return undefined;
  if (Number.isNaN(value)) return ".nan";
  return value > 0 ? ".inf" : "-.inf";
}

function textOf({ source }: Scalar, name: string): string {
  return source ?? name;
}
