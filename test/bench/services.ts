import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Service } from "#api/generated/core-v1.ts";
import type { EndpointSlice } from "#api/generated/discovery-v1.ts";
import { systemClock } from "#base/clock.ts";
import { KernelNft } from "#network/netlink/nftables/kernel-nft.ts";
import { IPV4 } from "#network/nft/address-family.ts";
import { TableKeeper } from "#network/nft/table-keeper.ts";
import { createSharedChains } from "#network/proxy/endpoint-chains.ts";
import { basePart, proxyTable } from "#network/proxy/layout.ts";
import { planService } from "#network/proxy/plan-service.ts";
import type { ProxyNode } from "#network/proxy/proxy-node.ts";
import { silentLogger } from "#observability/logger.ts";
import { anEndpointSlice, aService } from "#testing/service-objects.ts";
import { TestNamespace } from "../e2e/network-lab.ts";
import { type BenchResult, type Measurement, printResult } from "./result.ts";

/*
 * How long it takes to bring the packet rules of Services into the kernel: all of them from an empty table, one more,
 * and all of them again by another process that finds them right. Planning, comparing, encoding and the kernel's work
 * are included, the API is not. Beside it, one more Service through the `nft` tool in the same table.
 */

const SIZES = [1_000, 10_000, 30_000];
const ENDPOINTS_PER_SERVICE = 3;
const CHANGES = 60;

const node: ProxyNode = {
  name: "n1",
  family: IPV4,
  clusterCIDRs: ["10.42.0.0/16"],
  serviceCIDRs: ["10.43.0.0/16"],
};

interface ServiceWithSlice {
  readonly service: Service;
  readonly slice: EndpointSlice;
}

class Proxy {
  readonly #keeper: TableKeeper;
  readonly #chains = createSharedChains(node);

  constructor(nft: KernelNft) {
    this.#keeper = new TableKeeper(proxyTable(IPV4), { nft, clock: systemClock, logger: silentLogger });
    this.#keeper.set("", basePart(node));
  }

  set({ service, slice }: ServiceWithSlice): void {
    const part = planService(service, [slice], { node, chains: this.#chains });
    this.#keeper.set(service.metadata.name, part);
  }

  commit(): void {
    this.#keeper.commit();
  }
}

/** How long does it take until a change of Services is in the kernel, with 1,000 to 30,000 of them? */
export async function run(): Promise<BenchResult> {
  const measurements: Measurement[] = [];
  for (const size of SIZES) measurements.push(...(await measure(size)));
  return {
    name: "services",
    measurements,
    notes: [
      `Each Service has ${String(ENDPOINTS_PER_SERVICE)} endpoints. Times of single changes are medians.`,
    ],
  };
}

async function measure(size: number): Promise<readonly Measurement[]> {
  using namespace = new TestNamespace("bench");
  using nft = new KernelNft({ namespace: namespace.path });
  const services = Array.from({ length: size }, (_, index) => serviceNumber(index));
  const memoryBefore = memory();
  const proxy = new Proxy(nft);
  const all = milliseconds(() => {
    for (const each of services) proxy.set(each);
    proxy.commit();
  });
  const memoryAfter = memory();
  const one = median(
    Array.from({ length: CHANGES }, (_, index) => {
      const service = serviceNumber(size + index);
      return milliseconds(() => {
        proxy.set(service);
        proxy.commit();
      });
    }),
  );
  const tool = await nftToolChange(namespace);
  const next = new Proxy(nft);
  const adopted = milliseconds(() => {
    for (let index = 0; index < size + CHANGES; index += 1) next.set(serviceNumber(index));
    next.commit();
  });
  const label = `${size.toLocaleString("en-US")} Services`;
  const isTarget = size === 10_000;
  return [
    {
      name: `${label}: all from empty`,
      value: all,
      unit: "ms",
      ...(isTarget && { target: { atMost: 600 } }),
    },
    { name: `${label}: one more`, value: one, unit: "ms", ...(isTarget && { target: { atMost: 5 } }) },
    { name: `${label}: one more with the nft tool`, value: tool, unit: "ms" },
    { name: `${label}: adopted by another process`, value: adopted, unit: "ms" },
    { name: `${label}: memory of the plan`, value: (memoryAfter - memoryBefore) / 2 ** 20, unit: "MiB" },
  ];
}

function serviceNumber(index: number): ServiceWithSlice {
  const name = `s${String(index)}`;
  const high = String(index >> 8);
  const low = String(index & 255);
  const endpoints = Array.from(
    { length: ENDPOINTS_PER_SERVICE },
    (_, endpoint) => `10.${String(50 + endpoint)}.${high}.${low}`,
  );
  return {
    service: aService(name, `10.43.${high}.${low}`),
    slice: anEndpointSlice(name, endpoints),
  };
}

/** The same change as text: what a proxy pays that runs the tool. */
async function nftToolChange(namespace: TestNamespace): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), "kt-bench-"));
  try {
    const times: number[] = [];
    for (let index = 0; index < 5; index += 1) {
      const file = join(directory, "change.nft");
      const frontend = `20.0.0.${String(index)} . tcp . 80`;
      await Bun.write(
        file,
        [
          `add element ip kubelith service-endpoints { ${frontend} . 0 : 10.42.0.5 . 8080 }`,
          `add element ip kubelith service-ips { ${frontend} : goto endpoints-${String(ENDPOINTS_PER_SERVICE)} }`,
        ].join("\n"),
      );
      times.push(milliseconds(() => namespace.run("nft", "-f", file)));
    }
    return median(times);
  } finally {
    await rm(directory, { recursive: true });
  }
}

function milliseconds(action: () => unknown): number {
  const start = performance.now();
  action();
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function memory(): number {
  Bun.gc(true);
  return process.memoryUsage.rss();
}

if (import.meta.main) printResult(await run());
