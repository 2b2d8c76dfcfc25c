import { describe, expect, test } from "bun:test";
import type { Pod, PodSpec, Toleration } from "#api/generated/core-v1.ts";
import type { RuntimeClass } from "#api/generated/node-v1.ts";
import { admit, anAdmissionEnvironment, anAdmissionRequest } from "#testing/admission.ts";
import { aPod } from "#testing/objects.ts";
import { mergeTolerations } from "../../tolerations/merge-tolerations.ts";
import { runtimeClassPlugin } from "./runtime-class.ts";

const aRuntimeClass = (more: Partial<RuntimeClass>): RuntimeClass => ({
  apiVersion: "node.k8s.io/v1",
  kind: "RuntimeClass",
  metadata: { name: "gvisor", uid: "gvisor" },
  handler: "runsc",
  ...more,
});

/** What becomes of a pod, or why there is none. */
async function outcomeOf(spec: Partial<PodSpec>, runtimeClass?: Partial<RuntimeClass>): Promise<unknown> {
  const environment = anAdmissionEnvironment(runtimeClass === undefined ? [] : [aRuntimeClass(runtimeClass)]);
  const object = aPod("a", { namespace: "default", spec });
  const request = anAdmissionRequest("CREATE pods default/a", { object });
  const admitted = await admit<Pod>(runtimeClassPlugin, request, environment);
  if (typeof admitted === "string") return admitted.replace('pods "a" is forbidden: ', "");
  const { overhead, nodeSelector, tolerations } = admitted.spec;
  return {
    ...(overhead && { overhead }),
    ...(nodeSelector && { nodeSelector }),
    ...(tolerations && { tolerations }),
  };
}

const gvisor = { runtimeClassName: "gvisor" };
const overhead = { podFixed: { cpu: "100m" } };

describe("a pod", () => {
  test.each<[string, Partial<PodSpec>, Partial<RuntimeClass> | undefined, unknown]>([
    ["without a class", {}, undefined, {}],
    ["of a class that is not there", gvisor, undefined, 'pod rejected: RuntimeClass "gvisor" not found'],
    ["gets the overhead of its class", gvisor, { overhead }, { overhead: { cpu: "100m" } }],
    [
      "may state the same overhead, however it is written",
      { ...gvisor, overhead: { cpu: "0.1" } },
      { overhead },
      { overhead: { cpu: "100m" } },
    ],
    [
      "may state no other overhead",
      { ...gvisor, overhead: { cpu: "1" } },
      { overhead },
      "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead",
    ],
    [
      "may state no overhead that its class does not have",
      { ...gvisor, overhead: { cpu: "1" } },
      {},
      "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead",
    ],
    [
      "may state no overhead without a class",
      { overhead: { cpu: "1" } },
      undefined,
      "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead",
    ],
    [
      "goes where its class is",
      { ...gvisor, nodeSelector: { disk: "ssd" } },
      {
        scheduling: { nodeSelector: { runtime: "gvisor" }, tolerations: [{ key: "g", operator: "Exists" }] },
      },
      { nodeSelector: { disk: "ssd", runtime: "gvisor" }, tolerations: [{ key: "g", operator: "Exists" }] },
    ],
    [
      "cannot go elsewhere",
      { ...gvisor, nodeSelector: { runtime: "runc" } },
      { scheduling: { nodeSelector: { runtime: "gvisor" } } },
      "conflict: runtimeClass.scheduling.nodeSelector[runtime] = gvisor; pod.spec.nodeSelector[runtime] = runc",
    ],
  ])("%s", async (_, spec, runtimeClass, expected) => {
    expect(await outcomeOf(spec, runtimeClass)).toEqual(expected as object);
  });
});

describe("mergeTolerations", () => {
  const everything: Toleration = { operator: "Exists" };
  const equal: Toleration = { key: "a", operator: "Equal", value: "1" };
  const exists: Toleration = { key: "a", operator: "Exists" };
  const executed = (tolerationSeconds?: number): Toleration => ({
    key: "a",
    operator: "Exists",
    effect: "NoExecute",
    ...(tolerationSeconds !== undefined && { tolerationSeconds }),
  });

  test.each<[string, Toleration[], Toleration[], Toleration[]]>([
    ["keeps what is different", [equal], [{ ...equal, value: "2" }], [equal, { ...equal, value: "2" }]],
    ["keeps the first of two that are the same", [equal], [equal], [equal]],
    ["leaves out what is included by an earlier one", [exists], [equal], [exists]],
    ["leaves out what is included by a later one", [equal, { key: "b" }], [everything], [everything]],
    ["keeps what lasts longer", [executed(300)], [executed(30)], [executed(300)]],
    ["keeps what lasts for ever", [executed()], [executed(30)], [executed()]],
  ])("%s", (_, first, second, merged) => {
    expect(mergeTolerations(first, second)).toEqual(merged);
  });
});
