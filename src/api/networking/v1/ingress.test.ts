import { describe, expect, test } from "bun:test";
import { errorTexts, rowOf } from "#testing/kinds.ts";
import { anIngress, aServiceBackend } from "#testing/workloads.ts";
import type { HTTPIngressPath, Ingress, IngressRule, IngressSpec } from "../../generated/networking-v1.ts";
import { ingress } from "./ingress.ts";

const backend = aServiceBackend("web", 80);
const CLASS_ANNOTATION = "kubernetes.io/ingress.class";

function aRule(host: string, ...paths: HTTPIngressPath[]): IngressRule {
  return { host, http: { paths } };
}

function withPaths(...paths: HTTPIngressPath[]): Ingress {
  return anIngress("web", { spec: { rules: [aRule("a.com", ...paths)] } });
}

const SUBDOMAIN = `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`;

describe("ingress.validate", () => {
  const cases: { name: string; object: Ingress; want: string[] }[] = [
    {
      name: "paths of all types",
      object: withPaths(
        { path: "/a", pathType: "Exact", backend },
        { path: "/", pathType: "Prefix", backend: aServiceBackend("web", "http") },
        { pathType: "ImplementationSpecific", backend: { resource: { kind: "Bucket", name: "b" } } },
      ),
      want: [],
    },
    {
      name: "nothing to serve",
      object: anIngress("web", { spec: {} }),
      want: ["spec: Invalid value: null: either `defaultBackend` or `rules` must be specified"],
    },
    {
      name: "hosts",
      object: anIngress("web", {
        spec: {
          rules: [
            aRule("*.a.com", { path: "/", pathType: "Prefix", backend }),
            { host: "1.2.3.4" },
            { host: "A" },
          ],
        },
      }),
      want: [
        'spec.rules[1].host: Invalid value: "1.2.3.4": must be a DNS name, not an IP address',
        `spec.rules[2].host: Invalid value: "A": ${SUBDOMAIN}`,
      ],
    },
    {
      name: "a rule without paths",
      object: withPaths(),
      want: ["spec.rules[0].http.paths: Required value"],
    },
    {
      name: "paths that are not clean",
      object: withPaths(
        { path: "a", pathType: "Prefix", backend },
        { path: "/a//b/./%2f/..", pathType: "Exact", backend },
        { path: "a", pathType: "ImplementationSpecific", backend },
        { path: "/", backend },
        { path: "/", pathType: "Glob" as "Exact", backend },
      ),
      want: [
        'spec.rules[0].http.paths[0].path: Invalid value: "a": must be an absolute path',
        `spec.rules[0].http.paths[1].path: Invalid value: "/a//b/./%2f/..": must not contain '//'`,
        `spec.rules[0].http.paths[1].path: Invalid value: "/a//b/./%2f/..": must not contain '/./'`,
        `spec.rules[0].http.paths[1].path: Invalid value: "/a//b/./%2f/..": must not contain '%2f'`,
        `spec.rules[0].http.paths[1].path: Invalid value: "/a//b/./%2f/..": cannot end with '/..'`,
        'spec.rules[0].http.paths[2].path: Invalid value: "a": must be an absolute path',
        "spec.rules[0].http.paths[3].pathType: Required value: pathType must be specified",
        'spec.rules[0].http.paths[4].pathType: Unsupported value: "Glob": supported values: "Exact", "ImplementationSpecific", "Prefix"',
      ],
    },
    {
      name: "backends",
      object: anIngress("web", {
        spec: {
          defaultBackend: {},
          rules: [
            aRule(
              "a.com",
              { path: "/", pathType: "Exact", backend: { ...backend, resource: { kind: "a", name: "b" } } },
              {
                path: "/",
                pathType: "Exact",
                backend: { resource: { kind: "", name: "..", apiGroup: "A" } },
              },
              { path: "/", pathType: "Exact", backend: { service: { name: "" } } },
              {
                path: "/",
                pathType: "Exact",
                backend: { service: { name: "a", port: { name: "b", number: 1 } } },
              },
              { path: "/", pathType: "Exact", backend: aServiceBackend("a", 65536) },
              { path: "/", pathType: "Exact", backend: aServiceBackend("a", "80") },
            ),
          ],
        },
      }),
      want: [
        'spec.defaultBackend: Invalid value: "": resource or service backend is required',
        'spec.rules[0].http.paths[0].backend: Invalid value: "": cannot set both resource and service backends',
        `spec.rules[0].http.paths[1].backend.resource.apiGroup: Invalid value: "A": ${SUBDOMAIN}`,
        "spec.rules[0].http.paths[1].backend.resource.kind: Required value",
        `spec.rules[0].http.paths[1].backend.resource.name: Invalid value: "..": may not be '..'`,
        "spec.rules[0].http.paths[2].backend.service.name: Required value",
        "spec.rules[0].http.paths[2].backend: Required value: port name or number is required",
        'spec.rules[0].http.paths[3].backend: Invalid value: "": cannot set both port name & port number',
        "spec.rules[0].http.paths[4].backend.service.port.number: Invalid value: 65536: must be between 1 and 65535, inclusive",
        'spec.rules[0].http.paths[5].backend.service.port.name: Invalid value: "80": must contain at least one letter (a-z)',
      ],
    },
    {
      name: "certificates and class",
      object: anIngress("web", {
        spec: {
          defaultBackend: backend,
          ingressClassName: "",
          tls: [{ hosts: ["a.com", "*.b.com", "C"], secretName: "S" }, {}],
        },
      }),
      want: [
        `spec.tls[0].hosts[2]: Invalid value: "C": ${SUBDOMAIN}`,
        `spec.tls[0].secretName: Invalid value: "S": ${SUBDOMAIN}`,
        `spec.ingressClassName: Invalid value: "": ${SUBDOMAIN}`,
      ],
    },
    {
      name: "a class that contradicts the annotation",
      object: anIngress("web", {
        annotations: { [CLASS_ANNOTATION]: "nginx" },
        spec: { defaultBackend: backend, ingressClassName: "traefik" },
      }),
      want: [
        'annotations.kubernetes.io/ingress.class: Invalid value: "nginx": must match `ingressClassName` when both are specified',
      ],
    },
  ];

  test.each(cases)("judges $name", ({ object, want }) => {
    expect(errorTexts(ingress.validate?.(object))).toEqual(want);
  });
});

describe("ingress.validateUpdate", () => {
  const secret: IngressSpec = { defaultBackend: backend, tls: [{ secretName: "S" }] };
  const wildcard: IngressSpec = { rules: [aRule("*.a.com")] };

  test.each<{ name: string; spec: IngressSpec }>([
    { name: "a bad secret name", spec: secret },
    { name: "a bad rule of a wildcard host", spec: wildcard },
  ])("tolerates $name that was stored before", ({ spec }) => {
    const object = anIngress("web", { spec });
    expect(ingress.validateUpdate?.(object, anIngress("web"))).toHaveLength(1);
    expect(ingress.validateUpdate?.(object, object)).toEqual([]);
  });
});

test("status addresses are checked, the stored ones are not", () => {
  const withIp = (ip: string, hostname?: string): Ingress => ({
    ...anIngress("web"),
    status: { loadBalancer: { ingress: [{ ip, ...(hostname && { hostname }) }] } },
  });
  expect(errorTexts(ingress.validateStatusUpdate?.(withIp("1.2.3", "1.2.3.4"), anIngress("web")))).toEqual([
    'status.loadBalancer.ingress[0].ip: Invalid value: "1.2.3": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    'status.loadBalancer.ingress[0].hostname: Invalid value: "1.2.3.4": must be a DNS name, not an IP address',
  ]);
  expect(ingress.validateStatusUpdate?.(withIp("1.2.3"), withIp("1.2.3"))).toEqual([]);
});

test("the class annotation brings a warning on creation", () => {
  const object = anIngress("web", { annotations: { [CLASS_ANNOTATION]: "nginx" } });
  expect(ingress.warnings?.(object, undefined)).toEqual([
    `annotation "kubernetes.io/ingress.class" is deprecated, please use 'spec.ingressClassName' instead`,
  ]);
  expect(ingress.warnings?.(object, object)).toEqual([]);
});

test("addresses of the status that are not written in the standard way bring warnings", () => {
  const points = [{ hostname: "lb" }, { ip: "010.0.0.1" }, { ip: "10.0.0.1" }];
  const object = { ...anIngress("web"), status: { loadBalancer: { ingress: points } } };
  expect(ingress.statusWarnings?.(object)).toEqual([
    'status.loadBalancer.ingress[1]: non-standard IP address "010.0.0.1" is invalid: use "10.0.0.1"',
  ]);
});

test("the table shows three hosts and every address once", () => {
  const rules = ["a", "", "b", "c", "d", "e"].map((host) => ({ host }));
  const object: Ingress = {
    ...anIngress("web", { spec: { ingressClassName: "nginx", rules, tls: [{}] } }),
    status: { loadBalancer: { ingress: [{ ip: "10.0.0.2" }, { hostname: "lb" }, { ip: "10.0.0.2" }] } },
  };
  expect(rowOf(ingress, object)).toEqual({
    Name: "web",
    Class: "nginx",
    Hosts: "a,b,c + 3 more...",
    Address: "10.0.0.2,lb",
    Ports: "80, 443",
    Age: "<unknown>",
  });
  expect(rowOf(ingress, anIngress("web"))).toMatchObject({
    Class: "<none>",
    Hosts: "*",
    Address: "",
    Ports: "80",
  });
});
