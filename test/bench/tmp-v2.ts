import { startTestServer } from "../integration/front/server.ts";
import { createMemoryStore } from "#store/memory/memory-store.ts";
const KEY = "/registry/apiextensions.k8s.io/customresourcedefinitions/";
const TEXT = "A field that says something about what is wanted, in a sentence or two of usual length.";
function aSchema(depth: number): any {
  if (depth === 0) return { type: "string", description: TEXT };
  const fields = Array.from("abcdef", (name) => [name + String(depth), aSchema(depth - 1)] as const);
  return { type: "object", description: TEXT, properties: Object.fromEntries(fields) };
}
function aDefinition(index: number): any {
  const [plural, kind] = [`things${String(index)}`, `Thing${String(index)}`];
  const group = `group${String(index % 20)}.example.com`;
  const names = { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List` };
  const schema = { openAPIV3Schema: { type: "object", properties: { spec: aSchema(3) } } };
  return { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata: { name: `${plural}.${group}`, uid: String(index), generation: 1 },
    spec: { group, names, scope: "Namespaced", versions: [{ name: "v1", served: true, storage: true, schema }] },
    status: { conditions: [{ type: "NamesAccepted", status: "True" }, { type: "Established", status: "True" }], acceptedNames: names, storedVersions: ["v1"] } };
}
const N = Number(process.argv[2] ?? 300);
const store = createMemoryStore();
for (let i = 0; i < N; i++) { const d = aDefinition(i); await store.create(KEY + d.metadata.name, Buffer.from(JSON.stringify(d))); }
await using server = await startTestServer({ store });
const http = server.connect();
const t = performance.now();
const a = await http.send({ path: "/openapi/v2", headers: { accept: process.argv[3] ?? "application/com.github.proto-openapi.spec.v2@v1.0+protobuf", "accept-encoding": "gzip" } });
console.log(a.status, a.bytes.length, (performance.now() - t).toFixed(0), "ms");
