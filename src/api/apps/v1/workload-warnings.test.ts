import { describe, expect, test } from "bun:test";
import { deepFreeze } from "#apimachinery/deep-freeze.ts";
import { aCronJob, aDaemonSet, aDeployment, aJob, aPodTemplate, aStatefulSet } from "#testing/workloads.ts";
import { cronJob } from "../../batch/v1/cronjob.ts";
import { job } from "../../batch/v1/job.ts";
import { daemonSet } from "./daemonset.ts";
import { deployment } from "./deployment.ts";
import { statefulSet } from "./statefulset.ts";

const template = aPodTemplate({ nodeSelector: { "beta.kubernetes.io/os": "linux" } });
const warningOf = (path: string) =>
  `${path}.spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead`;
const spec = { template };

describe("templates are warned of", () => {
  test("on creation", () => {
    expect(deployment.warnings?.(aDeployment("web", { spec }), undefined)).toEqual([
      warningOf("spec.template"),
    ]);
    expect(daemonSet.warnings?.(aDaemonSet("web", { spec }), undefined)).toEqual([
      warningOf("spec.template"),
    ]);
    expect(job.warnings?.(aJob("web", { spec }), undefined)).toEqual([warningOf("spec.template")]);
    expect(cronJob.warnings?.(aCronJob("web", { spec: { jobTemplate: { spec } } }), undefined)).toEqual([
      warningOf("spec.jobTemplate.spec.template"),
    ]);
  });

  test("whenever something else is wanted than before", () => {
    const previous = aDeployment("web", { spec, generation: 1 });
    const next = aDeployment("web", { spec, generation: 2 });
    expect(deployment.warnings?.(next, previous)).toEqual([warningOf("spec.template")]);
    expect(deployment.warnings?.(previous, previous)).toEqual([]);
    const set = aDaemonSet("web", { spec, generation: 1 });
    expect(daemonSet.warnings?.(aDaemonSet("web", { spec, generation: 2 }), set)).toEqual([]);
    const replaced = { "deprecated.daemonset.template.generation": "2" };
    expect(daemonSet.warnings?.(aDaemonSet("web", { spec, annotations: replaced }), set)).toHaveLength(1);
  });

  test("again and again, and when they come to one of which there was nothing to warn", () => {
    const remarkable = deepFreeze(aDeployment("web", { spec, generation: 2 }));
    for (const _time of ["first", "second"]) {
      expect(deployment.warnings?.(remarkable, undefined)).toEqual([warningOf("spec.template")]);
    }
    const plain = deepFreeze(aDeployment("web", { spec: { template: aPodTemplate({}) }, generation: 1 }));
    for (const _time of ["first", "second"]) expect(deployment.warnings?.(plain, undefined)).toEqual([]);
    expect(deployment.warnings?.(remarkable, plain)).toEqual([warningOf("spec.template")]);
  });

  test("with those of claims", () => {
    const claim = {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name: "data", uid: "" },
      spec: { resources: { requests: { storage: "1m" } } },
    } as const;
    const set = aStatefulSet("web", { spec: { ...spec, volumeClaimTemplates: [claim] } });
    const fraction = 'resources.requests[storage]: fractional byte value "1m" is invalid, must be an integer';
    expect(statefulSet.warnings?.(set, undefined)).toEqual([
      warningOf("spec.template"),
      `spec.volumeClaimTemplates[0].${fraction}`,
    ]);
    expect(statefulSet.warnings?.(set, set)).toEqual([`spec.volumeClaimTemplates[0].Spec.${fraction}`]);
  });
});
