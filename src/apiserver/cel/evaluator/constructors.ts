/** Lists, maps and objects that are written down. */
import { LIST_COST, MAP_COST, STRUCT_COST } from "../cost/runtime-cost.ts";
import { toText } from "../values/conversion.ts";
import { ValueList } from "../values/list.ts";
import { mapOf } from "../values/map.ts";
import { CelStruct } from "../values/struct.ts";
import { CelError, CelOptional, type CelValue, isError, runtimeType } from "../values/value.ts";
import type { Evaluate } from "./frame.ts";
import { areConstant, constantOf, type Node, run, withCost } from "./node.ts";

export interface PlannedElement {
  readonly value: Node;
  /** Whether it is left out when there is nothing in it. */
  readonly isOptional: boolean;
}

export interface PlannedEntry extends PlannedElement {
  readonly key: Node;
}

export function listNode(elements: readonly PlannedElement[]): Node {
  const args = elements.map(({ value, isOptional }) => ({ value: run(value), isOptional }));
  const build: Evaluate = (frame) => {
    const values: CelValue[] = [];
    for (const { value: compute, isOptional } of args) {
      const value = compute(frame);
      if (isError(value)) return value;
      const kept = isOptional ? contentOf(value) : value;
      if (kept === undefined) continue;
      if (isError(kept)) return new CelError(`cannot initialize optional list element from ${kept.message}`);
      values.push(kept);
    }
    return new ValueList(values);
  };
  return finish(
    build,
    LIST_COST,
    elements.map(({ value }) => value),
  );
}

export function mapNode(entries: readonly PlannedEntry[]): Node {
  const args = entries.map(({ key, value, isOptional }) => ({
    key: run(key),
    value: run(value),
    isOptional,
  }));
  const build: Evaluate = (frame) => {
    const values: [CelValue, CelValue][] = [];
    for (const entry of args) {
      const key = entry.key(frame);
      if (isError(key)) return key;
      const value = entry.value(frame);
      if (isError(value)) return value;
      const kept = entry.isOptional ? contentOf(value) : value;
      if (kept === undefined) continue;
      if (isError(kept)) {
        return new CelError(`cannot initialize optional entry '${textOf(key)}' from ${kept.message}`);
      }
      values.push([key, kept]);
    }
    return mapOf(values);
  };
  return finish(
    build,
    MAP_COST,
    entries.flatMap(({ key, value }) => [key, value]),
  );
}

export interface PlannedField extends PlannedElement {
  readonly name: string;
}

export function structNode(type: string, fields: readonly PlannedField[]): Node {
  const args = fields.map(({ name, value, isOptional }) => ({ name, value: run(value), isOptional }));
  const build: Evaluate = (frame) => {
    const values = new Map<string, CelValue>();
    for (const { name, value: compute, isOptional } of args) {
      const value = compute(frame);
      if (isError(value)) return value;
      const kept = isOptional ? contentOf(value) : value;
      if (kept === undefined) continue;
      if (isError(kept)) {
        return new CelError(`cannot initialize optional entry '${name}' from ${kept.message}`);
      }
      values.set(name, kept);
    }
    return new CelStruct(type, values);
  };
  return { kind: "other", evaluate: withCost(build, STRUCT_COST) };
}

/** What consists of constants is one. */
function finish(build: Evaluate, cost: number, parts: readonly Node[]): Node {
  const evaluate = withCost(build, cost);
  return areConstant(parts) ? constantOf(evaluate) : { kind: "other", evaluate };
}

/** What is in an optional; undefined for nothing, and an error for what is no optional. */
function contentOf(value: CelValue): CelValue | undefined | CelError {
  return value instanceof CelOptional ? value.value : new CelError(`non-optional value ${textOf(value)}`);
}

function textOf(value: CelValue): string {
  const text = toText(value);
  return typeof text === "string" ? text : runtimeType(value).name;
}
