import type { CheckedExpression } from "../checker/checked-expression.ts";
import type { Comprehension, Expression } from "../syntax/expression.ts";
import { ACCUMULATOR } from "../syntax/expression-builder.ts";
import type { CelType } from "../types/type.ts";
import { textSize } from "../values/text.ts";
import { type Estimate, fixed, ONE, UNBOUNDED, UNKNOWN, union } from "./estimate.ts";
import type { Argument } from "./text-estimates.ts";

/**
 * The size of the value at a path, which begins with the name of a variable and goes on with fields, `@items`,
 * `@keys` and `@values`; undefined when nothing is known of it.
 */
export type SizeOfPath = (path: readonly string[]) => Estimate | undefined;

/** Sizes of what is in a list or map. */
export interface EntrySizes {
  readonly container: "list" | "map";
  readonly key: Estimate;
  readonly value: Estimate;
}

/** A variable of a loop, by what it stands for. */
interface Local {
  readonly path: readonly string[];
  readonly size: Estimate | undefined;
  readonly entries: EntrySizes | undefined;
}

type Identified = Pick<Expression, "id">;

/** What is known of the sizes of an expression's parts, and where in the variables they come from. */
export class KnownSizes {
  readonly #checked: CheckedExpression;
  readonly #sizeOfPath: SizeOfPath;
  readonly #locals = new Map<string, Local[]>();
  readonly #paths = new Map<number, readonly string[]>();
  readonly #sizes = new Map<number, Estimate>();
  readonly #entries = new Map<number, EntrySizes>();

  constructor(checked: CheckedExpression, sizeOfPath: SizeOfPath) {
    this.#checked = checked;
    this.#sizeOfPath = sizeOfPath;
  }

  setPath({ id }: Identified, path: readonly string[]): void {
    this.#paths.set(id, path);
  }

  setSize({ id }: Identified, size: Estimate | undefined): void {
    if (size !== undefined) this.#sizes.set(id, size);
  }

  push(name: string, local: Local): void {
    this.#locals.set(name, [...(this.#locals.get(name) ?? []), local]);
  }

  pop(name: string): void {
    this.#locals.set(name, (this.#locals.get(name) ?? []).slice(0, -1));
  }

  local(name: string): Local | undefined {
    return this.#locals.get(name)?.at(-1);
  }

  pathOf(expression: Expression): readonly string[] {
    const local = expression.kind === "identifier" ? this.local(expression.name) : undefined;
    return local?.path ?? this.#paths.get(expression.id) ?? [];
  }

  sizeOf(expression: Expression): Estimate | undefined {
    const known = this.#sizes.get(expression.id) ?? sizeOfLiteral(expression);
    if (known !== undefined) return known;
    const path = this.pathOf(expression);
    const given = path.length === 0 ? undefined : this.#sizeOfPath(path);
    if (given !== undefined) {
      this.setSize(expression, given);
      return given;
    }
    if (isScalar(this.#checked.typeOf(expression))) return ONE;
    return expression.kind === "identifier" ? this.local(expression.name)?.size : undefined;
  }

  sizeOfAny(expressions: readonly Expression[]): Estimate {
    return expressions
      .map((each) => this.sizeOf(each) ?? UNKNOWN)
      .reduce(union, { min: expressions.length === 0 ? 0 : UNBOUNDED, max: 0 });
  }

  entriesOf(expression: Expression): EntrySizes | undefined {
    const known = this.#entries.get(expression.id);
    if (known !== undefined || expression.kind !== "identifier") return known;
    return this.local(expression.name)?.entries;
  }

  setEntries({ id }: Identified, entries: EntrySizes | undefined): void {
    if (entries !== undefined) this.#entries.set(id, entries);
  }

  copySizes(to: Expression, from: Expression): void {
    this.setSize(to, this.sizeOf(from));
    this.setEntries(to, this.entriesOf(from));
  }

  setLoopSize(loop: Comprehension, count: Estimate): void {
    const { kind } = loop.initial;
    if (kind === "literal") {
      this.setSize(loop, this.sizeOf(loop.initial));
    } else if (kind === "list" || kind === "map") {
      this.setSize(loop, count);
      this.setEntries(loop, this.entriesOf(loop.step));
    }
  }

  argumentOf(expression: Expression): Argument {
    const path = this.pathOf(expression);
    const isGathered = path[0] === ACCUMULATOR;
    const items = isGathered || path.length === 0 ? undefined : this.#sizeOfPath([...path, "@items"]);
    return {
      expression,
      type: this.#checked.typeOf(expression),
      size: this.sizeOf(expression),
      elementSize: items ?? UNKNOWN,
    };
  }

  /** What one variable of a loop stands for: elements of lists, keys of maps. */
  elementOf(range: Expression): Local {
    return this.containerOf(range) === "list" ? this.valueOf(range) : this.keyOf(range);
  }

  keyOf(range: Expression): Local {
    const step = this.containerOf(range) === "list" ? "@indices" : "@keys";
    return { path: [...this.pathOf(range), step], size: this.entriesOf(range)?.key, entries: undefined };
  }

  valueOf(range: Expression): Local {
    const step = this.containerOf(range) === "list" ? "@items" : "@values";
    return { path: [...this.pathOf(range), step], size: this.entriesOf(range)?.value, entries: undefined };
  }

  containerOf(range: Expression): string {
    return this.entriesOf(range)?.container ?? this.#checked.typeOf(range).kind;
  }
}

function sizeOfLiteral(expression: Expression): Estimate | undefined {
  if (expression.kind === "list") return fixed(expression.elements.length);
  if (expression.kind === "map") return fixed(expression.entries.length);
  if (expression.kind !== "literal") return undefined;
  const { value } = expression;
  if (typeof value === "string") return fixed(textSize(value));
  return fixed(value instanceof Uint8Array ? value.length : 1);
}

const SCALARS: ReadonlySet<string> = new Set(["bool", "double", "duration", "int", "timestamp", "uint"]);

function isScalar(type: CelType): boolean {
  if (SCALARS.has(type.kind)) return true;
  return type.kind === "opaque" && type.name === "optional_type" && isScalar(type.parameter(0));
}

export function unionEntries(a: EntrySizes | undefined, b: EntrySizes | undefined): EntrySizes | undefined {
  if (a === undefined || b === undefined) return undefined;
  return { container: a.container, key: union(a.key, b.key), value: union(a.value, b.value) };
}
