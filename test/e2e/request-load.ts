/** Continuous requests for a URL, each on a connection of its own, from a host or from a pod of it. */
import { join } from "node:path";
import type { KubelithHost } from "./kubelith-host.ts";
import { aPod } from "./manifests.ts";

export interface LoadResult {
  readonly requests: number;
  /** What went wrong and when, one line each. */
  readonly failures: readonly string[];
}

export interface RequestLoad {
  /** Requests that were answered until now. */
  answered(): Promise<number>;
  stop(): Promise<LoadResult>;
}

const SENDER = join(import.meta.dir, "request-sender.ts");

export function loadFromHost(host: KubelithHost, url: string): RequestLoad {
  const sender = Bun.spawn(host.inside(process.execPath, SENDER, url), { stdin: "ignore", stdout: "pipe" });
  let text = "";
  const reading = (async () => {
    for await (const chunk of sender.stdout.pipeThrough(new TextDecoderStream())) text += chunk;
  })();
  return {
    answered: () => Promise.resolve(resultOf(text).requests),
    stop: async () => {
      sender.kill();
      await reading;
      return resultOf(text);
    },
  };
}

/** Runs in a pod with this name, which stays when the load has stopped. */
export async function loadFromPod(host: KubelithHost, name: string, url: string): Promise<RequestLoad> {
  const request = `timeout 5 wget -q -O /dev/null ${url} && echo ok || echo "failed at $(date)"`;
  const command = [
    "sh",
    "-c",
    `while [ ! -e /tmp/stop ]; do ${request}; sleep 0.01; done; echo end; sleep 100000`,
  ];
  await host.apply([aPod(name, { container: { command } })]);
  await host.kubectl.run("wait", "--for=condition=Ready", `pod/${name}`, "--timeout=60s");
  const read = async (): Promise<string> => await host.kubectl.run("logs", name);
  return {
    answered: async () => resultOf(await read()).requests,
    stop: async () => {
      await host.kubectl.run("exec", name, "--", "touch", "/tmp/stop");
      return await host.eventually(async () => {
        const text = await read();
        if (!text.endsWith("end\n")) throw new Error(`The requests of pod "${name}" go on`);
        return resultOf(text);
      });
    },
  };
}

function resultOf(text: string): LoadResult {
  const lines = text.split("\n").slice(0, -1);
  const failures = lines.filter((line) => line.startsWith("failed"));
  return { requests: lines.filter((line) => line === "ok").length + failures.length, failures };
}
