import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { PodAttachment, PodNetwork } from "#network/pod-network.ts";

export interface PodNetworkUnderTest extends AsyncDisposable {
  /** Has not been given a pod CIDR. */
  readonly network: PodNetwork & { setPodCIDRs(podCIDRs: readonly string[]): Promise<void> };
  /** A new network namespace for a pod. */
  newNamespace(): string;
  /** What is said when every address of `podCIDR` is in use. */
  exhausted(podCIDR: string): string;
}

type Open = () => Promise<PodNetworkUnderTest>;

/** What every `PodNetwork` does that gives out the addresses of the node's own range. */
export function describePodNetwork(name: string, open: Open): void {
  describePodAddresses(name, open);

  describe(`PodNetwork with the node's range: ${name}`, () => {
    const { under, pod } = eachWithNetwork(open);

    test("is not ready and connects nobody before it has a pod CIDR", async () => {
      await expect(under().network.ready()).rejects.toThrow("The node has no pod CIDR yet");
      await expect(under().network.attach(pod("a"))).rejects.toThrow("The node has no pod CIDR yet");
      await under().network.detach("a");
    });

    test("is ready with a pod CIDR", async () => {
      await under().network.setPodCIDRs(["10.42.3.0/24"]);
      await under().network.ready();
    });

    test("keeps a pod's address when its sandbox is made anew", async () => {
      await under().network.setPodCIDRs(["10.42.3.0/24"]);
      const first = await under().network.attach(pod("a"));
      expect(await under().network.attach(pod("a"))).toEqual(first);
    });

    test("refuses a pod CIDR without room", async () => {
      await expect((async () => under().network.setPodCIDRs(["10.42.3.0/31"]))()).rejects.toThrow(RangeError);
    });
  });
}

/** What every `PodNetwork` does, be it real or a fake, or other people's plugins. */
export function describePodAddresses(name: string, open: Open): void {
  describe(`PodNetwork: ${name}`, () => {
    const { under, pod } = eachWithNetwork(open);

    test("gives each pod an address of its own, in order, behind that of the gateway", async () => {
      await under().network.setPodCIDRs(["10.42.3.0/24"]);
      expect(await under().network.attach(pod("a"))).toEqual({ ips: ["10.42.3.2"] });
      expect(await under().network.attach(pod("b"))).toEqual({ ips: ["10.42.3.3"] });
    });

    test("gives many pods addresses at once", async () => {
      await under().network.setPodCIDRs(["10.42.3.0/24"]);
      const all = await Promise.all(["a", "b", "c", "d", "e"].map((uid) => under().network.attach(pod(uid))));
      expect(new Set(all.flatMap(({ ips }) => ips)).size).toBe(5);
    });

    test("returns the same address for a pod that is connected", async () => {
      await under().network.setPodCIDRs(["10.42.3.0/24"]);
      const a = pod("a");
      const first = await under().network.attach(a);
      expect(await under().network.attach(a)).toEqual(first);
      expect(await Promise.all([under().network.attach(a), under().network.attach(a)])).toEqual([
        first,
        first,
      ]);
    });

    test("lets an address rest before it gives it out again", async () => {
      await under().network.setPodCIDRs(["10.42.3.0/24"]);
      await under().network.attach(pod("a"));
      await under().network.detach("a");
      expect(await under().network.attach(pod("b"))).toEqual({ ips: ["10.42.3.3"] });
    });

    test("fails when every address is in use, and goes on when one is free", async () => {
      await under().network.setPodCIDRs(["10.42.3.0/30"]);
      expect(await under().network.attach(pod("a"))).toEqual({ ips: ["10.42.3.2"] });
      await expect(under().network.attach(pod("b"))).rejects.toThrow(under().exhausted("10.42.3.0/30"));
      await under().network.detach("a");
      expect(await under().network.attach(pod("b"))).toEqual({ ips: ["10.42.3.2"] });
    });

    test("disconnects a pod that is not connected", async () => {
      await under().network.setPodCIDRs(["10.42.3.0/24"]);
      await under().network.detach("nobody");
    });

    test("collects what belongs to pods that are gone", async () => {
      await under().network.setPodCIDRs(["10.42.3.0/29"]);
      for (const uid of ["a", "b", "c", "d", "e"]) await under().network.attach(pod(uid));
      await expect(under().network.attach(pod("f"))).rejects.toThrow(under().exhausted("10.42.3.0/29"));
      await under().network.collect(new Set(["b", "d"]));
      const again = await Promise.all(["f", "g", "h"].map((uid) => under().network.attach(pod(uid))));
      expect(again.flatMap(({ ips }) => ips).toSorted()).toEqual(["10.42.3.2", "10.42.3.4", "10.42.3.6"]);
    });

    test("keeps addresses of connected pods when the node gets another range", async () => {
      await under().network.setPodCIDRs(["10.42.3.0/24"]);
      const a = pod("a");
      await under().network.attach(a);
      await under().network.setPodCIDRs(["10.42.7.0/24"]);
      expect(await under().network.attach(a)).toEqual({ ips: ["10.42.3.2"] });
      expect(await under().network.attach(pod("b"))).toEqual({ ips: ["10.42.7.2"] });
    });
  });
}

/** Opens a network for each test, and makes pods for it. */
function eachWithNetwork(open: Open): {
  readonly under: () => PodNetworkUnderTest;
  readonly pod: (uid: string) => PodAttachment;
} {
  let opened: PodNetworkUnderTest | undefined;
  let sandboxes = 0;
  const under = (): PodNetworkUnderTest => {
    if (opened === undefined) throw new Error("The network is not open");
    return opened;
  };

  beforeEach(async () => {
    opened = await open();
  });

  afterEach(async () => {
    await opened?.[Symbol.asyncDispose]();
  });

  const pod = (uid: string): PodAttachment => {
    sandboxes += 1;
    return {
      podUid: uid,
      podNamespace: "default",
      podName: uid,
      sandboxId: `sandbox-${String(sandboxes)}`,
      networkNamespace: under().newNamespace(),
      hostPorts: [],
    };
  };
  return { under, pod };
}
