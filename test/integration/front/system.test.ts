import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { HttpClient } from "./http-client.ts";
import { startTestServer, type TestServer } from "./server.ts";

let server: TestServer;
let client: HttpClient;
/** What is wrong with the part of the server that the check "etcd" is about. */
let fault: Error | undefined;
beforeAll(async () => {
  server = await startTestServer();
  client = server.connect();
  server.health.add("etcd", () => {
    if (fault !== undefined) throw fault;
  });
});
afterAll(() => server[Symbol.asyncDispose]());

const textOf = async (path: string): Promise<readonly [number, string]> => {
  const { status, text } = await client.send({ path });
  return [status, text];
};

describe("health", () => {
  test("is one word when all is well", async () => {
    expect(await textOf("/healthz")).toEqual([200, "ok"]);
    expect(await textOf("/readyz/etcd")).toEqual([200, "ok"]);
  });

  test("may be told in full", async () => {
    expect(await textOf("/readyz?verbose")).toEqual([
      200,
      "[+]ping ok\n[+]shutdown ok\n[+]etcd ok\nreadyz check passed\n",
    ]);
    expect(await textOf("/livez?verbose&exclude=etcd")).toEqual([
      200,
      "[+]ping ok\n[+]etcd excluded: ok\nlivez check passed\n",
    ]);
  });

  test("names what has failed, and says why only in the log", async () => {
    fault = new Error("disk is gone");
    expect(await textOf("/livez")).toEqual([
      500,
      "[+]ping ok\n[-]etcd failed: reason withheld\nlivez check failed\n",
    ]);
    expect((await textOf("/livez?exclude=etcd"))[0]).toBe(200);
    expect(server.logLines.join("")).toContain("disk is gone");
    fault = undefined;
  });
});

test("/version tells the release of Kubernetes and of Kubelith", async () => {
  expect((await client.send({ path: "/version" })).json()).toEqual({
    major: "1",
    minor: "36",
    emulationMajor: "1",
    emulationMinor: "36",
    minCompatibilityMajor: "1",
    minCompatibilityMinor: "35",
    gitVersion: "v1.36.3+kubelith0.1.0",
    gitCommit: "0123456789abcdef0123456789abcdef01234567",
    gitTreeState: "clean",
    buildDate: "2026-01-01T00:00:00Z",
    goVersion: `bun${Bun.version}`,
    compiler: "bun",
    platform: "linux/amd64",
  });
});

test.each(["/", "/index.html"])(
  "%s lists the paths in alphabetical order, one for each check of health",
  async (path) => {
    const { paths } = (await client.send({ path })).json<{ paths: string[] }>();
    expect(paths).toEqual(
      expect.arrayContaining(["/api", "/apis/apps/v1", "/openapi/v3", "/readyz/shutdown"]),
    );
    expect(paths).not.toContain("/livez/shutdown");
    expect(paths).toEqual(paths.toSorted());
  },
);

test.each(["/version/", "/api/", "/apis/", "/apis/apps/", "/apis/apps/v1/"])(
  "%s may end so",
  async (path) => {
    expect((await client.send({ path })).text).toBe((await client.send({ path: path.slice(0, -1) })).text);
  },
);

test("/metrics counts requests by what they are", async () => {
  await client.send({ path: "/api/v1/namespaces/default/configmaps" });
  await client.send({ path: "/api/v1/namespaces/default/configmaps/missing" });
  await client.send({ path: "/no/such/path" });
  const { text, headers } = await client.send({ path: "/metrics" });
  expect(headers["content-type"]).toStartWith("text/plain; version=0.0.4");
  const lines = text.split("\n");
  expect(lines).toContain("# TYPE apiserver_request_total counter");
  expect(lines).toContainEqual(
    expect.stringMatching(/^apiserver_request_total\{.*verb="LIST".*code="200".*\} 1$/),
  );
  expect(lines).toContainEqual(
    expect.stringMatching(/^apiserver_request_total\{.*verb="GET".*code="404".*\} 1$/),
  );
  expect(lines).toContainEqual(expect.stringMatching(/^apiserver_request_duration_seconds_count\{.*\} \d+$/));
  expect(lines).toContainEqual(expect.stringMatching(/^apiserver_current_inflight_requests\{.*\} \d+$/));
  expect(text).not.toContain("/no/such/path");
});
