import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { once } from "node:events";
import { connect, type TLSSocket } from "node:tls";
import type { ClusterRole, ClusterRoleBinding } from "#api/generated/rbac-v1.ts";
import type { Status } from "#apimachinery/generated/meta-v1.ts";
import type { NewObject } from "#apimachinery/meta.ts";
import { Answer } from "#https/answer.ts";
import type { HttpClient } from "../front/http-client.ts";
import { until } from "../until.ts";
import { ExtendedCluster } from "./cluster.ts";
import { json } from "./extension-server.ts";

const WARDLE = "v1alpha1.wardle.example.com";
const ROOT = "/apis/wardle.example.com/v1alpha1";
const FLUNDERS = `${ROOT}/namespaces/default/flunders`;
const MEGABYTE = 1024 * 1024;

let cluster: ExtendedCluster;
let client: HttpClient;
beforeAll(async () => {
  cluster = await ExtendedCluster.start();
  client = cluster.server.connect();
  await cluster.register("wardle.example.com", "v1alpha1");
  await cluster.untilAvailable(WARDLE);
});
afterEach(() => {
  cluster.extension.override = undefined;
  cluster.extension.requests.length = 0;
});
afterAll(() => cluster[Symbol.asyncDispose]());

/** What the extension server sees of requests for flunders; it is asked for other things in between. */
function seen() {
  return cluster.extension.requests.filter(({ url }) => url.includes("/flunders"));
}

describe.each(["h2", "http/1.1"] as const)("an aggregated API over %s", (protocol) => {
  const name = `over-${protocol.replaceAll(/\W/g, "")}`;
  let client: HttpClient;
  beforeAll(() => {
    client = cluster.server.connect({ protocol });
  });

  test("creates, lists and gets objects", async () => {
    const body = JSON.stringify({ metadata: { name } });
    const created = await client.send({ path: FLUNDERS, method: "POST", body });
    expect([created.status, created.json<{ kind: string }>().kind]).toEqual([201, "Flunder"]);
    const list = await client.send({ path: `${FLUNDERS}?limit=500` });
    expect(list.json<{ items: unknown[] }>().items.length).toBeGreaterThan(0);
    const got = await client.send({ path: `${FLUNDERS}/${name}` });
    expect(got.json<{ metadata: object }>().metadata).toMatchObject({ name });
    const missing = await client.send({ path: `${FLUNDERS}/missing` });
    expect([missing.status, missing.json<Status>().reason]).toEqual([404, "NotFound"]);
    expect(seen().map(({ method, url }) => `${method} ${url}`)).toEqual([
      `POST ${FLUNDERS}`,
      `GET ${FLUNDERS}?limit=500`,
      `GET ${FLUNDERS}/${name}`,
      `GET ${FLUNDERS}/missing`,
    ]);
  });

  test("watches", async () => {
    const watch = await client.open({ path: `${FLUNDERS}?watch=true` });
    const body = JSON.stringify({ metadata: { name: `${name}-watched` } });
    await cluster.server.connect().send({ path: FLUNDERS, method: "POST", body });
    const [chunk] = (await once(watch.body, "data")) as [Buffer];
    expect(JSON.parse(chunk.toString())).toMatchObject({ type: "ADDED", object: { kind: "Flunder" } });
    watch.body.destroy();
  });

  test("carries long bodies both ways", async () => {
    const body = Buffer.alloc(20 * MEGABYTE, "kubelith");
    cluster.extension.override = async ({ body: sent }) => {
      let size = 0;
      for await (const chunk of sent as AsyncIterable<Buffer>) size += chunk.length;
      return new Answer(200, { "x-size": String(size) }, body);
    };
    const answer = await client.send({ path: FLUNDERS, method: "POST", body });
    expect([answer.status, answer.headers["x-size"]]).toEqual([200, String(body.length)]);
    expect(answer.bytes.equals(body)).toBe(true);
  });

  test("makes the extension server wait for a client that does not read", async () => {
    let made = 0;
    cluster.extension.override = () => new Answer(200, {}, pieces());
    async function* pieces(): AsyncGenerator<Uint8Array> {
      const piece = new Uint8Array(MEGABYTE);
      for (; made < 100; made += 1) yield piece;
    }
    const { body } = await client.open({ path: FLUNDERS });
    body.pause();
    let [before, unchanged] = [0, 0];
    await until(() => {
      unchanged = made === before ? unchanged + 1 : 0;
      before = made;
      return made > 0 && unchanged > 20;
    });
    expect(made).toBeLessThan(100);
    body.destroy();
  });
});

describe("the extension server", () => {
  test("learns from the front proxy who asks", async () => {
    const headers = {
      authorization: "Bearer secret",
      "impersonate-user": "jane",
      "impersonate-group": "system:masters",
      "impersonate-uid": "42",
      "impersonate-extra-example.com%2Frole": "a b",
      "x-remote-user": "liar",
      "x-remote-group": "liars",
      "x-remote-extra-lie": "yes",
      "audit-id": "audit-1",
    };
    await client.send({ path: FLUNDERS, headers: { ...headers, authorization: "" } });
    const [request] = seen();
    expect(request?.proxy).toBe("system:auth-proxy");
    expect(request?.groups).toEqual(["system:masters", "system:authenticated"]);
    const { headers: passed = {} } = request ?? {};
    const ofSender = Object.entries(passed).filter(([name]) =>
      /^x-remote|^impersonate|^authorization/.test(name),
    );
    expect(Object.fromEntries(ofSender)).toEqual({
      "x-remote-user": "jane",
      "x-remote-uid": "42",
      "x-remote-group": "system:masters, system:authenticated",
      "x-remote-extra-example.com%2frole": "a b",
    });
    expect(passed).toMatchObject({
      host: "extension.wardle.svc:443",
      "audit-id": "audit-1",
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-uri": FLUNDERS,
      "x-forwarded-proto": "https",
    });
    expect(Object.keys(passed).filter((name) => /lie$|^authorization|^impersonate/.test(name))).toEqual([]);
  });

  test("is not asked by who may not ask", async () => {
    const jane = { "impersonate-user": "jane" };
    const answer = await client.send({ path: FLUNDERS, headers: jane });
    expect([answer.status, answer.json<Status>().message]).toEqual([
      403,
      'flunders.wardle.example.com is forbidden: User "jane" cannot list resource "flunders" in API group "wardle.example.com" in the namespace "default"',
    ]);
    expect(seen()).toEqual([]);
    await allow("jane");
    expect((await client.send({ path: FLUNDERS, headers: jane })).status).toBe(200);
    expect((await client.send({ path: `${FLUNDERS}/a`, method: "DELETE", headers: jane })).status).toBe(403);
  });

  test("says itself what it does not have", async () => {
    const answer = await client.send({ path: `${ROOT}/nothing` });
    expect([answer.status, answer.json<Status>().message]).toEqual([404, `${ROOT}/nothing`]);
  });

  test("may not send clients elsewhere", async () => {
    cluster.extension.override = () => new Answer(302, { location: "https://10.0.0.1/" });
    const answer = await client.send({ path: FLUNDERS });
    expect([answer.status, answer.text]).toEqual([
      502,
      "the backend attempted to redirect this request, which is not permitted",
    ]);
  });

  test("may take its time for what it does, but not to say what it serves", async () => {
    cluster.extension.override = () => new Promise(() => undefined);
    const answer = await client.send({ path: `${FLUNDERS}?timeout=50ms` });
    expect([answer.status, answer.json<Status>().reason]).toEqual([504, "Timeout"]);
  });

  test("breaks off an answer, and the client sees that", async () => {
    cluster.extension.override = ({ signal }) =>
      new Answer(
        200,
        {},
        (async function* () {
          yield Buffer.from("{");
          signal.throwIfAborted();
          throw new Error("broken");
        })(),
      );
    await expect(client.send({ path: FLUNDERS })).rejects.toThrow();
  });

  test("goes on in another protocol", async () => {
    const socket = await upgrade(`${FLUNDERS}/a/connect`);
    socket.write("hello");
    const [echoed] = (await once(socket, "data")) as [Buffer];
    expect(echoed.toString()).toBe("hello");
    socket.destroy();
    expect(seen()[0]?.headers).toMatchObject({ upgrade: "echo", "x-remote-user": "system:admin" });
  });

  test("goes on in it for longer than requests may take", async () => {
    const socket = await upgrade(`${FLUNDERS}/a/connect?timeout=50ms`);
    cluster.extension.override = () => new Promise(() => undefined);
    // When its time is over, that of the upgrade before is over, too.
    expect((await client.send({ path: `${FLUNDERS}?timeout=50ms` })).status).toBe(504);
    socket.write("hello");
    const [echoed] = (await once(socket, "data")) as [Buffer];
    expect(echoed.toString()).toBe("hello");
    socket.destroy();
  });

  test("sees the path that was authorized, however it was written", async () => {
    await client.send({
      path: "/apis/wardle.example.com/v1alpha1/namespaces%2Fdefault%2Fflunders/%61%20b?x=%2F",
    });
    expect(seen().map(({ url }) => url)).toEqual([`${FLUNDERS}/a%20b?x=%2F`]);
  });

  test("refuses another protocol in its own words", async () => {
    cluster.extension.override = () => json({ message: "not with me" }, 403);
    const socket = await upgrade(`${FLUNDERS}/a/connect`, "HTTP/1.1 403");
    socket.destroy();
  });
});

async function upgrade(path: string, expected = "HTTP/1.1 101"): Promise<TLSSocket> {
  const { pki, port } = cluster.server;
  const { certificate: cert, key } = pki.credentials["client-admin"];
  const socket = connect({ host: "127.0.0.1", port, ca: pki.authorities["server-ca"], cert, key });
  socket.write(`GET ${path} HTTP/1.1\r\nhost: server\r\nconnection: Upgrade\r\nupgrade: echo\r\n\r\n`);
  const [head] = (await once(socket, "data")) as [Buffer];
  expect(head.toString()).toStartWith(expected);
  return socket;
}

/** Lets a user read flunders. */
async function allow(name: string): Promise<void> {
  const role: NewObject<ClusterRole> = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name: "flunders" },
    rules: [{ apiGroups: ["wardle.example.com"], resources: ["flunders"], verbs: ["get", "list", "watch"] }],
  };
  const binding: NewObject<ClusterRoleBinding> = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: "flunders" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "flunders" },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name }],
  };
  await cluster.server.client.create("ClusterRole", role);
  await cluster.server.client.create("ClusterRoleBinding", binding);
}
