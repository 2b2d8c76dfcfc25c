import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { readdir } from "node:fs/promises";
import { egressLinkName, hostLinkName } from "#network/bridge/link-names.ts";
import { type Libc, libc } from "#network/netlink/libc.ts";
import type { PodAttachment } from "#network/pod-network.ts";
import { TestNamespace } from "./network-lab.ts";
import { TestNode } from "./network-node.ts";
import { askTcp, serveTcp } from "./network-traffic.ts";

let node: TestNode;
let pod: PodAttachment;
let namespace: TestNamespace;
let stack: AsyncDisposableStack;

const HOST_PORT = 8080;

beforeEach(async () => {
  stack = new AsyncDisposableStack();
  node = stack.use(await TestNode.create());
  namespace = stack.use(new TestNamespace("pod"));
  pod = {
    podUid: "uid-crash",
    podNamespace: "default",
    podName: "crash",
    sandboxId: "sandbox",
    networkNamespace: namespace.path,
    hostPorts: [{ hostIP: "", hostPort: HOST_PORT, containerPort: 80, protocol: "TCP" }],
    bandwidth: { ingress: 10_000_000, egress: 10_000_000 },
  };
});

afterEach(() => stack.disposeAsync());

/** The kernel hears this many more messages of this process, as if it was killed then. */
function killAfter(messages: number): Disposable & { readonly isDead: boolean } {
  const kernel = libc() as { -readonly [K in keyof Libc]: Libc[K] };
  const { send } = kernel;
  let left = messages;
  kernel.send = (fd, bytes) => {
    if (left < 0) throw new Error("The process is dead");
    left -= 1;
    if (left < 0) throw new Error("The process was killed");
    send(fd, bytes);
  };
  return {
    get isDead() {
      return left < 0;
    },
    [Symbol.dispose]: () => {
      kernel.send = send;
    },
  };
}

/** Whether the action came to its end before the process did. */
async function survives(messages: number, action: () => Promise<unknown>): Promise<boolean> {
  using fault = killAfter(messages);
  await action().catch(() => undefined);
  return !fault.isDead;
}

/** Another process, to which the pod is known or not. */
async function startAnew(podUids: readonly string[] = []): Promise<void> {
  await node.stopNetwork();
  await node.startNetwork();
  await node.network.collect(new Set(podUids));
}

/** What there is of the pod: in files, links and rules. */
async function traces(): Promise<readonly string[]> {
  const links = node.host.run("ip", "-o", "link");
  const rules = node.host.run("nft", "list", "ruleset");
  const limits = node.host.run("tc", "qdisc", "show");
  return [
    ...(await readdir(node.stateDirectory)).filter((name) => name !== "pod-cidr"),
    ...[hostLinkName(pod.podUid), egressLinkName(pod.podUid)].filter((name) => links.includes(name)),
    ...(rules.match(/8080|10\.42\.0\.[2-9]/g) ?? []),
    ...(limits.match(/tbf/g) ?? []),
  ];
}

/** Everything but numbers that links get when they are made, and the address, which rests before it is given again. */
function shape(): string {
  const rules = node.host.run("nft", "list", "ruleset");
  const qdiscs = node.host.run("tc", "qdisc", "show").replaceAll(/dev \S+|\b[0-9a-f]+:( |$)/gm, "");
  const limits = qdiscs.split("\n").toSorted().join("\n");
  const inside = ["address", "route"].map((what) => namespace.run("ip", "-4", what)).join("");
  return `${rules}${limits}${inside}`.replaceAll(/if\d+|^\d+: |10\.42\.0\.[2-9]\d*/gm, "");
}

describe.each(["attaching", "detaching"] as const)("a process that is killed while %s a pod", (step) => {
  const prepare = async (): Promise<void> => {
    if (step === "detaching") await node.network.attach(pod);
  };
  const act = (): Promise<unknown> =>
    step === "attaching" ? node.network.attach(pod) : node.network.detach(pod.podUid);

  test("leaves nothing that the next one does not find and remove", async () => {
    let messages = 0;
    for (let isDone = false; !isDone; messages += 1) {
      await prepare();
      isDone = await survives(messages, act);
      await startAnew();
      expect(await traces(), `after ${String(messages)} messages`).toEqual([]);
    }
    expect(messages).toBeGreaterThan(5);
  });

  test("leaves nothing in the way of the pod, whom the next one connects as if nothing had been", async () => {
    await node.network.attach(pod);
    const wanted = shape();
    await node.network.detach(pod.podUid);
    let messages = 0;
    for (let isDone = false; !isDone; messages += 1) {
      await prepare();
      isDone = await survives(messages, act);
      await startAnew([pod.podUid]);
      await node.network.attach(pod);
      expect(shape(), `after ${String(messages)} messages`).toBe(wanted);
      await node.network.detach(pod.podUid);
      await startAnew();
    }
    await node.network.attach(pod);
    stack.use(serveTcp(namespace, 80, "pod"));
    expect(await askTcp(node.outside, "192.168.9.1", HOST_PORT)).toStartWith("pod ");
  });
});
