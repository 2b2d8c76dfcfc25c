import { join } from "node:path";
import { measurementsOf, runLoad } from "./load/closed-loop.ts";
import type { Measurement } from "./result.ts";

/** Debian's etcd-server on loopback, with its data in the given directory, until it is disposed. */
async function startEtcd(
  directory: string,
  binary: string,
): Promise<AsyncDisposable & { readonly url: string }> {
  const [client, peer] = ["http://127.0.0.1:23790", "http://127.0.0.1:23800"];
  const etcd = Bun.spawn(
    [
      binary,
      `--data-dir=${join(directory, "etcd")}`,
      "--log-level=error",
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=default=${peer}`,
    ],
    { stdout: "ignore", stderr: "ignore", env: { ...process.env, ETCD_UNSUPPORTED_ARCH: process.arch } },
  );
  await untilHealthy(client);
  return {
    url: client,
    [Symbol.asyncDispose]: async () => {
      etcd.kill();
      await etcd.exited;
    },
  };
}

/** Durable puts into etcd, through the JSON gateway of its v3 API; nothing where etcd is not installed. */
export async function measureEtcd(
  directory: string,
  value: Uint8Array,
  load: { readonly callers: readonly number[]; readonly durationMs: number },
): Promise<readonly Measurement[]> {
  const binary = Bun.which("etcd");
  if (binary === null) return [];
  await using etcd = await startEtcd(directory, binary);
  const encoded = Buffer.from(value).toString("base64");
  const measurements: Measurement[] = [];
  for (const callers of load.callers) {
    const figures = await runLoad({
      callers,
      durationMs: load.durationMs,
      request: (caller, step) => put(etcd.url, `/bench/${String(caller)}/${String(step % 100)}`, encoded),
    });
    measurements.push(...measurementsOf(`etcd durable puts, ${String(callers)} callers`, figures));
  }
  return measurements;
}

async function put(url: string, key: string, value: string): Promise<void> {
  const response = await fetch(`${url}/v3/kv/put`, {
    method: "POST",
    body: JSON.stringify({ key: Buffer.from(key).toString("base64"), value }),
  });
  if (!response.ok) throw new Error(`Cannot put "${key}": etcd answered ${String(response.status)}`);
  await response.arrayBuffer();
}

async function untilHealthy(url: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const response = await fetch(`${url}/health`).catch(() => undefined);
    if (response?.ok === true) return;
    await Bun.sleep(100);
  }
  throw new Error("Cannot use etcd: it did not become healthy in 10 s");
}
