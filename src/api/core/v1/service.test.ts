import { describe, expect, test } from "bun:test";
import { errorTexts, rowOf, someWrite } from "#testing/kinds.ts";
import { aService } from "#testing/objects.ts";
import type { Service, ServiceSpec } from "../../generated/core-v1.ts";
import { service } from "./service.ts";

function writtenWith(spec: ServiceSpec): Service {
  return { apiVersion: "v1", kind: "Service", metadata: { name: "web", uid: "u" }, spec };
}

describe("service.setDefaults", () => {
  test.each<{ written: ServiceSpec; want: ServiceSpec }>([
    {
      written: { ports: [{ port: 80 }, { port: 53, protocol: "UDP", targetPort: "dns" }] },
      want: {
        ports: [
          { port: 80, protocol: "TCP", targetPort: 80 },
          { port: 53, protocol: "UDP", targetPort: "dns" },
        ],
        sessionAffinity: "None",
        type: "ClusterIP",
        internalTrafficPolicy: "Cluster",
      },
    },
    {
      written: { type: "LoadBalancer", sessionAffinity: "ClientIP" },
      want: {
        type: "LoadBalancer",
        sessionAffinity: "ClientIP",
        sessionAffinityConfig: { clientIP: { timeoutSeconds: 10_800 } },
        externalTrafficPolicy: "Cluster",
        internalTrafficPolicy: "Cluster",
        allocateLoadBalancerNodePorts: true,
      },
    },
    {
      written: { type: "NodePort", sessionAffinityConfig: { clientIP: { timeoutSeconds: 1 } } },
      want: {
        type: "NodePort",
        sessionAffinity: "None",
        externalTrafficPolicy: "Cluster",
        internalTrafficPolicy: "Cluster",
      },
    },
    {
      written: { externalIPs: ["1.2.3.4"], internalTrafficPolicy: "Local" },
      want: {
        externalIPs: ["1.2.3.4"],
        type: "ClusterIP",
        sessionAffinity: "None",
        externalTrafficPolicy: "Cluster",
        internalTrafficPolicy: "Local",
      },
    },
    {
      written: { type: "ExternalName", externalName: "a.b" },
      want: { type: "ExternalName", externalName: "a.b", sessionAffinity: "None" },
    },
  ])("completes $written", ({ written, want }) => {
    const filled = service.setDefaults?.(writtenWith(written));
    expect(filled?.spec).toEqual(want);
    expect(filled && service.setDefaults?.(filled)).toBe(filled);
  });

  test("addresses of load balancers say how traffic arrives", () => {
    const object = aService("web", {
      spec: { type: "LoadBalancer" },
      status: { loadBalancer: { ingress: [{ ip: "1.2.3.4" }, { hostname: "lb.example.com" }] } },
    });
    expect(object.status?.loadBalancer?.ingress).toEqual([
      { ip: "1.2.3.4", ipMode: "VIP" },
      { hostname: "lb.example.com" },
    ]);
  });
});

describe("what a change of the type drops", () => {
  const loadBalancer = aService("web", {
    ports: [{ port: 80, nodePort: 30080 }],
    spec: {
      type: "LoadBalancer",
      externalTrafficPolicy: "Local",
      healthCheckNodePort: 31000,
      loadBalancerClass: "example.com/lb",
    },
    status: { loadBalancer: { ingress: [{ ip: "1.2.3.4" }] } },
  });
  const change = (spec: Partial<ServiceSpec>) =>
    service.prepareForUpdate?.(
      { ...loadBalancer, spec: { ...loadBalancer.spec, ...spec } },
      loadBalancer,
      someWrite,
    );

  test("nothing while it stays", () => {
    expect(change({})).toEqual(loadBalancer);
  });

  test("all of a load balancer for a ClusterIP", () => {
    expect(change({ type: "ClusterIP" })).toEqual(aService("web"));
  });

  test("the addresses for an ExternalName", () => {
    expect(change({ type: "ExternalName", externalName: "a.b" })?.spec).toEqual({
      externalName: "a.b",
      type: "ExternalName",
      ports: [{ port: 80, protocol: "TCP", targetPort: 80 }],
      selector: { app: "web" },
      sessionAffinity: "None",
      internalTrafficPolicy: "Cluster",
    });
  });

  test("nothing that the writer has changed with it", () => {
    const changed = change({
      type: "ClusterIP",
      ports: [{ port: 80, nodePort: 30081 }],
      loadBalancerClass: "example.com/other",
    });
    expect(changed?.spec).toMatchObject({
      ports: [{ port: 80, nodePort: 30081 }],
      loadBalancerClass: "example.com/other",
    });
  });
});

describe("the table", () => {
  test.each<{ spec: Partial<ServiceSpec>; want: object }>([
    { spec: {}, want: { Type: "ClusterIP", "External-IP": "<none>", "Port(s)": "80/TCP" } },
    { spec: { ports: [], clusterIPs: ["None"] }, want: { "Cluster-IP": "None", "Port(s)": "<none>" } },
    {
      spec: {
        type: "NodePort",
        ports: [{ port: 80, nodePort: 30080, protocol: "TCP" }],
        externalIPs: ["a", "b"],
      },
      want: { "External-IP": "a,b", "Port(s)": "80:30080/TCP" },
    },
    { spec: { type: "LoadBalancer" }, want: { "External-IP": "<pending>" } },
    {
      spec: { type: "ExternalName", externalName: "a.b", clusterIPs: [], selector: {} },
      want: { "Cluster-IP": "<none>", "External-IP": "a.b", Selector: "<none>" },
    },
  ])("shows $spec", ({ spec, want }) => {
    expect(rowOf(service, aService("web", { spec }))).toMatchObject({
      Name: "web",
      Age: "<unknown>",
      ...want,
    });
  });

  test("lists the addresses of a load balancer in order", () => {
    const ingress = [{ ip: "2.2.2.2" }, { hostname: "lb.example.com" }, { ip: "1.1.1.1" }, { ip: "2.2.2.2" }];
    const object = aService("web", {
      selector: { tier: "front", app: "web" },
      spec: { type: "LoadBalancer", externalIPs: ["3.3.3.3"] },
      status: { loadBalancer: { ingress } },
    });
    expect(rowOf(service, object)).toMatchObject({
      "External-IP": "1.1.1.1,2.2.2.2,lb.example.com,3.3.3.3",
      Selector: "app=web,tier=front",
    });
  });
});

describe("service.warnings", () => {
  test.each<{ spec: Partial<ServiceSpec>; want: string[] }>([
    { spec: {}, want: [] },
    {
      spec: {
        clusterIP: "None",
        clusterIPs: ["None"],
        loadBalancerIP: "1.2.3.4",
        externalIPs: ["1.2.3.4"],
        sessionAffinity: "ClientIP",
      },
      want: [
        "spec.loadBalancerIP is ignored for headless services",
        "spec.externalIPs is ignored for headless services",
        "spec.SessionAffinity is ignored for headless services",
      ],
    },
    {
      spec: { externalIPs: ["010.0.0.1"], externalName: "a.b", trafficDistribution: "PreferClose" },
      want: [
        'spec.externalIPs[0]: non-standard IP address "010.0.0.1" is invalid: use "10.0.0.1"',
        "spec.externalIPs is deprecated and may no longer be implemented in some clusters",
        'spec.externalName is ignored when spec.type is not "ExternalName"',
        'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"',
      ],
    },
    {
      spec: { type: "ExternalName", externalName: "a.b", externalIPs: ["1.2.3.4"] },
      want: ['spec.externalIPs is ignored when spec.type is "ExternalName"'],
    },
  ])("of $spec", ({ spec, want }) => {
    expect(service.warnings?.(aService("web", { spec }), undefined)).toEqual(want);
  });

  test("of the addresses in a status", () => {
    const ingress = [{ hostname: "a" }, { ip: "010.0.0.1" }, { ip: "10.0.0.1" }];
    expect(service.statusWarnings?.(aService("web", { status: { loadBalancer: { ingress } } }))).toEqual([
      'status.loadBalancer.ingress[1]: non-standard IP address "010.0.0.1" is invalid: use "10.0.0.1"',
    ]);
  });

  test("of an old annotation", () => {
    const annotations = { "service.kubernetes.io/topology-aware-hints": "auto" };
    expect(service.warnings?.(aService("web", { annotations }), undefined)).toEqual([
      "annotation service.kubernetes.io/topology-aware-hints is deprecated, please use service.kubernetes.io/topology-mode instead",
    ]);
  });
});

test("names may begin with a digit, and selectors know the address", () => {
  expect(service.validateName?.("1web", false)).toEqual([]);
  expect(errorTexts(service.validate?.(aService("1web")))).toEqual([]);
  expect(service.selectableFields?.["spec.clusterIP"]?.(aService("web"))).toBe("10.96.0.10");
  expect(service.selectableFields?.["spec.type"]?.(aService("web"))).toBe("ClusterIP");
});
