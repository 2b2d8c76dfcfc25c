/**
 * Objects that break rules which have come since they were written (KEP-4008): what does not change may stay as it is.
 * The cases are those of upstream's test/integration/ratcheting_test.go.
 */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { JSONSchemaProps } from "#api/generated/apiextensions-v1.ts";
import { aCronTab, aCronTabDefinition, CRON_TAB_V1, cronTabs } from "#testing/cron-tabs.ts";
import { settled } from "./conversion-fixture.ts";
import { failureOf } from "./failure.ts";
import { startServer, type TestServer } from "./server.ts";

interface RatchetingCase {
  readonly name: string;
  readonly before: JSONSchemaProps;
  readonly written: object;
  readonly after: JSONSchemaProps;
  /** What is changed then, in turn, with why it is refused. */
  readonly changes: readonly (readonly [change: object, problem?: string])[];
}

const text: JSONSchemaProps = { type: "string" };
const integer: JSONSchemaProps = { type: "integer" };
const integers: JSONSchemaProps = { type: "array", items: integer };
const keyed: JSONSchemaProps = {
  type: "array",
  "x-kubernetes-list-type": "map",
  "x-kubernetes-list-map-keys": ["key"],
  items: {
    type: "object",
    required: ["key"],
    properties: { key: text, name: text },
  },
};

function object(properties: Readonly<Record<string, JSONSchemaProps>>): JSONSchemaProps {
  return { type: "object", properties };
}

function withItems(
  list: JSONSchemaProps,
  properties: Readonly<Record<string, JSONSchemaProps>>,
): JSONSchemaProps {
  const { items } = list as { readonly items: JSONSchemaProps };
  return { ...list, items: { ...items, properties: { ...items.properties, ...properties } } };
}

const cases: readonly RatchetingCase[] = [
  {
    name: "limits of numbers",
    written: { low: 0, high: 1000 },
    before: object({ low: integer, high: integer }),
    after: object({ low: { ...integer, minimum: 10 }, high: { ...integer, maximum: 20 }, other: integer }),
    changes: [
      [{ other: 50 }],
      [{ low: 5 }, "spec.low: Invalid value: 5: spec.low in body should be greater than or equal to 10"],
      [{ low: 11 }],
      [{ high: 19 }],
      [{ low: 0 }, "spec.low: Invalid value: 0: spec.low in body should be greater than or equal to 10"],
    ],
  },
  {
    name: "enumerations",
    written: { color: "mauve" },
    before: object({ color: text }),
    after: object({ color: { ...text, enum: ["red", "green"] }, other: text }),
    changes: [
      [{ other: "a" }],
      [{ color: "pink" }, 'spec.color: Unsupported value: "pink": supported values: "red", "green"'],
      [{ color: "red" }],
      [{ color: "mauve" }, 'spec.color: Unsupported value: "mauve": supported values: "red", "green"'],
    ],
  },
  {
    name: "patterns, lengths and formats",
    written: { match: "w1", short: "a", day: "never" },
    before: object({ match: text, short: text, day: text }),
    after: object({
      match: { ...text, pattern: "^[1-9]+$" },
      short: { ...text, minLength: 3 },
      day: { ...text, format: "date" },
    }),
    changes: [
      [{ match: "1" }],
      [{ short: "b" }, 'spec.short: Invalid value: "b": spec.short in body should be at least 3 chars long'],
      [{ day: "ever" }, 'spec.day: Invalid value: "ever": spec.day in body must be of type date: "ever"'],
      [{ day: "2020-01-01", short: "abc" }],
    ],
  },
  {
    name: "counts of elements, which are of the whole list",
    written: { list: [1, 2, 3] },
    before: object({ list: integers }),
    after: object({ list: { ...integers, maxItems: 1 }, other: integer }),
    changes: [
      [{ other: 1 }],
      [{ list: [1, 2] }, "spec.list: Too many: 2: must have at most 1 item"],
      [{ list: [1] }],
    ],
  },
  {
    name: "keyed lists, whose elements are found again wherever they are",
    written: {
      list: [
        { key: "a", name: "x" },
        { key: "b", name: "y" },
      ],
    },
    before: object({ list: keyed }),
    after: object({ list: withItems(keyed, { name: { ...text, minLength: 3 } }) }),
    changes: [
      [
        {
          list: [
            { key: "c", name: "long" },
            { key: "b", name: "y" },
            { key: "a", name: "x" },
          ],
        },
      ],
      [
        {
          list: [
            { key: "b", name: "z" },
            { key: "a", name: "x" },
          ],
        },
        'spec.list[0].name: Invalid value: "z": spec.list[0].name in body should be at least 3 chars long',
      ],
    ],
  },
  {
    name: "other lists, whose elements are not",
    written: { list: [{ name: "x" }] },
    before: object({ list: { type: "array", items: object({ name: text }) } }),
    after: object({
      list: { type: "array", items: object({ name: { ...text, minLength: 3 } }) },
      other: text,
    }),
    changes: [
      [{ other: "a" }],
      [
        { list: [{ name: "x" }, { name: "long" }] },
        'spec.list[0].name: Invalid value: "x": spec.list[0].name in body should be at least 3 chars long',
      ],
    ],
  },
  {
    name: "repetitions in what has become a set, until there is none",
    written: { list: [1, 1] },
    before: object({ list: integers }),
    after: object({ list: { ...integers, "x-kubernetes-list-type": "set" }, other: integer }),
    changes: [
      [{ other: 1 }],
      [{ list: [1, 1, 2] }],
      [{ list: [1, 2] }],
      [{ list: [2, 2] }, "spec.list[1]: Duplicate value: 2"],
    ],
  },
  {
    name: "combinations, in which nothing is let pass",
    written: { a: 1, b: 1 },
    before: object({ a: integer, b: integer }),
    after: { ...object({ a: integer, b: integer }), not: { properties: { a: { maximum: 4 } } } },
    changes: [[{ b: 2 }, '<nil>: Invalid value: "": "spec" must not validate the schema (not)'], [{ a: 5 }]],
  },
  {
    name: "rules of values",
    written: { a: "x", b: "x" },
    before: object({ a: text, b: text }),
    after: object({
      a: { ...text, "x-kubernetes-validations": [{ rule: "self.startsWith('k8s')" }] },
      b: text,
    }),
    changes: [
      [{ b: "y" }],
      [{ a: "y" }, "spec.a: Invalid value: \"y\": failed rule: self.startsWith('k8s')"],
      [{ a: "k8s" }],
    ],
  },
  {
    name: "rules of changes, which always hold",
    written: { a: "x", b: "x" },
    before: object({ a: text, b: text }),
    after: object({
      a: { ...text, "x-kubernetes-validations": [{ rule: "oldSelf != 'x' || self == 'y'" }] },
      b: text,
    }),
    changes: [
      [{ b: "y" }, "spec.a: Invalid value: \"x\": failed rule: oldSelf != 'x' || self == 'y'"],
      [{ a: "y" }],
    ],
  },
];

let server: TestServer;
beforeEach(async () => {
  server = await startServer();
});
afterEach(() => server[Symbol.asyncDispose]());

const NAME = "crontabs.stable.example.com";
const at = { namespace: "default", name: "a" };

/** The schema is that of the spec, or of the status where that is a subresource. */
function definitionOf(schema: JSONSchemaProps, field: string) {
  const openAPIV3Schema: JSONSchemaProps = { type: "object", properties: { [field]: schema } };
  const subresources = field === "status" ? { status: {} } : {};
  return aCronTabDefinition([{ ...CRON_TAB_V1, subresources, schema: { openAPIV3Schema } }]);
}

/** In the status, names of fields begin there. */
function problemIn(field: string, problem: string): string {
  if (field === "spec") return problem;
  return problem
    .replace("spec.", "status.")
    .replaceAll(" spec.", " ")
    .replace("<nil>", "status")
    .replace('"spec"', '""');
}

describe.each(["spec", "status"])("of the %s", (field) => {
  const subresource = field === "status" ? { subresource: "status" } : {};
  const write = (change: object) => {
    const patch = { [field]: change };
    const place = { kind: cronTabs(), ...at, ...subresource };
    return server.sendForObject(place, { verb: "patch", patchType: "merge", patch });
  };

  test.each(cases)("$name", async ({ before, written, after, changes }) => {
    await server.client.create("CustomResourceDefinition", definitionOf(before, field));
    await settled();
    await server.client.create(cronTabs(), aCronTab("a", {}));
    await write(written);
    const present = await server.client.get("CustomResourceDefinition", { name: NAME });
    const { versions } = definitionOf(after, field).spec;
    await server.client.update("CustomResourceDefinition", {
      ...present,
      spec: { ...present.spec, versions },
    });
    await settled();
    for (const [change, problem] of changes) {
      const said = JSON.stringify(change);
      if (problem === undefined) {
        await write(change);
      } else {
        const wanted = `422 Invalid: CronTab.stable.example.com "a" is invalid: ${problemIn(field, problem)}`;
        expect(await failureOf(write(change)), said).toBe(wanted);
      }
    }
  });
});
