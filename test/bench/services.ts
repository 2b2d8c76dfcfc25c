import { join } from "node:path";
import type { ServicesFigures, ServicesProbeOptions } from "./load/services-probe.ts";
import { output } from "./load/test-host.ts";
import { type BenchResult, type Measurement, printResult } from "./result.ts";
import { ENDPOINTS_PER_SERVICE, type ProxyMode } from "./service-workload.ts";

const PROBE = [process.execPath, join(import.meta.dir, "load/services-probe.ts")];

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
      `Each Service has ${String(ENDPOINTS_PER_SERVICE)} endpoints, each number of Services a process of its own. Times of single changes are medians. The kernel's memory is that of its control group, in which tables of hashes are not counted. By the tool alone is a process of the host's \`nft\` with one more Service, or of \`iptables-restore --noflush\` with one rule in a chain of its own.`,
    ],
  };
}

async function measure(size: number, { mode, changes, targets }: Plan): Promise<readonly Measurement[]> {
  const options: ServicesProbeOptions = { mode, size, changes };
  const figures = JSON.parse(await output(PROBE, { stdin: JSON.stringify(options) })) as ServicesFigures;
  const label = `${mode}, ${size.toLocaleString("en-US")} Services`;
  const milliseconds = (name: string, value: number, atMost?: number): Measurement => ({
    name: `${label}: ${name}`,
    value,
    unit: "ms",
    ...(size === 10_000 && atMost !== undefined && { target: { atMost } }),
  });
  const mebibytes = (name: string, value: number): Measurement => ({
    name: `${label}: ${name}`,
    value: value / 2 ** 20,
    unit: "MiB",
  });
  return [
    milliseconds("all from empty", figures.allMs, targets.all),
    milliseconds("one more", figures.oneMs, targets.one),
    milliseconds("another endpoint of one", figures.endpointMs, targets.one),
    milliseconds("one more by the tool alone", figures.toolMs),
    milliseconds("adopted by another process", figures.adoptedMs),
    mebibytes("memory of the process", figures.processBytes),
    mebibytes("memory of the kernel", figures.kernelBytes),
  ];
}

if (import.meta.main) printResult(await run());
