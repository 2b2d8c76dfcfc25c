import { describe, expect, test } from "bun:test";
import { errorTexts, rowOf, someWrite } from "#testing/kinds.ts";
import { aPodTemplate, aStatefulSet } from "#testing/workloads.ts";
import type { StatefulSet, StatefulSetSpec } from "../../generated/apps-v1.ts";
import type { PersistentVolumeClaim } from "../../generated/core-v1.ts";
import { statefulSet } from "./statefulset.ts";

const claim: PersistentVolumeClaim = {
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: { name: "data", uid: "" },
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
};

function defaulted(spec: Partial<StatefulSetSpec> = {}): StatefulSet {
  const object = aStatefulSet("db", { spec });
  return statefulSet.setDefaults?.(object) ?? object;
}

describe("statefulSet.setDefaults", () => {
  test("fills what is left open", () => {
    expect(defaulted().spec).toMatchObject({
      replicas: 1,
      podManagementPolicy: "OrderedReady",
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0 } },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
      revisionHistoryLimit: 10,
    });
  });

  test("gives a named strategy no parameters", () => {
    const { updateStrategy } = defaulted({ updateStrategy: { type: "RollingUpdate" } }).spec;
    expect(updateStrategy).toEqual({ type: "RollingUpdate" });
  });

  test("completes claims", () => {
    const [first] = defaulted({ volumeClaimTemplates: [claim] }).spec.volumeClaimTemplates ?? [];
    expect(first).toEqual({
      ...claim,
      spec: { ...claim.spec, volumeMode: "Filesystem" },
      status: { phase: "Pending" },
    });
  });
});

describe("statefulSet.validate", () => {
  test.each<{ name: string; object: StatefulSet; want: string[] }>([
    { name: "the defaults", object: defaulted({ volumeClaimTemplates: [claim] }), want: [] },
    {
      name: "policies and strategies that do not exist",
      object: defaulted({
        podManagementPolicy: "Random" as "Parallel",
        updateStrategy: { type: "BlueGreen" as "OnDelete" },
        persistentVolumeClaimRetentionPolicy: { whenDeleted: "Forget" },
      }),
      want: [
        `spec.podManagementPolicy: Invalid value: "Random": must be 'OrderedReady' or 'Parallel'`,
        `spec.updateStrategy: Invalid value: {"Type":"BlueGreen","RollingUpdate":null}: must be 'RollingUpdate' or 'OnDelete'`,
        'spec.persistentVolumeClaimRetentionPolicy.whenDeleted: Unsupported value: "Forget": supported values: "Retain", "Delete"',
      ],
    },
    {
      name: "parameters of another strategy",
      object: defaulted({ updateStrategy: { type: "OnDelete", rollingUpdate: { partition: 1 } } }),
      want: [
        `spec.updateStrategy.rollingUpdate: Invalid value: {"Partition":1,"MaxUnavailable":null}: only allowed for updateStrategy 'RollingUpdate'`,
      ],
    },
    {
      name: "a bad rolling update",
      object: defaulted({ updateStrategy: { rollingUpdate: { partition: -1, maxUnavailable: "0%" } } }),
      want: [
        "spec.updateStrategy.rollingUpdate.partition: Invalid value: -1: must be greater than or equal to 0",
        'spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: "0%": cannot be 0',
      ],
    },
    {
      name: "negative numbers",
      object: defaulted({ replicas: -1, minReadySeconds: -1, ordinals: { start: -1 } }),
      want: [
        "spec.replicas: Invalid value: -1: must be greater than or equal to 0",
        "spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0",
        "spec.ordinals.start: Invalid value: -1: must be greater than or equal to 0",
      ],
    },
    {
      name: "a claim without access modes",
      object: defaulted({
        volumeClaimTemplates: [{ ...claim, spec: { resources: { requests: { storage: "1Gi" } } } }],
      }),
      want: [
        "spec.volumeClaimTemplates[0].spec.accessModes: Required value: at least 1 access mode is required",
      ],
    },
    {
      name: "an empty selector and pods that end",
      object: defaulted({ selector: {}, template: aPodTemplate({ restartPolicy: "Never" }) }),
      want: [
        "spec.selector: Invalid value: {}: empty selector is invalid for statefulset",
        'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
      ],
    },
  ])("judges $name", ({ object, want }) => {
    expect(errorTexts(statefulSet.validate?.(object))).toEqual(want);
  });

  test("mounts of claims need no volumes of their own", () => {
    const volumeMounts = [{ name: "data", mountPath: "/data" }];
    const template = aPodTemplate({ containers: [{ name: "db", image: "db", volumeMounts }] });
    expect(statefulSet.validate?.(defaulted({ template, volumeClaimTemplates: [claim] }))).toEqual([]);
    expect(errorTexts(statefulSet.validate?.(defaulted({ template })))).toEqual([
      'spec.template.spec.containers[0].volumeMounts[0].name: Not found: "data"',
    ]);
  });

  test("host names of the template do not count", () => {
    const template = aPodTemplate({ hostname: "NOT VALID", subdomain: "NEITHER" });
    expect(statefulSet.validate?.(defaulted({ template }))).toEqual([]);
  });
});

describe("statefulSet.validateUpdate", () => {
  test("what may change changes", () => {
    const next = defaulted({ replicas: 5, minReadySeconds: 3, updateStrategy: { type: "OnDelete" } });
    expect(statefulSet.validateUpdate?.(next, defaulted())).toEqual([]);
  });

  test("the rest does not", () => {
    const next = defaulted({ serviceName: "other", podManagementPolicy: "Parallel" });
    expect(errorTexts(statefulSet.validateUpdate?.(next, defaulted()))).toEqual([
      "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    ]);
  });

  test("a stored template that is no longer valid may stay", () => {
    const stored = defaulted({ template: aPodTemplate({ containers: [] }) });
    expect(statefulSet.validate?.(stored)).toHaveLength(1);
    const scaled = { ...stored, spec: { ...stored.spec, replicas: 2 } };
    expect(statefulSet.validateUpdate?.(scaled, stored)).toEqual([]);
    expect(statefulSet.validateUpdate?.(stored, defaulted())).toHaveLength(1);
  });
});

test("status counts stay below the replicas", () => {
  const status = { replicas: 1, currentReplicas: 2, readyReplicas: 0, availableReplicas: 1 };
  const object = aStatefulSet("db", { status });
  expect(errorTexts(statefulSet.validateStatusUpdate?.(object, object))).toEqual([
    "status.currentReplicas: Invalid value: 2: cannot be greater than status.replicas",
    "status.availableReplicas: Invalid value: 1: cannot be greater than status.readyReplicas",
  ]);
});

test("maxUnavailable of a disabled feature is dropped, unless it was stored", () => {
  const object = defaulted({ updateStrategy: { rollingUpdate: { maxUnavailable: 2 } } });
  const update = (next: StatefulSet) => next.spec.updateStrategy?.rollingUpdate;
  const created = statefulSet.prepareForCreate?.(object, someWrite) ?? object;
  expect(update(created)).toEqual({ partition: 0 });
  expect(update(statefulSet.prepareForUpdate?.(object, created, someWrite) ?? object)).toEqual({
    partition: 0,
  });
  expect(update(statefulSet.prepareForUpdate?.(object, object, someWrite) ?? created)?.maxUnavailable).toBe(
    2,
  );
});

test("names are DNS labels, since the pods are named after them", () => {
  expect(statefulSet.validateName?.("db", false)).toEqual([]);
  expect(statefulSet.validateName?.("db.v1", false)).toHaveLength(1);
});

test("a negative history limit brings a warning", () => {
  expect(statefulSet.warnings?.(defaulted({ revisionHistoryLimit: -1 }), undefined)).toHaveLength(1);
  expect(statefulSet.warnings?.(defaulted(), undefined)).toEqual([]);
});

test("the table shows ready pods", () => {
  const object = aStatefulSet("db", {
    spec: { replicas: 3 },
    status: { replicas: 3, readyReplicas: 2, availableReplicas: 2 },
  });
  expect(rowOf(statefulSet, object)).toEqual({
    Name: "db",
    Ready: "2/3",
    Age: "<unknown>",
    Containers: "web",
    Images: "web:1",
  });
});
