/**
 * The paths of printer columns: the part of client-go's `util/jsonpath` that is about finding values. Fields, quoted
 * fields, indices, slices, wildcards, recursive descent and filters such as `[?(@.type=="Ready")]`.
 */
import { equalJson, isJsonObject } from "#apimachinery/json-value.ts";
import { ownValue } from "#base/own-value.ts";

/** Finds all values at a path, in order. */
export type JsonPath = (value: unknown) => readonly unknown[];

type Step = (value: unknown) => readonly unknown[];

/** A path that makes no sense. */
export class JsonPathError extends Error {}

/** Throws a `JsonPathError`. */
export function compileJsonPath(text: string): JsonPath {
  const steps = new PathParser(text).parse();
  return (value) => steps.reduce<readonly unknown[]>((values, step) => values.flatMap(step), [value]);
}

const NAME = /^[^.[\]\s]+/;
const QUOTED = /^\[\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*\]/;
const INDEX = /^\[\s*(-?\d+)\s*\]/;
const SLICE = /^\[\s*(-?\d*)\s*:\s*(-?\d*)\s*(?::\s*(\d*)\s*)?\]/;
const WILDCARD = /^(?:\[\s*\*\s*\]|\.\*)/;
const FILTER = /^\[\s*\?\s*\(/;

class PathParser {
  #rest: string;

  constructor(text: string) {
    this.#rest = text.replace(/^[$@]/, "");
  }

  parse(): readonly Step[] {
    const steps: Step[] = [];
    while (this.#rest !== "") steps.push(this.#step());
    return steps;
  }

  #step(): Step {
    if (this.#take(/^\.(?=\[|$)/) !== undefined) return (value) => [value];
    if (this.#take(WILDCARD) !== undefined) return children;
    if (this.#take(/^\.\./) !== undefined) return this.#descent();
    const quoted = this.#take(QUOTED);
    if (quoted !== undefined) return field((quoted[1] ?? quoted[2] ?? "").replaceAll(/\\(.)/g, "$1"));
    const index = this.#take(INDEX);
    if (index !== undefined) return element(Number(index[1]));
    const slice = this.#take(SLICE);
    if (slice !== undefined) return part(slice.slice(1));
    if (this.#take(FILTER) !== undefined) return this.#filter();
    this.#take(/^\./);
    return field(this.#name());
  }

  #descent(): Step {
    if (this.#rest === "" || this.#rest.startsWith("[")) return descendants;
    const find = this.#take(/^\*/) === undefined ? field(this.#name()) : children;
    return (value) => descendants(value).flatMap(find);
  }

  /** A name may have escaped dots in it. */
  #name(): string {
    let name = "";
    for (;;) {
      const [piece] = this.#take(NAME) ?? [""];
      name += piece;
      if (!piece.endsWith("\\")) break;
      name = name.slice(0, -1) + this.#rest.charAt(0);
      this.#rest = this.#rest.slice(1);
    }
    if (name === "") throw new JsonPathError(`unrecognized path at "${this.#rest}"`);
    return name;
  }

  #filter(): Step {
    const end = closingParenthesis(this.#rest);
    const condition = this.#rest.slice(0, end).trim();
    this.#rest = this.#rest.slice(end + 1).trimStart();
    if (this.#take(/^\]/) === undefined) throw new JsonPathError("unterminated filter");
    const holds = compileCondition(condition);
    return (value) => listOf(value).filter(holds);
  }

  #take(pattern: RegExp): RegExpExecArray | undefined {
    const match = pattern.exec(this.#rest);
    if (match === null) return undefined;
    this.#rest = this.#rest.slice(match[0].length);
    return match;
  }
}

function closingParenthesis(text: string): number {
  let depth = 1;
  let quote = "";
  for (const [index, character] of Array.from(text).entries()) {
    if (quote !== "") quote = character === quote ? "" : quote;
    else if (character === '"' || character === "'") quote = character;
    else if (character === "(") depth++;
    else if (character === ")" && --depth === 0) return index;
  }
  throw new JsonPathError("unterminated filter");
}

const COMPARISON = /^(.+?)\s*(==|!=|<=|>=|<|>)\s*(.+)$/s;

function compileCondition(text: string): (value: unknown) => boolean {
  const match = COMPARISON.exec(text);
  if (match === null) {
    const exists = compileJsonPath(text);
    return (value) => exists(value).length > 0;
  }
  const [, left = "", operator = "", right = ""] = match;
  const [a, b] = [compileOperand(left.trim()), compileOperand(right.trim())];
  return (value) => {
    const [first] = a(value);
    const [second] = b(value);
    return first !== undefined && second !== undefined && compare(first, operator, second);
  };
}

/** A path, or a literal. */
function compileOperand(text: string): JsonPath {
  if (text.startsWith("@") || text.startsWith("$")) return compileJsonPath(text);
  const quoted = /^(['"])(.*)\1$/s.exec(text);
  const value = quoted === null ? literal(text) : quoted[2];
  return () => [value];
}

function literal(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // Whatever is no JSON is a text without its quotes.
    return text;
  }
}

function compare(a: unknown, operator: string, b: unknown): boolean {
  if (operator === "==") return equalJson(a, b);
  if (operator === "!=") return !equalJson(a, b);
  if (typeof a !== typeof b || (typeof a !== "number" && typeof a !== "string")) return false;
  const [left, right] = [a, b as typeof a];
  if (operator === "<") return left < right;
  if (operator === ">") return left > right;
  return operator === "<=" ? left <= right : left >= right;
}

function field(name: string): Step {
  return (value) => {
    const found = isJsonObject(value) ? ownValue(value, name) : undefined;
    return found === undefined ? [] : [found];
  };
}

function element(index: number): Step {
  return (value) => {
    const found = listOf(value).at(index);
    return found === undefined ? [] : [found];
  };
}

function part([start = "", end = "", step = ""]: readonly (string | undefined)[]): Step {
  const every = step === "" ? 1 : Number(step);
  return (value) =>
    listOf(value)
      .slice(start === "" ? 0 : Number(start), end === "" ? undefined : Number(end))
      .filter((_, index) => every > 0 && index % every === 0);
}

function children(value: unknown): readonly unknown[] {
  return isJsonObject(value) ? Object.values(value) : listOf(value);
}

function descendants(value: unknown): readonly unknown[] {
  return [value, ...children(value).flatMap(descendants)];
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}
