import { describe, expect, test } from "bun:test";
import { quotaEvaluatorOf } from "#api/core/v1/quota/quota-evaluators.ts";
import type { ResourceQuota } from "#api/generated/core-v1.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import { modifiedConflict, notFound, StatusError, unclassified } from "#apimachinery/status-error.ts";
import { FakeClock } from "#testing/fake-clock.ts";
import { aPod, aResourceQuota, aService } from "#testing/objects.ts";
import type { LimitedResource } from "./limited-resources.ts";
import { type Granted, type NamespacedRequest, QuotaReservations } from "./quota-reservations.ts";

const NAMESPACE = "default";

/** A quota whose controller has seen it. */
function aQuota(
  name: string,
  hard: Record<string, string>,
  used: Record<string, string>,
  more = {},
): ResourceQuota {
  return aResourceQuota(name, {
    uid: name,
    namespace: NAMESPACE,
    spec: { hard, ...more },
    status: { hard, used },
  });
}

/** Quotas that are written as a store writes them, and other writers that come first. */
class FakeQuotas {
  readonly #quotas: Map<string, ResourceQuota>;
  readonly reservations: QuotaReservations;
  writes = 0;
  /** Happens before the next writes, one each. */
  readonly before: (() => void)[] = [];

  constructor(...quotas: readonly ResourceQuota[]) {
    this.reservations = this.reservationsWith();
    const versioned = quotas.map((quota) => this.#bump(quota, 1));
    this.#quotas = new Map(versioned.map((quota) => [quota.metadata.name, quota]));
  }

  /** What is reserved where some things may not be used without a quota for them. */
  reservationsWith(limited: readonly LimitedResource[] = []): QuotaReservations {
    return new QuotaReservations({
      cluster: { list: () => [...this.#quotas.values()] as never },
      clock: new FakeClock(),
      write: async (quota) => {
        await Promise.resolve();
        this.before.shift()?.();
        this.#write(quota);
      },
      limited,
    });
  }

  used(name: string): Readonly<Record<string, string>> {
    return this.#quotas.get(name)?.status?.used ?? {};
  }

  /** What another writer does. */
  set(name: string, used: Record<string, string>): void {
    const quota = this.#quotas.get(name);
    if (quota !== undefined) this.#write({ ...quota, status: { ...quota.status, used } });
  }

  delete(name: string): void {
    this.#quotas.delete(name);
  }

  #write(quota: ResourceQuota): void {
    const { name, resourceVersion } = quota.metadata;
    const place = { group: "", resource: "resourcequotas" };
    const present = this.#quotas.get(name);
    if (present === undefined) throw notFound(place, name);
    if (present.metadata.resourceVersion !== resourceVersion) throw modifiedConflict(place, name);
    this.writes += 1;
    this.#quotas.set(name, this.#bump(quota, Number(resourceVersion) + 1));
  }

  #bump(quota: ResourceQuota, version: number): ResourceQuota {
    return { ...quota, metadata: { ...quota.metadata, resourceVersion: String(version) } };
  }
}

function aRequest(object: KubeObject, more: Partial<NamespacedRequest> = {}): NamespacedRequest {
  const resource = { group: "", resource: `${object.kind.toLowerCase()}s` };
  const evaluator = quotaEvaluatorOf(resource);
  if (evaluator === undefined) throw new TypeError(`Quotas do not bound ${resource.resource}`);
  return { object, resource, namespace: NAMESPACE, evaluator, isReport: false, dryRun: false, ...more };
}

const cpuPod = (cpu: string): KubeObject =>
  aPod("p", { spec: { containers: [{ name: "c", image: "i", resources: { requests: { cpu } } }] } });

function outcome(result: Granted | string | StatusError | undefined): string {
  if (result instanceof StatusError) return `${String(result.status.code)} ${result.message}`;
  return typeof result === "string" ? result : result === undefined ? "no quota" : "granted";
}

async function reserve(
  quotas: FakeQuotas,
  ...requests: readonly NamespacedRequest[]
): Promise<readonly string[]> {
  const all = await Promise.all(requests.map((each) => quotas.reservations.reserve(each)));
  return all.map(outcome);
}

describe("a request", () => {
  test("is not held up where there is no quota", async () => {
    expect(await reserve(new FakeQuotas(), aRequest(aPod("p")))).toEqual(["no quota"]);
  });

  test.each<[string, ResourceQuota, NamespacedRequest, string]>([
    ["that fits", aQuota("q", { cpu: "2" }, { cpu: "1" }), aRequest(cpuPod("1")), "granted"],
    [
      "that does not fit",
      aQuota("q", { cpu: "2", pods: "5" }, { cpu: "1", pods: "1" }),
      aRequest(cpuPod("2")),
      "exceeded quota: q, requested: cpu=2, used: cpu=1, limited: cpu=2",
    ],
    [
      "that exceeds two bounds",
      aQuota("q", { cpu: "2", pods: "1" }, { cpu: "1", pods: "1" }),
      aRequest(cpuPod("1500m")),
      "exceeded quota: q, requested: cpu=1500m,pods=1, used: cpu=1,pods=1, limited: cpu=2,pods=1",
    ],
    [
      "that does not say what it needs",
      aQuota("q", { cpu: "2" }, { cpu: "1" }),
      aRequest(aPod("p", { spec: { containers: [{ name: "c", image: "i" }] } })),
      "failed quota: q: must specify cpu for: c",
    ],
    [
      "about which nothing has been counted yet",
      aQuota("q", { pods: "2", "count/pods": "3" }, {}),
      aRequest(aPod("p")),
      "status unknown for quota: q, resources: count/pods,pods",
    ],
    ["of another kind", aQuota("q", { services: "0" }, { services: "0" }), aRequest(aPod("p")), "granted"],
    [
      "out of scope",
      aQuota("q", { pods: "0" }, { pods: "0" }, { scopes: ["Terminating"] }),
      aRequest(aPod("p")),
      "granted",
    ],
    [
      "that reports what has happened",
      aQuota("q", { services: "0" }, { services: "0" }),
      aRequest(aService("s"), { isReport: true }),
      "granted",
    ],
  ])("%s", async (_, quota, request, expected) => {
    expect(await reserve(new FakeQuotas(quota), request)).toEqual([expected]);
  });

  const nodePorts = (count: number): KubeObject =>
    aService("s", {
      spec: { type: "NodePort", ports: Array.from({ length: count }, (_, index) => ({ port: index + 1 })) },
    } as object);

  test.each([
    { before: 1, after: 3, used: "4", expected: "granted" },
    {
      before: 1,
      after: 5,
      used: "2",
      expected:
        "exceeded quota: q, requested: services.nodeports=4, used: services.nodeports=2, limited: services.nodeports=5",
    },
    { before: 3, after: 1, used: "2", expected: "granted" },
  ])(
    "that changes an object from $before to $after pays the difference",
    async ({ before, after, used, expected }) => {
      const quotas = new FakeQuotas(
        aQuota("q", { "services.nodeports": "5" }, { "services.nodeports": "2" }),
      );
      const request = aRequest(nodePorts(after), { oldObject: nodePorts(before) });
      expect(await reserve(quotas, request)).toEqual([expected]);
      expect(quotas.used("q")).toEqual({ "services.nodeports": used });
    },
  );

  test("that is a trial takes nothing", async () => {
    const quotas = new FakeQuotas(aQuota("q", { pods: "1" }, { pods: "0" }));
    expect(await reserve(quotas, aRequest(aPod("p"), { dryRun: true }))).toEqual(["granted"]);
    expect(quotas.used("q")).toEqual({ pods: "0" });
  });
});

describe("requests at the same time", () => {
  test("get no more than there is, in few writes", async () => {
    const quotas = new FakeQuotas(aQuota("q", { pods: "10" }, { pods: "3" }));
    const all = await reserve(quotas, ...Array.from({ length: 30 }, () => aRequest(aPod("p"))));
    expect(all.filter((each) => each === "granted").length).toBe(7);
    expect(quotas.used("q")).toEqual({ pods: "10" });
    expect(quotas.writes).toBeLessThanOrEqual(2);
  });

  test("are asked anew when somebody else has written the quota", async () => {
    const quotas = new FakeQuotas(aQuota("q", { pods: "10" }, { pods: "3" }));
    quotas.before.push(() => quotas.set("q", { pods: "9" }));
    const all = await reserve(quotas, aRequest(aPod("a")), aRequest(aPod("b")));
    expect(all.toSorted()).toEqual([
      "exceeded quota: q, requested: pods=1, used: pods=10, limited: pods=10",
      "granted",
    ]);
    expect(quotas.used("q")).toEqual({ pods: "10" });
  });

  test("give back what one quota has granted when another refuses after all", async () => {
    const quotas = new FakeQuotas(
      aQuota("a", { pods: "10" }, { pods: "3" }),
      aQuota("b", { pods: "10" }, { pods: "3" }),
    );
    quotas.before.push(
      () => undefined,
      () => quotas.set("b", { pods: "10" }),
    );
    expect(await reserve(quotas, aRequest(aPod("p")))).toEqual([
      "exceeded quota: b, requested: pods=1, used: pods=10, limited: pods=10",
    ]);
    expect(quotas.used("a")).toEqual({ pods: "3" });
  });

  test("go on without a quota that has gone", async () => {
    const quotas = new FakeQuotas(aQuota("q", { pods: "1" }, { pods: "0" }));
    quotas.before.push(() => quotas.delete("q"));
    expect(await reserve(quotas, aRequest(aPod("p")))).toEqual(["granted"]);
  });

  test("fail when the quota cannot be written", async () => {
    const quotas = new FakeQuotas(aQuota("q", { pods: "1" }, { pods: "0" }));
    quotas.before.push(() => {
      throw unclassified("the disk is full");
    });
    await expect(reserve(quotas, aRequest(aPod("p")))).rejects.toThrow("the disk is full");
    expect(await reserve(quotas, aRequest(aPod("p")))).toEqual(["granted"]);
  });

  test("fail with one that cannot be reckoned, and leave the next ones alone", async () => {
    const quotas = new FakeQuotas(aQuota("q", { pods: "1" }, { pods: "0" }));
    const sound = aRequest(aPod("p"));
    const usageOf = (): never => {
      throw new TypeError("bug");
    };
    const unsound = aRequest(aPod("p"), { evaluator: { ...sound.evaluator, usageOf } });
    await expect(reserve(quotas, unsound)).rejects.toThrow("bug");
    expect(await reserve(quotas, sound)).toEqual(["granted"]);
  });
});

test("what is released can be had again, and is never less than nothing", async () => {
  const quotas = new FakeQuotas(aQuota("q", { pods: "1" }, { pods: "0" }));
  const granted = await quotas.reservations.reserve(aRequest(aPod("p")));
  if (typeof granted !== "object" || granted instanceof StatusError) throw new TypeError("Expected a grant");
  expect(quotas.used("q")).toEqual({ pods: "1" });
  await granted.release();
  await granted.release();
  expect(quotas.used("q")).toEqual({ pods: "0" });
});

describe("what is limited to those who have a quota for it", () => {
  const HIGH = { scopeName: "PriorityClass", operator: "In", values: ["high"] } as const;
  const limited: readonly LimitedResource[] = [
    { resource: "pods", matchContains: ["cpu", "gpu"] },
    { resource: "services", matchContains: ["nodeports"] },
    { resource: "pods", matchScopes: [HIGH] },
  ];
  const highPod = aPod("p", { spec: { priorityClassName: "high" } });
  const scoped = { scopeSelector: { matchExpressions: [HIGH] } };

  test.each<[string, readonly ResourceQuota[], NamespacedRequest, string]>([
    ["a pod that uses none of it", [], aRequest(aPod("p")), "granted"],
    ["a pod without a quota", [], aRequest(cpuPod("1")), "insufficient quota to consume: cpu,requests.cpu"],
    [
      "a pod with a quota for something else",
      [aQuota("q", { memory: "1Gi", "requests.cpu": "2" }, { memory: "0", "requests.cpu": "0" })],
      aRequest(cpuPod("1")),
      "failed quota: q: must specify memory for: c",
    ],
    [
      "a pod with a quota for a part of it",
      [aQuota("q", { "requests.cpu": "2" }, { "requests.cpu": "0" })],
      aRequest(cpuPod("1")),
      "insufficient quota to consume: cpu",
    ],
    [
      "a pod with quotas for all of it",
      [aQuota("q", { "requests.cpu": "2", cpu: "2" }, { "requests.cpu": "0", cpu: "0" })],
      aRequest(cpuPod("1")),
      "granted",
    ],
    ["a pod that is as it was", [], aRequest(cpuPod("1"), { oldObject: cpuPod("1") }), "granted"],
    ["a Service without a node port", [], aRequest(aService("s")), "granted"],
    [
      "a pod of a limited scope",
      [aQuota("q", { pods: "5" }, { pods: "0" })],
      aRequest(highPod),
      "500 insufficient quota to match these scopes: [{PriorityClass In [high]}]",
    ],
    [
      "a pod of a limited scope with a quota",
      [aQuota("q", { pods: "5" }, { pods: "0" }, scoped)],
      aRequest(highPod),
      "granted",
    ],
  ])("%s", async (_, quotas, request, want) => {
    const reservations = new FakeQuotas(...quotas).reservationsWith(limited);
    expect(outcome(await reservations.reserve(request))).toBe(want);
  });
});
