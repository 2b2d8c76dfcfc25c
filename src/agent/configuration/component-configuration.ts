import { isJsonObject, type JsonObject } from "#apimachinery/json-value.ts";
import { applyMergePatch } from "#apimachinery/patch/merge-patch.ts";
import { type ReadValue, type Refusal, refuse } from "./argument-values.ts";
import { type Field, fieldText, type GoType, isZero } from "./field-text.ts";

/** The configuration of a component as a file has it, and what becomes of its fields. */
export interface ComponentConfiguration<Args> {
  readonly apiVersion: string;
  readonly kind: string;
  /** By their paths. */
  readonly fields: Readonly<Record<string, Field>>;
  /** By the names of flags, or of fields without one. */
  readonly settings: Readonly<Record<string, ReadValue<Args>>>;
  readonly refusals: Readonly<Record<string, Refusal>>;
}

/** What all documents say together; each adds to those before it. Throws a RangeError that says what is wrong. */
export function settingsOf<Args extends object>(
  configuration: ComponentConfiguration<Args>,
  documents: readonly JsonObject[],
): Partial<Args> {
  const { fields } = configuration;
  const merged = documents.reduce<JsonObject>((all, each) => applyMergePatch(all, each), {});
  const { apiVersion: _version, kind: _kind, ...given } = merged;
  const values = new Map(leavesOf(given, branchesOf(fields)));
  const unknown = [...values.keys()].filter((path) => !Object.hasOwn(fields, path));
  if (unknown.length > 0) {
    const errors = unknown.map((path) => `unknown field ${JSON.stringify(path)}`);
    throw new RangeError(`strict decoding error: ${errors.join(", ")}`);
  }
  return Object.entries(fields).reduce<Partial<Args>>(
    (all, [path, field]) =>
      values.has(path) ? { ...all, ...settingOf(configuration, { path, field }, values.get(path)) } : all,
    {},
  );
}

/** The fields by their paths; what holds fields is none itself. */
function leavesOf(
  object: JsonObject,
  branches: ReadonlySet<string>,
  prefix = "",
): readonly (readonly [path: string, value: unknown])[] {
  return Object.entries(object).flatMap(([name, value]) => {
    const path = `${prefix}${name}`;
    const isBranch = branches.has(path) && isJsonObject(value);
    return isBranch ? leavesOf(value, branches, `${path}.`) : [[path, value] as const];
  });
}

function branchesOf(fields: Readonly<Record<string, Field>>): ReadonlySet<string> {
  return new Set(
    Object.keys(fields).flatMap((path) => {
      const names = path.split(".");
      return names.slice(1).map((_, index) => names.slice(0, index + 1).join("."));
    }),
  );
}

function settingOf<Args extends object>(
  { kind, settings, refusals }: ComponentConfiguration<Args>,
  { path, field }: { readonly path: string; readonly field: Field },
  value: unknown,
): Partial<Args> {
  const [starred, setting, separator = "="] = field;
  const type = starred.replace("*", "") as GoType;
  const saysSomething = starred !== type && value !== null;
  if (!saysSomething && isZero(value)) return {};
  const text = fieldText({ path: `${kind}.${path}`, type, separator }, value);
  try {
    const refusal = Object.hasOwn(refusals, setting) ? refusals[setting] : undefined;
    if (refusal !== undefined) refuse(refusal, text);
    return settings[setting]?.(text) ?? {};
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new RangeError(`${path} ${error.message}`, { cause: error });
  }
}
