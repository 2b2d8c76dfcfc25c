/** What CustomResourceDefinitions cost: to a server that starts over a store with many of them, and to objects with rules. */
import type { CustomResourceDefinition, JSONSchemaProps } from "#api/generated/apiextensions-v1.ts";
import { CompileBudget } from "#apiserver/crd/cel/compile-budget.ts";
import { createEvaluator } from "#apiserver/crd/cel/evaluator.ts";
import { createMemoryStore } from "#store/memory/memory-store.ts";
import type { Store } from "#store/store.ts";
import { startServer } from "../integration/apiserver/server.ts";
import { type BenchResult, type Measurement, printResult } from "./result.ts";

const KEY = "/registry/apiextensions.k8s.io/customresourcedefinitions/";
const TEXT = "A field that says something about what is wanted, in a sentence or two of usual length.";

/** An object of three levels with 216 fields, which makes 34 kB: as large as those of usual operators. */
function aSchema(depth: number): JSONSchemaProps {
  if (depth === 0) return { type: "string", description: TEXT };
  const fields = Array.from("abcdef", (name) => [name + String(depth), aSchema(depth - 1)] as const);
  return { type: "object", description: TEXT, properties: Object.fromEntries(fields) };
}

function aDefinition(index: number): CustomResourceDefinition {
  const [plural, kind] = [`things${String(index)}`, `Thing${String(index)}`];
  const group = `group${String(index % 20)}.example.com`;
  const names = { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List` };
  const schema = { openAPIV3Schema: { type: "object", properties: { spec: aSchema(3) } } };
  const condition = { type: "Established", status: "True", reason: "InitialNamesAccepted", message: "" };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}`, uid: String(index), generation: 1 },
    spec: {
      group,
      names,
      scope: "Namespaced",
      versions: [{ name: "v1", served: true, storage: true, schema }],
    },
    status: { conditions: [condition], acceptedNames: names, storedVersions: ["v1"] },
  };
}

async function aStoreOf(count: number): Promise<Store> {
  const store = createMemoryStore();
  for (let index = 0; index < count; index += 1) {
    const { metadata, ...rest } = aDefinition(index);
    await store.create(KEY + metadata.name, Buffer.from(JSON.stringify({ metadata, ...rest })));
  }
  return store;
}

function heapMegabytes(): number {
  Bun.gc(true);
  return process.memoryUsage().heapUsed / 1e6;
}

async function measure(count: number): Promise<readonly Measurement[]> {
  const store = await aStoreOf(count);
  const before = heapMegabytes();
  const start = performance.now();
  await using server = await startServer({ store, bootstrapped: false });
  const elapsed = performance.now() - start;
  const served = server.state.registry.list().filter(({ builtIn }) => !builtIn);
  if (served.length !== count)
    throw new Error(`Expected ${String(count)} resources, found ${String(served.length)}`);
  // Controllers that handle everything look at each kind.
  for (const { resource } of served) await server.client.list(resource);
  const name = `${String(count)} definitions of 34 kB`;
  return [
    { name: `${name}: start`, value: elapsed, unit: "ms", ...(count === 200 && { target: { atMost: 100 } }) },
    {
      name: `${name}: heap, each kind listed`,
      value: heapMegabytes() - before,
      unit: "MB",
      ...(count === 1000 && { target: { atMost: 20 } }),
    },
  ];
}

const RULES = [
  "self.minReplicas <= self.replicas && self.replicas <= self.maxReplicas",
  "self.names.all(n, n.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$'))",
  "self.ports.exists_one(p, p.name == self.primary)",
  "!has(self.tls) || self.tls.mode in ['Terminate', 'Passthrough']",
  "self.replicas == oldSelf.replicas || self.replicas > 0",
  "self.ports.map(p, p.number).all(n, n > 0 && n < 65536)",
  "size(self.primary) <= 63 && self.primary.startsWith('a')",
];

function aRuledSchema(parts: number): JSONSchemaProps {
  const [text, integer] = [{ type: "string", maxLength: 63 }, { type: "integer" }];
  const port = { type: "object", properties: { name: text, number: integer } };
  const properties = {
    minReplicas: integer,
    maxReplicas: integer,
    replicas: integer,
    names: { type: "array", maxItems: 16, items: text },
    primary: text,
    ports: { type: "array", maxItems: 16, items: port },
    tls: { type: "object", properties: { mode: text } },
  };
  const part = {
    type: "object",
    properties,
    "x-kubernetes-validations": RULES.map((rule) => ({ rule })),
  };
  const names = Array.from({ length: parts }, (_, index) => [`part${String(index)}`, part] as const);
  return { type: "object", properties: Object.fromEntries(names) };
}

const PART = {
  minReplicas: 1,
  maxReplicas: 5,
  replicas: 3,
  names: ["a", "b-c", "d"],
  primary: "a1",
  ports: [
    { name: "a1", number: 80 },
    { name: "b", number: 81 },
  ],
  tls: { mode: "Terminate" },
};

function millisecondsOf(action: () => void): number {
  const start = performance.now();
  action();
  return performance.now() - start;
}

/** Seven different rules in forty places. */
function measureRules(): readonly Measurement[] {
  const [parts, rounds] = [40, 200];
  const schema = aRuledSchema(parts);
  const object = Object.fromEntries(Object.keys(schema.properties ?? {}).map((name) => [name, PART]));
  const evaluator = createEvaluator();
  const budget = new CompileBudget();
  const check = millisecondsOf(() => evaluator.checkRules(schema, { path: "", isUnchanged: false, budget }));
  const rules = evaluator.rulesOf(schema);
  const validate = (): void => {
    if (rules.validate(object, object).errors.length > 0) throw new Error("Expected all rules to hold");
  };
  const first = millisecondsOf(validate);
  const all = millisecondsOf(() => {
    for (let round = 0; round < rounds; round += 1) validate();
  });
  const count = parts * RULES.length;
  return [
    { name: `${String(count)} rules: definition checked`, value: check, unit: "ms" },
    { name: `${String(count)} rules: first object`, value: first, unit: "ms" },
    {
      name: "rules evaluated",
      value: (rounds * count * 1000) / all,
      unit: "/s",
      target: { atLeast: 100_000 },
    },
  ];
}

export async function run(): Promise<BenchResult> {
  // The first start also loads what every server has.
  await measure(1);
  const measurements = [...(await measure(0)), ...(await measure(200)), ...(await measure(1000))];
  return { name: "What do custom resources cost?", measurements: [...measurements, ...measureRules()] };
}

if (import.meta.main) printResult(await run());
