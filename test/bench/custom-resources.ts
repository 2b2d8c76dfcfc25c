/** What CustomResourceDefinitions cost: to a server that starts over a store with many of them, and to objects with rules. */
import type { JSONSchemaProps } from "#api/generated/apiextensions-v1.ts";
import { CompileBudget } from "#apiserver/cel/compile-budget.ts";
import { createEvaluator } from "#apiserver/crd/cel/evaluator.ts";
import { nextTurn } from "#base/next-turn.ts";
import { startServer } from "../integration/apiserver/server.ts";
import { startTestServer } from "../integration/front/server.ts";
import { aDefinition, aStoreOf } from "./definition-workload.ts";
import { type BenchResult, type Measurement, printResult } from "./result.ts";

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

const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const REQUESTS: readonly { readonly what: string; readonly path: string; readonly accept: string }[] = [
  {
    what: "aggregated discovery",
    path: "/apis",
    accept: "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
  },
  { what: "index of OpenAPI v3", path: "/openapi/v3", accept: "application/json" },
  { what: "OpenAPI v3 of fifty", path: "/openapi/v3/apis/group1.example.com/v1", accept: "application/json" },
  {
    what: "OpenAPI v2",
    path: "/openapi/v2",
    accept: "application/com.github.proto-openapi.spec.v2@v1.0+protobuf",
  },
  { what: "list", path: CRDS, accept: "application/json" },
  { what: "table", path: CRDS, accept: "application/json;as=Table;v=v1;g=meta.k8s.io" },
];

/** Requests over HTTPS, the first of their kind: nothing has been prepared. */
async function measureRequests(count: number): Promise<readonly Measurement[]> {
  await using server = await startTestServer({ store: await aStoreOf(count) });
  const http = server.connect();
  const measurements: Measurement[] = [];
  for (const { what, path, accept } of REQUESTS) {
    const pause = new LongestPause();
    const start = performance.now();
    const answer = await http.send({ path, headers: { accept, "accept-encoding": "gzip" } });
    const elapsed = performance.now() - start;
    if (answer.status !== 200) throw new Error(`GET ${path}: ${String(answer.status)}`);
    const name = `${String(count)} definitions: ${what}`;
    measurements.push(
      { name, value: elapsed, unit: "ms" },
      { name: `${name}, longest pause of others`, value: pause.stop(), unit: "ms" },
    );
  }
  return measurements;
}

/** How long everything else had to wait for its turn, at most. */
class LongestPause {
  #longest = 0;
  #last = performance.now();
  readonly #timer = setInterval(() => this.#look(), 1);

  stop(): number {
    clearInterval(this.#timer);
    this.#look();
    return this.#longest;
  }

  #look(): void {
    const now = performance.now();
    this.#longest = Math.max(this.#longest, now - this.#last);
    this.#last = now;
  }
}

/** How much memory the process takes on top of what it had, at most. */
class PeakMemory {
  readonly #before = process.memoryUsage.rss();
  #peak = this.#before;
  readonly #timer = setInterval(() => this.#look(), 5);

  stop(): number {
    clearInterval(this.#timer);
    this.#look();
    return (this.#peak - this.#before) / 1e6;
  }

  #look(): void {
    this.#peak = Math.max(this.#peak, process.memoryUsage.rss());
  }
}

/** What an operator does that brings many definitions: from the first request until the last one is served. */
async function measureCreation(count: number): Promise<readonly Measurement[]> {
  await using server = await startServer();
  heapMegabytes();
  const memory = new PeakMemory();
  const cpu = process.cpuUsage();
  const start = performance.now();
  let slowest = 0;
  for (let index = 0; index < count; index += 1) {
    const began = performance.now();
    const definition = aDefinition(index);
    await server.client.create("CustomResourceDefinition", definition);
    const { group, names } = definition.spec;
    while (server.state.registry.find({ group, version: "v1", resource: names.plural }) === undefined)
      await nextTurn();
    slowest = Math.max(slowest, performance.now() - began);
  }
  const { user, system } = process.cpuUsage(cpu);
  const name = `${String(count)} definitions of 34 kB created one by one`;
  return [
    { name: `${name}: all are served`, value: performance.now() - start, unit: "ms" },
    { name: `${name}: the slowest is served`, value: slowest, unit: "ms" },
    { name: `${name}: CPU`, value: (user + system) / 1000, unit: "ms" },
    { name: `${name}: peak of memory, on top`, value: memory.stop(), unit: "MB" },
  ];
}

export async function run(): Promise<BenchResult> {
  // The first start also loads what every server has.
  await measure(1);
  const measurements = [
    ...(await measure(0)),
    ...(await measure(200)),
    ...(await measure(1000)),
    ...(await measureCreation(200)),
    ...(await measureCreation(1000)),
    ...(await measureRequests(1000)),
    ...measureRules(),
  ];
  return { name: "What do custom resources cost?", measurements };
}

if (import.meta.main) printResult(await run());
