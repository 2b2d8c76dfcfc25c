import { compareYamlKeys } from "./yaml-order.ts";
import { hasLineBreak, yamlScalar } from "./yaml-scalar.ts";

/** Longer keys are marked as such (`check_simple_key`). */
const SIMPLE_KEY_BYTES = 128;

/** Where a node is written. */
interface Place {
  /** Of the block that it is in. */
  readonly indent: number;
  readonly column: number;
  /** Whether its line holds nothing but marks so far, so that a block may begin in it. */
  readonly isFresh: boolean;
  readonly isInMapping: boolean;
}

const ROOT: Place = { indent: -2, column: 0, isFresh: true, isInMapping: false };

/**
 * The YAML form of a JSON value as `sigs.k8s.io/yaml` writes it: blocks, keys sorted, lists not indented in mappings, texts
 * folded. Fields that are undefined are left out, as `JSON.stringify` does.
 */
export function formatYamlText(value: unknown): string {
  const writer = new YamlWriter();
  writer.write(value, ROOT);
  return writer.finish();
}

class YamlWriter {
  #text = "";
  /** Whether the last line has begun. */
  #isOpen = false;

  finish(): string {
    return this.#isOpen ? `${this.#text}\n` : this.#text;
  }

  write(value: unknown, place: Place): void {
    if (Array.isArray(value) && value.length > 0) this.#writeList(value, place);
    else if (typeof value === "object" && value !== null && hasFields(value)) {
      this.#writeMapping(value as Readonly<Record<string, unknown>>, place);
    } else this.#writeScalar(value, place);
  }

  #writeList(items: readonly unknown[], { indent, isFresh, isInMapping }: Place): void {
    const own = isInMapping && !isFresh ? indent : indent + 2;
    const place = { indent: own, column: own + 1, isFresh: true, isInMapping: false };
    for (const [index, item] of items.entries()) {
      this.#startEntry(own, isFresh && index === 0);
      this.#put("-");
      this.write(item, place);
    }
  }

  #writeMapping(mapping: Readonly<Record<string, unknown>>, { indent, isFresh }: Place): void {
    const own = indent + 2;
    let isFirst = isFresh;
    for (const key of Object.keys(mapping).sort(compareYamlKeys)) {
      if (mapping[key] === undefined) continue;
      this.#startEntry(own, isFirst);
      isFirst = false;
      this.#writeEntry(key, mapping[key], own);
    }
  }

  #writeEntry(key: string, value: unknown, indent: number): void {
    if (isSimpleKey(key)) {
      const text = yamlScalar(key, { indent: indent + 2, column: indent, isKey: true });
      this.#put(`${text}:`);
      this.write(value, { indent, column: indent + text.length + 1, isFresh: false, isInMapping: true });
      return;
    }
    const marked = { indent, column: indent + 1, isFresh: true, isInMapping: true };
    this.#put("?");
    this.#writeScalar(key, marked);
    this.#startEntry(indent, false);
    this.#put(":");
    this.write(value, marked);
  }

  #writeScalar(value: unknown, { indent, column }: Place): void {
    const space = column === 0 ? "" : " ";
    // A text that is all of the document is indented as one in a mapping is (`yaml_emitter_increase_indent`).
    const own = Math.max(indent, 0) + 2;
    this.#put(`${space}${scalarText(value, { indent: own, column: column + space.length })}`);
  }

  /** Entries have a line each; the first may begin behind the marks of what it is in. */
  #startEntry(indent: number, isBehindMarks: boolean): void {
    if (isBehindMarks) {
      if (this.#text !== "") this.#text += " ";
      return;
    }
    this.#text += `${this.#isOpen ? "\n" : ""}${" ".repeat(indent)}`;
  }

  #put(text: string): void {
    this.#text += text;
    this.#isOpen = !hasLineBreak(text.slice(-1));
  }
}

function hasFields(value: object): boolean {
  return Object.values(value).some((each) => each !== undefined);
}

function isSimpleKey(key: string): boolean {
  return (
    !hasLineBreak(key) && (key.length * 3 <= SIMPLE_KEY_BYTES || Buffer.byteLength(key) <= SIMPLE_KEY_BYTES)
  );
}

function scalarText(value: unknown, place: { readonly indent: number; readonly column: number }): string {
  if (typeof value === "string") return yamlScalar(value, { ...place, isKey: false });
  if (typeof value === "number") return numberText(value);
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "[]" : "{}";
  return String(value as bigint | boolean | null);
}

/** Go's `strconv.FormatFloat(value, 'g', -1, 64)` of what is no whole number of 64 bits. */
function numberText(value: number): string {
  if (Number.isInteger(value) && value > -(2 ** 63) && value < 2 ** 64) return String(value);
  const [digits = "", exponent = ""] = value.toExponential().split("e");
  const power = Number(exponent);
  if (power >= -4 && power < 6) return String(value);
  return `${digits}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}
