import { expect, test } from "bun:test";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { parse } from "yaml";
import { until } from "../until.ts";
import { HttpClient } from "./http-client.ts";

const ROOT = join(import.meta.dir, "../../..");
const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
const TIMEOUT_MS = 60_000;

interface Kubeconfig {
  readonly clusters: readonly [
    { readonly cluster: { readonly server: string; readonly "certificate-authority-data": string } },
  ];
  readonly users: readonly [
    { readonly user: { readonly "client-certificate-data": string; readonly "client-key-data": string } },
  ];
}

test(
  "a server that is told to stop finishes the requests that it has begun, and keeps what it acknowledged",
  async () => {
    const home = await mkdtemp(join(tmpdir(), "kubelith-sigterm-"));
    await using first = await startServer(home);
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

    await using second = await startServer(home);
    expect((await second.client.send({ path: `${CONFIG_MAPS}/late` })).status).toBe(200);
    second.process.kill("SIGTERM");
    expect(await second.process.exited).toBe(0);
    await rm(home, { recursive: true });
  },
  TIMEOUT_MS,
);

async function startServer(home: string) {
  const port = await freePort();
  const kubeconfigPath = join(home, "kubeconfig");
  await rm(kubeconfigPath, { force: true });
  const flags = [
    "--disable-agent",
    "--bind-address",
    "127.0.0.1",
    "--node-ip",
    "192.0.2.10",
    "--node-name",
    "n1",
  ];
  const paths = ["--data-dir", join(home, "data"), "--write-kubeconfig", kubeconfigPath];
  const command = [process.execPath, "src/main.ts", "server", "--https-listen-port", String(port)];
  const child = Bun.spawn([...command, ...flags, ...paths], { cwd: ROOT, stdout: "ignore", stderr: "pipe" });
  let log = "";
  const logged = (async () => {
    for await (const chunk of child.stderr) log += Buffer.from(chunk).toString();
  })();
  await until(() => log.includes("API is ready") || child.exitCode !== null);
  const tls = credentialsOf(parse(await readFile(kubeconfigPath, "utf8")) as Kubeconfig);
  const { ca, cert, key } = tls;
  const credential = { certificate: cert, key };
  const url = `https://127.0.0.1:${String(port)}`;
  const client = new HttpClient({ url, protocol: "h2", authority: ca, credential });
  return {
    port,
    tls,
    client,
    process: child,
    log: () => log,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await logged;
      await client[Symbol.asyncDispose]();
    },
  };
}

function credentialsOf({ clusters, users }: Kubeconfig) {
  const decode = (text: string): string => Buffer.from(text, "base64").toString();
  const [{ cluster }] = clusters;
  const [{ user }] = users;
  return {
    ca: decode(cluster["certificate-authority-data"]),
    cert: decode(user["client-certificate-data"]),
    key: decode(user["client-key-data"]),
  };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (typeof address !== "object" || address === null) throw new TypeError("The probe has no port");
  return address.port;
}
