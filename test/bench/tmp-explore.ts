import { startTestServer } from "../integration/front/server.ts";
import { createMemoryStore } from "#store/memory/memory-store.ts";
import type { CustomResourceDefinition, JSONSchemaProps } from "#api/generated/apiextensions-v1.ts";
const KEY = "/registry/apiextensions.k8s.io/customresourcedefinitions/";
const TEXT = "A field that says something about what is wanted, in a sentence or two of usual length.";
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
  const na = { type: "NamesAccepted", status: "True", reason: "NoConflicts", message: "" };
  return {
    apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}`, uid: String(index), generation: 1 },
    spec: { group, names, scope: "Namespaced", versions: [{ name: "v1", served: true, storage: true, schema }] },
    status: { conditions: [na, condition], acceptedNames: names, storedVersions: ["v1"] },
  } as never;
}
const N = Number(process.argv[2] ?? 1000);
const store = createMemoryStore();
for (let i = 0; i < N; i++) { const d = aDefinition(i); await store.create(KEY + d.metadata.name, Buffer.from(JSON.stringify(d))); }
const hwm = () => { const s = require("fs").readFileSync("/proc/self/status","utf8"); return (Number(/VmHWM:\s+(\d+)/.exec(s)![1])/1000).toFixed(0); };
const mb = () => { const peak = hwm(); require("fs").writeFileSync("/proc/self/clear_refs","5"); Bun.gc(true); const m = process.memoryUsage(); return `peak ${peak} rss ${(m.rss/1e6).toFixed(0)} heap ${(m.heapUsed/1e6).toFixed(0)} ext ${(m.external/1e6).toFixed(0)}`; };
console.log("before", mb());
let t = performance.now();
const server = await startTestServer({ store, flowControl: { enablePriorityAndFairness: false } as never });
console.log("start", (performance.now() - t).toFixed(0), "ms", mb());
const http = server.connect();
async function get(path: string, headers: Record<string,string> = {}) {
  const t = performance.now();
  const a = await http.send({ path, headers });
  console.log(path, JSON.stringify(headers), a.status, `${(a.bytes.length/1e6).toFixed(2)} MB`, (performance.now() - t).toFixed(0), "ms", mb());
  return a;
}
const AGG = { accept: "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList", "accept-encoding": "gzip" };
await get("/apis", AGG); await get("/apis", AGG);
await get("/apis"); await get("/apis/group1.example.com/v1");
await get("/openapi/v3"); await get("/openapi/v3", {"accept-encoding": "gzip"});
await get("/openapi/v3/apis/group1.example.com/v1", {"accept-encoding": "gzip"});
await get("/openapi/v3/apis/group1.example.com/v1", {"accept-encoding": "gzip"});
await get("/openapi/v2", { accept: "application/com.github.proto-openapi.spec.v2@v1.0+protobuf", "accept-encoding": "gzip" });
await get("/openapi/v2", { accept: "application/com.github.proto-openapi.spec.v2@v1.0+protobuf", "accept-encoding": "gzip" });
const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
await get(CRDS + "?limit=500", {"accept-encoding": "gzip"}); await get(CRDS, {"accept-encoding": "gzip"}); await get(CRDS);
await get(CRDS, {accept: "application/json;as=Table;v=v1;g=meta.k8s.io", "accept-encoding": "gzip"});
await get(CRDS, {accept: "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io", "accept-encoding": "gzip"});
async function established(from: number, count: number, parallel: number) {
  const t = performance.now();
  const names = Array.from({ length: count }, (_, i) => from + i);
  const queue = [...names];
  let maxEstablished = 0;
  await Promise.all(Array.from({ length: parallel }, async () => {
    for (let i = queue.shift(); i !== undefined; i = queue.shift()) {
      const { status, metadata, ...d } = aDefinition(i) as any;
      const t0 = performance.now();
      await server.client.create("CustomResourceDefinition", { ...d, metadata: { name: metadata.name } });
      for (;;) { const found = server.state.registry.find({ group: d.spec.group, version: "v1", resource: d.spec.names.plural }); if (found) break; await new Promise((r) => setImmediate(r)); }
      maxEstablished = Math.max(maxEstablished, performance.now() - t0);
    }
  }));
  console.log(`${count} created, ${parallel} at once`, (performance.now() - t).toFixed(0), "ms, slowest", maxEstablished.toFixed(0), mb());
}
await established(N, 1, 1);
await established(N + 1, 200, 1);
await established(N + 201, 200, 10);
await get("/apis", AGG);
await get("/openapi/v3", {"accept-encoding": "gzip"});
await server[Symbol.asyncDispose]();
