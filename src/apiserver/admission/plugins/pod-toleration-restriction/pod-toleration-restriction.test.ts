import { expect, test } from "bun:test";
import type { Namespace, Pod, PodSpec, Toleration } from "#api/generated/core-v1.ts";
import { admit, anAdmissionEnvironment, anAdmissionRequest } from "#testing/admission.ts";
import { aNamespace, aPod } from "#testing/objects.ts";
import { podTolerationRestriction } from "./pod-toleration-restriction.ts";
import type { TolerationLists } from "./toleration-lists.ts";

const tolerate = (key: string, value: string, more: Partial<Toleration> = {}): Toleration => ({
  key,
  operator: "Equal",
  value,
  effect: "NoSchedule",
  ...more,
});
const a = tolerate("a", "1");
const b = tolerate("b", "2");
const anyA: Toleration = { key: "a", operator: "Exists" };
const everything: Toleration = { operator: "Exists" };
const pressure: Toleration = {
  key: "node.kubernetes.io/memory-pressure",
  operator: "Exists",
  effect: "NoSchedule",
};

interface Case {
  readonly name: string;
  readonly pod?: readonly Toleration[];
  readonly spec?: Partial<PodSpec>;
  readonly isUpdate?: boolean;
  readonly defaults?: string | readonly Toleration[];
  readonly whitelist?: string | readonly Toleration[];
  readonly cluster?: TolerationLists;
  readonly want: string | readonly Toleration[] | undefined;
}

const conflict = (scope: string): string =>
  `pod tolerations (possibly merged with namespace default tolerations) conflict with its ${scope} whitelist`;
const burstable = {
  containers: [{ name: "c", image: "i", resources: { requests: { cpu: "1" } } }],
};

const cases: readonly Case[] = [
  { name: "nobody says anything", want: undefined },
  { name: "the namespace has defaults", defaults: [a], want: [a] },
  { name: "the cluster has defaults", cluster: { default: [a] }, want: [a] },
  { name: "the namespace wants none of those", defaults: "", cluster: { default: [a] }, want: undefined },
  { name: "the namespace wants others", defaults: [b], cluster: { default: [a] }, want: [b] },
  { name: "it tolerates something itself", pod: [b], defaults: [a], want: [b, a] },
  { name: "it tolerates more itself", pod: [anyA], defaults: [a], want: [anyA] },
  { name: "it is there already", isUpdate: true, pod: [b], defaults: [a], want: [b] },
  { name: "it must not be evicted", spec: burstable, defaults: [a], want: [a, pressure] },
  { name: "the namespace allows it", pod: [a], whitelist: [anyA, b], want: [a] },
  { name: "the namespace does not allow it", pod: [a], whitelist: [b], want: conflict("namespace") },
  { name: "the namespace allows less", pod: [everything], whitelist: [anyA], want: conflict("namespace") },
  { name: "the cluster does not allow it", pod: [a], cluster: { whitelist: [b] }, want: conflict("cluster") },
  { name: "the namespace allows anything", pod: [a], whitelist: "", cluster: { whitelist: [b] }, want: [a] },
  { name: "the defaults are not allowed", defaults: [a], whitelist: [b], want: conflict("namespace") },
  {
    name: "the namespace makes no sense",
    defaults: "{}",
    want: "json: cannot unmarshal object into Go value of type []v1.Toleration",
  },
];

function teamWith({ defaults, whitelist }: Case): Namespace {
  const namespace = aNamespace("team");
  const said = Object.entries({ defaultTolerations: defaults, tolerationsWhitelist: whitelist }).flatMap(
    ([key, value]) =>
      value === undefined
        ? []
        : [
            [
              `scheduler.alpha.kubernetes.io/${key}`,
              typeof value === "string" ? value : JSON.stringify(value),
            ],
          ],
  );
  return {
    ...namespace,
    metadata: { ...namespace.metadata, annotations: Object.fromEntries(said) as never },
  };
}

test.each(cases)("a pod when $name", async (each) => {
  const { pod, spec = {}, isUpdate = false, cluster = {}, want } = each;
  const object = aPod("a", { spec: { ...spec, ...(pod && { tolerations: pod }) } });
  const request = anAdmissionRequest(`${isUpdate ? "UPDATE" : "CREATE"} pods team/a`, {
    object,
    ...(isUpdate && { oldObject: object }),
  });
  const environment = anAdmissionEnvironment([teamWith(each)]);
  const outcome = await admit<Pod>(podTolerationRestriction(cluster), request, environment);
  expect(typeof outcome === "string" ? outcome : outcome.spec.tolerations).toEqual(want as never);
});
