import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { until } from "../until.ts";
import { readToEnd, SpdyClient } from "./spdy-client.ts";
import { type StreamCluster, startStreamCluster } from "./stream-cluster.ts";

let cluster: StreamCluster;
beforeAll(async () => {
  cluster = await startStreamCluster();
});
afterAll(() => cluster[Symbol.asyncDispose]());

const ALL = "stdin=true&stdout=true&stderr=true";

function connect(
  command: readonly string[],
  protocols: readonly string[],
  streams = ALL,
  { server } = cluster,
): Promise<SpdyClient> {
  const words = command.map((word) => `command=${encodeURIComponent(word)}`).join("&");
  const path = `/api/v1/namespaces/default/pods/web/exec?${words}&${streams}`;
  return SpdyClient.connect(server, { path, protocols });
}

async function exec(command: readonly string[], protocol = "v4.channel.k8s.io") {
  const client = await connect(command, [protocol]);
  const open = (streamtype: string) => client.open({ streamtype });
  return {
    client,
    error: await open("error"),
    stdin: await open("stdin"),
    stdout: await open("stdout"),
    stderr: await open("stderr"),
    [Symbol.dispose]: () => client[Symbol.dispose](),
  };
}

const SCRIPT = ["sh", "-c", "read line; echo got $line; echo err >&2; exit $line"];
const WHY = `command terminated with non-zero exit code: error executing command [${SCRIPT.join(" ")}], exit code 3`;

describe("a command over SPDY", () => {
  const texts = { success: "", failure: WHY };
  test.each([
    ["channel.k8s.io", texts],
    ["v2.channel.k8s.io", texts],
    ["v3.channel.k8s.io", texts],
    [
      "v4.channel.k8s.io",
      {
        success: '{"status":"Success"}',
        failure: JSON.stringify({
          status: "Failure",
          message: WHY,
          reason: "NonZeroExitCode",
          details: { causes: [{ reason: "ExitCode", message: "3" }] },
        }),
      },
    ],
  ])("has its streams and its outcome as %s has them", async (protocol, { success, failure }) => {
    for (const [input, outcome] of [
      ["0", success],
      ["3", failure],
    ] as const) {
      using streams = await exec(SCRIPT, protocol);
      expect(streams.client.answer).toContain(`\r\nx-stream-protocol-version: ${protocol}\r\n`);
      streams.stdin.send(`${input}\n`);
      expect(await readToEnd(streams.stdout)).toBe(`got ${input}\n`);
      expect(await readToEnd(streams.stderr)).toBe("err\n");
      expect(await readToEnd(streams.error)).toBe(outcome);
      await until(() => streams.client.hasGoneAway);
    }
  });

  test("gets the end of its input when the client half-closes", async () => {
    using streams = await exec(["wc", "-c"]);
    streams.stdin.send(Buffer.alloc(100_000));
    streams.stdin.end();
    expect(await readToEnd(streams.stdout)).toBe("100000\n");
  });

  test("follows the sizes of the client's terminal", async () => {
    using client = await connect(["cat"], ["v4.channel.k8s.io"], `${ALL}&tty=true`);
    const open = (streamtype: string) => client.open({ streamtype });
    const [, stdin, , resize] = [
      await open("error"),
      await open("stdin"),
      await open("stdout"),
      await open("resize"),
    ];
    resize?.send('{"Width":80,"Height":24}\n');
    await until(() => cluster.runtime.sizes.includes("80x24"));
    // A terminal has one output.
    expect((await open("stderr")).state).toBe("reset");
    stdin?.end();
    await until(() => cluster.runtime.running.size === 0);
  });

  test("takes no streams but its own", async () => {
    using client = await connect(["cat"], ["v4.channel.k8s.io"], "stdout=true");
    expect((await client.open({ streamtype: "stdin" })).state).toBe("reset");
    expect((await client.open({ streamtype: "error" })).state).toBe("open");
    expect((await client.open({ streamtype: "error" })).state).toBe("reset");
    expect((await client.open({ streamtype: "stdout" }, 3)).state).toBe("reset");
    expect((await client.open({ streamtype: "stdout" }, 8)).state).toBe("reset");
    client.ping(1);
    client.ping(2);
    client.ping(3);
    await until(() => client.pings.length === 2);
    expect(client.pings).toEqual([1, 3]);
  });

  test("is not begun when the client does not open all streams in time", async () => {
    await using impatient = await startStreamCluster({ creationTimeoutMs: 10 });
    using client = await connect(["cat"], ["v4.channel.k8s.io"], ALL, impatient);
    void client.open({ streamtype: "error" });
    await until(() => client.hasGoneAway);
    expect(impatient.runtime.running.size).toBe(0);
  });

  test("ends with its client", async () => {
    const streams = await exec(["cat"]);
    await until(() => cluster.runtime.running.size === 1);
    streams[Symbol.dispose]();
    await until(() => cluster.runtime.running.size === 0);
  });

  test("is not heard any more when the client resets its outputs", async () => {
    using streams = await exec(["sh", "-c", "read line; yes | head -c 1000000"]);
    streams.stdout.reset();
    streams.stdin.send("go\n");
    await until(() => cluster.runtime.running.size === 0);
  });
});

describe("an upgrade to SPDY", () => {
  const cases = [
    {
      name: "without a protocol",
      protocols: [],
      want: /^HTTP\/1\.1 400 Bad Request\r\n[^]*unable to upgrade: header X-Stream-Protocol-Version does not exist in request with \d+ headers/,
    },
    {
      name: "with protocols that nobody speaks",
      protocols: ["v9.channel.k8s.io", "v8.channel.k8s.io"],
      want: /^HTTP\/1\.1 403 Forbidden\r\n[^]*unable to upgrade: unable to negotiate protocol: client supports \[v9\.channel\.k8s\.io v8\.channel\.k8s\.io\], server accepts \[v4\.channel\.k8s\.io v3\.channel\.k8s\.io v2\.channel\.k8s\.io channel\.k8s\.io\]/,
    },
  ];
  test.each(cases)("$name is refused", async ({ protocols, want }) => {
    using client = await connect(["cat"], protocols);
    expect(client.answer).toMatch(want);
  });

  test("chooses the first of the client's protocols that is spoken", async () => {
    using client = await connect(["cat"], ["v5.channel.k8s.io", "v3.channel.k8s.io", "v4.channel.k8s.io"]);
    expect(client.answer).toContain("\r\nx-stream-protocol-version: v3.channel.k8s.io\r\n");
  });
});
