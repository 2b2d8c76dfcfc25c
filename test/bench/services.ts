import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TestNamespace } from "../e2e/network-lab.ts";
import { KernelMemory } from "./kernel-memory.ts";
import { type BenchResult, type Measurement, printResult } from "./result.ts";
import {
  ENDPOINTS_PER_SERVICE,
  type ProxyMode,
  ServiceRules,
  type ServiceWithSlice,
  serviceNumber,
} from "./service-workload.ts";
import { median } from "./statistics.ts";

/*
 * How long it takes to bring the packet rules of Services into the kernel: all of them from an empty table, one more,
 * another endpoint of one, and all of them again by another process that finds them right. Planning, comparing, encoding
 * and the kernel's work are included, the API is not. Beside it, one more Service through the `nft` tool in the same table.
 */

interface Plan {
  readonly mode: ProxyMode;
  readonly sizes: readonly number[];
  /** How many changes there are of each kind. */
  readonly changes: number;
  /** Milliseconds, with 10,000 Services. */
  readonly targets: { readonly all: number; readonly one: number };
}

const PLANS: readonly Plan[] = [
  {
    mode: "nftables",
    sizes: [1_000, 10_000, 30_000],
    changes: 60,
    targets: { all: 600, one: 2 },
  },
  { mode: "iptables", sizes: [1_000, 10_000], changes: 7, targets: { all: 10_000, one: 200 } },
];

/** How long does it take until a change of Services is in the kernel, with 1,000 to 30,000 of them? */
export async function run(): Promise<BenchResult> {
  const measurements: Measurement[] = [];
  for (const plan of PLANS) {
    for (const size of plan.sizes) measurements.push(...(await measure(size, plan)));
  }
  return {
    name: "services",
    measurements,
    notes: [
      `Each Service has ${String(ENDPOINTS_PER_SERVICE)} endpoints. Times of single changes are medians. The kernel's memory is that of its control group, in which tables of hashes are not counted.`,
    ],
  };
}

async function measure(size: number, { mode, changes, targets }: Plan): Promise<readonly Measurement[]> {
  using namespace = new TestNamespace("bench");
  using kernel = new KernelMemory();
  const services = Array.from({ length: size }, (_, index) => serviceNumber(index));
  const before = { process: memory(), kernel: kernel.read() };
  using rules = new ServiceRules(namespace, mode);
  const all = await milliseconds(() => rules.write(services));
  const after = { process: memory(), kernel: kernel.read() };
  const more = Array.from({ length: changes }, (_, index) => serviceNumber(size + index));
  const others = more.map((_, index) => serviceNumber(index, ENDPOINTS_PER_SERVICE + 1));
  const one = await medianChange(rules, more);
  const endpoint = await medianChange(rules, others);
  const tool = mode === "nftables" ? await nftToolChange(namespace) : undefined;
  using next = new ServiceRules(namespace, mode);
  const adopted = await milliseconds(() => next.write([...services, ...more, ...others]));
  const label = `${mode}, ${size.toLocaleString("en-US")} Services`;
  const measurement = (name: string, value: number, atMost?: number): Measurement => ({
    name: `${label}: ${name}`,
    value,
    unit: "ms",
    ...(size === 10_000 && atMost !== undefined && { target: { atMost } }),
  });
  const megabytes = (of: "process" | "kernel"): number => (after[of] - before[of]) / 2 ** 20;
  return [
    measurement("all from empty", all, targets.all),
    measurement("one more", one, targets.one),
    measurement("another endpoint of one", endpoint, targets.one),
    ...(tool === undefined ? [] : [measurement("one more with the nft tool", tool)]),
    measurement("adopted by another process", adopted),
    { name: `${label}: memory of the process`, value: megabytes("process"), unit: "MiB" },
    { name: `${label}: memory of the kernel`, value: megabytes("kernel"), unit: "MiB" },
  ];
}

async function medianChange(rules: ServiceRules, changes: readonly ServiceWithSlice[]): Promise<number> {
  const times: number[] = [];
  for (const each of changes) times.push(await milliseconds(() => rules.write([each])));
  return median(times);
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
      times.push(await milliseconds(() => namespace.run("nft", "-f", file)));
    }
    return median(times);
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function milliseconds(action: () => unknown): Promise<number> {
  const start = performance.now();
  await action();
  return performance.now() - start;
}

function memory(): number {
  Bun.gc(true);
  return process.memoryUsage.rss();
}

if (import.meta.main) printResult(await run());
