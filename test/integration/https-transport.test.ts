import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import http2 from "node:http2";
import net, { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Node } from "#api/generated/core-v1.ts";
import type { WatchEvent } from "#apimachinery/meta.ts";
import { notFound, StatusError } from "#apimachinery/status-error.ts";
import { systemClock } from "#base/clock.ts";
import { createClient } from "#client/create-client.ts";
import { type Credentials, certificateFiles, fixedCertificate, tokenFile } from "#client/credentials.ts";
import type { ClientCertificate } from "#client/http2-connection.ts";
import { createHttpsTransport, type HttpsTransportOptions } from "#client/https-transport.ts";
import { loadKubeconfig } from "#client/kubeconfig.ts";
import { type Credential, generateKey, issueCertificate } from "#pki/certificate.ts";
import { FakeClock } from "#testing/fake-clock.ts";
import { until } from "./until.ts";

type Handler = (request: http2.Http2ServerRequest, response: http2.Http2ServerResponse) => void;

/** A server on loopback whose behaviour each test sets. */
let handle: Handler;
let server: http2.Http2SecureServer;
const sessions = new Set<http2.ServerHttp2Session>();
let authority: Authority;
let url: string;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "https-transport-"));
  authority = makeAuthority();
  const pair = authority.issue("server");
  const tls = {
    cert: pair.certificate,
    key: pair.key,
    ca: authority.pair.certificate,
    requestCert: true,
    rejectUnauthorized: false,
  };
  server = http2.createSecureServer(tls, (request, response) => handle(request, response));
  server.on("session", (session) => {
    sessions.add(session);
    session.on("close", () => sessions.delete(session));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `https://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
});

afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true });
});

function aTransport(options: Partial<HttpsTransportOptions> = {}, clock = systemClock) {
  return createHttpsTransport(
    { url, ca: authority.pair.certificate, userAgent: "test", ...options },
    { clock },
  );
}

function answer(response: http2.Http2ServerResponse, status: number, body: unknown, headers = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}

const aNode = (name: string) => ({ apiVersion: "v1", kind: "Node", metadata: { name, uid: name } });

describe("requests", () => {
  test("carry method, path, body, agent and token, and bring objects and errors back", async () => {
    const seen: string[] = [];
    handle = (request, response) => {
      let body = "";
      request.on("data", (chunk) => (body += String(chunk)));
      request.on("end", () => {
        const { "user-agent": agent, authorization } = request.headers;
        seen.push([request.method, request.url, body, agent, authorization].join(" "));
        if (request.method === "POST") answer(response, 201, JSON.parse(body));
        else answer(response, 404, notFound({ group: "", resource: "nodes" }, "n2").status);
      });
    };
    await using transport = aTransport({ credentials: { token: () => Promise.resolve("secret") } });
    const client = createClient(transport);
    const node = await client.create("Node", {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name: "n1" },
      spec: {},
    });
    expect(node.metadata.name).toBe("n1");
    expect((await errorOf(client.get("Node", { name: "n2" }))).message).toContain('nodes "n2" not found');
    await until(() => seen.length === 2);
    expect(seen).toEqual([
      'POST /api/v1/nodes {"apiVersion":"v1","kind":"Node","metadata":{"name":"n1"},"spec":{}} test Bearer secret',
      "GET /api/v1/nodes/n2  test Bearer secret",
    ]);
    expect(sessions.size).toBe(1);
  });

  test("wait and try again when the server is too busy", async () => {
    const clock = new FakeClock();
    let requests = 0;
    handle = (_, response) => {
      requests += 1;
      if (requests < 3) answer(response, 429, {}, { "retry-after": "5" });
      else answer(response, 200, aNode("n1"));
    };
    await using transport = aTransport({}, clock);
    const got = createClient(transport).get("Node", { name: "n1" });
    for (let wanted = 1; wanted <= 2; wanted += 1) {
      await until(() => requests === wanted && clock.pending > 1);
      await clock.advance(5000);
    }
    expect((await got).metadata.name).toBe("n1");
    expect(requests).toBe(3);
  });

  test("say clearly that nobody listens", async () => {
    await using transport = aTransport({ url: "https://127.0.0.1:1" });
    const failure = await createClient(transport)
      .get("Node", { name: "n1" })
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StatusError);
    expect((failure as StatusError).status).toMatchObject({
      code: 503,
      reason: "ServiceUnavailable",
      message: 'Get "https://127.0.0.1:1/api/v1/nodes/n1": dial tcp 127.0.0.1:1: connect: connection refused',
    });
  });

  test("refuse a server that another authority has signed", async () => {
    const other = makeAuthority();
    await using transport = aTransport({ ca: other.pair.certificate });
    handle = (_, response) => answer(response, 200, aNode("n1"));
    expect((await errorOf(createClient(transport).get("Node", { name: "n1" }))).message).toContain(
      "failed to verify certificate",
    );
  });

  test("end when their time is over or their caller gives up", async () => {
    const clock = new FakeClock();
    let requests = 0;
    handle = () => {
      requests += 1;
    };
    await using transport = aTransport({ requestTimeoutMs: 10_000 }, clock);
    const client = createClient(transport);
    const slow = errorOf(client.get("Node", { name: "n1" }));
    await until(() => requests === 1);
    await clock.advance(10_000);
    expect((await slow).message).toContain("context deadline exceeded");
    const stop = new AbortController();
    const given = errorOf(client.get("Node", { name: "n1" }, { signal: stop.signal }));
    await until(() => requests === 2);
    stop.abort(new Error("given up"));
    expect((await given).message).toContain("given up");
  });

  test("open no connection when the transport is closed before they have their certificate", async () => {
    const clock = new FakeClock();
    const certificate = Promise.withResolvers<ClientCertificate>();
    const transport = aTransport({ credentials: { certificate: () => certificate.promise } }, clock);
    const reading = createClient(transport).get("Node", { name: "a" });
    await transport[Symbol.asyncDispose]();
    certificate.resolve(authority.issue("client"));
    await expect(reading).rejects.toThrow("The transport was closed");
    expect(clock.pending).toBe(0);
  });

  test("go on over a new connection when the old one has ended", async () => {
    handle = (_, response) => answer(response, 200, aNode("n1"));
    await using transport = aTransport();
    const client = createClient(transport);
    await client.get("Node", { name: "n1" });
    const [first] = sessions;
    for (const session of sessions) session.destroy();
    await until(() => sessions.size === 0);
    await client.get("Node", { name: "n1" });
    expect([...sessions][0]).not.toBe(first);
  });

  test("notice a connection that is dead without having been closed", async () => {
    let requests = 0;
    handle = () => {
      requests += 1;
    };
    await using proxy = await aProxy();
    const clock = new FakeClock();
    await using transport = aTransport({ url: proxy.url }, clock);
    const waiting = errorOf(createClient(transport).create("Node", { ...aNode("n1"), spec: {} } as Node));
    await until(() => requests === 1);
    proxy.cut();
    await clock.advance(30_000);
    await clock.advance(15_000);
    expect((await waiting).message).toContain("http2: client connection lost");
  });

  test("read again when the connection is lost under them, but do not write twice", async () => {
    const seen: string[] = [];
    handle = (request, response) => {
      seen.push(request.method);
      if (seen.length === 2) answer(response, 200, aNode("n1"));
      else for (const session of sessions) session.destroy();
    };
    const clock = new FakeClock();
    await using transport = aTransport({}, clock);
    const client = createClient(transport);
    const got = client.get("Node", { name: "n1" });
    await until(() => seen.length === 1 && sessions.size === 0);
    await until(() => clock.pending === 1);
    await clock.advance(1000);
    expect((await got).metadata.name).toBe("n1");
    const created = client.create("Node", {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name: "n2" },
      spec: {},
    });
    expect(await errorOf(created)).toBeInstanceOf(StatusError);
    await until(() => seen.length === 3 && sessions.size === 0);
    expect(seen).toEqual(["GET", "GET", "POST"]);
  });
});

describe("watches", () => {
  const event = (name: string): WatchEvent => ({ type: "ADDED", object: aNode(name) });

  test("deliver events until the server ends them", async () => {
    handle = (request, response) => {
      expect(request.url).toBe("/api/v1/nodes?watch=true&resourceVersion=5");
      response.writeHead(200);
      response.write(`${JSON.stringify(event("a"))}\n`);
      response.end(`${JSON.stringify(event("b"))}\n`);
    };
    await using transport = aTransport();
    const batches = await Array.fromAsync(createClient(transport).watch("Node", { resourceVersion: "5" }));
    expect(batches.flatMap(namesOf)).toEqual(["a", "b"]);
  });

  test("end at the server when their reader stops or aborts", async () => {
    let open = 0;
    handle = (request, response) => {
      open += 1;
      request.on("close", () => (open -= 1));
      response.writeHead(200);
      response.write(`${JSON.stringify(event("a"))}\n`);
    };
    await using transport = aTransport();
    const client = createClient(transport);
    for await (const _ of client.watch("Node")) break;
    await until(() => open === 0);
    const stop = new AbortController();
    const read: string[] = [];
    for await (const batch of client.watch("Node", { signal: stop.signal })) {
      read.push(...namesOf(batch));
      stop.abort();
    }
    expect(read).toEqual(["a"]);
    await until(() => open === 0);
  });

  test("fail when the connection is lost", async () => {
    handle = (_, response) => {
      response.writeHead(200);
      response.write(`${JSON.stringify(event("a"))}\n{"type":`);
    };
    await using transport = aTransport();
    const watch = async (): Promise<void> => {
      for await (const _ of createClient(transport).watch("Node")) {
        for (const session of sessions) session.destroy();
      }
    };
    expect(await errorOf(watch())).toBeInstanceOf(StatusError);
  });

  test("throw what the server reports in mid-stream", async () => {
    const { status } = notFound({ group: "", resource: "nodes" }, "n1");
    handle = (_, response) => {
      response.writeHead(200);
      response.end(`${JSON.stringify({ type: "ERROR", object: status })}\n`);
    };
    await using transport = aTransport();
    expect((await errorOf(Array.fromAsync(createClient(transport).watch("Node")))).message).toContain(
      'nodes "n1" not found',
    );
  });

  test("a reader that does not read holds the server back instead of filling memory", async () => {
    let written = 0;
    handle = (_, response) => {
      response.writeHead(200);
      const line = `${JSON.stringify({ ...event("a"), padding: "x".repeat(16_000) })}\n`;
      const write = (): void => {
        while (written < 2000 && response.write(line)) written += 1;
        if (written < 2000) response.once("drain", write);
      };
      write();
    };
    await using transport = aTransport();
    for await (const _ of createClient(transport).watch("Node")) {
      await systemClock.sleep(300);
      expect(written).toBeLessThan(200);
      break;
    }
  });
});

describe("credentials", () => {
  const whoAmI: Handler = (request, response) => {
    const { subject } = request.stream.session?.socket
      ? (
          request.socket as unknown as { getPeerCertificate(): { subject?: { CN?: string } } }
        ).getPeerCertificate()
      : {};
    answer(response, 200, aNode(`${subject?.CN ?? ""} ${request.headers.authorization ?? ""}`.trim()));
  };

  async function whoIs(credentials: Credentials): Promise<string> {
    await using transport = aTransport({ credentials });
    return (await createClient(transport).get("Node", { name: "me" })).metadata.name;
  }

  test("a client certificate", async () => {
    handle = whoAmI;
    expect(await whoIs(fixedCertificate(authority.issue("alice")))).toBe("alice");
  });

  test("certificate files that were renewed open a new connection", async () => {
    handle = whoAmI;
    const paths = { certificate: join(folder, "client.crt"), key: join(folder, "client.key") };
    const clock = new FakeClock();
    const store = async (pair: Credential): Promise<void> => {
      await writeFile(paths.certificate, pair.certificate);
      await writeFile(paths.key, pair.key);
    };
    await store(authority.issue("before"));
    await using transport = aTransport({ credentials: certificateFiles(paths, clock) });
    const client = createClient(transport);
    const me = async (): Promise<string> => (await client.get("Node", { name: "me" })).metadata.name;
    expect(await me()).toBe("before");
    await store(authority.issue("after"));
    expect(await me()).toBe("before");
    await clock.advance(60_000);
    expect(await me()).toBe("after");
  });

  test("a token file is read again, and its old token kept while it cannot be read", async () => {
    handle = whoAmI;
    const path = join(folder, "token");
    const clock = new FakeClock();
    await writeFile(path, "one\n");
    const source = tokenFile(path, clock);
    expect(await source.token?.()).toBe("one");
    await writeFile(path, "two\n");
    expect(await source.token?.()).toBe("one");
    await clock.advance(60_000);
    expect(await source.token?.()).toBe("two");
    await rm(path);
    await clock.advance(60_000);
    expect(await source.token?.()).toBe("two");
    expect((await errorOf(tokenFile(path, clock).token?.() ?? Promise.resolve())).message).toContain(
      "no such file",
    );
  });

  test("a kubeconfig with everything in it", async () => {
    handle = whoAmI;
    const pair = authority.issue("admin");
    const base64 = (text: string): string => Buffer.from(text).toString("base64");
    const path = join(folder, "config");
    await writeFile(
      path,
      `
apiVersion: v1
kind: Config
current-context: here
contexts: [{name: here, context: {cluster: c, user: u, namespace: web}}]
clusters: [{name: c, cluster: {server: "${url}/", certificate-authority-data: ${base64(authority.pair.certificate)}}}]
users: [{name: u, user: {client-certificate-data: ${base64(pair.certificate)}, client-key-data: ${base64(pair.key)}}}]
`,
    );
    const { server: address, credentials, namespace } = await loadKubeconfig(path, { clock: systemClock });
    await using transport = createHttpsTransport(
      { ...address, credentials, userAgent: "test" },
      { clock: systemClock },
    );
    expect((await createClient(transport).get("Node", { name: "me" })).metadata.name).toBe("admin");
    expect(namespace).toBe("web");
  });

  const broken: { name: string; text: string; want: string }[] = [
    { name: "not YAML", text: "{", want: "it is not YAML" },
    { name: "a list", text: "[]", want: "it is not a mapping" },
    { name: "no context", text: "kind: Config", want: 'it has no context ""' },
    { name: "contexts that are no list", text: "contexts: {a: b}", want: '"contexts" is not a list' },
    {
      name: "nothing said of its context",
      text: "current-context: a\ncontexts: [null, 5, {name: a}]",
      want: 'it has no cluster ""',
    },
    {
      name: "a number for a cluster",
      text: "current-context: a\ncontexts: [{name: a, context: {cluster: 1}}]",
      want: '"cluster" of context "a" is not a text',
    },
    {
      name: "a missing cluster",
      text: "current-context: a\ncontexts: [{name: a, context: {cluster: b}}]",
      want: 'it has no cluster "b"',
    },
    {
      name: "plain HTTP",
      text: 'current-context: a\ncontexts: [{name: a, context: {cluster: b}}]\nclusters: [{name: b, cluster: {server: "http://x"}}]',
      want: 'the server "http://x" is not supported',
    },
    {
      name: "an exec plugin",
      text: 'current-context: a\ncontexts: [{name: a, context: {cluster: b, user: u}}]\nclusters: [{name: b, cluster: {server: "https://x"}}]\nusers: [{name: u, user: {exec: {command: aws}}}]',
      want: "logging in with a command (exec) is not supported",
    },
    {
      name: "a missing CA file",
      text: 'current-context: a\ncontexts: [{name: a, context: {cluster: b}}]\nclusters: [{name: b, cluster: {server: "https://x", certificate-authority: ca.crt}}]',
      want: "no such file",
    },
  ];
  test.each(broken)("a kubeconfig with $name is refused", async ({ text, want }) => {
    const path = join(folder, "broken");
    await writeFile(path, text);
    expect((await errorOf(loadKubeconfig(path, { clock: systemClock }))).message).toContain(want);
  });
});

/** Stands between client and server, and can let everything vanish that comes by. */
async function aProxy(): Promise<AsyncDisposable & { readonly url: string; cut(): void }> {
  const sockets: net.Socket[] = [];
  const proxy = net.createServer((near) => {
    const far = net.connect(Number(new URL(url).port), "127.0.0.1");
    sockets.push(near, far);
    near.pipe(far);
    far.pipe(near);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  return {
    url: `https://127.0.0.1:${String((proxy.address() as AddressInfo).port)}`,
    cut: () => {
      for (const socket of sockets) socket.unpipe();
    },
    [Symbol.asyncDispose]: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => proxy.close(() => resolve()));
    },
  };
}

/** `expect().rejects` turns the event loop by itself, in which connections get stuck; this one waits. */
async function errorOf(outcome: Promise<unknown>): Promise<Error> {
  const error: unknown = await outcome.then(
    () => new Error("It succeeded"),
    (reason: unknown) => reason,
  );
  return error instanceof Error ? error : new Error(String(error));
}

function namesOf(batch: readonly WatchEvent[]): string[] {
  return batch.flatMap((event) => (event.type === "ERROR" ? [] : [event.object.metadata.name]));
}

interface Authority {
  readonly pair: Credential;
  issue(name: string): Credential;
}

function makeAuthority(): Authority {
  const ends = { notBefore: Date.now() - 60_000, notAfter: Date.now() + 3_600_000 };
  const subject = { commonName: "ca" };
  const key = generateKey();
  const certificate = issueCertificate({ ...ends, subject, usage: "authority" }, key, { subject, key });
  return {
    pair: { certificate, key },
    issue: (name) => {
      const own = generateKey();
      const usage = name === "server" ? "serverAuth" : "clientAuth";
      const template = {
        ...ends,
        subject: { commonName: name },
        usage,
        subjectAltNames: ["127.0.0.1"],
      } as const;
      return { certificate: issueCertificate(template, own, { subject, key }), key: own };
    },
  };
}
