import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import { type BackendAddress, DialError, type Dialer } from "#apiserver/backends/dialer.ts";
import { ServiceBackends } from "#apiserver/backends/service-backends.ts";
import { TcpDialer } from "#apiserver/backends/tcp-dialer.ts";
import { WebhookClient } from "#apiserver/webhook/webhook-client.ts";
import { systemClock } from "#base/clock.ts";
import { type Credential, generateKey, issueCertificate } from "#pki/certificate.ts";
import { FakeClock } from "#testing/fake-clock.ts";
import { anEndpointSlice, aService } from "#testing/service-objects.ts";
import { until } from "./until.ts";

const authority = rootAuthority("webhooks");
const ownAuthority = rootAuthority("own");
const serving = issue(authority, "serverAuth", ["web.default.svc", "127.0.0.1"]);
const caBundle = btoa(authority.certificate);
const service = { namespace: "default", name: "web", path: "/review" };
const never = new AbortController().signal;

let server: Server;
let answer: (request: IncomingMessage, response: ServerResponse, body: string) => void;
let connections = 0;
let dialed: string[] = [];

beforeAll(async () => {
  server = createServer(
    {
      cert: serving.certificate,
      key: serving.key,
      ca: ownAuthority.certificate,
      requestCert: true,
      rejectUnauthorized: false,
    },
    (request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => answer(request, response, Buffer.concat(chunks).toString()));
    },
  );
  server.on("secureConnection", () => {
    connections += 1;
  });
  const listening = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", listening.resolve);
  await listening.promise;
});
afterEach(() => {
  connections = 0;
  dialed = [];
  answer = reply;
});
afterAll(() => server.close());

const reply: typeof answer = (_request, response, body) => {
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ kind: "Review", echo: JSON.parse(body) }));
};
answer = reply;

const port = (): number => (server.address() as AddressInfo).port;

/** Endpoints are not on loopback; this leads to the server under 10.42.0.1 and to nobody otherwise. */
const dialer: Dialer = {
  dial: async (address: BackendAddress, signal) => {
    dialed.push(`${address.host}:${String(address.port)}`);
    if (address.host === "10.42.0.9")
      throw DialError.of(address, Object.assign(new Error(), { code: "ECONNREFUSED" }));
    return await new TcpDialer({ clock: systemClock }).dial({ host: "127.0.0.1", port: port() }, signal);
  },
};

function createWebhookClient({ endpoints = ["10.42.0.1"], clock = systemClock } = {}): WebhookClient {
  const web = aService("web", "10.43.0.1", { ports: [{ port: 443 }] });
  const kubernetes = aService("kubernetes", "10.43.0.2", { ports: [{ port: 443 }] });
  const objects = {
    get: (_kind: string, { name }: { readonly name: string }) =>
      [web, kubernetes].find(({ metadata }) => metadata.name === name),
    list: () => [anEndpointSlice("web", endpoints), anEndpointSlice("kubernetes", ["10.42.0.1"])],
  };
  const services = new ServiceBackends({ objects, dialer, random: Math.random });
  const self = {
    authority: () => ownAuthority.certificate,
    credential: issue(ownAuthority, "clientAuth", []),
  };
  return new WebhookClient({ self }, { services, dialer, clock });
}

function rootAuthority(commonName: string): Credential {
  const key = generateKey();
  const subject = { commonName };
  const template = { subject, usage: "authority", notBefore: 0, notAfter: Date.now() + 1e9 } as const;
  return { certificate: issueCertificate(template, key, { subject, key }), key };
}

function issue(
  by: Credential,
  usage: "serverAuth" | "clientAuth",
  subjectAltNames: readonly string[],
): Credential {
  const key = generateKey();
  const subject = { commonName: by === authority ? "webhooks" : "own" };
  const template = {
    subject: { commonName: "leaf" },
    usage,
    subjectAltNames,
    notBefore: 0,
    notAfter: Date.now() + 1e9,
  };
  return { certificate: issueCertificate(template, key, { subject, key: by.key }), key };
}

async function failure(call: Promise<unknown>): Promise<string> {
  try {
    return `answered ${JSON.stringify(await call)}`;
  } catch (error) {
    return (error as Error).message;
  }
}

describe("WebhookClient", () => {
  test("posts a review to an endpoint of the Service and gives what comes back", async () => {
    using client = createWebhookClient();
    let seen: unknown;
    answer = (request, response, body) => {
      const { method, url, headers } = request;
      seen = [method, url, headers.host, headers["content-type"], headers["user-agent"]];
      reply(request, response, body);
    };
    const review = await client.call(
      { service, caBundle },
      { kind: "Review" },
      { timeoutMs: 10_000, signal: never },
    );
    expect(review).toEqual({ kind: "Review", echo: { kind: "Review" } });
    expect(seen).toEqual([
      "POST",
      "/review?timeout=10s",
      "web.default.svc:443",
      "application/json",
      "kube-apiserver-admission",
    ]);
    expect(dialed).toEqual(["10.42.0.1:8080"]);
  });

  test("keeps connections for the next call", async () => {
    using client = createWebhookClient();
    const warnings: Error[] = [];
    const warn = (warning: Error): void => void warnings.push(warning);
    process.on("warning", warn);
    for (let count = 0; count < 20; count += 1)
      await client.call({ service, caBundle }, {}, { signal: never });
    process.off("warning", warn);
    expect(connections).toBe(1);
    // Node warns of listeners that gather on a connection.
    expect(warnings).toEqual([]);
  });

  test("closes a connection that nobody has used for a while", async () => {
    const clock = new FakeClock();
    using client = createWebhookClient({ clock });
    await client.call({ service, caBundle }, {}, { signal: never });
    await until(() => clock.pending > 0);
    await clock.advance(90_000);
    await client.call({ service, caBundle }, {}, { signal: never });
    expect(connections).toBe(2);
  });

  test("replaces a kept connection that the webhook has closed meanwhile", async () => {
    using client = createWebhookClient();
    let calls = 0;
    answer = (request, response, body) => {
      calls += 1;
      if (calls === 2) request.socket.destroy();
      else reply(request, response, body);
    };
    await client.call({ service, caBundle }, {}, { signal: never });
    expect(await client.call({ service, caBundle }, {}, { signal: never })).toEqual({
      kind: "Review",
      echo: {},
    });
    expect(connections).toBe(2);
  });

  test("tries another endpoint when one cannot be reached", async () => {
    using client = createWebhookClient({ endpoints: ["10.42.0.9", "10.42.0.9", "10.42.0.9", "10.42.0.1"] });
    for (let count = 0; count < 5; count += 1) {
      const call = client.call(
        { service, caBundle: btoa(`${authority.certificate}${String(count)}`) },
        {},
        { signal: never },
      );
      expect(await call, `call ${String(count)}`).toEqual({ kind: "Review", echo: {} });
    }
  });

  test("calls a URL", async () => {
    using client = createWebhookClient();
    const url = `https://127.0.0.1:${String(port())}/here/`;
    let path: string | undefined;
    answer = (request, response, body) => {
      path = request.url;
      reply(request, response, body);
    };
    await client.call({ url, caBundle }, {}, { signal: never });
    expect(path).toBe("/here?timeout=30s");
  });

  test("shows its certificate to the API server itself and to nobody else", async () => {
    using client = createWebhookClient();
    const shown: boolean[] = [];
    answer = (request, response, body) => {
      shown.push((request.socket as TLSSocket).authorized);
      reply(request, response, body);
    };
    await client.call({ service, caBundle }, {}, { signal: never });
    const self = { namespace: "default", name: "kubernetes" };
    // The server of this test is not trusted as the API server's own, but for the name.
    const message = await failure(client.call({ service: self, caBundle }, {}, { signal: never }));
    expect(message).toContain("certificate is valid for web.default.svc, not kubernetes.default.svc");
    expect(shown).toEqual([false]);
  });

  const post = (query = "timeout=30s") => `Post "https://web.default.svc:443/review?${query}": `;

  const failures: readonly {
    readonly name: string;
    readonly config?: Parameters<WebhookClient["call"]>[0];
    readonly endpoints?: string[];
    readonly answer?: typeof answer;
    readonly message: string;
  }[] = [
    {
      name: "an unknown authority",
      config: { service, caBundle: btoa(ownAuthority.certificate) },
      message: `${post()}tls: failed to verify certificate: x509: certificate signed by unknown authority`,
    },
    {
      name: "a Service that does not exist",
      config: { service: { ...service, name: "gone" } },
      message: 'Post "https://gone.default.svc:443/review?timeout=30s": service "gone" not found',
    },
    {
      name: "a Service without endpoints",
      endpoints: [],
      message: `${post()}no endpoints available for service "web"`,
    },
    {
      name: "endpoints that cannot be reached",
      endpoints: ["10.42.0.9"],
      message: `${post()}dial tcp 10.42.0.9:8080: connect: connection refused`,
    },
    {
      name: "a connection that ends",
      answer: (request) => request.socket.destroy(),
      message: `${post()}EOF`,
    },
    {
      name: "a redirection",
      answer: (_request, response) => response.writeHead(307, { location: "/review" }).end(),
      message: "the server responded with the status code 307 but did not return more information",
    },
    {
      name: "a failure in words",
      answer: (_request, response) => response.writeHead(500, { "content-type": "text/plain" }).end("no\n"),
      message: 'an error on the server ("no") has prevented the request from succeeding',
    },
    {
      name: "a failure as a Status",
      answer: (_request, response) =>
        response
          .writeHead(403, { "content-type": "application/json" })
          .end('{"kind":"Status","message":"not you"}'),
      message: "not you",
    },
    {
      name: "an empty answer",
      answer: (_request, response) => response.writeHead(200, { "content-type": "application/json" }).end(),
      message: "0-length response with status code: 200 and content type: application/json",
    },
    {
      name: "an answer that is no JSON",
      answer: (_request, response) => response.end("<html>"),
      message:
        "couldn't get version/kind; json parse error: invalid character '<' looking for beginning of value",
    },
    {
      name: "an answer that is cut off",
      answer: (request, response) => {
        response.writeHead(200, { "content-length": "100" });
        response.write("{", () => request.socket.destroy());
      },
      message: "unexpected error when reading response body. Please retry. Original error: unexpected EOF",
    },
  ];

  test.each(failures)(
    "reports $name",
    async ({ config = { service, caBundle }, endpoints, answer: given, message }) => {
      using client = createWebhookClient({ ...(endpoints && { endpoints }) });
      if (given !== undefined) answer = given;
      expect(await failure(client.call(config, {}, { signal: never }))).toBe(message);
    },
  );

  test.each<readonly [{ readonly timeoutMs?: number }, string]>([
    [{ timeoutMs: 2500 }, `${post("timeout=3s")}context deadline exceeded`],
    [{}, `${post()}context deadline exceeded (Client.Timeout exceeded while awaiting headers)`],
  ])("gives up after the time of %j", async (options, message) => {
    const clock = new FakeClock();
    using client = createWebhookClient({ clock });
    const asked = Promise.withResolvers<void>();
    answer = () => asked.resolve();
    const call = failure(client.call({ service, caBundle }, {}, { ...options, signal: never }));
    await asked.promise;
    await clock.advance(options.timeoutMs ?? 30_000);
    expect(await call).toBe(message);
    expect(clock.pending).toBe(0);
  });

  test("gives up with its caller", async () => {
    using client = createWebhookClient();
    const caller = new AbortController();
    answer = () => caller.abort();
    const call = client.call({ service, caBundle }, {}, { signal: caller.signal });
    expect(await failure(call)).toBe(`${post()}context canceled`);
  });
});
