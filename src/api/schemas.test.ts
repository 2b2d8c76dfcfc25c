import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { trackUpdate } from "#apimachinery/apply/track-update.ts";
import { Codec } from "#apimachinery/codec/codec.ts";
import type { GroupVersionKind } from "#apimachinery/meta.ts";
import { applyMergePatch } from "#apimachinery/patch/merge-patch.ts";
import { applyStrategicMergePatch } from "#apimachinery/patch/strategic-merge-patch.ts";
import { StatusError } from "#apimachinery/status-error.ts";
import { apiGroups } from "./resource.ts";
import { BuiltInSchemas } from "./schemas.ts";

const schemas = new BuiltInSchemas();
const codec = new Codec();
const kinds = apiGroups.flatMap(({ versions }) => versions.flatMap(({ resources }) => resources));

function decode(gvk: GroupVersionKind, object: object): Readonly<Record<string, unknown>> {
  return codec.decode(schemas.ofResource(gvk), object, { gvk, fieldValidation: "Strict" }).object;
}

describe("every built-in kind", () => {
  test.each(kinds.map((gvk) => [`${gvk.group}/${gvk.version} ${gvk.kind}`, gvk] as const))(
    "%s",
    (_name, gvk) => {
      const once = decode(gvk, {});
      expect(Object.keys(once).slice(0, 2)).toEqual(["kind", "apiVersion"]);
      expect(JSON.stringify(decode(gvk, once))).toBe(JSON.stringify(once));
    },
  );
});

test("server-side apply sees types as Kubernetes' OpenAPI declares them", () => {
  const fieldOf = (type: string, name: string): unknown => {
    const schema = schemas.ofType(type);
    return schema.type === "object" ? schema.fields.get(name)?.schema : undefined;
  };
  // References to objects are atomic, but for this one.
  expect(schemas.ofType("io.k8s.api.core.v1.ObjectReference")).toMatchObject({ atomic: true });
  expect(fieldOf("io.k8s.api.core.v1.PersistentVolumeSpec", "claimRef")).toMatchObject({ atomic: false });
  expect(fieldOf("io.k8s.api.core.v1.PodSpec", "nodeSelector")).toMatchObject({ atomic: true });
  // runtime.RawExtension is one value whatever is in it, other values without a type are not.
  expect(fieldOf("io.k8s.api.apps.v1.ControllerRevision", "data")).toEqual({ type: "any", atomic: true });
});

test("anything at all is decoded or refused with a Status", () => {
  const names = [
    "metadata",
    "spec",
    "status",
    "labels",
    "containers",
    "template",
    "name",
    "rules",
    "data",
    "items",
  ];
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc.constantFrom(null, true, 0, -1.5, 2 ** 40, "", "x", "1Gi", "2026-01-01T00:00:00Z"),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...names), tie("value"), { maxKeys: 4 }),
    ),
  }));
  fc.assert(
    fc.property(fc.constantFrom(...kinds), value, value, (gvk, object, patch) => {
      const schema = schemas.ofResource(gvk);
      try {
        const { object: decoded } = codec.decode(schema, object, { gvk });
        const patched = applyStrategicMergePatch(decoded, patch, schema);
        const merged = applyMergePatch(patched, patch);
        const plain = codec.decodePatched(schema, merged, { gvk, patch: () => "" });
        expect(codec.decodePatched(schema, merged, { gvk, patch: () => "", known: decoded })).toEqual(plain);
      } catch (error) {
        expect(error).toBeInstanceOf(StatusError);
      }
    }),
    { numRuns: 1000 },
  );
});

describe("objects read back as Go writes them", () => {
  const deployment = { group: "apps", version: "v1", kind: "Deployment" };
  const pod = { group: "", version: "v1", kind: "Pod" };

  test("a Deployment has its strategy, resources and status", () => {
    const template = {
      spec: { containers: [{ name: "a", image: "b", resources: { limits: { memory: "1024Mi" } } }] },
    };
    expect(decode(deployment, { metadata: { name: "web" }, spec: { replicas: 0, template } })).toEqual({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web" },
      spec: {
        replicas: 0,
        strategy: {},
        template: {
          metadata: {},
          spec: { containers: [{ name: "a", image: "b", resources: { limits: { memory: "1Gi" } } }] },
        },
      },
      status: {},
    });
  });

  test("a Pod without containers has an empty list of them", () => {
    expect(decode(pod, {})).toEqual({
      apiVersion: "v1",
      kind: "Pod",
      metadata: {},
      spec: { containers: [] },
      status: {},
    });
  });

  test("zero times and quantities are written where Go has structs", () => {
    const status = { conditions: [{ type: "Ready", status: "True" }] };
    const env = [{ name: "A", valueFrom: { resourceFieldRef: { resource: "limits.cpu" } } }];
    const object = decode(pod, { spec: { containers: [{ name: "a", env }] }, status });
    expect(object).toMatchObject({
      spec: {
        containers: [
          {
            name: "a",
            resources: {},
            env: [{ valueFrom: { resourceFieldRef: { resource: "limits.cpu", divisor: "0" } } }],
          },
        ],
      },
      status: {
        conditions: [{ type: "Ready", status: "True", lastProbeTime: null, lastTransitionTime: null }],
      },
    });
  });

  test("errors name Go's types", () => {
    expect(() => decode(pod, { spec: { containers: "x" } })).toThrow(
      "json: cannot unmarshal string into Go struct field PodSpec.spec.containers of type []v1.Container",
    );
    expect(() => decode(pod, { spec: { containers: [{ ports: [{ containerPort: "http" }] }] } })).toThrow(
      "json: cannot unmarshal string into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32",
    );
    expect(() => decode(pod, { spec: { restartPolicy: 1 } })).toThrow(
      "json: cannot unmarshal number into Go struct field PodSpec.spec.restartPolicy of type v1.RestartPolicy",
    );
    expect(() => decode(pod, { spec: { container: [] } })).toThrow(
      'Pod in version "v1" cannot be handled as a Pod: strict decoding error: unknown field "spec.container"',
    );
  });
});

describe("patches and managers follow the schemas", () => {
  const deployment = { group: "apps", version: "v1", kind: "Deployment" };
  const schema = schemas.ofResource(deployment);
  const container = {
    name: "nginx",
    image: "nginx",
    imagePullPolicy: "Always",
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
    ports: [{ containerPort: 80, protocol: "TCP" }],
    env: [{ name: "A", value: "1" }],
  };
  const object = decode(deployment, {
    metadata: { name: "nginx", labels: { app: "nginx" }, finalizers: ["x"] },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: "nginx" } },
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%", maxUnavailable: "25%" } },
      template: {
        metadata: { labels: { app: "nginx" } },
        spec: {
          containers: [container],
          volumes: [{ name: "v", emptyDir: {} }],
          restartPolicy: "Always",
          securityContext: {},
        },
      },
    },
  });

  test("a strategic merge patch merges containers, their environment and volumes", () => {
    const patch = {
      metadata: { "$deleteFromPrimitiveList/finalizers": ["x"] },
      spec: {
        strategy: { $retainKeys: ["type"], type: "Recreate" },
        template: {
          spec: {
            containers: [
              { name: "nginx", image: "nginx:2", env: [{ name: "B", value: "2" }] },
              { name: "side" },
            ],
            volumes: [
              { name: "v", $retainKeys: ["name", "hostPath"], hostPath: { path: "/x" }, emptyDir: null },
            ],
          },
        },
      },
    };
    const patched = decode(deployment, applyStrategicMergePatch(object, patch, schema));
    expect(patched).toMatchObject({
      spec: {
        strategy: { type: "Recreate" },
        template: {
          spec: {
            containers: [
              {
                ...container,
                image: "nginx:2",
                env: [
                  { name: "B", value: "2" },
                  { name: "A", value: "1" },
                ],
              },
              { name: "side" },
            ],
            volumes: [{ name: "v", hostPath: { path: "/x" } }],
          },
        },
      },
    });
    expect(patched["metadata"]).toEqual({ name: "nginx", labels: { app: "nginx" } });
    expect(patched["spec"]).not.toHaveProperty("strategy.rollingUpdate");
  });

  test("the creator's fields are those that Kubernetes records", () => {
    const created = trackUpdate({
      type: { apiVersion: "apps/v1", kind: "Deployment", schema },
      live: undefined,
      next: object,
      manager: "kubectl-create",
      time: "2026-01-01T00:00:00Z",
    });
    const { managedFields } = created["metadata"] as { managedFields: { fieldsV1: unknown }[] };
    expect(managedFields[0]?.fieldsV1).toEqual({
      "f:metadata": { "f:finalizers": { ".": {}, 'v:"x"': {} }, "f:labels": { ".": {}, "f:app": {} } },
      "f:spec": {
        "f:replicas": {},
        "f:selector": {},
        "f:strategy": {
          "f:rollingUpdate": { ".": {}, "f:maxSurge": {}, "f:maxUnavailable": {} },
          "f:type": {},
        },
        "f:template": {
          "f:metadata": { "f:labels": { ".": {}, "f:app": {} } },
          "f:spec": {
            "f:containers": {
              'k:{"name":"nginx"}': {
                ".": {},
                "f:env": { ".": {}, 'k:{"name":"A"}': { ".": {}, "f:name": {}, "f:value": {} } },
                "f:image": {},
                "f:imagePullPolicy": {},
                "f:name": {},
                "f:ports": {
                  ".": {},
                  'k:{"containerPort":80,"protocol":"TCP"}': {
                    ".": {},
                    "f:containerPort": {},
                    "f:protocol": {},
                  },
                },
                "f:resources": {},
                "f:terminationMessagePath": {},
                "f:terminationMessagePolicy": {},
              },
            },
            "f:restartPolicy": {},
            "f:securityContext": {},
            "f:volumes": { ".": {}, 'k:{"name":"v"}': { ".": {}, "f:emptyDir": {}, "f:name": {} } },
          },
        },
      },
    });
  });
});
