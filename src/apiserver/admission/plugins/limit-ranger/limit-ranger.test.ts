import { describe, expect, test } from "bun:test";
import type { Container, LimitRangeItem, Pod } from "#api/generated/core-v1.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import { admit, anAdmissionEnvironment, anAdmissionRequest } from "#testing/admission.ts";
import { aLimitRange, aPersistentVolumeClaim } from "#testing/objects.ts";
import { limitRangerPlugin } from "./limit-ranger.ts";

const container = (resources: Container["resources"] = {}, name = "c"): Container => ({ name, resources });
const podOf = (...containers: readonly Container[]): Pod =>
  ({ apiVersion: "v1", kind: "Pod", metadata: { name: "p", uid: "p" }, spec: { containers } }) as Pod;

/** What comes of a request where these limits hold. */
async function outcomeOf(
  what: string,
  object: KubeObject,
  limits: readonly LimitRangeItem[],
  oldObject?: KubeObject,
): Promise<KubeObject | string> {
  const cluster = [aLimitRange("l", { namespace: "default", limits })];
  const request = anAdmissionRequest(what, { object, ...(oldObject && { oldObject }) });
  return await admit(limitRangerPlugin, request, anAdmissionEnvironment(cluster));
}

describe("defaults", () => {
  const limits = [
    {
      type: "Container",
      default: { cpu: "500m", memory: "1Gi" },
      defaultRequest: { cpu: "100m", memory: "1Gi" },
    },
    { type: "Pod", max: { cpu: "4" } },
  ];

  test("are given to containers that state nothing, and told of", async () => {
    const pod = podOf(
      container({ limits: { cpu: "1" }, requests: { cpu: "1", memory: "2Mi" } }, "a"),
      container(),
    );
    const withInit = { ...pod, spec: { ...pod.spec, initContainers: [container({}, "i")] } };
    const admitted = (await outcomeOf("CREATE pods default/p", withInit, limits)) as Pod;
    expect(admitted.spec.containers.map(({ resources }) => resources)).toEqual([
      { limits: { cpu: "1", memory: "1Gi" }, requests: { cpu: "1", memory: "2Mi" } },
      { limits: { cpu: "500m", memory: "1Gi" }, requests: { cpu: "100m", memory: "1Gi" } },
    ]);
    expect(admitted.metadata.annotations).toEqual({
      "kubernetes.io/limit-ranger":
        "LimitRanger plugin set: memory limit for container a; cpu, memory request for container c; cpu, memory limit for container c; cpu, memory request for init container i; cpu, memory limit for init container i",
    });
  });

  test("leave alone what states everything", async () => {
    const stated = { cpu: "100m", memory: "1Gi" };
    const pod = podOf(container({ limits: stated, requests: stated }));
    expect(await outcomeOf("CREATE pods default/p", pod, limits)).toBe(pod);
  });
});

const refused = (what: string, why: string): string => `${what} is forbidden: ${why}`;
const cpu = (request?: string, limit?: string): Container["resources"] => ({
  ...(request !== undefined && { requests: { cpu: request } }),
  ...(limit !== undefined && { limits: { cpu: limit } }),
});

describe("a pod", () => {
  test.each<[string, LimitRangeItem, readonly Container["resources"][], string]>([
    ["within bounds", { type: "Container", min: { cpu: "100m" }, max: { cpu: "1" } }, [cpu("100m", "1")], ""],
    [
      "without a request",
      { type: "Container", min: { cpu: "100m" } },
      [cpu()],
      "minimum cpu usage per Container is 100m.  No request is specified",
    ],
    [
      "with a request that is too small",
      { type: "Container", min: { cpu: "100m" } },
      [cpu("50m")],
      "minimum cpu usage per Container is 100m, but request is 50m",
    ],
    [
      "with a limit that is too small",
      { type: "Container", min: { cpu: "100m" } },
      [cpu("100m", "50m")],
      "minimum cpu usage per Container is 100m, but limit is 50m",
    ],
    [
      "without a limit",
      { type: "Container", max: { cpu: "1" } },
      [cpu("1")],
      "maximum cpu usage per Container is 1.  No limit is specified",
    ],
    [
      "with a limit that is too large, twice",
      { type: "Container", max: { cpu: "1" } },
      [cpu("1", "2"), cpu("1", "3")],
      "[maximum cpu usage per Container is 1, but limit is 2, maximum cpu usage per Container is 1, but limit is 3]",
    ],
    [
      "with a request that is too large",
      { type: "Container", max: { cpu: "1" } },
      [cpu("1100m", "1")],
      "maximum cpu usage per Container is 1, but request is 1100m",
    ],
    [
      "whose limit is far from its request",
      { type: "Container", maxLimitRequestRatio: { cpu: "2" } },
      [cpu("400m", "1")],
      "cpu max limit to request ratio per Container is 2, but provided ratio is 2.500000",
    ],
    [
      "whose request is nothing",
      { type: "Container", maxLimitRequestRatio: { cpu: "2" } },
      [cpu("0", "1")],
      "cpu max limit to request ratio per Container is 2, but no request is specified or request is 0",
    ],
    [
      "that has a request and no limit",
      { type: "Container", maxLimitRequestRatio: { cpu: "2" } },
      [cpu("1")],
      "cpu max limit to request ratio per Container is 2, but no limit is specified or limit is 0",
    ],
    [
      "whose containers are small together",
      { type: "Pod", max: { cpu: "2" } },
      [cpu("1", "1"), cpu("1", "1")],
      "",
    ],
    [
      "whose containers are too large together",
      { type: "Pod", max: { cpu: "2" } },
      [cpu("1", "1"), cpu("1", "1500m")],
      "maximum cpu usage per Pod is 2, but limit is 2500m",
    ],
  ])("%s", async (_, item, resources, why) => {
    const pod = podOf(...resources.map((each, index) => container(each, `c${String(index)}`)));
    const outcome = await outcomeOf("CREATE pods default/p", pod, [item]);
    expect(typeof outcome === "string" ? outcome : "").toBe(why === "" ? "" : refused('pods "p"', why));
  });

  const limits = [{ type: "Container", max: { cpu: "1" } }];
  const large = podOf(container(cpu("2", "2")));
  const leaving = { ...large, metadata: { ...large.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" } };

  test.each<[string, KubeObject, boolean]>([
    ["pods", large, false],
    ["pods/resize", large, true],
    ["pods/resize", leaving, false],
  ])("that changes by %s", async (target, previous, isRefused) => {
    const outcome = await outcomeOf(`UPDATE ${target} default/p`, large, limits, previous);
    expect(typeof outcome === "string").toBe(isRefused);
  });
});

describe("a claim", () => {
  const limits = [{ type: "PersistentVolumeClaim", min: { storage: "1Gi" }, max: { storage: "5Gi" } }];
  const claim = (storage: string): KubeObject => {
    const { spec, ...rest } = aPersistentVolumeClaim("c");
    return { ...rest, spec: { ...spec, resources: { requests: { storage } } } } as KubeObject;
  };

  test.each([
    ["2Gi", ""],
    ["500Mi", "minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 500Mi"],
    ["6Gi", "maximum storage usage per PersistentVolumeClaim is 5Gi, but request is 6Gi"],
  ])("of %s", async (storage, why) => {
    for (const operation of ["CREATE", "UPDATE"]) {
      const what = `${operation} persistentvolumeclaims default/c`;
      const outcome = await outcomeOf(what, claim(storage), limits);
      const expected = why === "" ? "" : refused('persistentvolumeclaims "c"', why);
      expect(typeof outcome === "string" ? outcome : "", operation).toBe(expected);
    }
  });
});
