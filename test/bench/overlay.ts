import type { OverlayBackend } from "#network/overlay/node-facts.ts";
import { TestOverlay } from "../e2e/overlay-lab.ts";
import { throughput } from "./iperf.ts";
import { type BenchResult, type Measurement, printResult } from "./result.ts";

const SECONDS = 3;

/** How fast are pods of different hosts, next to the bare path between the hosts? */
export async function run(): Promise<BenchResult> {
  return {
    name: "overlay",
    measurements: [...(await measureBackend("host-gw")), ...(await measureBackend("vxlan"))],
    notes: [
      `One TCP connection of iperf3 from Debian for ${String(SECONDS)} s; hosts are namespaces of this machine, joined by veth pairs and a bridge, whose kernel does all the work of both ends.`,
    ],
  };
}

async function measureBackend(backend: OverlayBackend): Promise<readonly Measurement[]> {
  await using cluster = new TestOverlay({ backend });
  const [a, b] = await cluster.addHosts(2);
  if (a === undefined || b === undefined) throw new RangeError("No hosts");
  const [from, to] = [await a.addPod(), await b.addPod()];
  const hosts = await throughput(a.namespace, b.namespace, { address: b.address, seconds: SECONDS });
  const pods = await throughput(from.namespace, to.namespace, {
    address: to.address,
    seconds: SECONDS,
  });
  return [
    { name: `${backend}: between hosts`, value: hosts, unit: "Gbit/s" },
    { name: `${backend}: between pods of both`, value: pods, unit: "Gbit/s" },
    { name: `${backend}: of the hosts' throughput`, value: (100 * pods) / hosts, unit: "%" },
  ];
}

if (import.meta.main) printResult(await run());
