import type { OverlayBackend } from "#network/overlay/node-facts.ts";
import type { TestNamespace } from "../e2e/network-lab.ts";
import { type TestHost, TestOverlay } from "../e2e/overlay-lab.ts";
import { throughput } from "./iperf.ts";
import { type BenchResult, type Measurement, printResult } from "./result.ts";

const SECONDS = 2;
const ROUNDS = 3;

type TunnelEnd = Pick<TestHost, "namespace" | "address">;

interface Path {
  readonly client: TestNamespace;
  readonly server: TestNamespace;
  readonly address: string;
}

/** How fast are pods of different hosts, next to the bare path between the hosts and to a tunnel made by hand? */
export async function run(): Promise<BenchResult> {
  return {
    name: "overlay",
    measurements: [...(await measureBackend("host-gw")), ...(await measureBackend("vxlan"))],
    notes: [
      `One TCP connection of iperf3 from Debian for ${String(SECONDS)} s, the best of ${String(ROUNDS)} turns; hosts are namespaces of this machine, joined by veth pairs and a bridge, whose kernel does all the work of both ends. The tunnel by hand is a vxlan device of iproute2 in each of the same two namespaces, with the addresses of the connection on itself: no pods, no bridges, no packet rules.`,
    ],
  };
}

async function measureBackend(backend: OverlayBackend): Promise<readonly Measurement[]> {
  await using cluster = new TestOverlay({ backend });
  const [a, b] = await cluster.addHosts(2);
  if (a === undefined || b === undefined) throw new RangeError("No hosts");
  const [from, to] = [await a.addPod(), await b.addPod()];
  const paths = {
    "between hosts": { client: a.namespace, server: b.namespace, address: b.address },
    "between pods of both": { client: from.namespace, server: to.namespace, address: to.address },
    ...(backend === "vxlan" && { "through a tunnel by hand": tunnelByHand(a, b) }),
  };
  const best = await inTurns(paths);
  const pods = best.get("between pods of both") ?? Number.NaN;
  return [...best].flatMap(([name, value]) => [
    { name: `${backend}: ${name}`, value, unit: "Gbit/s" },
    ...(value === pods
      ? []
      : [{ name: `${backend}: pods, of that ${name}`, value: (100 * pods) / value, unit: "%" }]),
  ]);
}

/** The most that each path carried: whatever else the machine does only takes away from it. */
async function inTurns(paths: Readonly<Record<string, Path>>): Promise<ReadonlyMap<string, number>> {
  const best = new Map<string, number>();
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, { client, server, address }] of Object.entries(paths)) {
      const value = await throughput(client, server, { address, seconds: SECONDS });
      best.set(name, Math.max(value, best.get(name) ?? 0));
    }
  }
  return best;
}

/** What a tunnel costs anyway. */
function tunnelByHand(a: TunnelEnd, b: TunnelEnd): Path {
  const link = (here: TunnelEnd, there: TunnelEnd, network: string): void => {
    const ends = ["local", here.address, "remote", there.address, "dstport", "4789"];
    here.namespace.run("ip", "link", "add", "byhand", "type", "vxlan", "id", "99", ...ends);
    here.namespace.run("ip", "address", "add", network, "dev", "byhand");
    here.namespace.run("ip", "link", "set", "byhand", "up");
  };
  link(a, b, "10.99.0.1/30");
  link(b, a, "10.99.0.2/30");
  return { client: a.namespace, server: b.namespace, address: "10.99.0.2" };
}

if (import.meta.main) printResult(await run());
