import { describe, expect, test } from "bun:test";
import { aPod } from "#testing/objects.ts";
import { containerErrors, namedContainers } from "#testing/pod-spec.ts";
import type {
  Container,
  PodResourceClaim,
  PodSpec,
  ResourceRequirements,
} from "../../../generated/core-v1.ts";
import { validatePodSpec } from "./validation.ts";

const of = (resources: ResourceRequirements): Partial<Container> => ({ resources });

describe("the resources of a pod", () => {
  const errorsOf = (
    resources: ResourceRequirements,
    containers: Partial<Container>[],
    spec: Partial<PodSpec> = {},
  ) => containerErrors(containers, { resources, ...spec });

  test.each<{ name: string; resources: ResourceRequirements; containers: Partial<Container>[] }>([
    {
      name: "more than its containers ask for",
      resources: { requests: { cpu: "2", memory: "2Gi" }, limits: { cpu: "3", memory: "2Gi" } },
      containers: [of({ requests: { cpu: "1" } }), of({ requests: { cpu: "1" }, limits: { memory: "1Gi" } })],
    },
    {
      name: "limits below the sum of those of its containers",
      resources: { limits: { cpu: "3" } },
      containers: [of({ limits: { cpu: "2" } }), of({ limits: { cpu: "2" } })],
    },
    {
      name: "huge pages for all",
      resources: {
        requests: { cpu: "1", "hugepages-2Mi": "4Mi" },
        limits: { cpu: "1", "hugepages-2Mi": "4Mi" },
      },
      containers: [
        of({ requests: { cpu: "1", "hugepages-2Mi": "2Mi" }, limits: { cpu: "1", "hugepages-2Mi": "2Mi" } }),
      ],
    },
  ])("can be $name", ({ resources, containers }) => {
    expect(errorsOf(resources, containers)).toEqual([]);
  });

  test.each<{
    name: string;
    resources: ResourceRequirements;
    containers: Partial<Container>[];
    spec?: Partial<PodSpec>;
    want: string[];
  }>([
    {
      name: "less than its containers ask for together",
      resources: { requests: { cpu: "1" }, limits: { cpu: "2" } },
      containers: [of({ requests: { cpu: "600m" } }), of({ requests: { cpu: "600m" } })],
      want: [
        '.requests[cpu]: Invalid value: "1": must be greater than or equal to aggregate container requests of 1200m',
      ],
    },
    {
      name: "less than an init container asks for",
      resources: { requests: { cpu: "1" } },
      containers: [{}],
      spec: { initContainers: namedContainers([{ name: "init", ...of({ requests: { cpu: "2" } }) }]) },
      want: [
        '.requests[cpu]: Invalid value: "1": must be greater than or equal to aggregate container requests of 2',
      ],
    },
    {
      name: "limits below that of one container",
      resources: { limits: { cpu: "2", memory: "1Gi" }, requests: { cpu: "1" } },
      containers: [of({ requests: { cpu: "1" }, limits: { cpu: "3" } })],
      want: ['.containers[0][cpu].limits: Invalid value: "3": must be less than or equal to pod limits of 2'],
    },
    {
      name: "resources that only containers have",
      resources: { limits: { "ephemeral-storage": "1Gi", "example.com/a": "1" } },
      containers: [{}],
      want: [
        '.limits[ephemeral-storage]: Unsupported value: "ephemeral-storage": supported values: "cpu", "hugepages-", "memory"',
        '.limits[example.com/a]: Unsupported value: "example.com/a": supported values: "cpu", "hugepages-", "memory"',
      ],
    },
    {
      name: "requests above its limits",
      resources: { limits: { cpu: "1" }, requests: { cpu: "2" } },
      containers: [{}],
      want: ['.requests: Invalid value: "2": must be less than or equal to cpu limit of 1'],
    },
    {
      name: "claims",
      resources: { claims: [{ name: "a" }] },
      containers: [{}],
      want: [
        ".claims: Forbidden: claims may not be set for Resources at pod-level",
        '.claims[0]: Not found: "a": must be one of the names in pod.spec.resourceClaims which is empty',
      ],
    },
    {
      name: "on Windows",
      resources: { limits: { cpu: "1" } },
      containers: [{}],
      spec: { os: { name: "windows" } },
      want: [": Forbidden: may not be set for a windows pod"],
    },
  ])("cannot be $name", ({ resources, containers, spec, want }) => {
    expect(errorsOf(resources, containers, spec)).toEqual(want.map((error) => `spec.resources${error}`));
  });

  test("cost something beside", () => {
    expect(containerErrors([{}], { overhead: { cpu: "-1", gpu: "1" } })).toEqual([
      'spec.overhead.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0',
      'spec.overhead.limits[gpu]: Invalid value: "gpu": must be a standard resource type or fully qualified',
      'spec.overhead.limits[gpu]: Invalid value: "gpu": must be a standard resource for containers',
    ]);
  });
});

describe("the claims of a pod", () => {
  const errorsOf = (resourceClaims: readonly PodResourceClaim[], claims: readonly string[] = []) =>
    containerErrors([of({ claims: claims.map((name) => ({ name })) })], { resourceClaims });
  const SUBDOMAIN = "a lowercase RFC 1123 subdomain must consist of";
  const ONE = "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified";
  const NONE = "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`";

  test("are there by name or template, and used by containers", () => {
    const claims = [
      { name: "a", resourceClaimName: "x.y" },
      { name: "b", resourceClaimTemplateName: "z" },
    ];
    expect(errorsOf(claims, ["a", "b"])).toEqual([]);
  });

  test.each<{ name: string; claim: PodResourceClaim; want: string[] }>([
    { name: "no name", claim: { name: "", resourceClaimName: "x" }, want: [".name: Required value"] },
    {
      name: "a bad name",
      claim: { name: "a.b", resourceClaimName: "x" },
      want: ['.name: Invalid value: "a.b": must not contain dots'],
    },
    {
      name: "both",
      claim: { name: "a", resourceClaimName: "x", resourceClaimTemplateName: "y" },
      want: [`: Invalid value: {"Name":"a","ResourceClaimName":"x","ResourceClaimTemplateName":"y"}: ${ONE}`],
    },
    {
      name: "nothing",
      claim: { name: "a" },
      want: [
        `: Invalid value: {"Name":"a","ResourceClaimName":null,"ResourceClaimTemplateName":null}: ${NONE}`,
      ],
    },
    {
      name: "a bad claim",
      claim: { name: "a", resourceClaimName: ".foo_bar" },
      want: [`.resourceClaimName: Invalid value: ".foo_bar": ${SUBDOMAIN}`],
    },
    {
      name: "a bad template",
      claim: { name: "a", resourceClaimTemplateName: "" },
      want: [`.resourceClaimTemplateName: Invalid value: "": ${SUBDOMAIN}`],
    },
  ])("have $name", ({ claim, want }) => {
    const errors = errorsOf([claim]);
    expect(errors).toHaveLength(want.length);
    for (const [index, text] of want.entries())
      expect(errors[index]).toStartWith(`spec.resourceClaims[0]${text}`);
  });

  test("are there once, and used once by a container", () => {
    const claim = { name: "a", resourceClaimName: "x" };
    expect(errorsOf([claim, claim], ["a", "a", "b", ""])).toEqual([
      'spec.resourceClaims[1].name: Duplicate value: "a"',
      'spec.containers[0].resources.claims[1]: Duplicate value: "a"',
      'spec.containers[0].resources.claims[2]: Not found: "b": must be one of the names in pod.spec.resourceClaims: a',
      "spec.containers[0].resources.claims[3]: Required value",
    ]);
  });

  test("are not for static pods", () => {
    const mirror = aPod("web", {
      annotations: { "kubernetes.io/config.mirror": "x" },
      spec: { resourceClaims: [{ name: "" }] },
    });
    expect(validatePodSpec(mirror.spec, "spec", mirror.metadata)).toMatchObject([
      { field: "[]", message: "Forbidden: static pods do not support resource claims" },
    ]);
  });
});
