import { once } from "node:events";
import { readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { parse } from "yaml";
import { until } from "../until.ts";
import { HttpClient } from "./http-client.ts";

const ROOT = join(import.meta.dir, "../../..");

interface Kubeconfig {
  readonly clusters: readonly [
    { readonly cluster: { readonly server: string; readonly "certificate-authority-data": string } },
  ];
  readonly users: readonly [
    { readonly user: { readonly "client-certificate-data": string; readonly "client-key-data": string } },
  ];
}

/** A server without a node, in a process of its own on a loopback port, that keeps its data in `home`. Disposal kills it. */
export async function spawnServer(home: string) {
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
    kubeconfig: kubeconfigPath,
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
