import { describe, expect, test } from "bun:test";
import { errorTexts, rowOf } from "#testing/kinds.ts";
import type {
  IngressClass,
  IngressClassSpec,
  IPAddress,
  ParentReference,
  ServiceCIDR,
} from "../../generated/networking-v1.ts";
import { ingressClass } from "./ingressclass.ts";
import { ipAddress } from "./ipaddress.ts";
import { serviceCIDR } from "./servicecidr.ts";

function anIngressClass(spec: Partial<IngressClassSpec> = {}): IngressClass {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "IngressClass",
    metadata: { name: "nginx", uid: "u" },
    spec: { controller: "k8s.io/ingress-nginx", ...spec },
  };
}

describe("ingressClass", () => {
  const parameters = { kind: "Config", name: "a" };

  test.each<{ name: string; object: IngressClass; want: string[] }>([
    {
      name: "a class",
      object: anIngressClass({ parameters: { ...parameters, scope: "Cluster" } }),
      want: [],
    },
    {
      name: "no controller",
      object: anIngressClass({ controller: "" }),
      want: ["spec.controller: Required value"],
    },
    {
      name: "a long controller",
      object: anIngressClass({ controller: `a.b/${"x".repeat(250)}` }),
      want: ["spec.controller: Too long: may not be more than 250 bytes"],
    },
    {
      name: "parameters without kind, name and scope",
      object: anIngressClass({ parameters: { kind: "", name: "" } }),
      want: [
        "spec.parameters.kind: Required value",
        "spec.parameters.name: Required value",
        "spec.parameters.scope: Required value",
      ],
    },
    {
      name: "a namespace that is missing",
      object: anIngressClass({ parameters: { ...parameters, scope: "Namespace" } }),
      want: ["spec.parameters.namespace: Required value: `parameters.scope` is set to 'Namespace'"],
    },
    {
      name: "a namespace that is too much",
      object: anIngressClass({ parameters: { ...parameters, scope: "Cluster", namespace: "a" } }),
      want: ["spec.parameters.namespace: Forbidden: `parameters.scope` is set to 'Cluster'"],
    },
    {
      name: "an unknown scope",
      object: anIngressClass({ parameters: { ...parameters, scope: "World" } }),
      want: ['spec.parameters.scope: Unsupported value: "World": supported values: "Cluster", "Namespace"'],
    },
  ])("validate judges $name", ({ object, want }) => {
    expect(errorTexts(ingressClass.validate?.(object))).toEqual(want);
  });

  test("the controller cannot be changed", () => {
    const next = anIngressClass({ controller: "a.b/c" });
    expect(errorTexts(ingressClass.validateUpdate?.(next, anIngressClass()))).toEqual([
      'spec.controller: Invalid value: "a.b/c": field is immutable',
    ]);
  });

  test("parameters are cluster-scoped by default", () => {
    expect(ingressClass.setDefaults?.(anIngressClass({ parameters })).spec.parameters?.scope).toBe("Cluster");
    expect(ingressClass.setDefaults?.(anIngressClass()).spec.parameters).toBeUndefined();
  });

  test("the table marks the default class", () => {
    const metadata = {
      name: "nginx",
      uid: "u",
      annotations: { "ingressclass.kubernetes.io/is-default-class": "true" },
    };
    const object = { ...anIngressClass({ parameters: { ...parameters, apiGroup: "x.io" } }), metadata };
    expect(rowOf(ingressClass, object)).toMatchObject({
      Name: "nginx (default)",
      Controller: "k8s.io/ingress-nginx",
      Parameters: "Config.x.io/a",
    });
  });
});

describe("ipAddress", () => {
  const parentRef: ParentReference = { resource: "services", namespace: "default", name: "web" };
  const anIPAddress = (name: string, parent?: ParentReference): IPAddress => ({
    apiVersion: "networking.k8s.io/v1",
    kind: "IPAddress",
    metadata: { name, uid: "u" },
    spec: parent === undefined ? {} : { parentRef: parent },
  });

  test("its name is an address in canonical form", () => {
    expect(ipAddress.validateName?.("10.0.0.1", false)).toEqual([]);
    expect(ipAddress.validateName?.("fd00::1", false)).toEqual([]);
    expect(ipAddress.validateName?.("a", false)).toEqual([
      "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",
    ]);
    expect(ipAddress.validateName?.("fd00:0::1", false)).toEqual(['must be in canonical form ("fd00::1")']);
  });

  test("it belongs to something, for good", () => {
    const object = anIPAddress("10.0.0.1", parentRef);
    expect(ipAddress.validate?.(object)).toEqual([]);
    expect(errorTexts(ipAddress.validate?.(anIPAddress("10.0.0.1")))).toEqual([
      "spec.parentRef: Required value",
    ]);
    expect(errorTexts(ipAddress.validate?.(anIPAddress("10.0.0.1", { namespace: "a/b" })))).toEqual([
      "spec.parentRef.resource: Required value",
      "spec.parentRef.name: Required value",
      `spec.parentRef.namespace: Invalid value: "a/b": may not contain '/'`,
    ]);
    const other = anIPAddress("10.0.0.1", { resource: "services", name: "web" });
    expect(errorTexts(ipAddress.validateUpdate?.(other, object))).toEqual([
      'spec.parentRef: Invalid value: {"Group":"","Resource":"services","Namespace":"","Name":"web"}: field is immutable',
    ]);
  });

  test("the table names its parent", () => {
    expect(rowOf(ipAddress, anIPAddress("10.0.0.1", parentRef))).toEqual({
      Name: "10.0.0.1",
      ParentRef: "services/default/web",
    });
    const gateway = anIPAddress("10.0.0.1", { group: "x.io", resource: "Gateways", name: "g" });
    expect(rowOf(ipAddress, gateway)).toMatchObject({ ParentRef: "gateways.x.io/g" });
  });
});

describe("serviceCIDR", () => {
  const aServiceCIDR = (...cidrs: string[]): ServiceCIDR => ({
    apiVersion: "networking.k8s.io/v1",
    kind: "ServiceCIDR",
    metadata: { name: "kubernetes", uid: "u" },
    spec: { cidrs },
  });

  test.each<{ cidrs: string[]; want: string[] }>([
    { cidrs: ["10.43.0.0/16"], want: [] },
    { cidrs: ["10.43.0.0/16", "fd00::/112"], want: [] },
    { cidrs: [], want: ["spec.cidrs: Required value: at least one CIDR required"] },
    {
      cidrs: ["a", "b", "c"],
      want: ['spec.cidrs: Invalid value: {"CIDRs":["a","b","c"]}: may only hold up to 2 values'],
    },
    {
      cidrs: ["10.0.0.0/16", "10.1.0.0/16"],
      want: [
        'spec.cidrs: Invalid value: ["10.0.0.0/16","10.1.0.0/16"]: may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64',
      ],
    },
  ])("validate judges $cidrs", ({ cidrs, want }) => {
    expect(errorTexts(serviceCIDR.validate?.(aServiceCIDR(...cidrs)))).toEqual(want);
  });

  test.each<{ from: string[]; to: string[]; want: string[] }>([
    { from: ["10.43.0.0/16"], to: ["10.43.0.0/16", "fd00::/112"], want: [] },
    {
      from: ["10.43.0.0/16"],
      to: ["10.44.0.0/16"],
      want: ['spec.cidrs[0]: Invalid value: "10.44.0.0/16": field is immutable'],
    },
    {
      from: ["10.43.0.0/16", "fd00::/112"],
      to: ["10.43.0.0/16"],
      want: ['spec.cidrs: Invalid value: ["10.43.0.0/16"]: field is immutable'],
    },
  ])("validateUpdate judges $from to $to", ({ from, to, want }) => {
    expect(errorTexts(serviceCIDR.validateUpdate?.(aServiceCIDR(...to), aServiceCIDR(...from)))).toEqual(
      want,
    );
  });
});
