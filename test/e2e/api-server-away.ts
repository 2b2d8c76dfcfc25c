/** How the API server at one address of it is away for a host, as servers are when they fail. */
import { join } from "node:path";
import { sh } from "./docker-host.ts";
import type { KubelithHost } from "./kubelith-host.ts";

/** Stopped: connections are refused. Silent: they are accepted, and nothing is answered. Unreachable: packets get lost. */
export type Away = "stopped" | "silent" | "unreachable";

const SILENT_PORT = 7443;

const VERDICTS: Readonly<Record<Away, string>> = {
  stopped: "reject with tcp reset",
  silent: "drop",
  unreachable: "drop",
};

/** Until disposal no packet of the client reaches the API server at the server's own address. */
export async function takeAway(server: KubelithHost, away: Away, client: string): Promise<AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  if (away === "silent") stack.use(await startRelay(server, [String(SILENT_PORT)]));
  const from = `ip saddr ${client} tcp dport 6443`;
  const redirect = `chain redirected { type nat hook prerouting priority -150; ${from} redirect to :${String(SILENT_PORT)}; };`;
  const filter = `chain filtered { type filter hook input priority -10; ${from} ${VERDICTS[away]}; };`;
  await server.run("nft", `table ip away { ${away === "silent" ? redirect : ""} ${filter} }`);
  stack.defer(async () => void (await server.run("nft", "delete table ip away")));
  return stack.move();
}

/** Runs `tcp-relay.ts` on a host until disposal. */
export async function startRelay(
  host: Pick<KubelithHost, "inside">,
  args: readonly string[],
): Promise<AsyncDisposable> {
  const command = host.inside(process.execPath, join(import.meta.dir, "tcp-relay.ts"), ...args);
  const relay = Bun.spawn(command, { stdin: "ignore", stdout: "pipe" });
  const reader = relay.stdout.getReader();
  await reader.read();
  return {
    [Symbol.asyncDispose]: async () => {
      relay.kill("SIGKILL");
      await relay.exited;
    },
  };
}

/** Takes the link of a host to all others down, or brings it back. */
export async function setLink(
  { address }: { readonly address: string },
  state: "up" | "down",
): Promise<void> {
  await sh("ip", "-n", LAB, "link", "set", `h${address.split(".").at(-1) ?? ""}`, state);
}

/** The namespace of the bridge between test hosts. */
const LAB = "kubelith-lab";
