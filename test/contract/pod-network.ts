import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { PodAttachment, PodNetwork } from "#network/pod-network.ts";

export interface PodNetworkUnderTest extends AsyncDisposable {
  /** Has not been given a pod CIDR. */
  readonly network: PodNetwork & { setPodCIDRs(podCIDRs: readonly string[]): Promise<void> };
  /** A new network namespace for a pod. */
  newNamespace(): string;
}

/** What every `PodNetwork` does, be it real or a fake. */
export function describePodNetwork(name: string, open: () => Promise<PodNetworkUnderTest>): void {
  describe(`PodNetwork: ${name}`, () => {
    let under: PodNetworkUnderTest;

    beforeEach(async () => {
      under = await open();
    });

    afterEach(async () => {
      await under[Symbol.asyncDispose]();
    });

    const pod = (uid: string, facts: Partial<PodAttachment> = {}): PodAttachment => ({
      podUid: uid,
      podNamespace: "default",
      podName: uid,
      networkNamespace: under.newNamespace(),
      hostPorts: [],
      ...facts,
    });

    test("is not ready and connects nobody before it has a pod CIDR", async () => {
      await expect(under.network.ready()).rejects.toThrow("The node has no pod CIDR yet");
      await expect(under.network.attach(pod("a"))).rejects.toThrow("The node has no pod CIDR yet");
      await under.network.detach("a");
    });

    test("is ready with a pod CIDR", async () => {
      await under.network.setPodCIDRs(["10.42.3.0/24"]);
      await under.network.ready();
    });

    test("gives each pod an address of its own, in order, behind that of the gateway", async () => {
      await under.network.setPodCIDRs(["10.42.3.0/24"]);
      expect(await under.network.attach(pod("a"))).toEqual({ ips: ["10.42.3.2"] });
      expect(await under.network.attach(pod("b"))).toEqual({ ips: ["10.42.3.3"] });
    });

    test("gives many pods addresses at once", async () => {
      await under.network.setPodCIDRs(["10.42.3.0/24"]);
      const all = await Promise.all(["a", "b", "c", "d", "e"].map((uid) => under.network.attach(pod(uid))));
      expect(new Set(all.flatMap(({ ips }) => ips)).size).toBe(5);
    });

    test("returns the same address for a pod that is connected", async () => {
      await under.network.setPodCIDRs(["10.42.3.0/24"]);
      const a = pod("a");
      const first = await under.network.attach(a);
      expect(await under.network.attach(a)).toEqual(first);
      expect(await Promise.all([under.network.attach(a), under.network.attach(a)])).toEqual([first, first]);
    });

    test("keeps a pod's address when its sandbox is made anew", async () => {
      await under.network.setPodCIDRs(["10.42.3.0/24"]);
      const first = await under.network.attach(pod("a"));
      expect(await under.network.attach(pod("a"))).toEqual(first);
    });

    test("lets an address rest before it gives it out again", async () => {
      await under.network.setPodCIDRs(["10.42.3.0/24"]);
      await under.network.attach(pod("a"));
      await under.network.detach("a");
      expect(await under.network.attach(pod("b"))).toEqual({ ips: ["10.42.3.3"] });
    });

    test("fails when every address is in use, and goes on when one is free", async () => {
      await under.network.setPodCIDRs(["10.42.3.0/30"]);
      expect(await under.network.attach(pod("a"))).toEqual({ ips: ["10.42.3.2"] });
      await expect(under.network.attach(pod("b"))).rejects.toThrow(
        "No address is free in the node's pod CIDR 10.42.3.0/30",
      );
      await under.network.detach("a");
      expect(await under.network.attach(pod("b"))).toEqual({ ips: ["10.42.3.2"] });
    });

    test("disconnects a pod that is not connected", async () => {
      await under.network.setPodCIDRs(["10.42.3.0/24"]);
      await under.network.detach("nobody");
    });

    test("collects what belongs to pods that are gone", async () => {
      await under.network.setPodCIDRs(["10.42.3.0/29"]);
      for (const uid of ["a", "b", "c", "d", "e"]) await under.network.attach(pod(uid));
      await expect(under.network.attach(pod("f"))).rejects.toThrow("No address is free");
      await under.network.collect(new Set(["b", "d"]));
      const again = await Promise.all(["f", "g", "h"].map((uid) => under.network.attach(pod(uid))));
      expect(again.flatMap(({ ips }) => ips).toSorted()).toEqual(["10.42.3.2", "10.42.3.4", "10.42.3.6"]);
    });

    test("keeps addresses of connected pods when the node gets another range", async () => {
      await under.network.setPodCIDRs(["10.42.3.0/24"]);
      const a = pod("a");
      await under.network.attach(a);
      await under.network.setPodCIDRs(["10.42.7.0/24"]);
      expect(await under.network.attach(a)).toEqual({ ips: ["10.42.3.2"] });
      expect(await under.network.attach(pod("b"))).toEqual({ ips: ["10.42.7.2"] });
    });

    test("refuses a pod CIDR without room", async () => {
      await expect((async () => under.network.setPodCIDRs(["10.42.3.0/31"]))()).rejects.toThrow(RangeError);
    });
  });
}
