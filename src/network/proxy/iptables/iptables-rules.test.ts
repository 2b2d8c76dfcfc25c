import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { silentLogger } from "#observability/logger.ts";
import { FakeClock } from "#testing/fake-clock.ts";
import { NODE, POD } from "#testing/proxied-packets.ts";
import { anEndpointSlice, aService } from "#testing/service-objects.ts";
import { FakeIptables } from "../../iptables/fake-iptables.ts";
import { iptablesRules, removeIptablesRules } from "./iptables-rules.ts";

const OTHERS = [
  "*nat",
  ":DOCKER - [0:0]",
  "-A DOCKER -s 172.17.0.0/16 -j RETURN",
  "-A PREROUTING -j DOCKER",
  "COMMIT",
];

function world() {
  const clock = new FakeClock();
  const iptables = new FakeIptables({ localAddresses: ["192.168.1.1"], clock });
  iptables.tamper(OTHERS.join("\n"));
  const create = iptablesRules({ iptables: () => iptables, clock, logger: silentLogger });
  const send = (destination = "10.43.0.1") =>
    iptables.outcomes({ protocol: "TCP", source: POD, destination, destinationPort: 80 });
  return { clock, iptables, create, rules: create(NODE), send };
}

const web = aService("web", "10.43.0.1");
const slice = (...addresses: readonly string[]) => [anEndpointSlice("web", addresses)];

describe("Services in iptables", () => {
  test("are written, follow changes, and go", async () => {
    const { iptables, rules, send } = world();
    rules.set("default/web", web, slice("10.42.0.5"));
    expect(rules.isInStep).toBe(false);
    await rules.commit();
    expect(rules.isInStep).toBe(true);
    expect(send()).toEqual(["10.42.0.5:8080"]);
    rules.set("default/web", web, slice("10.42.0.6"));
    await rules.commit();
    expect(send()).toEqual(["10.42.0.6:8080"]);
    expect(iptables.restored.at(-1)).toMatch(/^-X KUBE-SEP-/m);
    rules.set("default/web", undefined, []);
    await rules.commit();
    expect(send()).toEqual(["10.43.0.1:80"]);
    expect(await iptables.save()).not.toMatch(/KUBE-(SVC|SEP)/);
  });

  test("are written with what has changed, and not at all where nothing has", async () => {
    const { iptables, rules } = world();
    rules.set("default/web", web, slice("10.42.0.5"));
    rules.set("default/api", aService("api", "10.43.0.2"), []);
    await rules.commit();
    const { length } = iptables.restored;
    rules.set("default/web", web, slice("10.42.0.5"));
    await rules.commit();
    expect(iptables.restored).toHaveLength(length);
    rules.set("default/web", web, slice("10.42.0.5", "10.42.0.6"));
    await rules.commit();
    expect(iptables.restored.at(-1)).not.toContain("10.43.0.2");
    expect(iptables.restored.at(-1)).not.toContain("*filter");
  });

  test("are changed rule by rule where there are many", async () => {
    const { iptables, rules, send } = world();
    const ip = (index: number): string => `10.43.${String(1 + (index >> 8))}.${String(index & 255)}`;
    const set = (index: number): void => {
      const name = `s${String(index)}`;
      const creationTimestamp = new Date(index * 1000).toISOString();
      const endpoint = `10.42.${String(index >> 8)}.${String(index & 255)}`;
      rules.set(`default/${name}`, aService(name, ip(index), { creationTimestamp }), [
        anEndpointSlice(name, [endpoint]),
      ]);
    };
    for (let index = 0; index < 600; index += 1) set(index);
    await rules.commit();
    expect(send(ip(0))).toEqual(["10.42.0.0:8080"]);
    set(600);
    await rules.commit();
    expect(send(ip(600))).toEqual(["10.42.2.88:8080"]);
    // Where it costs the least.
    expect(iptables.restored.at(-1)).toMatch(/^-I KUBE-SERVICES 1 /m);
    rules.set("default/s300", undefined, []);
    await rules.commit();
    expect(send(ip(300))).toEqual([`${ip(300)}:80`]);
    expect(send(ip(600))).toEqual(["10.42.2.88:8080"]);
    const services = iptables.restored.slice(-2).map((text) => text.match(/^-. KUBE-SERVICES .*$/gm)?.length);
    expect(services).toEqual([1, 1]);
    expect(await rules.commit()).toBe(false);
  });

  test("let nobody take an address from an older Service", async () => {
    const { rules, send } = world();
    const external = (name: string, clusterIP: string, creationTimestamp: string) =>
      aService(name, clusterIP, { externalIPs: ["5.5.5.5"], creationTimestamp });
    const young = external("a", "10.43.0.1", "2026-01-02T00:00:00Z");
    const old = external("b", "10.43.0.2", "2026-01-01T00:00:00Z");
    rules.set("default/a", young, [anEndpointSlice("a", ["10.42.0.5"])]);
    await rules.commit();
    expect(send("5.5.5.5")).toEqual(["10.42.0.5:8080 masqueraded"]);
    rules.set("default/b", old, [anEndpointSlice("b", ["10.42.0.6"])]);
    await rules.commit();
    expect(send("5.5.5.5")).toEqual(["10.42.0.6:8080 masqueraded"]);
    expect(send("10.43.0.1")).toEqual(["10.42.0.5:8080"]);
    rules.set("default/b", undefined, []);
    await rules.commit();
    expect(send("5.5.5.5")).toEqual(["10.42.0.5:8080 masqueraded"]);
  });

  test("are taken over from an earlier process, and what it left too much is deleted", async () => {
    const { iptables, create, rules, send } = world();
    rules.set("default/web", web, slice("10.42.0.5"));
    rules.set("default/old", aService("old", "10.43.0.2"), [anEndpointSlice("old", ["10.42.0.6"])]);
    await rules.commit();
    const next = create(NODE);
    next.set("default/web", web, slice("10.42.0.5"));
    expect(await next.commit()).toBe(true);
    expect(send("10.43.0.2")).toEqual(["10.43.0.2:80"]);
    expect(iptables.rules("nat", "PREROUTING")).toHaveLength(2);
    const again = create(NODE);
    again.set("default/web", web, slice("10.42.0.5"));
    expect(await again.commit()).toBe(false);
  });

  test("are written anew after the kernel refused", async () => {
    const { iptables, rules, send } = world();
    rules.set("default/web", web, slice("10.42.0.5"));
    await rules.commit();
    iptables.failure = new Error("busy");
    rules.set("default/web", web, slice("10.42.0.6"));
    await expect(rules.commit()).rejects.toThrow("busy");
    expect(rules.isInStep).toBe(false);
    iptables.failure = undefined;
    await rules.commit();
    expect(send()).toEqual(["10.42.0.6:8080"]);
  });

  test.each([
    { name: "flushes a chain", text: "*nat\n:KUBE-SERVICES - [0:0]\nCOMMIT" },
    {
      name: "deletes what leads to them",
      text: '*nat\n-D PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES\nCOMMIT',
    },
    { name: "inserts a rule", text: "*nat\n-I KUBE-SERVICES 1 -d 10.43.0.1 -j RETURN\nCOMMIT" },
    {
      name: "changes a rule",
      text: "*nat\n:KUBE-MARK-MASQ - [0:0]\n-A KUBE-MARK-MASQ -j MARK --or-mark 0x8000\nCOMMIT",
    },
  ])("are repaired when somebody $name", async ({ text }) => {
    const { clock, iptables, rules } = world();
    rules.set("default/web", web, slice("10.42.0.5"));
    await rules.commit();
    const before = await iptables.save();
    const abort = new AbortController();
    let repairs = 0;
    const guard = rules.guard(abort.signal, () => (repairs += 1)).catch(() => undefined);
    await clock.advance(20_000);
    expect(repairs).toBe(0);
    iptables.tamper(text);
    expect(await iptables.save()).not.toBe(before);
    await clock.advance(20_000);
    expect(repairs).toBe(1);
    expect((await iptables.save()).split("\n").toSorted()).toEqual(before.split("\n").toSorted());
    abort.abort();
    await guard;
  });

  test("leave nothing behind, and the rules of others alone", async () => {
    const { iptables, rules } = world();
    const before = await iptables.save();
    rules.set("default/web", web, slice("10.42.0.5"));
    await rules.commit();
    await removeIptablesRules(iptables);
    expect(await iptables.save()).toBe(before);
    const { length } = iptables.restored;
    await removeIptablesRules(iptables);
    expect(iptables.restored).toHaveLength(length);
  });

  test("changing one Service at a time comes to the same rules as writing all at once", async () => {
    const name = fc.constantFrom("a", "b", "c");
    const change = fc.record({ name, endpoints: fc.option(fc.subarray(["10.42.0.5", "10.42.0.6"])) });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 12 }), async (changes) => {
        const [step, whole] = [world(), world()];
        for (const { name: key, endpoints } of changes) {
          const service =
            endpoints === null ? undefined : aService(key, `10.43.0.${String(key.charCodeAt(0))}`);
          const slices = [anEndpointSlice(key, endpoints ?? [])];
          step.rules.set(key, service, slices);
          whole.rules.set(key, service, slices);
          await step.rules.commit();
        }
        await step.rules.commit();
        await whole.rules.commit();
        const sorted = async ({ iptables }: typeof step) => (await iptables.save()).split("\n").toSorted();
        expect(await sorted(step)).toEqual(await sorted(whole));
      }),
      { numRuns: 60 },
    );
  });
});
