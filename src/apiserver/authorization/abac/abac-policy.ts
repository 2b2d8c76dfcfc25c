import { DecoderCompiler, newState } from "#apimachinery/codec/decoder.ts";
import { JsonSyntaxError, parseJson } from "#apimachinery/codec/parse-json.ts";
import { findTypeError } from "#apimachinery/codec/type-error.ts";
import { isJsonObject, type JsonObject } from "#apimachinery/json-value.ts";
import type { ObjectSchema } from "#apimachinery/schema.ts";
import { AUTHENTICATED_GROUP } from "#apimachinery/user.ts";
import { objectOf, TEXT } from "../../formats/configuration-schema.ts";

/** Who may do what (kubernetes `pkg/apis/abac`): `*` is everything, and an empty text nothing but the empty one. */
export interface AbacPolicy {
  readonly user: string;
  readonly group: string;
  readonly readonly: boolean;
  readonly apiGroup: string;
  readonly resource: string;
  readonly namespace: string;
  readonly nonResourcePath: string;
}

export interface AbacPolicies {
  readonly policies: readonly AbacPolicy[];
  /** How many lines are in the form that had no version. */
  readonly unversioned: number;
}

const GROUP = "abac.authorization.kubernetes.io";

const SPEC = objectOf("PolicySpec", {
  user: TEXT,
  group: TEXT,
  readonly: { type: "boolean" },
  apiGroup: TEXT,
  resource: TEXT,
  namespace: TEXT,
  nonResourcePath: TEXT,
});
const POLICY = objectOf("Policy", { spec: SPEC });

/** One JSON object a line; lines may be blank or begin with `#`. A text says which line cannot be used, and why. */
export function parseAbacPolicies(text: string): AbacPolicies | string {
  const policies: AbacPolicy[] = [];
  let unversioned = 0;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const trimmed = line.trim();
    if (trimmed === "" || trimmed.startsWith("#")) continue;
    const parsed = parseLine(trimmed);
    if (typeof parsed === "string") return `line ${String(index + 1)}: ${trimmed}: ${parsed}`;
    policies.push(parsed.policy);
    if (!parsed.isVersioned) unversioned += 1;
  }
  return { policies, unversioned };
}

function parseLine(line: string): { readonly policy: AbacPolicy; readonly isVersioned: boolean } | string {
  const value = parseObject(line);
  if (typeof value === "string") return value;
  const { apiVersion = "", kind = "" } = value as { readonly apiVersion?: string; readonly kind?: string };
  const isVersioned = apiVersion !== "" && kind !== "";
  if (isVersioned && kind === "Policy" && apiVersion === `${GROUP}/v1beta1`) {
    const policy = decode<{ readonly spec: AbacPolicy }>(value, POLICY);
    return typeof policy === "string" ? policy : { policy: knownUsers(policy.spec), isVersioned };
  }
  if (isVersioned && (kind !== "Policy" || apiVersion !== `${GROUP}/v0`))
    return `no kind "${kind}" is registered for version "${apiVersion}"`;
  const old = decode<AbacPolicy>(value, SPEC);
  return typeof old === "string" ? old : { policy: knownUsers(fromOldForm(old)), isVersioned };
}

function parseObject(line: string): JsonObject | string {
  try {
    const value = parseJson(line);
    return isJsonObject(value) ? value : "json: cannot unmarshal a value that is no object";
  } catch (error) {
    if (error instanceof JsonSyntaxError) return error.message;
    throw error;
  }
}

function decode<T>(value: JsonObject, schema: ObjectSchema): T | string {
  return findTypeError(schema, value) ?? (new DecoderCompiler().compile(schema)(value, newState()) as T);
}

/** What the form without a version leaves empty is everything (kubernetes `pkg/apis/abac/v0/conversion.go`). */
function fromOldForm({ user, group, readonly, resource, namespace }: AbacPolicy): AbacPolicy {
  return {
    user,
    group: user === "" && group === "" ? "*" : group,
    readonly,
    apiGroup: "*",
    resource: resource === "" ? "*" : resource,
    namespace: namespace === "" ? "*" : namespace,
    nonResourcePath: namespace === "" && resource === "" ? "*" : "",
  };
}

/** Everybody is everybody who has shown who he is. */
function knownUsers(policy: AbacPolicy): AbacPolicy {
  const isForAll = policy.user === "*" || policy.group === "*";
  return isForAll ? { ...policy, user: "", group: AUTHENTICATED_GROUP } : policy;
}
