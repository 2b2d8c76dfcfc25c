import { BuiltInSchemas } from "#api/schemas.ts";
import { Codec } from "#apimachinery/codec/codec.ts";
import { isJsonObject } from "#apimachinery/json-value.ts";
import { StatusError } from "#apimachinery/status-error.ts";
import { kindObject } from "#testing/kind-values.ts";
import { seededRandom } from "#testing/seeded-random.ts";
import { wireKinds } from "#testing/wire-kinds.ts";
import { ensure, ensureSame, jsonTarget } from "../engine/target.ts";

const SEEDED_KINDS = [
  "v1/Pod",
  "apps/v1/Deployment",
  "v1/Service",
  "batch/v1/CronJob",
  "v1/Event",
  "apiextensions.k8s.io/v1/CustomResourceDefinition",
];

const schemas = new BuiltInSchemas();
const kinds = new Map(wireKinds(schemas).map((kind) => [kind.name, kind]));

function seedOf(name: string): string {
  const kind = kinds.get(name);
  if (kind === undefined) throw new RangeError(`No kind "${name}"`);
  const [apiVersion] = /.*(?=\/)/.exec(name) ?? [];
  const object = kindObject(kind.schema, { random: seededRandom(1), density: 0.15 });
  return JSON.stringify({ ...object, apiVersion, kind: kind.gvk.kind });
}

/** Objects of every built-in kind: normalising, unknown and duplicate fields, and types that do not fit. */
export const target = jsonTarget({
  seeds: SEEDED_KINDS.map(seedOf),
  dictionary: [...kinds.values()]
    .slice(0, 60)
    .flatMap(({ gvk, schema }) => [gvk.kind, ...schema.fields.keys()]),
  maxBytes: 16 * 1024,
  refusals: [StatusError],
  open: () => {
    const codec = new Codec();
    return (input) => {
      if (!isJsonObject(input)) return undefined;
      const kind =
        kinds.get(`${textOf(input["apiVersion"])}/${textOf(input["kind"])}`) ?? kinds.get("v1/Pod");
      if (kind === undefined) return undefined;
      const { schema, gvk } = kind;
      const text = JSON.stringify(input);
      const { object, warnings } = codec.decodeText(schema, text, { gvk });
      return () => {
        ensure(warnings.length <= 100, "There are at most 100 warnings");
        const again = codec.decodeText(schema, JSON.stringify(object), { gvk, fieldValidation: "Strict" });
        ensureSame(JSON.stringify(again.object), JSON.stringify(object), "What was decoded stays as it is");
        const known = codec.decode(schema, input, { gvk, known: object });
        ensure(known.object === object, "What is known already is taken over");
        ensure(JSON.stringify(input) === text, "The input stays as it is");
      };
    };
  },
});

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
