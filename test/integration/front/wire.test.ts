import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Readable } from "node:stream";
import { gunzipSync } from "node:zlib";
import type { KubeObject, Status } from "#apimachinery/meta.ts";
import { aCronTabDefinition } from "#testing/cron-tabs.ts";
import { until } from "../until.ts";
import type { HttpAnswer, HttpClient } from "./http-client.ts";
import { startTestServer, type TestServer } from "./server.ts";
import { cborCodec, jsonCodec, protobufCodec, type WireCodec, yamlCodec } from "./wire-codecs.ts";

const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
const SECRETS = "/api/v1/namespaces/default/secrets";
const DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments";
const CRON_TABS = "/apis/stable.example.com/v1/namespaces/default/crontabs";
const METADATA = ";as=PartialObjectMetadata;v=v1;g=meta.k8s.io";
const METADATA_LIST = ";as=PartialObjectMetadataList;v=v1;g=meta.k8s.io";
const TABLE = ";as=Table;v=v1;g=meta.k8s.io";

interface ConfigMapLike extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

let server: TestServer;
let client: HttpClient;
beforeAll(async () => {
  server = await startTestServer();
  client = server.connect();
  await server.client.create("CustomResourceDefinition", aCronTabDefinition());
  await until(async () => (await client.send({ path: CRON_TABS })).status === 200);
});
afterAll(() => server[Symbol.asyncDispose]());

function get(path: string, accept: string): Promise<HttpAnswer> {
  return client.send({ path, headers: { accept } });
}

function send(
  method: string,
  path: string,
  { mediaType, encode }: WireCodec,
  body: object,
): Promise<HttpAnswer> {
  const headers = { "content-type": mediaType, accept: mediaType };
  return client.send({ method, path, headers, body: encode(body) });
}

const configMap = (name: string, changes: object = {}): object => ({
  kind: "ConfigMap",
  apiVersion: "v1",
  metadata: { name },
  ...changes,
});

describe.each([jsonCodec, yamlCodec, protobufCodec, cborCodec])("$mediaType", (codec) => {
  const { mediaType, decode } = codec;
  const name = mediaType.replaceAll(/[^a-z]/g, "-");
  const path = `${CONFIG_MAPS}/${name}`;
  const read = ({ headers, bytes }: HttpAnswer): ConfigMapLike => {
    expect(headers["content-type"]).toBe(mediaType);
    return decode(bytes) as ConfigMapLike;
  };

  test("is what objects are created, replaced and read in", async () => {
    const created = await send("POST", CONFIG_MAPS, codec, configMap(name, { data: { a: "1" } }));
    expect([created.status, read(created).data]).toEqual([201, { a: "1" }]);
    const { metadata } = read(await get(path, mediaType));
    const replaced = await send("PUT", path, codec, configMap(name, { metadata, data: { b: "2" } }));
    expect([replaced.status, read(replaced).data]).toEqual([200, { b: "2" }]);
    expect(read(await get(path, mediaType)).data).toEqual({ b: "2" });
  });

  test("is how the result of a patch is answered", async () => {
    const headers = { "content-type": "application/merge-patch+json", accept: mediaType };
    const patched = await client.send({ method: "PATCH", path, headers, body: '{"data":{"c":"3"}}' });
    expect(read(patched).data).toEqual({ b: "2", c: "3" });
  });

  test("is how lists are written", async () => {
    const list = read(await get(CONFIG_MAPS, mediaType)) as unknown as {
      kind: string;
      items: ConfigMapLike[];
    };
    expect(list.kind).toBe("ConfigMapList");
    const item = list.items.find(({ metadata }) => metadata.name === name);
    expect(item?.data).toEqual({ b: "2", c: "3" });
    expect(item?.kind).toBeUndefined();
  });

  test("is how metadata alone is written", async () => {
    const { kind, metadata, data } = read(await get(path, mediaType + METADATA));
    expect([kind, metadata.name, data]).toEqual(["PartialObjectMetadata", name, undefined]);
    const list = read(await get(CONFIG_MAPS, mediaType + METADATA_LIST)) as unknown as {
      items: KubeObject[];
    };
    expect(list.items.map((item) => item.metadata.name)).toContain(name);
  });

  test("is how errors are told", async () => {
    const answer = await get(`${CONFIG_MAPS}/nothing`, mediaType);
    expect([answer.status, read(answer)]).toEqual([
      404,
      expect.objectContaining({
        kind: "Status",
        reason: "NotFound",
        message: 'configmaps "nothing" not found',
      }),
    ]);
  });

  test("is how the options of a delete are read", async () => {
    const options = { kind: "DeleteOptions", apiVersion: "v1", preconditions: { uid: "other" } };
    const conflict = await send("DELETE", path, codec, options);
    expect([conflict.status, read(conflict)]).toEqual([409, expect.objectContaining({ reason: "Conflict" })]);
    const deleted = await send("DELETE", path, codec, { ...options, preconditions: undefined });
    expect([deleted.status, read(deleted)]).toEqual([200, expect.objectContaining({ status: "Success" })]);
  });

  test("carries bytes, defaults and subresources", async () => {
    const secret = { kind: "Secret", apiVersion: "v1", metadata: { name }, data: { a: "AAH/" } };
    expect(read(await send("POST", SECRETS, codec, secret))).toMatchObject({
      data: { a: "AAH/" },
      type: "Opaque",
    });
    const template = {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: "a", image: "a", ports: [{ containerPort: 80 }] }] },
    };
    const deployment = {
      kind: "Deployment",
      apiVersion: "apps/v1",
      metadata: { name },
      spec: { selector: { matchLabels: { app: name } }, template },
    };
    expect(read(await send("POST", DEPLOYMENTS, codec, deployment))).toMatchObject({
      spec: { replicas: 1, strategy: { rollingUpdate: { maxSurge: "25%" } } },
    });
    const scale = { kind: "Scale", apiVersion: "autoscaling/v1", metadata: { name }, spec: { replicas: 3 } };
    expect(read(await send("PUT", `${DEPLOYMENTS}/${name}/scale`, codec, scale))).toMatchObject({
      kind: "Scale",
      spec: { replicas: 3 },
    });
  });

  test("is how reviews are asked and answered", async () => {
    const review = {
      kind: "SelfSubjectAccessReview",
      apiVersion: "authorization.k8s.io/v1",
      spec: { resourceAttributes: { verb: "get", resource: "pods" } },
    };
    const path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    expect(read(await send("POST", path, codec, review))).toMatchObject({ status: { allowed: true } });
  });

  test("may come compressed", async () => {
    await send("POST", CONFIG_MAPS, codec, configMap(`${name}-large`, { data: { a: "x".repeat(200_000) } }));
    const headers = { accept: mediaType, "accept-encoding": "gzip" };
    for (const where of [CONFIG_MAPS, `${CONFIG_MAPS}/${name}-large`]) {
      const answer = await client.send({ path: where, headers });
      expect([answer.headers["content-encoding"], answer.headers["vary"]], where).toEqual([
        "gzip",
        "Accept-Encoding",
      ]);
      expect(decode(gunzipSync(answer.bytes)), where).toMatchObject({ apiVersion: "v1" });
    }
  });
});

describe.each(["h2", "http/1.1"] as const)("a long list over %s", (protocol) => {
  const namespace = protocol === "h2" ? "long-2" : "long-1";
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  const names = Array.from({ length: 24 }, (_, index) => `m-${String(index).padStart(2, "0")}`);
  const dataOf = (name: string) => ({ a: name.repeat(25_000) });
  beforeAll(async () => {
    await server.client.create("Namespace", {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: namespace },
      spec: {},
    });
    for (const name of names) await send("POST", path, jsonCodec, configMap(name, { data: dataOf(name) }));
  });

  test.each([jsonCodec, protobufCodec, cborCodec])(
    "is whole for clients who wait: $mediaType",
    async ({ mediaType, decode }) => {
      const readers = Array.from({ length: 3 }, () => server.connect({ protocol }));
      const headers = { accept: mediaType };
      const answers = await Promise.all(readers.map((reader) => reader.open({ path, headers })));
      for (const { body } of answers.toReversed()) {
        const list = decode(Buffer.concat((await body.toArray()) as Buffer[]));
        expect(list).toMatchObject({
          items: names.map((name) => ({ metadata: { name }, data: dataOf(name) })),
        });
      }
      for (const reader of readers) await reader[Symbol.asyncDispose]();
    },
  );
});

describe("watches", () => {
  const watch = (path: string, accept: string) =>
    client.open({ path: `${path}?watch=true`, headers: { accept } });

  async function* framesOf(body: Readable, split: (bytes: Buffer) => number): AsyncGenerator<Buffer> {
    let rest = Buffer.alloc(0);
    for await (const chunk of body as AsyncIterable<Buffer>) {
      rest = Buffer.concat([rest, chunk]);
      for (let length = split(rest); length > 0; length = split(rest)) {
        yield rest.subarray(0, length);
        rest = rest.subarray(length);
      }
    }
  }

  test("in protobuf are frames with an object in its envelope", async () => {
    const name = "watched-protobuf";
    const { headers, body } = await watch(CONFIG_MAPS, protobufCodec.mediaType);
    expect(headers["content-type"]).toBe("application/vnd.kubernetes.protobuf;stream=watch");
    await send("POST", CONFIG_MAPS, jsonCodec, configMap(name, { data: { a: "1" } }));
    const frames = framesOf(body, (bytes) => {
      const length = bytes.length < 4 ? 0 : bytes.readUInt32BE() + 4;
      return length <= bytes.length ? length : 0;
    });
    for await (const frame of frames) {
      const at = frame.indexOf("k8s\0");
      const object = protobufCodec.decode(frame.subarray(at)) as ConfigMapLike;
      if (object.metadata.name !== name) continue;
      expect(frame.subarray(4, 11).toString("latin1")).toBe("\n\x05ADDED");
      expect(object).toMatchObject({ kind: "ConfigMap", data: { a: "1" } });
      break;
    }
  });

  test("in CBOR are items behind each other", async () => {
    const { headers, body } = await watch(`${CONFIG_MAPS}`, "application/cbor");
    expect(headers["content-type"]).toBe("application/cbor-seq");
    await send("POST", CONFIG_MAPS, jsonCodec, configMap("watched-cbor"));
    let received = Buffer.alloc(0);
    for await (const chunk of body as AsyncIterable<Buffer>) {
      received = Buffer.concat([received, chunk]);
      if (received.includes("watched-cbor")) break;
    }
    const last = received.subarray(received.lastIndexOf(Buffer.from("d9d9f7a24474797065", "hex")));
    expect(cborCodec.decode(last)).toMatchObject({
      type: "ADDED",
      object: { metadata: { name: "watched-cbor" } },
    });
  });

  test("cannot be had in YAML", async () => {
    const answer = await get(`${CONFIG_MAPS}?watch=true`, "application/yaml");
    expect([answer.status, yamlCodec.decode(answer.bytes)]).toEqual([
      406,
      expect.objectContaining({
        message:
          "only the following media types are accepted: application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch",
      }),
    ]);
  });

  test("of custom resources can be had in protobuf as metadata only", async () => {
    const { headers, body } = await watch(
      CRON_TABS,
      `${protobufCodec.mediaType}${METADATA},application/json${METADATA}`,
    );
    body.destroy();
    expect(headers["content-type"]).toBe("application/vnd.kubernetes.protobuf;stream=watch");
    const plain = await watch(CRON_TABS, `${protobufCodec.mediaType},application/json`);
    plain.body.destroy();
    expect(plain.headers["content-type"]).toBe("application/json");
  });
});

describe("custom resources", () => {
  const cronTab = (name: string): object => ({
    kind: "CronTab",
    apiVersion: "stable.example.com/v1",
    metadata: { name },
    spec: { cronSpec: "* * * * */5", image: "a" },
  });

  test("come and go in CBOR", async () => {
    const created = await send("POST", CRON_TABS, cborCodec, cronTab("cbor"));
    expect(created.headers["content-type"]).toBe("application/cbor");
    expect(cborCodec.decode(created.bytes)).toMatchObject({ kind: "CronTab", spec: { replicas: 1 } });
    const list = cborCodec.decode((await get(CRON_TABS, "application/cbor")).bytes) as {
      items: KubeObject[];
    };
    expect(list.items[0]).toMatchObject({ kind: "CronTab", apiVersion: "stable.example.com/v1" });
  });

  test("are applied in CBOR", async () => {
    const path = `${CRON_TABS}/applied?fieldManager=test`;
    const headers = { "content-type": "application/apply-patch+cbor" };
    const body = cborCodec.encode(cronTab("applied"));
    expect((await client.send({ method: "PATCH", path, headers, body })).status).toBe(201);
    const twice = Buffer.from("a2616101616102", "hex");
    const refused = (await client.send({ method: "PATCH", path, headers, body: twice })).json<Status>();
    expect(refused.message).toBe(
      'error decoding YAML: cbor: found duplicate map key "a" at map element index 1',
    );
  });

  test("have no protobuf form", async () => {
    const answer = await get(CRON_TABS, protobufCodec.mediaType);
    expect([answer.status, protobufCodec.decode(answer.bytes)]).toEqual([
      406,
      expect.objectContaining({
        message:
          "only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf",
      }),
    ]);
    const body = protobufCodec.encode(configMap("a"));
    const headers = { "content-type": protobufCodec.mediaType };
    const refused = (await client.send({ method: "POST", path: CRON_TABS, headers, body })).json<Status>();
    expect(refused).toMatchObject({
      code: 400,
      message:
        'ConfigMap in version "v1" cannot be handled as a CronTab: object *unstructured.Unstructured does not implement the protobuf marshalling interface and cannot be encoded to a protobuf message',
    });
  });

  test("have metadata in protobuf", async () => {
    await send("POST", CRON_TABS, jsonCodec, cronTab("metadata"));
    const { bytes } = await get(CRON_TABS, protobufCodec.mediaType + METADATA_LIST);
    const list = protobufCodec.decode(bytes) as { kind: string; items: KubeObject[] };
    expect(list.kind).toBe("PartialObjectMetadataList");
    expect(list.items.map(({ metadata }) => metadata.name)).toContain("metadata");
  });
});

describe("wishes", () => {
  const chosen: { accept: string; type: string }[] = [
    { accept: `${protobufCodec.mediaType}${TABLE},application/json${TABLE}`, type: "application/json" },
    { accept: "application/yaml;q=0.9,application/json;q=0.8", type: "application/yaml" },
    { accept: "text/html,*/*;q=0.1", type: "application/json" },
  ];
  test.each(chosen)("$accept", async ({ accept, type }) => {
    expect((await get(CONFIG_MAPS, accept)).headers["content-type"]).toBe(type);
  });

  test.each([jsonCodec, yamlCodec])("for a table in $mediaType are met", async ({ mediaType, decode }) => {
    const path = "/api/v1/namespaces?fieldSelector=metadata.name%3Ddefault";
    const { headers, bytes } = await get(path, mediaType + TABLE);
    expect(headers["content-type"]).toBe(mediaType);
    expect(decode(bytes)).toMatchObject({
      kind: "Table",
      rows: [{ cells: ["default", "Active", expect.any(String)], object: { metadata: { name: "default" } } }],
    });
  });

  test("for a table in protobuf cannot be met, nor told of in it", async () => {
    const { status, headers, text } = await get(CONFIG_MAPS, protobufCodec.mediaType + TABLE);
    expect([status, headers["content-type"]]).toEqual([406, "application/json"]);
    expect(text).toStartWith('{\n  "kind": "Status",');
  });

  test.each([
    { path: "/api", kind: "APIVersions" },
    { path: "/apis", kind: "APIGroupList" },
    { path: "/apis/apps", kind: "APIGroup" },
    { path: "/apis/apps/v1", kind: "APIResourceList" },
  ])("for discovery of $path in protobuf are met", async ({ path, kind }) => {
    const { headers, bytes } = await get(path, protobufCodec.mediaType);
    expect(headers["content-type"]).toBe(protobufCodec.mediaType);
    expect(protobufCodec.decode(bytes)).toMatchObject({ kind });
    expect((await get(path, "application/cbor")).status).toBe(406);
  });
});

test("a compressed body is not decompressed", async () => {
  const headers = { "content-type": "application/json", "content-encoding": "gzip" };
  const body = Bun.gzipSync(JSON.stringify(configMap("compressed")));
  const answer = await client.send({ method: "POST", path: CONFIG_MAPS, headers, body });
  expect(answer.json<Status>().message).toStartWith(
    "the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: invalid character '\\x1f' looking for beginning of value (1f8b08",
  );
});
