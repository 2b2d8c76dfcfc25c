import type { Taint } from "#api/generated/core-v1.ts";
import { isJsonObject } from "#apimachinery/json-value.ts";

/** Go's types, as errors name them. What is of another one is an `object`, of which only an empty one is taken. */
export type GoType =
  | "bool"
  | "int32"
  | "int64"
  | "string"
  | "duration"
  | "[]string"
  | "map[string]string"
  | "map[string]bool"
  | "[]v1.Taint"
  | "object";

/**
 * A field's type, with a star where its zero value says something, the flag or field whose value it is, and what stands
 * between the names and values of a map.
 */
export type Field = readonly [type: GoType | `*${GoType}`, setting: string, separator?: string];

interface FieldForm {
  /** With the kind before it. */
  readonly path: string;
  readonly type: GoType;
  /** Between the names and values of a map. */
  readonly separator: string;
}

type Text = (value: unknown, separator: string) => string | undefined;

const integer: Text = (value) => (typeof value === "number" ? String(value) : undefined);
const string: Text = (value) => (typeof value === "string" ? value : undefined);
const map: Text = (value, separator) => (isJsonObject(value) ? mapText(value, separator) : undefined);

/** Undefined for what is not of the type. */
const TEXTS: Readonly<Record<GoType, Text>> = {
  bool: (value) => (typeof value === "boolean" ? String(value) : undefined),
  int32: integer,
  int64: integer,
  string,
  duration: string,
  "[]string": (value) =>
    Array.isArray(value) && value.every((item) => typeof item === "string") ? value.join(",") : undefined,
  "[]v1.Taint": (value) =>
    Array.isArray(value) && value.every(isJsonObject) ? value.map(taintText).join(",") : undefined,
  "map[string]string": map,
  "map[string]bool": map,
  object: (value) => JSON.stringify(value),
};

/** The value of a field as its flag has it. Throws a RangeError in the words of Go's decoder. */
export function fieldText({ path, type, separator }: FieldForm, value: unknown): string {
  const text = TEXTS[type](value, separator);
  if (text !== undefined) return text;
  const problem = `json: cannot unmarshal ${jsonType(value)} into Go`;
  throw new RangeError(
    type === "duration"
      ? `${problem} value of type string`
      : `${problem} struct field ${path} of type ${type}`,
  );
}

/** Whether a value is what Go has where nothing was said, in all its parts. */
export function isZero(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (isJsonObject(value)) return Object.values(value).every(isZero);
  return value === null || value === undefined || ZEROS.has(value);
}

const ZEROS: ReadonlySet<unknown> = new Set(["", "0", "0s", 0, false]);

function taintText(taint: Partial<Taint>): string {
  const { key = "", value, effect = "" } = taint;
  return `${key}${value === undefined ? "" : `=${value}`}:${effect}`;
}

function mapText(map: Readonly<Record<string, unknown>>, separator: string): string {
  return Object.entries(map)
    .map(([name, value]) => `${name}${separator}${String(value)}`)
    .join(",");
}

function jsonType(value: unknown): string {
  if (Array.isArray(value)) return "array";
  if (typeof value === "boolean") return "bool";
  return typeof value;
}
