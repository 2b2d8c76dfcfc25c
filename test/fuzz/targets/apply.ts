import { BuiltInSchemas } from "#api/schemas.ts";
import { applyPatch } from "#apimachinery/apply/apply-patch.ts";
import type { FieldManagerType } from "#apimachinery/apply/field-manager.ts";
import { trackUpdate } from "#apimachinery/apply/track-update.ts";
import { Codec } from "#apimachinery/codec/codec.ts";
import { isJsonObject, type JsonObject } from "#apimachinery/json-value.ts";
import { isConflict, StatusError } from "#apimachinery/status-error.ts";
import { attempt, ensure, ensureSame, jsonTarget } from "../engine/target.ts";

const GVK = { group: "apps", version: "v1", kind: "Deployment" };
const NAMES = { apiVersion: "apps/v1", kind: "Deployment" };
const TIME = "2026-01-01T00:00:00Z";

/** Server-side apply: one manager after the other applies a Deployment, another updates it in between. */
export const target = jsonTarget({
  seeds: [
    '[{"metadata":{"name":"a","labels":{"x":"1"}},"spec":{"replicas":1,"template":{"spec":{"containers":[{"name":"a","image":"x","ports":[{"containerPort":80}]}]}}}},{"metadata":{"finalizers":["f/a"]},"spec":{"replicas":2,"template":{"spec":{"containers":[{"name":"b"}]}}}}]',
    '[{"spec":{"selector":{"matchLabels":{"a":"b"}},"strategy":{"rollingUpdate":{"maxSurge":"25%"}}}},{"spec":{"strategy":null,"template":{"spec":{"containers":[{"name":"a"},{"name":"a"}],"volumes":[{}]}}}}]',
    '[{"metadata":{"managedFields":[{"manager":"m","operation":"Apply","apiVersion":"apps/v1","fieldsType":"FieldsV1","fieldsV1":{"f:spec":{"f:replicas":{}}}}]},"spec":{"replicas":3}},{}]',
  ],
  dictionary: [
    "metadata",
    "spec",
    "labels",
    "replicas",
    "template",
    "containers",
    "name",
    "ports",
    "containerPort",
    "protocol",
    "managedFields",
    "fieldsV1",
    "f:spec",
    "f:containers",
    'k:{"name":"a"}',
    ".",
    "v:1",
    "i:0",
    "finalizers",
    "strategy",
    "maxSurge",
    "volumes",
    "tolerations",
    "matchLabels",
    "Apply",
    "Update",
    "FieldsV1",
    "apps/v1",
  ],
  refusals: [StatusError],
  open: () => {
    const schema = new BuiltInSchemas().ofResource(GVK);
    const codec = new Codec();
    const type: FieldManagerType = { ...NAMES, schema };
    const decode = (value: unknown): JsonObject => codec.decode(schema, value, { gvk: GVK }).object;
    const apply = (
      live: JsonObject | undefined,
      config: JsonObject,
      manager: string,
      force: boolean,
    ): JsonObject => {
      const { object } = applyPatch({
        type,
        live,
        applied: { ...config, ...NAMES },
        manager,
        force,
        time: TIME,
      });
      return decode(object);
    };
    return (input) => {
      const [first, second] = Array.isArray(input) ? (input as readonly unknown[]) : [];
      if (!isJsonObject(first) || !isJsonObject(second)) return undefined;
      // What is decoded has an empty value in the place of null, which is another key of a list.
      if (JSON.stringify(input).includes("null")) return undefined;
      const created = trackUpdate({ type, live: undefined, next: decode(first), manager: "u", time: TIME });
      attempt([StatusError], () => apply(decode(created), second, "b", true));
      const live = apply(undefined, first, "a", false);
      const forced = apply(live, second, "b", true);
      const unforced = attempt([ConflictOnly], () => narrow(() => apply(live, second, "b", false)));
      return () => {
        ensureSame(apply(live, first, "a", false), live, "Applying the same again changes nothing");
        ensureSame(apply(forced, second, "b", false), forced, "What was forced can be applied again");
        if (unforced !== undefined)
          ensureSame(unforced, forced, "Without a conflict force makes no difference");
        ensure(isJsonObject(forced["metadata"]), "An object has metadata");
      };
    };
  },
});

class ConflictOnly extends Error {}

function narrow<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw isConflict(error) ? new ConflictOnly() : error;
  }
}
