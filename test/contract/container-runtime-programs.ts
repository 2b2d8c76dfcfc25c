/** What the contract of container runtimes is tried with. */
import type { Readable } from "node:stream";
import type { FakeProgram } from "#container/fake/fake-process.ts";
import type { ContainerConfig, SandboxConfig } from "#container/runtime.ts";

/** Every runtime under test has it. */
export const IMAGE = "contract.test/busybox:1";

export interface Program {
  readonly command: readonly string[];
  readonly fake: FakeProgram | "missing";
}

const shell = (script: string): readonly string[] => ["/bin/busybox", "sh", "-c", script];

/** What containers run in these tests: a shell script, and for the fake a function that does the same. */
export const PROGRAMS = {
  hello: {
    command: shell("echo one; echo two >&2; sleep 0.1; printf three"),
    fake: async (process) => {
      process.print("one\n");
      process.printError("two\n");
      await process.clock.sleep(100);
      process.print("three");
      return 0;
    },
  },
  fail: { command: shell("exit 3"), fake: () => 3 },
  obey: {
    command: shell('trap "echo bye; exit 5" TERM; echo ready; while :; do sleep 0.05; done'),
    fake: async (process) => {
      process.print("ready\n");
      await process.stopRequested;
      process.print("bye\n");
      return 5;
    },
  },
  ignore: {
    command: shell('trap "" TERM; echo ready; while :; do sleep 1; done'),
    fake: async (process) => {
      process.print("ready\n");
      await process.clock.sleep(3_600_000, process.killed);
      return 0;
    },
  },
  environment: {
    command: shell('echo "$GREETING"'),
    fake: (process) => {
      process.print(`${process.env["GREETING"] ?? ""}\n`);
      return 0;
    },
  },
  echo: {
    command: shell('read line; echo "got $line"; exit 4'),
    fake: async (process) => {
      const [line = ""] = (await firstChunk(process.stdin)).split("\n");
      process.print(`got ${line}\n`);
      return 4;
    },
  },
  absent: { command: ["/no/such/program"], fake: "missing" },
  both: {
    command: shell("echo out; echo err >&2; exit 7"),
    fake: (process) => {
      process.print("out\n");
      process.printError("err\n");
      return 7;
    },
  },
  sleep: {
    command: shell("sleep 60"),
    fake: async (process) => {
      await process.clock.sleep(60_000, process.killed);
      return 0;
    },
  },
} satisfies Record<string, Program>;

export const FAKE_PROGRAMS: Readonly<Record<string, FakeProgram | "missing">> = Object.fromEntries(
  Object.values<Program>(PROGRAMS).map(({ command, fake }) => [command.join(" "), fake]),
);

let made = 0;

export function aSandboxConfig(options: Partial<SandboxConfig> = {}): SandboxConfig {
  made += 1;
  const name = `pod-${String(made)}`;
  return {
    pod: { name, namespace: "default", uid: crypto.randomUUID() },
    attempt: 0,
    hostname: name,
    cgroupParent: `/kubelith-contract/${name}`,
    network: "pod",
    pid: "container",
    ipc: "pod",
    sysctls: {},
    labels: {},
    annotations: {},
    ...options,
  };
}

export function aContainerConfig(
  { pod }: SandboxConfig,
  { command }: { readonly command: readonly string[] },
  options: Partial<ContainerConfig> = {},
): ContainerConfig {
  return {
    pod,
    name: "app",
    attempt: 0,
    image: IMAGE,
    command,
    args: [],
    env: [],
    mounts: [],
    devices: [],
    labels: {},
    annotations: {},
    stdin: false,
    stdinOnce: false,
    tty: false,
    resources: {},
    security: {
      privileged: false,
      readOnlyRootFilesystem: false,
      noNewPrivileges: false,
      supplementalGroups: [],
      addCapabilities: [],
      dropCapabilities: [],
      seccomp: "runtimeDefault",
      maskedPaths: true,
    },
    pidMode: "container",
    ...options,
  };
}

async function firstChunk(stream: Readable): Promise<string> {
  for await (const chunk of stream as AsyncIterable<Uint8Array>) return new TextDecoder().decode(chunk);
  return "";
}
