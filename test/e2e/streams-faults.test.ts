import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { sh } from "./docker-host.ts";
import { KubelithHost } from "./kubelith-host.ts";
import { FOREVER, scriptPod } from "./script-pod.ts";
import { Terminal } from "./terminal.ts";

/** Descriptors that come and go by themselves, such as idle connections to the Docker Engine. */
const SPARE_DESCRIPTORS = 12;

const ROUNDS = 15;

let host: KubelithHost;
beforeAll(async () => {
  host = await KubelithHost.start({ name: "strfault" });
  await host.apply([
    scriptPod("one", `while :; do echo tick; sleep 0.1; done`, { container: { stdin: true } }),
    scriptPod("echo", "exec nc -ll -p 9000 -e cat"),
    scriptPod("mortal", FOREVER),
  ]);
  await host.kubectl.run("wait", "--for=condition=Ready", "pod/one", "pod/echo", "pod/mortal");
});
afterAll(() => host?.[Symbol.asyncDispose]());

describe("a client that is killed", () => {
  const cases: { name: string; pod: string; args: string[]; terminal?: boolean; sign: string }[] = [
    { name: "exec", pod: "one", args: ["exec", "-i", "one", "--", "sh", "-c", "echo up; cat"], sign: "up" },
    {
      name: "exec with a terminal",
      pod: "one",
      args: ["exec", "-it", "one", "--", "sh"],
      terminal: true,
      sign: "# ",
    },
    { name: "exec of what only prints", pod: "one", args: ["exec", "one", "--", "yes"], sign: "y" },
    { name: "attach", pod: "one", args: ["attach", "-i", "one"], sign: "tick" },
    { name: "logs", pod: "one", args: ["logs", "--follow", "one"], sign: "tick" },
    { name: "port-forward", pod: "echo", args: ["port-forward", "echo", "18100:9000"], sign: "[::1]:18100" },
  ];
  test.each(cases)("in $name leaves nothing behind", async ({ pod, args, terminal = false, sign }) => {
    await killClient(args, terminal, sign);
    const before = await remains(pod);
    for (let round = 0; round < ROUNDS; round++) await killClient(args, terminal, sign);
    await host.eventually(async () => {
      const { descriptors, ...rest } = await remains(pod);
      expect(rest).toEqual({ execs: 0, processes: before.processes });
      expect(descriptors).toBeLessThan(before.descriptors + SPARE_DESCRIPTORS);
    }, 20_000);
    expect(await host.jsonpath("pod", pod, "{.status.containerStatuses[0].restartCount}")).toBe("0");
  });
});

test("a client that does not read makes the process wait, not the server's memory grow", async () => {
  const client = host.kubectl.start(["exec", "one", "--", "cat", "/dev/zero"]);
  await reads(client.stdout, "\0");
  const before = await residentMegabytes();
  for (let seconds = 0; seconds < 5; seconds++) {
    await Bun.sleep(1000);
    expect((await residentMegabytes()) - before).toBeLessThan(60);
  }
  client.kill("SIGKILL");
  await client.exited;
  await host.eventually(async () => expect((await remains("one")).execs).toBe(0));
});

test("Ctrl-C ends kubectl and the command that it has run in a terminal", async () => {
  const { command, environment } = host.kubectl.commandOf("exec", "-it", "one", "--", "sleep", "777");
  await using terminal = new Terminal(command, environment);
  await host.eventually(async () =>
    expect(await host.kubectl.run("exec", "one", "--", "ps")).toContain("777"),
  );
  terminal.type("\x03");
  expect(await terminal.exited).toBe(130);
  expect(await host.kubectl.run("exec", "one", "--", "ps")).not.toContain("777");
});

test("a container that is killed ends the exec in it", async () => {
  const client = host.kubectl.start(["exec", "mortal", "--", "sh", "-c", "echo up; sleep 1000"]);
  await reads(client.stdout, "up");
  await host.docker.docker("kill", await containerId("mortal"));
  expect(await client.exited).toBe(137);
});

test("a followed log ends with its server, and nothing of it is lost", async () => {
  await host.apply([
    scriptPod("counter", "for n in $(seq 1 100); do echo $n; sleep 0.1; done", {
      spec: { restartPolicy: "Never" },
    }),
  ]);
  await host.kubectl.run("wait", "--for=condition=Ready", "pod/counter");
  const follower = host.kubectl.start(["logs", "--follow", "counter"]);
  await reads(follower.stdout, "5\n");
  await host.stopServer("SIGKILL");
  expect(await follower.exited).not.toBe(0);
  await host.startServer();
  const numbers = Array.from({ length: 100 }, (_, index) => `${String(index + 1)}\n`).join("");
  expect(await host.kubectl.run("logs", "--follow", "counter")).toBe(numbers);
});

test("a server that stops ends its streams and leaves the containers running", async () => {
  const clients = [
    ["logs", "--follow", "one"],
    ["exec", "-i", "one", "--", "cat"],
    ["attach", "one"],
  ].map((args) => host.kubectl.start(args));
  await Promise.all([clients[0], clients[2]].map((client) => client && reads(client.stdout, "tick")));
  expect(await host.stopServer("SIGTERM")).toBe(0);
  const codes = await Promise.all(clients.map(({ exited }) => exited));
  expect(codes).toHaveLength(3);
  await host.startServer();
  expect(await host.jsonpath("pod", "one", "{.status.containerStatuses[0].restartCount}")).toBe("0");
});

describe("the kubelet's own port", () => {
  const status = async (...credentials: readonly string[]): Promise<string> => {
    const url = `https://${host.address}:10250/pods`;
    // A server that starts is ready before its kubelet listens.
    const patience = ["--retry", "30", "--retry-delay", "1", "--retry-connrefused"];
    const code = ["-o", "/dev/null", "-w", "%{http_code}"];
    return await host.run("curl", "-sk", ...code, ...patience, ...credentials, url);
  };
  const credential = (directory: string, name: string): string[] => [
    "--cert",
    join(directory, `${name}.crt`),
    "--key",
    join(directory, `${name}.key`),
  ];

  test("admits the API server", async () => {
    const tls = join(host.dataDirectory, "server/tls");
    expect(await status(...credential(tls, "client-kube-apiserver"))).toBe("200");
  });

  test("knows nobody without a certificate", async () => expect(await status()).toBe("401"));

  test("does not know a certificate of another authority", async () => {
    const [certificate, key] = ["forged.crt", "forged.key"].map((name) => join(host.directory, name));
    const subject = "/O=system:masters/CN=kube-apiserver-kubelet-client";
    const request = ["req", "-x509", "-nodes", "-newkey", "rsa:2048", "-days", "1", "-subj", subject];
    await sh("openssl", ...request, "-keyout", key ?? "", "-out", certificate ?? "");
    expect(await status(...credential(host.directory, "forged"))).toBe("401");
  });

  test("does not admit another kubelet", async () => {
    const tls = join(host.dataDirectory, "server/tls");
    expect(await status(...credential(tls, "client-kubelet"))).toBe("403");
  });
});

/** Starts a kubectl, waits until it shows `sign` and kills it. */
async function killClient(args: readonly string[], isTerminal: boolean, sign: string): Promise<void> {
  const { command, environment } = host.kubectl.commandOf(...args);
  if (isTerminal) {
    await using terminal = new Terminal(command, environment);
    await host.eventually(async () => expect(terminal.output).toContain(sign));
    return;
  }
  const client = Bun.spawn(command, { env: environment, stdin: "pipe", stdout: "pipe", stderr: "ignore" });
  await reads(client.stdout, sign);
  if (args[0] === "port-forward") await connectThrough();
  client.kill("SIGKILL");
  await client.exited;
}

/** A connection through the forwarded port that is still open when it resolves; it ends with the port. */
async function connectThrough(): Promise<void> {
  const command = host.inside("busybox", "nc", "127.0.0.1", "18100");
  const connection = Bun.spawn(command, { stdin: "pipe", stdout: "pipe", stderr: "ignore" });
  void connection.stdin.write("hello\n");
  await connection.stdin.flush();
  await reads(connection.stdout, "hello");
}

/** Resolves when the stream has brought `sign`. The stream stays open. */
async function reads(stream: ReadableStream<Uint8Array>, sign: string): Promise<void> {
  const reader = stream.getReader();
  try {
    let text = "";
    while (!text.includes(sign)) {
      const { done, value } = await reader.read();
      if (done) throw new Error(`The stream ended before "${sign}" came: ${text}`);
      text += Buffer.from(value).toString();
    }
  } finally {
    reader.releaseLock();
  }
}

/** What a stream could leave behind. */
async function remains(pod: string) {
  const id = await containerId(pod);
  const execs = Number(await host.docker.docker("inspect", "--format", "{{len .ExecIDs}}", id));
  const processes = (await host.docker.docker("top", id, "-eo", "pid,args"))
    .split("\n")
    .filter((line) => !line.includes("sleep")).length;
  const descriptors = (await readdir(`/proc/${String(host.pid)}/fd`)).length;
  return { execs, processes, descriptors };
}

async function residentMegabytes(): Promise<number> {
  const status = await Bun.file(`/proc/${String(host.pid)}/status`).text();
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}

async function containerId(pod: string): Promise<string> {
  const id = await host.jsonpath("pod", pod, "{.status.containerStatuses[0].containerID}");
  return id.replace("docker://", "");
}
