import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { usageOf } from "./load/process-usage.ts";
import { output } from "./load/test-host.ts";
import { type BenchResult, type Measurement, printResult } from "./result.ts";

const SECONDS = 5;
const NAMES = 1000;
const PER_SECOND = { atLeast: 30_000 };
/** The server has one core for itself as far as the rest of the machine lets it, and the load another. */
const SERVER_CORE = "0";
const LOAD_CORE = "1";
const DNSMASQ_PORT = 5390;
const UNBOUND_PORT = 5391;

const serviceNames = Array.from(
  { length: NAMES },
  (_, i) => `service-${String(i)}.default.svc.cluster.local`,
);
const outsideNames = Array.from({ length: NAMES }, (_, i) => `www${String(i)}.example.com`);
const searchedNames = outsideNames.map((name) => `${name}.default.svc.cluster.local`);

/** How many questions a second does the cluster DNS answer on one core, next to dnsmasq and unbound in the same run? */
export async function run(): Promise<BenchResult> {
  const directory = await mkdtemp(join(tmpdir(), "kubelith-bench-dns-"));
  try {
    return {
      name: "dns",
      measurements: [...(await measureKubelith(directory)), ...(await measurePeers(directory))],
      notes: [
        `dnsperf from Debian, 200 questions under way over UDP on loopback, ${String(NAMES)} names; 10,000 Services. Server and load have a core each.`,
        "Questions for each second of CPU of the server tell what one core can do where the machine has other work too.",
        "dnsmasq and unbound know the same names from their own configuration.",
      ],
    };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function measureKubelith(directory: string): Promise<readonly Measurement[]> {
  const measurements: Measurement[] = [];
  for (const mode of ["steady", "changes"] as const) {
    const command = [process.execPath, join(import.meta.dir, "load/dns-process.ts"), mode];
    await using server = pinned(command);
    const port = await server.firstLine();
    const load = { port, pid: server.pid, directory, target: PER_SECOND };
    // So that the code of the server is compiled and its cache is full.
    for (const names of [serviceNames, outsideNames]) await measure({ ...load, name: "", names });
    if (mode === "changes") {
      const name = "names of Services while they change 100 times a second";
      const { target: _, ...untargeted } = load;
      measurements.push(...(await measure({ ...untargeted, name, names: serviceNames })));
      continue;
    }
    measurements.push(
      ...(await measure({ ...load, name: "names of Services, cached", names: serviceNames })),
      ...(await measure({ ...load, name: "names of others, cached", names: outsideNames })),
      ...(await measure({ ...load, name: "names found on the search path, cached", names: searchedNames })),
    );
  }
  return measurements;
}

async function measurePeers(directory: string): Promise<readonly Measurement[]> {
  const hosts = join(directory, "hosts");
  await Bun.write(hosts, serviceNames.map((name) => `10.43.0.7 ${name}\n`).join(""));
  const config = join(directory, "unbound.conf");
  await Bun.write(config, unboundConfig());
  const peers = [
    {
      name: "dnsmasq",
      port: DNSMASQ_PORT,
      command: [
        "dnsmasq",
        "--no-daemon",
        "--no-resolv",
        "--no-hosts",
        `--addn-hosts=${hosts}`,
        `--port=${String(DNSMASQ_PORT)}`,
        "--listen-address=127.0.0.1",
        "--bind-interfaces",
        "--conf-file=/dev/null",
        "--user=root",
      ],
    },
    { name: "unbound", port: UNBOUND_PORT, command: ["unbound", "-d", "-c", config] },
  ];
  const measurements: Measurement[] = [];
  for (const { name, port, command } of peers) {
    if (Bun.which(command[0] ?? "") === null)
      throw new Error(`Cannot compare with ${name}: install it from Debian`);
    await using server = pinned(command);
    await untilAnswers(port);
    measurements.push(
      ...(await measure({ name, port: String(port), pid: server.pid, names: serviceNames, directory })),
    );
  }
  return measurements;
}

function unboundConfig(): string {
  return [
    "server:",
    "  interface: 127.0.0.1",
    `  port: ${String(UNBOUND_PORT)}`,
    '  chroot: ""',
    '  username: ""',
    '  pidfile: ""',
    "  do-daemonize: no",
    "  num-threads: 1",
    "  outgoing-interface: 127.0.0.1",
    '  local-zone: "." refuse',
    '  local-zone: "cluster.local." static',
    ...serviceNames.map((name) => `  local-data: "${name}. 5 IN A 10.43.0.7"`),
    "remote-control:",
    "  control-enable: no",
    "",
  ].join("\n");
}

interface PinnedServer extends AsyncDisposable {
  readonly pid: number;
  firstLine(): Promise<string>;
}

function pinned(command: readonly string[]): PinnedServer {
  const child = Bun.spawn(["taskset", "-c", SERVER_CORE, ...command], { stdout: "pipe", stderr: "ignore" });
  return {
    pid: child.pid,
    firstLine: async () => {
      for await (const chunk of child.stdout) return Buffer.from(chunk).toString().trim();
      throw new Error("Cannot use the DNS server: it did not start");
    },
    [Symbol.asyncDispose]: async () => {
      child.kill();
      await child.exited;
    },
  };
}

/** dnsperf gives up at once when nobody listens, so ask until somebody does. */
async function untilAnswers(port: number): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const answered = Promise.withResolvers<boolean>();
    const socket = await Bun.udpSocket({
      connect: { hostname: "127.0.0.1", port },
      socket: { data: () => answered.resolve(true), error: () => undefined },
    });
    socket.send(Uint8Array.of(0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0x61, 0, 0, 1, 0, 1));
    const isUp = await Promise.race([answered.promise, Bun.sleep(100).then(() => false)]);
    socket.close();
    if (isUp) return;
  }
  throw new Error(`Cannot use the DNS server on port ${String(port)}: it does not answer`);
}

interface Load {
  readonly name: string;
  readonly port: string;
  readonly pid: number;
  readonly names: readonly string[];
  readonly directory: string;
  readonly target?: Measurement["target"];
}

async function measure({ name, port, pid, names, directory, target }: Load): Promise<readonly Measurement[]> {
  if (Bun.which("dnsperf") === null) throw new Error("Cannot load a DNS server: install Debian's dnsperf");
  const questions = join(directory, "questions");
  await Bun.write(questions, names.map((each) => `${each} A\n`).join(""));
  const before = await usageOf(pid);
  const where = `-s 127.0.0.1 -p ${port} -l ${String(SECONDS)} -c 10 -q 200`;
  const report = await output(["taskset", "-c", LOAD_CORE, "dnsperf", "-d", questions, ...where.split(" ")]);
  const after = await usageOf(pid);
  const figure = (label: string): number => Number(new RegExp(`${label}:\\s+([\\d.]+)`).exec(report)?.[1]);
  if (!/NOERROR \d+ \(100\.00%\)/.test(report))
    throw new Error(`Some questions were not answered:\n${report}`);
  const completed = figure("Queries completed");
  return [
    { name: `${name}, by the clock`, value: figure("Queries per second"), unit: "/s" },
    {
      name: `${name}, for each second of CPU`,
      value: completed / (after.cpuSeconds - before.cpuSeconds),
      unit: "/s",
      ...(target && { target }),
    },
    { name: `${name}, lost`, value: figure("Queries lost"), unit: "" },
  ];
}

if (import.meta.main) printResult(await run());
