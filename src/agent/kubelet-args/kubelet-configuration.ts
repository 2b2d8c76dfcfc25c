import { isJsonObject, type JsonObject } from "#apimachinery/json-value.ts";
import { applyMergePatch } from "#apimachinery/patch/merge-patch.ts";
import { refuse } from "../argument-values.ts";
import { FIELDS, type GoType } from "./configuration-fields.ts";
import { fieldText, isZero } from "./field-text.ts";
import type { ConfigurationDocument, KubeletArgs } from "./kubelet-args.ts";
import { REFUSED_FIELDS, REFUSED_FLAGS } from "./refused-flags.ts";
import { TAKEN_FIELDS, TAKEN_FLAGS } from "./taken-flags.ts";

const SETTINGS = { ...TAKEN_FLAGS, ...TAKEN_FIELDS };
const REFUSALS = { ...REFUSED_FLAGS, ...REFUSED_FIELDS };

/** What all of them say together; each adds to those before it. Throws a RangeError that says what is wrong. */
export function settingsOf(documents: readonly ConfigurationDocument[]): KubeletArgs {
  const merged = documents.reduce<JsonObject>((all, each) => applyMergePatch(all, each), {});
  const { apiVersion: _version, kind: _kind, ...fields } = merged;
  const values = new Map(leavesOf(fields));
  const unknown = [...values.keys()].filter((path) => !Object.hasOwn(FIELDS, path));
  if (unknown.length > 0) {
    const errors = unknown.map((path) => `unknown field ${JSON.stringify(path)}`);
    throw new RangeError(`strict decoding error: ${errors.join(", ")}`);
  }
  return Object.keys(FIELDS).reduce<KubeletArgs>(
    (all, path) => (values.has(path) ? { ...all, ...settingOf(path, values.get(path)) } : all),
    {},
  );
}

/** The fields by their paths; what holds fields is none itself. */
function leavesOf(object: JsonObject, prefix = ""): readonly (readonly [path: string, value: unknown])[] {
  return Object.entries(object).flatMap(([name, value]) => {
    const path = `${prefix}${name}`;
    const isBranch = BRANCHES.has(path) && isJsonObject(value);
    return isBranch ? leavesOf(value, `${path}.`) : [[path, value] as const];
  });
}

const BRANCHES: ReadonlySet<string> = new Set(
  Object.keys(FIELDS).flatMap((path) => {
    const names = path.split(".");
    return names.slice(1).map((_, index) => names.slice(0, index + 1).join("."));
  }),
);

function settingOf(path: string, value: unknown): KubeletArgs {
  const [starred, setting] = FIELDS[path] ?? ["object", path];
  const type = starred.replace("*", "") as GoType;
  const saysSomething = starred !== type && value !== null;
  if (!saysSomething && isZero(value)) return {};
  const text = fieldText({ path, type, separator: setting === "eviction-hard" ? "<" : "=" }, value);
  try {
    const refusal = Object.hasOwn(REFUSALS, setting) ? REFUSALS[setting] : undefined;
    if (refusal !== undefined) refuse(refusal, text);
    return SETTINGS[setting]?.(text) ?? {};
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new RangeError(`${path} ${error.message}`, { cause: error });
  }
}
