import { expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "#base/clock.ts";
import { nextTurn } from "#base/next-turn.ts";
import type { Client } from "#client/client.ts";
import { createClient } from "#client/create-client.ts";
import { createHttpsTransport } from "#client/https-transport.ts";
import { Answer } from "#https/answer.ts";
import { Listener, type ListenerOptions } from "#https/listener.ts";
import { startServerBalancer } from "#join/servers/server-balancer.ts";
import { silentLogger } from "#observability/logger.ts";
import { generateKey, issueCertificate } from "#pki/certificate.ts";
import { until } from "../until.ts";

/** How many requests are on their way at any time, for each client. */
const CALLERS = 4;

const NODE = { apiVersion: "v1", kind: "Node", metadata: { name: "n1" }, spec: {} } as const;

/** A server that can be started again at its address. */
class RestartingServer implements AsyncDisposable {
  answered = 0;
  readonly #tls: ListenerOptions;
  #listener: Listener;
  #port = 0;

  constructor(tls: ListenerOptions) {
    this.#tls = tls;
    this.#listener = this.#create();
  }

  async start(): Promise<string> {
    this.#port = (await this.#listener.listen("127.0.0.1", this.#port)).port;
    return `127.0.0.1:${String(this.#port)}`;
  }

  async stop(): Promise<void> {
    await this.#listener[Symbol.asyncDispose]();
    this.#listener = this.#create();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#listener[Symbol.asyncDispose]();
  }

  #create(): Listener {
    const answer = async (): Promise<Answer> => {
      // Some are always being answered when the server stops.
      for (let turn = 0; turn < 5; turn += 1) await nextTurn();
      this.answered += 1;
      return new Answer(200, { "content-type": "application/json" }, Buffer.from(JSON.stringify(NODE)));
    };
    return new Listener(this.#tls, { application: { answer }, clock: systemClock, logger: silentLogger });
  }
}

/** Asks without a pause until it is told to end; what went wrong. */
async function ask(client: Client, isOver: () => boolean): Promise<readonly string[]> {
  const failures: string[] = [];
  for (let count = 0; !isOver(); count += 1) {
    try {
      if (count % 2 === 0) await client.get("Node", { name: "n1" });
      else await client.create("Node", NODE);
    } catch (error) {
      failures.push(String(error));
    }
  }
  return failures;
}

test("no request fails while servers start again one after the other", async () => {
  await using stack = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), "kubelith-restarts-"));
  stack.defer(() => rm(directory, { recursive: true }));
  const tls = servingCertificate();
  const servers = [stack.use(new RestartingServer(tls)), stack.use(new RestartingServer(tls))];
  const addresses = await Promise.all(servers.map((server) => server.start()));
  const balancer = stack.use(
    await startServerBalancer(
      { servers: addresses, stateFile: join(directory, "servers.json") },
      { clock: systemClock, logger: silentLogger, random: () => 0 },
    ),
  );
  const client = () => {
    const options = { url: balancer.localUrl, ca: tls.clientAuthority, userAgent: "test" };
    return createClient(stack.use(createHttpsTransport(options, { clock: systemClock })));
  };
  let isOver = false;
  stack.defer(() => {
    isOver = true;
  });
  const callers = [client(), client()].flatMap((each) =>
    Array.from({ length: CALLERS }, () => ask(each, () => isOver)),
  );
  for (let round = 0; round < 3; round += 1) {
    for (const [at, server] of servers.entries()) {
      const other = servers[1 - at];
      const before = other?.answered ?? 0;
      await server.stop();
      await until(() => (other?.answered ?? 0) > before + 50);
      await server.start();
    }
  }
  isOver = true;
  expect((await Promise.all(callers)).flat()).toEqual([]);
});

function servingCertificate(): ListenerOptions {
  const ends = { notBefore: Date.now() - 60_000, notAfter: Date.now() + 3_600_000 };
  const [authorityKey, key] = [generateKey(), generateKey()];
  const subject = { commonName: "ca" };
  const issuer = { subject, key: authorityKey };
  const authority = issueCertificate({ ...ends, subject, usage: "authority" }, authorityKey, issuer);
  const own = { ...ends, subject: { commonName: "server" }, subjectAltNames: ["127.0.0.1"] };
  const certificate = issueCertificate({ ...own, usage: "serverAuth" }, key, issuer);
  return { certificate, key, clientAuthority: authority };
}
