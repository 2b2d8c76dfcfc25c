import { expect, test } from "bun:test";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { until } from "../until.ts";
import { spawnServer } from "./spawned-server.ts";

const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
const TIMEOUT_MS = 60_000;

test(
  "a server that is told to stop finishes the requests that it has begun, and keeps what it acknowledged",
  async () => {
    const home = await mkdtemp(join(tmpdir(), "kubelith-sigterm-"));
    await using first = await spawnServer(home);
    const watching = await first.client.open({ path: `${CONFIG_MAPS}?watch=true` });
    const ended = Array.fromAsync(watching.body as AsyncIterable<Buffer>);
    const body = JSON.stringify({ metadata: { name: "late" } });
    const socket = connect({ host: "127.0.0.1", port: first.port, ...first.tls });
    await once(socket, "secureConnect");
    const head = `POST ${CONFIG_MAPS} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${String(body.length)}\r\n\r\n`;
    socket.write(head + body.slice(0, 5));
    const inFlight = async (): Promise<boolean> =>
      (await first.client.send({ path: "/metrics" })).text.includes('request_kind="mutating"} 1\n');
    await until(inFlight);

    first.process.kill("SIGTERM");
    await until(() => first.log().includes("Stopping"));
    socket.write(body.slice(5));
    const [answer] = (await once(socket, "data")) as [Buffer];
    expect(answer.toString()).toStartWith("HTTP/1.1 201 Created\r\n");
    await ended;
    expect(await first.process.exited).toBe(0);

    await using second = await spawnServer(home);
    expect((await second.client.send({ path: `${CONFIG_MAPS}/late` })).status).toBe(200);
    second.process.kill("SIGTERM");
    expect(await second.process.exited).toBe(0);
    await rm(home, { recursive: true });
  },
  TIMEOUT_MS,
);
