import { describe, expect, test } from "bun:test";
import { errorTexts, rowOf } from "#testing/kinds.ts";
import { aDeployment, aPodTemplate } from "#testing/workloads.ts";
import type { Deployment, DeploymentSpec, DeploymentStatus } from "../../generated/apps-v1.ts";
import { deployment } from "./deployment.ts";

function defaulted(spec: Partial<DeploymentSpec> = {}, name = "web"): Deployment {
  const object = aDeployment(name, { spec });
  return deployment.setDefaults?.(object) ?? object;
}

describe("deployment.setDefaults", () => {
  test("fills what a minimal deployment leaves open", () => {
    const { spec } = defaulted();
    expect(spec).toMatchObject({
      replicas: 1,
      strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "25%", maxSurge: "25%" } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
    });
    expect(spec.template.spec?.restartPolicy).toBe("Always");
  });

  test("keeps what is set", () => {
    const { spec } = defaulted({ replicas: 0, strategy: { type: "Recreate" }, revisionHistoryLimit: 0 });
    expect(spec).toMatchObject({ replicas: 0, strategy: { type: "Recreate" }, revisionHistoryLimit: 0 });
    expect(spec.strategy?.rollingUpdate).toBeUndefined();
  });

  test("is idempotent and does not copy a complete object", () => {
    const once = defaulted();
    expect(deployment.setDefaults?.(once)).toBe(once);
  });
});

describe("deployment.validate", () => {
  const cases: { name: string; object: Deployment; want: string[] }[] = [
    { name: "the defaults", object: defaulted(), want: [] },
    {
      name: "a selector that finds other pods",
      object: defaulted({ selector: { matchLabels: { app: "db" } } }),
      want: [
        'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
      ],
    },
    {
      name: "an empty selector",
      object: defaulted({ selector: {} }),
      want: ["spec.selector: Invalid value: {}: empty selector is invalid for deployment"],
    },
    {
      name: "a selector that cannot be understood",
      object: defaulted({ selector: { matchExpressions: [{ key: "app", operator: "Is" }] } }),
      want: [
        'spec.selector.matchExpressions[0].operator: Invalid value: "Is": not a valid selector operator',
        'spec.selector: Invalid value: {"matchExpressions":[{"key":"app","operator":"Is"}]}: invalid label selector',
      ],
    },
    {
      name: "negative numbers",
      object: defaulted({
        replicas: -1,
        minReadySeconds: -2,
        revisionHistoryLimit: -3,
        progressDeadlineSeconds: -4,
      }),
      want: [
        "spec.replicas: Invalid value: -1: must be greater than or equal to 0",
        "spec.minReadySeconds: Invalid value: -2: must be greater than or equal to 0",
        "spec.revisionHistoryLimit: Invalid value: -3: must be greater than or equal to 0",
        "spec.progressDeadlineSeconds: Invalid value: -4: must be greater than or equal to 0",
        "spec.progressDeadlineSeconds: Invalid value: -4: must be greater than minReadySeconds",
      ],
    },
    {
      name: "a deadline that is not after the readiness",
      object: defaulted({ minReadySeconds: 600 }),
      want: ["spec.progressDeadlineSeconds: Invalid value: 600: must be greater than minReadySeconds"],
    },
    {
      name: "parameters of another strategy",
      object: defaulted({ strategy: { type: "Recreate", rollingUpdate: {} } }),
      want: [
        "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
      ],
    },
    {
      name: "an unknown strategy",
      object: defaulted({ strategy: { type: "BlueGreen" as "Recreate" } }),
      want: [
        'spec.strategy: Unsupported value: {"Type":"BlueGreen","RollingUpdate":null}: supported values: "Recreate", "RollingUpdate"',
      ],
    },
    {
      name: "a rolling update that cannot roll",
      object: defaulted({ strategy: { rollingUpdate: { maxUnavailable: "0%", maxSurge: 0 } } }),
      want: [
        'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "0%": may not be 0 when `maxSurge` is 0',
      ],
    },
    {
      name: "a rolling update that takes too much",
      object: defaulted({ strategy: { rollingUpdate: { maxUnavailable: "150%", maxSurge: "200%" } } }),
      want: [
        'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "150%": must not be greater than 100%',
      ],
    },
    {
      name: "pods that end",
      object: defaulted({ template: aPodTemplate({ restartPolicy: "OnFailure", activeDeadlineSeconds: 5 }) }),
      want: [
        'spec.template.spec.restartPolicy: Unsupported value: "OnFailure": supported values: "Always"',
        "spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported",
      ],
    },
    {
      name: "a pod without containers",
      object: defaulted({ template: aPodTemplate({ containers: [] }) }),
      want: ["spec.template.spec.containers: Required value"],
    },
  ];

  test.each(cases)("judges $name", ({ object, want }) => {
    expect(errorTexts(deployment.validate?.(object))).toEqual(want);
  });

  test("wants a selector, without which no pod is found", () => {
    const { selector: _, ...spec } = defaulted().spec;
    expect(errorTexts(deployment.validate?.({ ...defaulted(), spec }))).toEqual([
      "spec.selector: Required value",
      'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
    ]);
  });
});

test("the selector cannot be changed", () => {
  const labels = { app: "db" };
  const next = defaulted({ selector: { matchLabels: labels }, template: aPodTemplate({}, labels) });
  expect(errorTexts(deployment.validateUpdate?.(next, defaulted()))).toEqual([
    'spec.selector: Invalid value: {"matchLabels":{"app":"db"}}: field is immutable',
  ]);
});

describe("deployment.validateStatusUpdate", () => {
  const withStatus = (status: DeploymentStatus): Deployment => aDeployment("web", { status });

  test.each<{ status: DeploymentStatus; previous: DeploymentStatus; want: string[] }>([
    {
      status: { replicas: 3, updatedReplicas: 3, readyReplicas: 2, availableReplicas: 1, collisionCount: 1 },
      previous: { collisionCount: 1 },
      want: [],
    },
    {
      status: { replicas: 1, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 3 },
      previous: {},
      want: [
        "status.updatedReplicas: Invalid value: 2: cannot be greater than status.replicas",
        "status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas",
        "status.availableReplicas: Invalid value: 3: cannot be greater than status.replicas",
        "status.availableReplicas: Invalid value: 3: cannot be greater than readyReplicas",
      ],
    },
    {
      status: { unavailableReplicas: -1 },
      previous: { collisionCount: 2 },
      want: [
        "status.unavailableReplicas: Invalid value: -1: must be greater than or equal to 0",
        "status.collisionCount: Invalid value: 0: cannot be decremented",
      ],
    },
  ])("judges $status", ({ status, previous, want }) => {
    const errors = deployment.validateStatusUpdate?.(withStatus(status), withStatus(previous));
    expect(errorTexts(errors)).toEqual(want);
  });
});

test("spec and annotations make a new generation, labels do not", () => {
  const isNew = (next: Deployment) => deployment.isNewGeneration?.(next, aDeployment("web"));
  expect(isNew(aDeployment("web", { labels: { a: "b" } }))).toBe(false);
  expect(isNew(aDeployment("web", { annotations: { a: "b" } }))).toBe(true);
  expect(isNew(aDeployment("web", { spec: { replicas: 2 } }))).toBe(true);
});

test("a name that makes bad host names brings a warning on creation", () => {
  const dotted = aDeployment("web.v1");
  const [warning = ""] = deployment.warnings?.(dotted, undefined) ?? [];
  expect(warning).toStartWith(
    "metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [",
  );
  expect(deployment.warnings?.(dotted, dotted)).toEqual([]);
  expect(deployment.warnings?.(aDeployment("web"), undefined)).toEqual([]);
});

test("scale reads and writes the replicas", () => {
  const object = aDeployment("web", { spec: { replicas: 3 }, status: { replicas: 2 } });
  expect(deployment.scale?.replicas(object)).toBe(3);
  expect(deployment.scale?.statusReplicas(object)).toBe(2);
  expect(deployment.scale?.selector(object)).toBe("app=web");
  expect(deployment.scale?.withReplicas(object, 5).spec.replicas).toBe(5);
});

test("the table shows how far the rollout is", () => {
  const status = { replicas: 3, readyReplicas: 2, updatedReplicas: 3, availableReplicas: 1 };
  expect(rowOf(deployment, aDeployment("web", { spec: { replicas: 3 }, status }))).toEqual({
    Name: "web",
    Ready: "2/3",
    "Up-to-date": 3,
    Available: 1,
    Age: "<unknown>",
    Containers: "web",
    Images: "web:1",
    Selector: "app=web",
  });
});
