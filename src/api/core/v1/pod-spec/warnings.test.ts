import { describe, expect, test } from "bun:test";
import { aPod, type PodOptions } from "#testing/objects.ts";
import type { Container } from "../../../generated/core-v1.ts";
import { podTemplateWarnings, podWarnings } from "./warnings.ts";

const app: Container = { name: "app", image: "app:1" };
const NULL_SELECTOR = "a null labelSelector results in matching no pod";

describe("podWarnings", () => {
  test.each<{ name: string; options: PodOptions; want: string[] }>([
    { name: "a usual pod", options: {}, want: [] },
    {
      name: "old labels of nodes",
      options: {
        spec: {
          nodeSelector: { "beta.kubernetes.io/os": "linux" },
          affinity: {
            nodeAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: {
                nodeSelectorTerms: [
                  { matchExpressions: [{ key: "beta.kubernetes.io/arch", operator: "Exists" }] },
                ],
              },
              preferredDuringSchedulingIgnoredDuringExecution: [
                {
                  weight: 1,
                  preference: { matchExpressions: [{ key: "a", operator: "In", values: ["-"] }] },
                },
              ],
            },
          },
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: "failure-domain.beta.kubernetes.io/zone",
              whenUnsatisfiable: "DoNotSchedule",
            },
          ],
        },
      },
      want: [
        'spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
        'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].key: beta.kubernetes.io/arch is deprecated since v1.14; use "kubernetes.io/arch" instead',
        "spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].preference.matchExpressions[0].values[0]: - is invalid, a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
        'spec.topologySpreadConstraints[0].topologyKey: failure-domain.beta.kubernetes.io/zone is deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
        `spec.topologySpreadConstraints[0].labelSelector: ${NULL_SELECTOR}`,
      ],
    },
    {
      name: "old annotations",
      options: {
        annotations: {
          "scheduler.alpha.kubernetes.io/critical-pod": "",
          "seccomp.security.alpha.kubernetes.io/pod": "unconfined",
          "container.seccomp.security.alpha.kubernetes.io/app": "unconfined",
          "container.apparmor.security.beta.kubernetes.io/app": "unconfined",
        },
      },
      want: [
        'metadata.annotations[scheduler.alpha.kubernetes.io/critical-pod]: non-functional in v1.16+; use the "priorityClassName" field instead',
        'metadata.annotations[seccomp.security.alpha.kubernetes.io/pod]: non-functional in v1.27+; use the "seccompProfile" field instead',
        'metadata.annotations[container.seccomp.security.alpha.kubernetes.io/app]: non-functional in v1.27+; use the "seccompProfile" field instead',
      ],
    },
    {
      name: "volumes",
      options: {
        spec: {
          volumes: [
            { name: "git", gitRepo: { repository: "x" } },
            { name: "os", storageos: {} },
            {
              name: "cm",
              configMap: {
                name: "web",
                items: [
                  { key: "a", path: "a/" },
                  { key: "b", path: "a/b" },
                ],
              },
            },
            {
              name: "all",
              projected: {
                sources: [
                  { secret: { name: "s", items: [{ key: "a", path: "token" }] } },
                  { serviceAccountToken: { path: "token" } },
                  { clusterTrustBundle: { signerName: "k8s.io/a", path: "token" } },
                  {},
                ],
              },
            },
            {
              name: "claim",
              ephemeral: { volumeClaimTemplate: { spec: { resources: { requests: { storage: "1500m" } } } } },
            },
          ],
        },
      },
      want: [
        "spec.volumes[0].gitRepo: deprecated in v1.11, and disabled by default in v1.33+",
        "spec.volumes[1].storageOS: deprecated in v1.22, non-functional in v1.25+",
        'spec.volumes[4].ephemeral.volumeClaimTemplate.spec.resources.requests[storage]: fractional byte value "1500m" is invalid, must be an integer',
        'volume "cm" (ConfigMap "web"): overlapping paths: "a/b" with "a"',
        'volume "all" (Projected) has no sources provided',
        'volume "all" (Projected): overlapping paths: "token" (ServiceAccountToken) with "token" (Secret "s")',
        'volume "all" (Projected): overlapping paths: "token" (ClusterTrustBundle "k8s.io/a") with "token" (Secret "s")',
        'volume "all" (Projected): overlapping paths: "token" (ClusterTrustBundle "k8s.io/a") with "token" (ServiceAccountToken)',
      ],
    },
    {
      name: "lists with repetitions",
      options: {
        spec: {
          hostAliases: [{ ip: "10.0.0.1" }, { ip: "10.0.0.1" }],
          imagePullSecrets: [{ name: "a" }, { name: "a" }, {}],
        },
      },
      want: [
        'spec.hostAliases[1].ip: duplicate ip "10.0.0.1"',
        'spec.imagePullSecrets[1].name: duplicate name "a"',
        'spec.imagePullSecrets[2].name: invalid empty name ""',
      ],
    },
    {
      name: "amounts and variables",
      options: {
        spec: {
          overhead: { memory: "1500m" },
          containers: [
            {
              ...app,
              resources: { requests: { memory: "100m", cpu: "100m" } },
              env: [
                { name: "A", value: "1" },
                { name: "A", value: "$(A)2" },
                { name: "A", value: "$(A)" },
                { name: "A", value: "3" },
              ],
            },
          ],
        },
      },
      want: [
        'spec.overhead[memory]: fractional byte value "1500m" is invalid, must be an integer',
        'spec.containers[0].resources.requests[memory]: fractional byte value "100m" is invalid, must be an integer',
        'spec.containers[0].env[2]: hides previous definition of "A", which may be dropped when using apply',
        'spec.containers[0].env[3]: hides previous definition of "A", which may be dropped when using apply',
      ],
    },
    {
      name: "ports",
      options: {
        spec: {
          containers: [
            {
              ...app,
              ports: [
                { name: "http", containerPort: 80 },
                { containerPort: 80, hostPort: 8080 },
                { containerPort: 81, hostIP: "10.0.0.1" },
              ],
            },
            {
              ...app,
              name: "b",
              ports: [{ name: "http", containerPort: 80, hostPort: 8080, hostIP: "10.0.0.1" }],
            },
          ],
        },
      },
      want: [
        "spec.containers[0].ports[1]: overlapping port definition with spec.containers[0].ports[0]",
        "spec.containers[0].ports[2]: hostIP set without hostPort: {Name: HostPort:0 ContainerPort:81 Protocol:TCP HostIP:10.0.0.1}",
        "spec.containers[1].ports[0]: overlapping port definition with spec.containers[0].ports[0]",
        "spec.containers[1].ports[0]: dangerously ambiguous port definition with spec.containers[0].ports[1]",
        'spec.containers[1].ports[0]: duplicate port name "http" with spec.containers[0].ports[0], services and probes that select ports by name will use spec.containers[0].ports[0]',
      ],
    },
    {
      name: "affinity to nothing",
      options: {
        spec: {
          affinity: {
            podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "zone" }] },
            podAntiAffinity: {
              preferredDuringSchedulingIgnoredDuringExecution: [
                { weight: 1, podAffinityTerm: { topologyKey: "zone" } },
              ],
            },
          },
        },
      },
      want: [
        `spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].labelSelector: ${NULL_SELECTOR}`,
        `spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].podAffinityTerm.labelSelector: ${NULL_SELECTOR}`,
      ],
    },
    {
      name: "odd addresses",
      options: { spec: { dnsConfig: { nameservers: ["FD00::1"] }, hostAliases: [{ ip: "010.0.0.1" }] } },
      want: [
        'spec.dnsConfig.nameservers[0]: IPv6 address "FD00::1" should be in RFC 5952 canonical format ("fd00::1")',
        'spec.hostAliases[0].ip: non-standard IP address "010.0.0.1" is invalid: use "10.0.0.1"',
      ],
    },
  ])("of $name", ({ options, want }) => {
    expect(podWarnings(aPod("web", options))).toEqual(want);
  });
});

test("a template is warned of under its own path, and of AppArmor annotations too", () => {
  const annotations = { "container.apparmor.security.beta.kubernetes.io/app": "unconfined" };
  const template = {
    metadata: { annotations },
    spec: { containers: [app], hostAliases: [{ ip: "010.0.0.1" }] },
  };
  expect(podTemplateWarnings(template, "spec.template")).toEqual([
    'spec.template.metadata.annotations[container.apparmor.security.beta.kubernetes.io/app]: deprecated since v1.30; use the "appArmorProfile" field instead',
    'spec.template.spec.hostAliases[0].ip: non-standard IP address "010.0.0.1" is invalid: use "10.0.0.1"',
  ]);
  const securityContext = { appArmorProfile: { type: "Unconfined" as const } };
  const agreeing = { metadata: { annotations }, spec: { containers: [app], securityContext } };
  expect(podTemplateWarnings(agreeing, "spec.template")).toEqual([]);
});
