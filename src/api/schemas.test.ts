import { describe, expect, test } from "bun:test";
import { Codec } from "#apimachinery/codec/codec.ts";
import type { GroupVersionKind } from "#apimachinery/meta.ts";
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
