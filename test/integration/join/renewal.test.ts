/** Certificates that live for half an hour, of a host whose clock is advanced. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:tls";
import { systemClock } from "#base/clock.ts";
import type { Client } from "#client/client.ts";
import { createClient } from "#client/create-client.ts";
import { createHttpsTransport } from "#client/https-transport.ts";
import { textAnswer } from "#https/answer.ts";
import { Listener } from "#https/listener.ts";
import type { Enrollment } from "#join/enroll/enroll.ts";
import { NodeCredentials } from "#join/enroll/node-credentials.ts";
import { SERVER_NAME } from "#join/join-protocol.ts";
import { silentLogger } from "#observability/logger.ts";
import { FakeClock } from "#testing/fake-clock.ts";
import { startTestControlPlane, type TestControlPlane } from "../../conformance/control-plane.ts";
import { until } from "../until.ts";
import { joiningHost } from "./joining-host.ts";

const LIFETIME_MS = 30 * 60_000;

let plane: TestControlPlane;
beforeAll(async () => {
  plane = await startTestControlPlane({ clusterSigningDurationMs: LIFETIME_MS });
});
afterAll(() => plane?.[Symbol.asyncDispose]());

/** Which certificate a client shows. */
async function shownBy(client: Client): Promise<string> {
  const { status } = await client.create("SelfSubjectReview", {
    apiVersion: "authentication.k8s.io/v1",
    kind: "SelfSubjectReview",
    metadata: {},
  });
  expect(status?.userInfo?.username).toBe("system:node:renewed");
  return status?.userInfo?.extra?.["authentication.kubernetes.io/credential-id"]?.[0] ?? "";
}

/** Which certificate a server shows. */
async function shownAt(port: number): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false });
  await once(socket, "secureConnect");
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}

test("a node renews its certificates when a third of their life is left, and nothing breaks off", async () => {
  await using stack = new AsyncDisposableStack();
  const token = (await Bun.file(`${plane.directory}/data/server/token`).text()).trim();
  const clock = new FakeClock(Date.now());
  const enrollment = joiningHost(plane, { nodeName: "renewed", text: token, clock });
  const membership = await enrollment.begin(new AbortController().signal);
  let hasAsked = false;
  const asking: Pick<Enrollment, "attempt"> = {
    attempt: (known, signal) => {
      hasAsked = true;
      return enrollment.attempt(known, signal);
    },
  };
  const dependencies = { enrollment: asking, clock, random: Math.random, logger: silentLogger };
  const credentials = stack.use(new NodeCredentials(membership, dependencies));
  const { serverAuthority, clientAuthority } = membership;

  const transport = stack.use(
    createHttpsTransport(
      {
        url: plane.url,
        ca: serverAuthority,
        serverName: SERVER_NAME,
        credentials: credentials.of("client-kubelet"),
        userAgent: "kubelet",
      },
      { clock: systemClock },
    ),
  );
  const client = createClient(transport);
  const listener = stack.use(
    new Listener(
      { ...credentials.serving, clientAuthority },
      {
        application: { answer: () => Promise.resolve(textAnswer(200, "ok")) },
        clock: systemClock,
        logger: silentLogger,
      },
    ),
  );
  stack.use(credentials.onRenewed.add(() => listener.renew({ ...credentials.serving, clientAuthority })));
  const { port } = await listener.listen("127.0.0.1", 0);

  const before = { client: await shownBy(client), server: await shownAt(port) };
  const { metadata } = await client.list("Service");
  const stop = new AbortController();
  stack.defer(() => stop.abort());
  const seen: string[] = [];
  const watch = client.watch("Service", {
    ...(metadata.resourceVersion !== undefined && { resourceVersion: metadata.resourceVersion }),
    signal: stop.signal,
  });
  const watching = (async () => {
    for await (const batch of watch)
      seen.push(...batch.flatMap((event) => (event.type === "ERROR" ? [] : event.object.metadata.name)));
  })();

  await clock.advance((LIFETIME_MS * 2) / 3 - 60_000);
  expect(await shownBy(client)).toBe(before.client);
  // Its wait for an answer is timed by this clock, too, which must not run on once it has asked.
  while (!hasAsked) await clock.advance(1000);
  await until(async () => (await shownBy(client)) !== before.client);
  const serving = new X509Certificate(credentials.serving.certificate);
  expect(await shownAt(port)).toBe(serving.fingerprint256);
  expect(serving.fingerprint256).not.toBe(before.server);
  expect(credentials.serving.key).not.toBe(membership.credentials["serving-kubelet"].key);

  await plane.client.create("Service", {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web", namespace: "default" },
    spec: { ports: [{ port: 80 }] },
  });
  await until(() => seen.includes("web"));
  stop.abort();
  await watching;
});
