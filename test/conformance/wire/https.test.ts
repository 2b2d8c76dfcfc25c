import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Readable } from "node:stream";
import { BuiltInSchemas } from "#api/schemas.ts";
import type { HttpClient } from "../../integration/front/http-client.ts";
import { startTestServer, type TestServer } from "../../integration/front/server.ts";
import { ProtobufJudge } from "./protobuf-judge.ts";

const judge = new ProtobufJudge(new BuiltInSchemas());
const CORE = "io.k8s.api.core.v1";
const META = "io.k8s.apimachinery.pkg.apis.meta.v1";
const PROTOBUF = "application/vnd.kubernetes.protobuf";
const PODS = "/api/v1/namespaces/default/pods";

let server: TestServer;
let client: HttpClient;
beforeAll(async () => {
  server = await startTestServer();
  client = server.connect();
  const metadata = { name: "default", namespace: "default" };
  await server.client.create("ServiceAccount", { apiVersion: "v1", kind: "ServiceAccount", metadata });
});
afterAll(() => server[Symbol.asyncDispose]());

function wrap(apiVersion: string, kind: string, message: Uint8Array): Uint8Array {
  const raw = Buffer.from(message).toString("base64");
  return Buffer.concat([
    Buffer.from("k8s\0"),
    judge.encode("Unknown", { typeMeta: { apiVersion, kind }, raw }),
  ]);
}

function unwrap(bytes: Buffer): { readonly kind: string; readonly raw: Buffer } {
  expect(bytes.toString("latin1", 0, 4)).toBe("k8s\0");
  const { typeMeta, raw } = judge.read("Unknown", bytes.subarray(4)) as {
    typeMeta: { kind: string };
    raw: string;
  };
  return { kind: typeMeta.kind, raw: Buffer.from(raw, "base64") };
}

/** A client that has nothing of this server's code for protobuf. */
async function send(method: string, path: string, body?: Uint8Array, type = PROTOBUF) {
  const headers = { accept: PROTOBUF, ...(body && { "content-type": type }) };
  const { status, bytes } = await client.send({ method, path, headers, ...(body && { body }) });
  return { status, ...unwrap(bytes) };
}

describe("a client that speaks protobuf only", () => {
  const pod = {
    metadata: { name: "web", namespace: "default", labels: { app: "web" } },
    spec: {
      containers: [
        {
          name: "web",
          image: "nginx",
          ports: [{ containerPort: 80 }],
          resources: { requests: { cpu: "1500m" } },
          readinessProbe: { httpGet: { port: "http" } },
        },
      ],
    },
  };

  test("creates, reads and lists pods", async () => {
    const created = await send("POST", PODS, wrap("v1", "Pod", judge.encode(`${CORE}.Pod`, pod)));
    expect([created.status, created.kind]).toEqual([201, "Pod"]);
    const read = judge.decode(`${CORE}.Pod`, (await send("GET", `${PODS}/web`)).raw);
    expect(read).toMatchObject({
      metadata: { name: "web", labels: { app: "web" }, generation: 1 },
      spec: {
        containers: [
          {
            ports: [{ containerPort: 80, protocol: "TCP" }],
            resources: { requests: { cpu: "1500m" } },
            readinessProbe: { httpGet: { port: "http", scheme: "HTTP" }, periodSeconds: 10 },
          },
        ],
        restartPolicy: "Always",
      },
      status: { phase: "Pending", qosClass: "Burstable" },
    });
    const list = await send("GET", PODS);
    expect(list.kind).toBe("PodList");
    expect(judge.decode(`${CORE}.PodList`, list.raw)).toMatchObject({
      items: [{ metadata: { name: "web" } }],
    });
  });

  test("owns the fields that it sets", async () => {
    const { metadata } = judge.decode(`${CORE}.Pod`, (await send("GET", `${PODS}/web`)).raw) as {
      metadata: { managedFields: { operation: string; fieldsV1: Record<string, object> }[] };
    };
    expect(metadata.managedFields[0]).toMatchObject({
      operation: "Update",
      fieldsV1: { "f:metadata": { "f:labels": { "f:app": {} } } },
    });
  });

  test("watches pods", async () => {
    const headers = { accept: PROTOBUF };
    const { body } = await client.open({ path: `${PODS}?watch=true&resourceVersion=0`, headers });
    const frame = await firstFrame(body);
    body.destroy();
    const { type, object } = judge.read(`${META}.WatchEvent`, frame) as {
      type: string;
      object: { raw: string };
    };
    const { kind, raw } = unwrap(Buffer.from(object.raw, "base64"));
    expect([type, kind]).toEqual(["ADDED", "Pod"]);
    expect(judge.decode(`${CORE}.Pod`, raw)).toMatchObject({ metadata: { name: "web" } });
  });

  test("evicts and deletes pods", async () => {
    const eviction = judge.encode("io.k8s.api.policy.v1.Eviction", { metadata: { name: "web" } });
    const evicted = await send("POST", `${PODS}/web/eviction`, wrap("policy/v1", "Eviction", eviction));
    expect([evicted.status, evicted.kind]).toEqual([201, "Status"]);
    expect(judge.decode(`${META}.Status`, evicted.raw)).toMatchObject({ status: "Success" });
    const options = judge.encode(`${META}.DeleteOptions`, { gracePeriodSeconds: 0 });
    const deleted = await send("DELETE", `${PODS}/web`, wrap("v1", "DeleteOptions", options));
    expect([200, 404]).toContain(deleted.status);
  });

  test("learns what went wrong", async () => {
    const missing = await send("GET", `${PODS}/nothing`);
    expect([missing.status, missing.kind]).toEqual([404, "Status"]);
    expect(judge.decode(`${META}.Status`, missing.raw)).toMatchObject({
      reason: "NotFound",
      details: { name: "nothing", kind: "pods" },
    });
    const invalid = await send(
      "POST",
      PODS,
      wrap("v1", "Pod", judge.encode(`${CORE}.Pod`, { metadata: { name: "A" } })),
    );
    expect(judge.decode(`${META}.Status`, invalid.raw)).toMatchObject({ code: 422, reason: "Invalid" });
  });

  test("finds out what there is", async () => {
    const { kind, raw } = await send("GET", "/apis/apps/v1");
    expect(kind).toBe("APIResourceList");
    const { resources } = judge.decode(`${META}.APIResourceList`, raw) as { resources: { name: string }[] };
    expect(resources.map(({ name }) => name)).toContain("deployments/scale");
  });
});

/** The first event of a watch: four bytes of length, and as many bytes as they say. */
async function firstFrame(body: Readable): Promise<Buffer> {
  let received = Buffer.alloc(0);
  for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    received = Buffer.concat([received, chunk]);
    if (received.length >= 4 && received.length >= received.readUInt32BE() + 4) break;
  }
  return received.subarray(4, received.readUInt32BE() + 4);
}
