import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { once } from "node:events";
import { connect, type TLSSocket } from "node:tls";
import type { Status } from "#apimachinery/generated/meta-v1.ts";
import { aNode, aPod, aServiceAccount } from "#testing/objects.ts";
import { until } from "../until.ts";
import type { HttpAnswer, HttpClient } from "./http-client.ts";
import { startTestServer, type TestServer } from "./server.ts";
import { TestKubelet } from "./test-kubelet.ts";

const PODS = "/api/v1/namespaces/default/pods";

let server: TestServer;
let kubelet: TestKubelet;
let client: HttpClient;
beforeAll(async () => {
  server = await startTestServer();
  client = server.connect();
  kubelet = new TestKubelet(server.pki);
  await server.client.create("ServiceAccount", aServiceAccount("default"));
  await addNode("n1", await kubelet.listen());
  await addNode("dead", 1);
  await server.client.create("Pod", aPod("waiting"));
  await addPod("web", "n1");
  await addPod("lost", "gone");
  await addPod("unreachable", "dead");
});
afterEach(() => {
  kubelet.failure = undefined;
  kubelet.requests.length = 0;
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await kubelet[Symbol.asyncDispose]();
});

async function addNode(name: string, port: number): Promise<void> {
  const node = await server.client.create("Node", aNode(name));
  const status = {
    addresses: [{ type: "InternalIP", address: "127.0.0.1" }],
    daemonEndpoints: { kubeletEndpoint: { Port: port } },
  };
  await server.client.updateStatus("Node", { ...node, status });
}

async function addPod(name: string, nodeName: string): Promise<void> {
  const containers = [
    { name: "app", image: "app:1" },
    { name: "sidecar", image: "proxy:1" },
  ];
  await server.client.create("Pod", aPod(name, { spec: { nodeName, containers } }));
}

const logs = (pod: string, query = "?container=app"): Promise<HttpAnswer> =>
  client.send({ path: `${PODS}/${pod}/log${query}` });

describe("logs", () => {
  test("come from the kubelet of the pod's node, to whom the API server says who it is", async () => {
    const answer = await logs("web", "?container=app&tailLines=5&timestamps=true");
    expect([answer.status, answer.headers["content-type"], answer.text]).toEqual([
      200,
      "text/plain",
      "line 1\nline 2\n",
    ]);
    expect(kubelet.requests).toEqual([
      "GET /containerLogs/default/web/app?stream=All&tailLines=5&timestamps=true",
    ]);
    expect([...kubelet.clients]).toEqual(["kube-apiserver-kubelet-client"]);
  });

  test("are followed until the client has had enough", async () => {
    const { body } = await client.open({ path: `${PODS}/web/log?container=app&follow=true` });
    const [first] = (await once(body, "data")) as [Buffer];
    expect(first.toString()).toBe(kubelet.log);
    kubelet.append("line 3\n");
    const [second] = (await once(body, "data")) as [Buffer];
    expect(second.toString()).toBe("line 3\n");
    body.destroy();
    await until(() => kubelet.connections === 0);
  });

  test("of a node that cannot prove who it is are only for who does not care", async () => {
    await using stranger = new TestKubelet(server.pki, "client-admin");
    await addNode("strange", await stranger.listen());
    await addPod("abroad", "strange");
    const refused = await logs("abroad");
    expect([refused.status, refused.json<Status>().message]).toEqual([
      500,
      expect.stringContaining("x509: "),
    ]);
    expect(stranger.requests).toEqual([]);
    const query = "?container=app&insecureSkipTLSVerifyBackend=true";
    expect((await logs("abroad", query)).text).toBe(stranger.log);
  });

  const failures: { name: string; pod: string; query?: string; status: Partial<Status> }[] = [
    {
      name: "of several containers",
      pod: "web",
      query: "",
      status: {
        code: 400,
        message: "a container name must be specified for pod web, choose one of: [app sidecar]",
      },
    },
    {
      name: "of an unknown container",
      pod: "web",
      query: "?container=x",
      status: { code: 400, message: "container x is not valid for pod web" },
    },
    { name: "of an unknown pod", pod: "nobody", status: { code: 404, message: 'pods "nobody" not found' } },
    {
      name: "of a node that has gone",
      pod: "lost",
      status: { code: 404, message: 'nodes "gone" not found' },
    },
    {
      name: "of a node that does not answer",
      pod: "unreachable",
      status: {
        code: 500,
        message:
          'Get "https://127.0.0.1:1/containerLogs/default/unreachable/app?stream=All": ' +
          "dial tcp 127.0.0.1:1: connect: connection refused",
      },
    },
  ];
  test.each(failures)("$name are refused", async ({ pod, query, status }) => {
    expect((await logs(pod, query)).json<Status>()).toMatchObject({ kind: "Status", ...status });
  });

  test("of a pod without a node are empty", async () => {
    expect([(await logs("waiting")).status, (await logs("waiting")).text]).toEqual([204, ""]);
  });

  test.each([
    { code: 400, text: "container not found", status: { code: 400, reason: "BadRequest" } },
    { code: 500, text: "disk is full", status: { code: 500, reason: "InternalError" } },
    { code: 404, text: "no such log", status: { code: 404, reason: "NotFound" } },
  ])("that the kubelet refuses with $code are refused so", async ({ code, text, status }) => {
    kubelet.failure = { code, text };
    const answer = (await logs("web")).json<Status>();
    expect(answer).toMatchObject(status);
    expect(JSON.stringify(answer)).toContain(text);
  });
});

/** An upgrade in HTTP/1.1, of which the test sees every byte. */
async function upgrade(
  path: string,
  { method = "POST", protocol = "SPDY/3.1", user = "" } = {},
): Promise<TLSSocket> {
  const { certificate, key } = server.pki.credentials["client-admin"];
  const socket = connect({
    port: server.port,
    host: "127.0.0.1",
    ca: server.pki.authorities["server-ca"],
    cert: certificate,
    key,
  });
  await once(socket, "secureConnect");
  socket.write(
    `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n` +
      (user === "" ? "" : `Impersonate-User: ${user}\r\n`) +
      "X-Stream-Protocol-Version: v4.channel.k8s.io\r\nContent-Length: 0\r\n\r\n",
  );
  return socket;
}

async function readAll(socket: TLSSocket): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** Reads until the text has come. */
async function readUntil(socket: TLSSocket, wanted: string): Promise<string> {
  let text = "";
  while (!text.includes(wanted)) {
    const [chunk] = (await once(socket, "data")) as [Buffer];
    text += chunk.toString();
  }
  return text;
}

const statusIn = (answer: string): Status => JSON.parse(answer.slice(answer.indexOf("\r\n\r\n"))) as Status;

describe("upgrades", () => {
  const kinds: { path: string; kubeletPath: string }[] = [
    {
      path: `${PODS}/web/exec?container=app&command=cat&command=-n&stdin=true&stdout=true`,
      kubeletPath: "/exec/default/web/app?command=cat&command=-n&input=1&output=1",
    },
    {
      path: `${PODS}/web/attach?container=sidecar&tty=true`,
      kubeletPath: "/attach/default/web/sidecar?tty=1",
    },
    { path: `${PODS}/web/portforward`, kubeletPath: "/portForward/default/web" },
  ];
  test.each(kinds)("$path join client and kubelet", async ({ path, kubeletPath }) => {
    const socket = await upgrade(path);
    expect(await readUntil(socket, "\r\n\r\n")).toStartWith("HTTP/1.1 101 Switching Protocols\r\n");
    expect(kubelet.requests).toEqual([`POST ${kubeletPath}`]);
    socket.write("ping");
    expect(await readUntil(socket, "ping")).toBe("ping");
    socket.destroy();
    await until(() => kubelet.connections === 0);
  });

  const failures: { name: string; path: string; status: Partial<Status> }[] = [
    {
      name: "to an unknown pod",
      path: `${PODS}/nobody/exec?command=ls`,
      status: { code: 404, message: 'pods "nobody" not found' },
    },
    {
      name: "to an unknown container",
      path: `${PODS}/web/exec?container=x`,
      status: { code: 400, message: "container x is not valid for pod web" },
    },
    {
      name: "to a pod without a node",
      path: `${PODS}/waiting/exec`,
      status: { code: 400, message: "pod waiting does not have a host assigned" },
    },
    {
      name: "to a node that does not answer",
      path: `${PODS}/unreachable/exec?container=app`,
      status: {
        code: 500,
        message: "error dialing backend: dial tcp 127.0.0.1:1: connect: connection refused",
      },
    },
  ];
  test.each(failures)("$name are refused", async ({ path, status }) => {
    expect(statusIn(await readAll(await upgrade(path)))).toMatchObject({ kind: "Status", ...status });
  });

  test("that the kubelet refuses are refused in its words", async () => {
    kubelet.failure = { code: 404, text: "container not found" };
    const answer = await readAll(await upgrade(`${PODS}/web/exec?container=app`));
    expect(answer).toStartWith("HTTP/1.1 404 Failed\r\n");
    expect(answer).toEndWith("\r\n\r\ncontainer not found");
  });

  test.each(["h2", "http/1.1"] as const)("must be asked for, over %s as well", async (protocol) => {
    const path = `${PODS}/web/exec?container=app&command=ls`;
    const answer = await server.connect({ protocol }).send({ method: "POST", path });
    expect(answer.json<Status>()).toMatchObject({ code: 400, message: "Upgrade request required" });
  });

  test("that nothing wants are answered as plain requests", async () => {
    const answer = await readAll(await upgrade("/version", { method: "GET" }));
    expect(answer).toStartWith("HTTP/1.1 200 OK\r\n");
    expect(answer).toContain('"gitVersion"');
  });

  test("end when the server stops", async () => {
    const own = await startTestServer();
    await using ownKubelet = new TestKubelet(own.pki);
    const previous = server;
    server = own;
    await own.client.create("ServiceAccount", aServiceAccount("default"));
    await addNode("n1", await ownKubelet.listen());
    await addPod("web", "n1");
    const socket = await upgrade(`${PODS}/web/attach?container=app`);
    await readUntil(socket, "\r\n\r\n");
    const closed = once(socket, "close");
    socket.resume();
    await own.front[Symbol.asyncDispose]();
    await closed;
    await until(() => ownKubelet.connections === 0);
    await own[Symbol.asyncDispose]();
    server = previous;
  });
});

describe("permission to upgrade", () => {
  const cannot = (verb: string, user: string): string =>
    `pods "web" is forbidden: User "${user}" cannot ${verb} resource "pods/exec" in API group "" in the namespace "default"`;

  /** A user who is called after what he may do with the exec of pods. */
  async function addUser(verbs: readonly string[]): Promise<void> {
    const metadata = { name: verbs.join("-"), namespace: "default" };
    const rbac = { apiVersion: "rbac.authorization.k8s.io/v1", metadata } as const;
    const about = { apiGroup: "rbac.authorization.k8s.io", name: metadata.name };
    const rules = [{ apiGroups: [""], resources: ["pods/exec"], verbs }];
    await server.client.create("Role", { ...rbac, kind: "Role", rules });
    await server.client.create("RoleBinding", {
      ...rbac,
      kind: "RoleBinding",
      roleRef: { ...about, kind: "Role" },
      subjects: [{ ...about, kind: "User" }],
    });
  }

  beforeAll(async () => {
    for (const verbs of [["create"], ["get"], ["create", "get"]]) await addUser(verbs);
  });

  const cases = [
    { user: "create", method: "POST" },
    { user: "create-get", method: "GET" },
    { user: "get", method: "GET", message: 'pods "web" is forbidden: ' },
    { user: "create", method: "GET", message: cannot("get", "create") },
    { user: "get", method: "POST", message: cannot("create", "get") },
  ];
  test.each(cases)("a $method of who may $user", async ({ user, method, message }) => {
    const socket = await upgrade(`${PODS}/web/exec?container=app&command=cat`, { method, user });
    if (message === undefined) {
      expect(await readUntil(socket, "\r\n\r\n")).toStartWith("HTTP/1.1 101 ");
      socket.destroy();
    } else {
      expect(statusIn(await readAll(socket))).toMatchObject({ code: 403, reason: "Forbidden", message });
    }
  });
});

test.each([
  ["nodes/n1/proxy/pods", 400, "address not allowed"],
  ["namespaces/default/pods/web/proxy/", 400, "address not allowed"],
  ["namespaces/default/services/absent/proxy/", 404, 'endpoints "absent" not found'],
])("%s leads nowhere", async (path, code, message) => {
  const answer = await client.send({ path: `/api/v1/${path}` });
  expect(answer.json<Status>()).toMatchObject({ code, message });
});
