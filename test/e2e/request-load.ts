/** Continuous requests for URLs from a host, or for one from a pod. */
import { join } from "node:path";
import type { KubelithHost } from "./kubelith-host.ts";
import { aPod } from "./manifests.ts";

export interface LoadResult {
  /** Those for the URL that had the fewest. */
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

/** Each URL is asked for on connections of their own, and on one that goes on as long as the server lets it. */
export function loadFromHost(host: Pick<KubelithHost, "inside">, ...urls: readonly string[]): RequestLoad {
  const command = host.inside(process.execPath, SENDER, ...urls);
  const sender = Bun.spawn(command, { stdin: "ignore", stdout: "pipe" });
  let text = "";
  const reading = (async () => {
    for await (const chunk of sender.stdout.pipeThrough(new TextDecoderStream())) text += chunk;
  })();
  return {
    answered: () => Promise.resolve(resultOf(text, urls).requests),
    stop: async () => {
      sender.kill();
      await reading;
      return resultOf(text, urls);
    },
  };
}

/** Runs in a pod with this name, which stays when the load has stopped. Each request has a connection of its own. */
export async function loadFromPod(
  host: KubelithHost,
  name: string,
  url: string,
  spec?: object,
): Promise<RequestLoad> {
  const request = `timeout 5 wget -q -O /dev/null ${url} && echo ok ${url} || echo "failed at $(date) ${url}"`;
  const command = [
    "sh",
    "-c",
    `while [ ! -e /tmp/stop ]; do ${request}; sleep 0.01; done; echo end; sleep 100000`,
  ];
  await host.apply([aPod(name, { container: { command }, ...(spec !== undefined && { spec }) })]);
  await host.kubectl.run("wait", "--for=condition=Ready", `pod/${name}`, "--timeout=60s");
  const read = async (): Promise<string> => await host.kubectl.run("logs", name);
  return {
    answered: async () => resultOf(await read(), [url]).requests,
    stop: async () => {
      await host.kubectl.run("exec", name, "--", "touch", "/tmp/stop");
      return await host.eventually(async () => {
        const text = await read();
        if (!text.endsWith("end\n")) throw new Error(`The requests of pod "${name}" go on`);
        return resultOf(text, [url]);
      });
    },
  };
}

function resultOf(text: string, urls: readonly string[]): LoadResult {
  const lines = text.split("\n").slice(0, -1);
  const counts = urls.map((url) => lines.filter((line) => line.endsWith(` ${url}`)).length);
  return { requests: Math.min(...counts), failures: lines.filter((line) => line.startsWith("failed")) };
}
