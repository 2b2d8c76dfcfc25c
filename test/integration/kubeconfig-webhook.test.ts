/** The client of webhooks that kubeconfig files name, against one that speaks HTTP without TLS. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { TcpDialer } from "#apiserver/backends/tcp-dialer.ts";
import { KubeconfigWebhook, WebhookTimeout } from "#apiserver/webhook/kubeconfig-webhook.ts";
import { systemClock } from "#base/clock.ts";
import { fixedToken } from "#client/credentials.ts";

const REVIEW = { kind: "Review" };

let server: Server;
let connections = 0;
let answer: (response: ServerResponse) => void;
let seen: { readonly request: IncomingMessage; readonly body: string } | undefined;

beforeAll(async () => {
  server = createServer((request, response) => {
    void text(request).then((body) => {
      seen = { request, body };
      answer(response);
    });
  });
  server.on("connection", () => {
    connections += 1;
  });
  const listening = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", listening.resolve);
  await listening.promise;
});

beforeEach(() => {
  connections = 0;
  answer = (response) => response.end('{"kind":"Review"}');
});

afterAll(() => server.close());

const url = (): string => `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;

function open(timeoutMs?: number): KubeconfigWebhook {
  const access = { server: { url: `${url()}/review?of=all` }, credentials: fixedToken("secret") };
  const dependencies = { dialer: new TcpDialer({ clock: systemClock }), clock: systemClock };
  return new KubeconfigWebhook({ access, ...(timeoutMs !== undefined && { timeoutMs }) }, dependencies);
}

describe("KubeconfigWebhook", () => {
  test("posts as the user of the file, at the path of the file, over one connection", async () => {
    using webhook = open();
    expect(await webhook.post(REVIEW)).toEqual(REVIEW);
    await webhook.send('{"items":[]}');
    const { url: path, headers } = seen?.request ?? {};
    expect([seen?.body, path, headers?.authorization, headers?.["content-type"], connections]).toEqual([
      '{"items":[]}',
      "/review?of=all&timeout=30s",
      "Bearer secret",
      "application/json",
      1,
    ]);
  });

  const empty = "0-length response with status code: 200 and content type: ";
  const cases: { name: string; answers: typeof answer; posted: string; sent: string }[] = [
    { name: "nothing", answers: (response) => response.end(), posted: empty, sent: "taken" },
    {
      name: "no JSON",
      answers: (response) => response.end("thanks"),
      posted: "couldn't get version/kind; json parse error:",
      sent: "taken",
    },
    {
      name: "a failure",
      answers: (response) => response.writeHead(503).end("busy"),
      posted: "the server is currently unable to handle the request",
      sent: "the server is currently unable to handle the request",
    },
    {
      name: "an end of the connection",
      answers: (response) => response.destroy(),
      posted: `Post "$URL/review?of=all&timeout=30s": EOF`,
      sent: `Post "$URL/review?of=all&timeout=30s": EOF`,
    },
  ];
  test.each(cases)("is answered $name", async ({ answers, posted, sent }) => {
    using webhook = open();
    answer = answers;
    const outcomeOf = async (call: Promise<unknown>): Promise<string> =>
      call.then(
        () => "taken",
        (error: Error) => error.message,
      );
    expect(await outcomeOf(webhook.post(REVIEW))).toStartWith(posted.replace("$URL", url()));
    expect(await outcomeOf(webhook.send("{}"))).toStartWith(sent.replace("$URL", url()));
  });

  test("does not wait for ever", async () => {
    using webhook = open(20);
    answer = () => undefined;
    const call = webhook.post(REVIEW).catch((error: unknown) => error);
    expect(await call).toBeInstanceOf(WebhookTimeout);
  });

  test("gives up with the caller", async () => {
    using webhook = open();
    const caller = new AbortController();
    answer = () => caller.abort(new Error("gone"));
    const call = webhook.send("{}", caller.signal).catch((error: Error) => error.message);
    expect(await call).toEndWith(": gone");
  });
});
