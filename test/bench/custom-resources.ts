/** What CustomResourceDefinitions cost: an API server is started over a store that has many of them. */
import type { CustomResourceDefinition, JSONSchemaProps } from "#api/generated/apiextensions-v1.ts";
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

export async function run(): Promise<BenchResult> {
  // The first start also loads what every server has.
  await measure(1);
  const measurements = [...(await measure(0)), ...(await measure(200)), ...(await measure(1000))];
  return { name: "What do custom resources cost at the start?", measurements };
}

if (import.meta.main) printResult(await run());
