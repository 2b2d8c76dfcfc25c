import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Kubectl, minorVersion, modernKubectls } from "../front/kubectl.ts";
import { until } from "../until.ts";
import { type StreamCluster, startStreamCluster } from "./stream-cluster.ts";

/** The oldest speaks SPDY, the newest WebSocket. */
const KUBECTLS = modernKubectls().filter((path) => [27, 33].includes(minorVersion(path)));

const MEGABYTE = 1024 * 1024;

/** More than all buffers on the way can hold, the kernel's among them. */
const BOUND = 128 * MEGABYTE;

let cluster: StreamCluster;
let directory: string;
beforeAll(async () => {
  cluster = await startStreamCluster();
  directory = await mkdtemp(join(tmpdir(), "kubelith-streams-"));
});
afterAll(async () => {
  await cluster[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

describe.each(KUBECTLS)("%s", (path) => {
  let kubectl: Kubectl;
  beforeAll(() => {
    kubectl = cluster.kubectl(path);
  });

  test("carries any bytes both ways", async () => {
    const bytes = crypto.getRandomValues(Buffer.alloc(64 * 1024));
    const input = Buffer.concat(Array.from({ length: 16 * 16 }, () => bytes));
    const client = kubectl.start(["exec", "-i", "web", "--", "cat"], input);
    const output = await client.stdout.bytes();
    expect([await client.exited, sha256(output)]).toEqual([0, sha256(input)]);
  });

  test("tells two large outputs apart", async () => {
    const script = "yes out | head -c 5000000 & yes err | head -c 5000000 >&2; wait; exit 7";
    const { code, stdout, stderr } = await kubectl.try("", "exec", "web", "--", "sh", "-c", script);
    expect(code).toBe(7);
    expect(sha256(Buffer.from(stdout))).toBe(sha256(Buffer.from("out\n".repeat(1_250_000))));
    const said = "err\n".repeat(1_250_000);
    expect(stderr.slice(said.length)).toBe("command terminated with exit code 7\n");
    expect(stderr.startsWith(said)).toBe(true);
  });

  test("makes a command wait whose output nobody reads", async () => {
    const { command, environment } = kubectl.commandOf("exec", "web", "--", "cat", "/dev/zero");
    await using unread = await openUnread();
    const client = Bun.spawn([...command], { env: environment, stdout: unread.fd, stderr: "ignore" });
    await until(() => cluster.runtime.running.size === 1);
    const [pid = 0] = cluster.runtime.running;
    expect(await settled(() => transferred(pid, "wchar"))).toBeLessThan(BOUND);
    client.kill();
    await client.exited;
    await until(() => cluster.runtime.running.size === 0);
  });

  test("waits for a command that does not read its input", async () => {
    const script = "head -c 1000000 >/dev/null; echo up; exec sleep 1000";
    const { command, environment } = kubectl.commandOf("exec", "-i", "web", "--", "sh", "-c", script);
    const stdin = Bun.file("/dev/zero");
    const client = Bun.spawn([...command], { env: environment, stdin, stdout: "pipe", stderr: "ignore" });
    const { value } = await client.stdout.getReader().read();
    expect(Buffer.from(value ?? []).toString()).toBe("up\n");
    expect(await settled(() => transferred(client.pid, "rchar"))).toBeLessThan(BOUND);
    await end(client);
  });
});

test("copies a tree of ten thousand files there and back, with the oldest and the newest kubectl", async () => {
  const [oldest, newest] = [KUBECTLS.at(0), KUBECTLS.at(-1)].map((path) =>
    cluster.kubectl(path ?? "kubectl"),
  );
  const [tree, inPod, back] = [join(directory, "tree"), join(directory, "in-pod"), join(directory, "back")];
  makeTree(tree);
  await oldest?.run("cp", tree, `web:${inPod}`);
  expect(await difference(tree, inPod)).toBe("");
  expect(await newest?.run("cp", `web:${inPod}`, back)).toContain("skipping symlink");
  for (const link of LINKS) await rm(join(inPod, link));
  expect(await difference(inPod, back)).toBe("");
});

/** What nobody reads: a pipe that is full soon. */
async function openUnread() {
  const path = join(directory, `unread-${crypto.randomUUID()}`);
  Bun.spawnSync(["mkfifo", path]);
  return await open(path, "r+");
}

/** Ends what has been run, and kubectl with it. */
async function end(client: Bun.Subprocess): Promise<void> {
  for (const pid of cluster.runtime.running) process.kill(pid, "SIGKILL");
  expect(await client.exited).toBe(137);
  await until(() => cluster.runtime.running.size === 0);
}

const LONG = "l".repeat(200);

const LINKS = ["odd/link", "dangling"];

/** Ten thousand files, and all that is odd about names. */
function makeTree(root: string): void {
  for (let folder = 0; folder < 100; folder++) {
    const path = join(root, String(folder), "deep/er");
    mkdirSync(path, { recursive: true });
    for (let file = 0; file < 100; file++)
      writeFileSync(join(path, String(file)), `${String(folder)}/${String(file)}`);
  }
  mkdirSync(join(root, "odd", LONG), { recursive: true });
  for (const name of ["with space", "ünï-日本", "-dash", "quote'\"", "star*", "new\nline", `${LONG}/${LONG}`])
    writeFileSync(join(root, "odd", name), name);
  writeFileSync(join(root, "empty"), "");
  writeFileSync(join(root, "bytes"), Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 256)));
  writeFileSync(join(root, "script"), "#!/bin/sh\n", { mode: 0o755 });
  for (const link of LINKS) symlinkSync("../nowhere", join(root, link));
}

async function difference(one: string, other: string): Promise<string> {
  return await Bun.spawn(["diff", "-r", "--no-dereference", one, other], { stdout: "pipe" }).stdout.text();
}

/** What a process has read or written, in bytes. */
async function transferred(pid: number, what: "rchar" | "wchar"): Promise<number> {
  const text = await readFile(`/proc/${String(pid)}/io`, "utf8");
  return Number(new RegExp(`^${what}: (\\d+)$`, "m").exec(text)?.[1]);
}

/** A number that has stopped to grow while others were served, or has outgrown all bounds. */
async function settled(read: () => Promise<number>): Promise<number> {
  const client = cluster.server.connect();
  let value = -1;
  await until(async () => {
    const before = value;
    for (let round = 0; round < 50; round++) await client.send({ path: "/healthz" });
    value = await read();
    return value === before || value > BOUND;
  });
  return value;
}
