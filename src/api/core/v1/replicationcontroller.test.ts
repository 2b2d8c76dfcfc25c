import { describe, expect, test } from "bun:test";
import { errorTexts, rowOf, someWrite } from "#testing/kinds.ts";
import { aReplicationController } from "#testing/objects.ts";
import { aPodTemplate } from "#testing/workloads.ts";
import type { ReplicationController, ReplicationControllerSpec } from "../../generated/core-v1.ts";
import { replicationController } from "./replicationcontroller.ts";

const written: ReplicationController = {
  apiVersion: "v1",
  kind: "ReplicationController",
  metadata: { name: "web", uid: "u" },
  spec: { template: aPodTemplate() },
};

test("defaults are one replica and the labels of the template", () => {
  const filled = replicationController.setDefaults?.(written);
  expect(filled).toMatchObject({
    metadata: { labels: { app: "web" } },
    spec: { replicas: 1, selector: { app: "web" }, template: { spec: { restartPolicy: "Always" } } },
  });
  expect(filled && replicationController.setDefaults?.(filled)).toBe(filled);
  const own = { ...written, metadata: { ...written.metadata, labels: { a: "b" } } };
  expect(replicationController.setDefaults?.(own)?.metadata.labels).toEqual({ a: "b" });
});

describe("replicationController.validate", () => {
  test.each<{ name: string; spec: Partial<ReplicationControllerSpec>; want: string[] }>([
    { name: "a usual one", spec: {}, want: [] },
    {
      name: "a selector for others",
      spec: { selector: { app: "db" } },
      want: [
        'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
      ],
    },
    {
      name: "negative numbers",
      spec: { replicas: -1, minReadySeconds: -1 },
      want: [
        "spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0",
        "spec.replicas: Invalid value: -1: must be greater than or equal to 0",
      ],
    },
    {
      name: "pods that end",
      spec: { template: aPodTemplate({ restartPolicy: "Never", activeDeadlineSeconds: 1 }) },
      want: [
        'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
        "spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicationController is not Supported",
      ],
    },
  ])("judges $name", ({ spec, want }) => {
    const filled = replicationController.setDefaults?.(aReplicationController("web", { spec }));
    expect(errorTexts(filled && replicationController.validate?.(filled))).toEqual(want);
  });

  test("needs a selector and a template", () => {
    expect(errorTexts(replicationController.validate?.({ ...written, spec: {} }))).toEqual([
      "spec.selector: Required value",
      "spec.replicas: Required value",
      "spec.template: Required value",
    ]);
  });
});

test("an update looks at what could not be converted", () => {
  const broken = (field: string) => `non-convertible.kubernetes.io/${field}`;
  const spec = { selector: { app: "web" } };
  const old = aReplicationController("web", {
    annotations: { [broken("selector")]: "x", [broken("other")]: "y", [broken("a/b")]: "z" },
    spec,
  });
  const check = (next: ReplicationController) => {
    const filled = replicationController.setDefaults?.(next) ?? next;
    return errorTexts(replicationController.validateUpdate?.(filled, old));
  };
  expect(check(aReplicationController("web", { spec }))).toEqual([
    'other: Not found: "y": unknown non-convertible field',
  ]);
  const labels = { tier: "db", app: "web" };
  const template = { ...aPodTemplate(), metadata: { labels } };
  expect(check(aReplicationController("web", { spec: { selector: labels, template } }))).toEqual([
    'spec.selector: Invalid value: {"app":"web","tier":"db"}: cannot update non-convertible selector',
    'other: Not found: "y": unknown non-convertible field',
  ]);
});

test("counts of the status fit each other", () => {
  const status = { replicas: 1, readyReplicas: 0, availableReplicas: 2, observedGeneration: -1 };
  const object = aReplicationController("web", { status });
  expect(errorTexts(replicationController.validateStatusUpdate?.(object, object))).toEqual([
    "status.observedGeneration: Invalid value: -1: must be greater than or equal to 0",
    "status.availableReplicas: Invalid value: 2: cannot be greater than status.replicas",
    "status.availableReplicas: Invalid value: 2: cannot be greater than readyReplicas",
  ]);
});

test("it scales", () => {
  const object = aReplicationController("web", { status: { replicas: 3 } });
  const { scale } = replicationController;
  expect(scale?.replicas(object)).toBe(1);
  expect(scale?.withReplicas(object, 5).spec.replicas).toBe(5);
  expect(scale?.statusReplicas(object)).toBe(3);
  expect(scale?.selector(object)).toBe("app=web");
  expect(replicationController.selectableFields?.["status.replicas"]?.(object)).toBe("3");
});

test("fields of features that are off are dropped", () => {
  const template = aPodTemplate({ schedulingGroup: { podGroupName: "a" } });
  const object = aReplicationController("web", { spec: { template } });
  expect(replicationController.prepareForCreate?.(object, someWrite)).toEqual(aReplicationController("web"));
  expect(replicationController.prepareForUpdate?.(object, object, someWrite)).toEqual(object);
});

test("warnings are of the name and of new templates", () => {
  const template = aPodTemplate({ hostAliases: [{ ip: "010.0.0.1" }] });
  const object = aReplicationController("web.1", { spec: { template }, generation: 1 });
  const [name, address] = replicationController.warnings?.(object, undefined) ?? [];
  expect(name).toStartWith("metadata.name: this is used in Pod names and hostnames");
  expect(address).toStartWith("spec.template.spec.hostAliases[0].ip: non-standard IP address");
  expect(replicationController.warnings?.(object, object)).toEqual([]);
});

test("the table shows wanted and present pods", () => {
  const status = { replicas: 2, readyReplicas: 1 };
  expect(rowOf(replicationController, aReplicationController("web", { status }))).toEqual({
    Name: "web",
    Desired: 1,
    Current: 2,
    Ready: 1,
    Age: "<unknown>",
    Containers: "web",
    Images: "web:1",
    Selector: "app=web",
  });
});
