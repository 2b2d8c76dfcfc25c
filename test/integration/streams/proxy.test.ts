import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { gunzipSync, gzipSync } from "node:zlib";
import type { Status } from "#apimachinery/generated/meta-v1.ts";
import { DialError, type Dialer } from "#apiserver/backends/dialer.ts";
import { aPod, aServiceAccount } from "#testing/objects.ts";
import type { HttpClient } from "../front/http-client.ts";
import { Kubectl, minorVersion, modernKubectls } from "../front/kubectl.ts";
import { startTestServer, type TestServer } from "../front/server.ts";
import { shakeHands } from "../front/web-socket-client.ts";
import { until } from "../until.ts";

const PROXY = "/api/v1/namespaces/default/pods/web/proxy";

type Page = (request: IncomingMessage, response: ServerResponse) => void;

let page: Page;
const backend = createServer((request, response) => page(request, response));
/** Connections to the backend that are open. */
const connections = new Set<Socket>();
backend.on("connection", (socket: Socket) => {
  connections.add(socket);
  socket.once("close", () => connections.delete(socket));
});

/** Leads port 80 of any pod to the backend. */
const dialer: Dialer = {
  dial: async (address) => {
    if (address.port !== 80)
      throw DialError.of(address, Object.assign(new Error("refused"), { code: "ECONNREFUSED" }));
    const socket = connect({ host: "127.0.0.1", port: (backend.address() as AddressInfo).port });
    await once(socket, "connect");
    return socket;
  },
};

let server: TestServer;
let http1: HttpClient;
let http2: HttpClient;
beforeAll(async () => {
  backend.listen(0, "127.0.0.1");
  await once(backend, "listening");
  server = await startTestServer({ dialer });
  http1 = server.connect({ protocol: "http/1.1" });
  http2 = server.connect();
  await server.client.create("ServiceAccount", aServiceAccount("default"));
  const pod = await server.client.create("Pod", aPod("web"));
  const status = { phase: "Running" as const, podIPs: [{ ip: "10.42.0.5" }], podIP: "10.42.0.5" };
  await server.client.updateStatus("Pod", { ...pod, status });
});
afterEach(async () => {
  // Nothing is left behind by any request, however it ended.
  await until(() => connections.size === 0);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  backend.close();
});

/** What the backend was asked. */
function answering(answer: Page = (_request, response) => void response.end()) {
  const seen: Pick<IncomingMessage, "method" | "url" | "headers">[] = [];
  page = (request, response) => {
    const { method, url, headers } = request;
    seen.push({ method, url, headers });
    answer(request, response);
  };
  return seen;
}

async function sha256(content: Readable): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of content as AsyncIterable<Buffer>) hash.update(piece);
  return hash.digest("hex");
}

describe("a proxied request", () => {
  test.each([
    ["", "/"],
    ["/", "/"],
    ["/?", "/?"],
    ["/a%2Fb/%20/%61?d=%2F&e", "/a%2Fb/%20/%61?d=%2F&e"],
    ["/a//b/./c/../d/", "/a/b/d/"],
    ["/../../../secrets", "/secrets"],
  ])("for %j asks for %j", async (path, want) => {
    const seen = answering();
    await http1.send({ method: "POST", path: PROXY + path });
    expect(seen[0]?.url).toBe(want);
  });

  test.each(["GET", "HEAD"])("with %s and without a path is led to the root", async (method) => {
    const seen = answering();
    const { status, headers } = await http2.send({ method, path: `${PROXY}?a=b` });
    expect([status, headers.location, seen]).toEqual([301, `${PROXY}/?a=b`, []]);
  });

  test("says where it comes from, and nothing of who asks", async () => {
    const seen = answering();
    const headers = { host: "localhost", connection: "x-hop", "x-hop": "a", te: "trailers", cookie: "a=1" };
    const impersonation = { "impersonate-user": "me", "impersonate-group": "system:masters" };
    await http1.send({ path: `${PROXY}/a/`, headers: { ...headers, ...impersonation } });
    expect(seen[0]?.headers).toMatchObject({
      host: "localhost",
      te: "trailers",
      cookie: "a=1",
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-uri": `${PROXY}/a/`,
    });
    for (const name of ["x-hop", "impersonate-user", "authorization", "content-length"])
      expect(seen[0]?.headers).not.toHaveProperty(name);
  });

  test.each([
    ["http/1.1", { "content-length": "5000000" }],
    ["http/1.1", { "transfer-encoding": "chunked" }],
    ["h2", {}],
  ] as const)("carries a large body over %s both ways (%p)", async (protocol, headers) => {
    const body = crypto.getRandomValues(Buffer.alloc(50_000)).toString("base64url").repeat(80);
    const bytes = Buffer.from(body).subarray(0, 5_000_000);
    const seen = answering((request, response) => void request.pipe(response));
    const client = protocol === "h2" ? http2 : http1;
    const { status, body: answer } = await client.open({
      method: "PUT",
      path: `${PROXY}/`,
      body: bytes,
      headers,
    });
    expect([status, await sha256(answer)]).toEqual([200, createHash("sha256").update(bytes).digest("hex")]);
    expect(seen[0]?.headers).toMatchObject(
      "content-length" in headers ? headers : { "transfer-encoding": "chunked" },
    );
  });

  test("is answered as the backend answers", async () => {
    answering((_request, response) => {
      response.writeHead(418, {
        "set-cookie": ["a=1", "b=2"],
        "access-control-allow-origin": "*",
        "x-own": "ä",
      });
      response.end("teapot");
    });
    const { status, headers, text } = await http2.send({ path: `${PROXY}/` });
    expect([status, headers["set-cookie"], text]).toEqual([418, ["a=1", "b=2"], "teapot"]);
    expect(headers).not.toHaveProperty("access-control-allow-origin");
  });

  test.each(["text/plain", "text/html"])(
    "gets what the backend says behind its answer (%s)",
    async (type) => {
      answering((_request, response) => {
        response.writeHead(200, { "content-type": type, trailer: "x-sum" });
        response.write("<p>");
        response.addTrailers({ "x-sum": "1" });
        response.end();
      });
      const { body } = await http2.open({ path: `${PROXY}/` });
      const [trailers] = (await once(body.resume(), "trailers")) as [IncomingMessage["trailers"]];
      expect(trailers["x-sum"]).toBe("1");
    },
  );

  test("for a head gets no more than that", async () => {
    const seen = answering(
      (_request, response) => void response.writeHead(200, { "content-length": "7" }).end(),
    );
    const { status, headers, text } = await http1.send({ method: "HEAD", path: `${PROXY}/` });
    expect([status, headers["content-length"], text, seen[0]?.method]).toEqual([200, "7", "", "HEAD"]);
  });

  test("may wait until its body is wanted", async () => {
    answering((request, response) => void request.pipe(response));
    const headers = { expect: "100-continue", "content-length": "4" };
    const { text } = await http1.send({ method: "POST", path: `${PROXY}/`, headers, body: "body" });
    expect(text).toBe("body");
  });

  test("cannot be tried without effect", async () => {
    const seen = answering();
    const { status, text } = await http2.send({ method: "POST", path: `${PROXY}/?dryRun=All` });
    expect([status, (JSON.parse(text) as Status).message, seen]).toEqual([
      400,
      "dryRun is not supported",
      [],
    ]);
  });

  test("gets every piece as it comes", async () => {
    let more: ServerResponse | undefined;
    answering((_request, response) => {
      response.writeHead(200, { "content-type": "text/html" });
      response.write('<a href="/one">');
      more = response;
    });
    const { body } = await http2.open({ path: `${PROXY}/` });
    const pieces = body.iterator() as AsyncIterator<Buffer>;
    const next = async () => String((await pieces.next()).value);
    expect(await next()).toBe(`<a href="${PROXY}/one">`);
    more?.end('<a href="/two">');
    expect(await next()).toBe(`<a href="${PROXY}/two">`);
    expect((await pieces.next()).done).toBe(true);
  });
});

describe("what leads to the backend leads through the proxy", () => {
  test.each([
    ["/login?a=/", `${PROXY}/login?a=/`],
    ["http://10.42.0.5:80/a", `${PROXY}/a`],
    ["https://example.com/a", "https://example.com/a"],
    ["next", "next"],
  ])("in a redirection to %s", async (location, want) => {
    answering((_request, response) => {
      response.writeHead(302, { location, "content-type": "text/html" }).end('<a href="/a">');
    });
    const { status, headers, text } = await http2.send({ path: `${PROXY}/` });
    expect([status, headers.location, text]).toEqual([302, want, '<a href="/a">']);
  });

  test("in pages, packed ones too", async () => {
    answering((_request, response) => {
      const packed = gzipSync('<a href="/a">');
      const headers = { "content-type": "text/html; charset=utf-8", "content-encoding": "gzip" };
      response.writeHead(200, { ...headers, "content-length": String(packed.length) }).end(packed);
    });
    const { headers, bytes } = await http1.send({ path: `${PROXY}/` });
    expect(headers["content-encoding"]).toBe("gzip");
    expect(gunzipSync(bytes).toString()).toBe(`<a href="${PROXY}/a">`);
  });

  test("but not in what is no page", async () => {
    answering((_request, response) => {
      response.writeHead(200, { "content-type": "application/xhtml+xml" }).end('<a href="/a"/>');
    });
    expect((await http1.send({ path: `${PROXY}/` })).text).toBe('<a href="/a"/>');
  });
});

describe("a backend", () => {
  const status = async (path = `${PROXY}/`): Promise<Status> => (await http2.send({ path })).json<Status>();
  const failure = { code: 503, reason: "ServiceUnavailable" };

  test("that does not listen is said to refuse", async () => {
    const message = "error trying to reach service: dial tcp 10.42.0.5:81: connect: connection refused";
    expect(await status(PROXY.replace("web", "web:81") + "/")).toMatchObject({ ...failure, message });
  });

  test("that does not speak TLS is said to speak HTTP", async () => {
    answering();
    const message = "error trying to reach service: http: server gave HTTP response to HTTPS client";
    expect(await status(`${PROXY.replace("web", "https:web:80")}/`)).toMatchObject({ ...failure, message });
  });

  test("that does not speak HTTP is said to answer with something else", async () => {
    backend.once("connection", (socket: Socket) => void socket.end("SSH-2.0-OpenSSH_9.2\r\n"));
    expect((await status()).message).toBe(
      'error trying to reach service: net/http: HTTP/1.x transport connection broken: malformed HTTP response "SSH-2.0-OpenSSH_9.2"',
    );
  });

  test("that hangs up is said to have ended", async () => {
    answering((request) => void request.socket.destroy());
    expect(await status()).toMatchObject({ ...failure, message: "error trying to reach service: EOF" });
  });

  test("that says where nobody can go is an error", async () => {
    answering((_request, response) => void response.writeHead(302, { location: "/%zz" }).end("away"));
    expect(await status()).toMatchObject({
      code: 500,
      message:
        'Internal error occurred: error trying to parse Location header: parse "/%zz": invalid URL escape "%zz"',
    });
  });

  test("that breaks off breaks the answer off", async () => {
    answering((_request, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("some", () => response.destroy());
    });
    await expect(http2.send({ path: `${PROXY}/` })).rejects.toThrow();
  });

  test.each(["text/plain", "text/html"])("is let go when the client goes (%s)", async (type) => {
    answering((_request, response) => {
      response.writeHead(200, { "content-type": type });
      const piece = `<p>${"x".repeat(100_000)}`;
      const more = (): void => void response.write(piece, (error) => error ?? setImmediate(more));
      more();
    });
    const { body } = await http2.open({ path: `${PROXY}/` });
    await once(body, "readable");
    expect(connections.size).toBe(1);
    body.destroy();
  });

  test.each(["text/plain", "text/html"])("waits for a client that does not read (%s)", async (type) => {
    let sent = 0;
    let isStuck = false;
    answering((_request, response) => {
      response.writeHead(200, { "content-type": type });
      const piece = `<p>${"x".repeat(100_000)}`;
      const more = (): void => {
        while (sent < 100_000_000 && response.write(piece)) sent += piece.length;
        isStuck = true;
        response.once("drain", more);
      };
      more();
    });
    const { body } = await http2.open({ path: `${PROXY}/` });
    await until(() => isStuck);
    await until(async () => {
      const before = sent;
      for (let round = 0; round < 5; round++) await http1.send({ path: "/healthz" });
      return sent === before;
    });
    expect(sent).toBeLessThan(40_000_000);
    body.destroy();
  });
});

describe("an upgrade through a proxy", () => {
  test("joins client and backend", async () => {
    let asked: IncomingMessage | undefined;
    backend.once("upgrade", (request: IncomingMessage, socket: Socket) => {
      asked = request;
      socket.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n");
      socket.pipe(socket);
    });
    const { answer, socket } = await shakeHands(server, {
      path: `${PROXY}/a%2Fb?c`,
      headers: { upgrade: "echo" },
    });
    expect(answer).toStartWith("HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\n");
    socket.write("hello");
    const [echo] = (await once(socket.resume(), "data")) as [Buffer];
    expect(String(echo)).toBe("hello");
    socket.destroy();
    expect([asked?.url, asked?.headers.host, asked?.headers["x-forwarded-for"]]).toEqual([
      "/a%2Fb?c",
      "localhost",
      "127.0.0.1",
    ]);
  });

  test("brings what the backend has against it", async () => {
    backend.once("upgrade", (_request, socket: Socket) => {
      socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
    });
    const { answer, socket } = await shakeHands(server, { path: `${PROXY}/` });
    expect(answer).toBe("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
    socket.destroy();
  });

  test("sends nobody elsewhere", async () => {
    backend.once("upgrade", (_request, socket: Socket) => {
      socket.end("HTTP/1.1 302 Found\r\nLocation: https://evil.test/\r\nContent-Length: 0\r\n\r\n");
    });
    const { answer, socket } = await shakeHands(server, { path: `${PROXY}/` });
    expect(answer).toStartWith("HTTP/1.1 500 Internal Server Error\r\n");
    expect(answer).not.toContain("evil.test");
    socket.destroy();
  });
});

/** The oldest and the newest that matter. */
const KUBECTLS = modernKubectls().filter((path) => [27, 33].includes(minorVersion(path)));

describe.each(KUBECTLS)("the proxy of %s", (path) => {
  let kubectl: ReturnType<Kubectl["start"]>;
  let url: string;
  beforeAll(async () => {
    const { kubeconfig, directory } = server;
    await Bun.write(join(directory, "www/page"), "of this machine");
    const www = [`--www=${join(directory, "www")}`, "--www-prefix=/static/"];
    kubectl = new Kubectl(path, { kubeconfig, home: directory }).start(["proxy", "--port=0", ...www]);
    const { value } = await kubectl.stdout.getReader().read();
    url = Buffer.from(value ?? [])
      .toString()
      .replace(/^Starting to serve on (\S+)\n$/, "http://$1");
  });
  afterAll(async () => {
    kubectl.kill();
    await kubectl.exited;
  });

  test("serves files of its own", async () => {
    expect(await (await fetch(`${url}/static/page`)).text()).toBe("of this machine");
  });

  test("passes requests on as they are written, with their bodies", async () => {
    const seen = answering((request, response) => void request.pipe(response));
    const body = crypto.getRandomValues(new Uint8Array(60_000));
    const answer = await fetch(`${url}${PROXY}/a%2Fb?c=%20`, { method: "PUT", body });
    expect(seen[0]?.url).toBe("/a%2Fb?c=%20");
    expect(Buffer.from(await answer.arrayBuffer()).equals(body)).toBe(true);
  });

  test("shows pages whose links lead through it", async () => {
    answering((_request, response) => {
      response.writeHead(200, { "content-type": "text/html" }).end('<a href="/next">');
    });
    expect(await (await fetch(`${url}${PROXY}/`)).text()).toBe(`<a href="${PROXY}/next">`);
    answering((_request, response) => void response.writeHead(302, { location: "/next" }).end());
    const { headers } = await fetch(`${url}${PROXY}/`, { redirect: "manual" });
    expect(headers.get("location")).toBe(`${PROXY}/next`);
  });

  test("carries WebSockets", async () => {
    const address = `${url.replace("http:", "ws:")}/api/v1/namespaces/default/pods?watch=true`;
    const watch = new WebSocket(address, { headers: { origin: "http://localhost" } });
    const [{ data }] = (await once(watch, "message")) as [{ data: string }];
    expect(JSON.parse(data)).toMatchObject({ type: "ADDED", object: { metadata: { name: "web" } } });
    watch.close();
  });

  test("does not let anybody run commands", async () => {
    const { status } = await fetch(`${url}${PROXY.replace("proxy", "exec")}?command=true`, {
      method: "POST",
    });
    expect(status).toBe(403);
  });
});

test("five hundred requests leave no connection and no descriptor", async () => {
  answering((_request, response) => void response.end("ok"));
  const descriptors = async () =>
    (await Array.fromAsync(new Bun.Glob("*").scan({ cwd: "/proc/self/fd", onlyFiles: false }))).length;
  await http2.send({ path: `${PROXY}/` });
  const before = await descriptors();
  for (let round = 0; round < 10; round++)
    await Promise.all(Array.from({ length: 50 }, () => http2.send({ path: `${PROXY}/` })));
  await until(() => connections.size === 0);
  await until(async () => (await descriptors()) <= before);
});
