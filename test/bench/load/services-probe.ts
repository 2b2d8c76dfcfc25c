import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TestNamespace } from "../../e2e/network-lab.ts";
import { KernelMemory } from "../kernel-memory.ts";
import {
  ENDPOINTS_PER_SERVICE,
  type ProxyMode,
  ServiceRules,
  type ServiceWithSlice,
  serviceNumber,
} from "../service-workload.ts";
import { median } from "../statistics.ts";

/*
 * How long it takes to bring the packet rules of Services into the kernel: all of them from an empty table, one more,
 * another endpoint of one, and all of them again by another process that finds them right. Planning, comparing, encoding
 * and the kernel's work are included, the API is not. Beside it, what a change takes the tool of the host in the same table.
 */

export interface ServicesProbeOptions {
  readonly mode: ProxyMode;
  readonly size: number;
  /** How many changes there are of each kind. */
  readonly changes: number;
}

export interface ServicesFigures {
  readonly allMs: number;
  readonly oneMs: number;
  readonly endpointMs: number;
  readonly toolMs: number;
  readonly adoptedMs: number;
  readonly processBytes: number;
  readonly kernelBytes: number;
}

/** How often the tool is run. */
const TOOL_ROUNDS = 5;

async function probe({ mode, size, changes }: ServicesProbeOptions): Promise<ServicesFigures> {
  using namespace = new TestNamespace("bench");
  using kernel = new KernelMemory();
  const services = Array.from({ length: size }, (_, index) => serviceNumber(index));
  const before = { process: memory(), kernel: kernel.read() };
  using rules = new ServiceRules(namespace, mode);
  const allMs = await milliseconds(() => rules.write(services));
  const after = { process: memory(), kernel: kernel.read() };
  const more = Array.from({ length: changes }, (_, index) => serviceNumber(size + index));
  const others = more.map((_, index) => serviceNumber(index, ENDPOINTS_PER_SERVICE + 1));
  const oneMs = await medianChange(rules, more);
  const endpointMs = await medianChange(rules, others);
  const toolMs = await (mode === "nftables" ? nftChange(namespace) : iptablesChange(namespace));
  using next = new ServiceRules(namespace, mode);
  const adoptedMs = await milliseconds(() => next.write([...services, ...more, ...others]));
  return {
    allMs,
    oneMs,
    endpointMs,
    toolMs,
    adoptedMs,
    processBytes: after.process - before.process,
    kernelBytes: after.kernel - before.kernel,
  };
}

async function medianChange(rules: ServiceRules, changes: readonly ServiceWithSlice[]): Promise<number> {
  const times: number[] = [];
  for (const each of changes) times.push(await milliseconds(() => rules.write([each])));
  return median(times);
}

/** One more Service as text. */
function nftChange(namespace: TestNamespace): Promise<number> {
  return medianOfTool(namespace, ["nft", "-f"], (round) => {
    const frontend = `20.0.0.${String(round)} . tcp . 80`;
    return [
      `add element ip kubelith service-endpoints { ${frontend} . 0 : 10.42.0.5 . 8080 }`,
      `add element ip kubelith service-ips { ${frontend} : goto endpoints-${String(ENDPOINTS_PER_SERVICE)} }`,
    ];
  });
}

/** The least that a process of iptables does to a table with so many chains. */
function iptablesChange(namespace: TestNamespace): Promise<number> {
  return medianOfTool(namespace, ["iptables-restore", "--noflush"], (round) => [
    "*nat",
    ":BENCH - [0:0]",
    `-A BENCH -d 20.0.0.${String(round)}/32 -j RETURN`,
    "COMMIT",
  ]);
}

async function medianOfTool(
  namespace: TestNamespace,
  command: readonly string[],
  linesOf: (round: number) => readonly string[],
): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), "kt-bench-"));
  try {
    const times: number[] = [];
    const file = join(directory, "change");
    for (let round = 0; round < TOOL_ROUNDS; round += 1) {
      await Bun.write(file, `${linesOf(round).join("\n")}\n`);
      times.push(await milliseconds(() => namespace.run(...command, file)));
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

const options = (await Bun.stdin.json()) as ServicesProbeOptions;
process.stdout.write(JSON.stringify(await probe(options)));
