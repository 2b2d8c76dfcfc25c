import { describe, expect, test } from "bun:test";
import { errorTexts, rowOf, someWrite } from "#testing/kinds.ts";
import { aDaemonSet, aPodTemplate } from "#testing/workloads.ts";
import type { DaemonSet, DaemonSetSpec, DaemonSetStatus } from "../../generated/apps-v1.ts";
import { daemonSet } from "./daemonset.ts";

function defaulted(spec: Partial<DaemonSetSpec> = {}): DaemonSet {
  const object = aDaemonSet("agent", { spec });
  return daemonSet.setDefaults?.(object) ?? object;
}

test("one pod at a time is replaced by default", () => {
  expect(defaulted().spec).toMatchObject({
    updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
    revisionHistoryLimit: 10,
  });
  expect(defaulted({ updateStrategy: { type: "OnDelete" } }).spec.updateStrategy).toEqual({
    type: "OnDelete",
  });
});

describe("daemonSet.validate", () => {
  test.each<{ name: string; object: DaemonSet; want: string[] }>([
    { name: "the defaults", object: defaulted(), want: [] },
    {
      name: "a surge",
      object: defaulted({ updateStrategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: "10%" } } }),
      want: [],
    },
    {
      name: "surge and interruption",
      object: defaulted({ updateStrategy: { rollingUpdate: { maxSurge: "101%" } } }),
      want: [
        'spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: "101%": must not be greater than 100%',
        'spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: "101%": may not be set when maxUnavailable is non-zero',
      ],
    },
    {
      name: "neither surge nor interruption",
      object: defaulted({ updateStrategy: { rollingUpdate: { maxUnavailable: 0 } } }),
      want: [
        "spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0",
      ],
    },
    {
      name: "an unknown strategy",
      object: defaulted({ updateStrategy: { type: "Surge" as "OnDelete" } }),
      want: [
        'spec.updateStrategy: Unsupported value: {"Type":"Surge","RollingUpdate":null}: supported values: "RollingUpdate", "OnDelete"',
      ],
    },
    {
      name: "an empty selector, pods that end and negative numbers",
      object: defaulted({
        selector: {},
        template: aPodTemplate({ restartPolicy: "OnFailure", activeDeadlineSeconds: 1 }),
        minReadySeconds: -1,
        revisionHistoryLimit: -1,
      }),
      want: [
        "spec.selector: Invalid value: {}: empty selector is invalid for daemonset",
        'spec.template.spec.restartPolicy: Unsupported value: "OnFailure": supported values: "Always"',
        "spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in DaemonSet is not Supported",
        "spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0",
        "spec.revisionHistoryLimit: Invalid value: -1: must be greater than or equal to 0",
      ],
    },
    {
      name: "a selector that finds other pods",
      object: defaulted({ selector: { matchLabels: { a: "b" } } }),
      want: [
        'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
      ],
    },
  ])("judges $name", ({ object, want }) => {
    expect(errorTexts(daemonSet.validate?.(object))).toEqual(want);
  });
});

test("the selector cannot be changed, whatever else is wrong", () => {
  const next = defaulted({ selector: { matchExpressions: [{ key: "app", operator: "Exists" }] } });
  expect(errorTexts(daemonSet.validateUpdate?.(next, defaulted()))).toEqual([
    'spec.selector: Invalid value: {"matchExpressions":[{"key":"app","operator":"Exists"}]}: field is immutable',
  ]);
  const other = defaulted({ selector: { matchLabels: { a: "b" } } });
  expect(errorTexts(daemonSet.validateUpdate?.(other, defaulted()))).toEqual([
    'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
    'spec.selector: Invalid value: {"matchLabels":{"a":"b"}}: field is immutable',
  ]);
});

test("status counts are not negative and collisions do not go back", () => {
  const status: DaemonSetStatus = {
    currentNumberScheduled: -1,
    desiredNumberScheduled: 0,
    numberMisscheduled: 0,
    numberReady: 0,
  };
  const next = aDaemonSet("agent", { status });
  const previous = aDaemonSet("agent", { status: { ...status, collisionCount: 1 } });
  expect(errorTexts(daemonSet.validateStatusUpdate?.(next, previous))).toEqual([
    "status.currentNumberScheduled: Invalid value: -1: must be greater than or equal to 0",
    "status.collisionCount: Invalid value: 0: cannot be decremented",
  ]);
});

describe("the generation of the template", () => {
  const KEY = "deprecated.daemonset.template.generation";
  const generationOf = (object: DaemonSet | undefined) => object?.metadata.annotations?.[KEY];
  const created = daemonSet.prepareForCreate?.(aDaemonSet("agent"), someWrite) ?? aDaemonSet("agent");

  test("starts at one, or where the creator says", () => {
    expect(generationOf(created)).toBe("1");
    const restored = aDaemonSet("agent", { annotations: { [KEY]: "7" } });
    expect(generationOf(daemonSet.prepareForCreate?.(restored, someWrite))).toBe("7");
    const broken = aDaemonSet("agent", { annotations: { [KEY]: "x" } });
    expect(generationOf(daemonSet.prepareForCreate?.(broken, someWrite))).toBe("1");
  });

  test("rises with the template, whatever the client writes", () => {
    const same = aDaemonSet("agent", { annotations: { [KEY]: "9" }, spec: { minReadySeconds: 5 } });
    expect(generationOf(daemonSet.prepareForUpdate?.(same, created, someWrite))).toBe("1");
    const other = aDaemonSet("agent", { spec: { template: aPodTemplate({ hostNetwork: true }) } });
    expect(generationOf(daemonSet.prepareForUpdate?.(other, created, someWrite))).toBe("2");
  });
});

test("the table counts nodes", () => {
  const status: DaemonSetStatus = {
    desiredNumberScheduled: 3,
    currentNumberScheduled: 2,
    numberReady: 1,
    numberMisscheduled: 0,
    updatedNumberScheduled: 2,
  };
  const template = aPodTemplate({ nodeSelector: { disk: "ssd", arch: "arm64" } });
  expect(rowOf(daemonSet, aDaemonSet("agent", { spec: { template }, status }))).toMatchObject({
    Desired: 3,
    Current: 2,
    Ready: 1,
    "Up-to-date": 2,
    Available: 0,
    "Node Selector": "arch=arm64,disk=ssd",
  });
  expect(rowOf(daemonSet, aDaemonSet("agent"))).toMatchObject({ "Node Selector": "<none>" });
});
