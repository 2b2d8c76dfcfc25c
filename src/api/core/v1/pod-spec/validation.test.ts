import { describe, expect, test } from "bun:test";
import { podSpecErrors } from "#testing/pod-spec.ts";
import type { Container, PodSpec } from "../../../generated/core-v1.ts";

const web: Container = { name: "web", image: "nginx:1.29" };
const LABEL =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

interface SpecCase {
  readonly name: string;
  readonly spec: Partial<PodSpec>;
  readonly want: readonly string[];
}

function containersWith(...containers: Partial<Container>[]): Partial<PodSpec> {
  return {
    containers: containers.map((container, index) => ({ ...web, name: `c${String(index)}`, ...container })),
  };
}

const cases: SpecCase[] = [
  {
    name: "bad policies",
    spec: {
      restartPolicy: "Sometimes" as "Never",
      dnsPolicy: "None",
      preemptionPolicy: "Maybe" as "Never",
    },
    want: [
      'spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"',
      "spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None",
      'spec.preemptionPolicy: Unsupported value: "Maybe": supported values: "PreemptLowerPriority", "Never"',
    ],
  },
  {
    name: "a bad DNS configuration",
    spec: {
      dnsConfig: {
        nameservers: ["1.1.1.1", "2.2.2.2", "3.3.3.3", "x"],
        searches: ["a_b.c.", ".", "A"],
        options: [{}],
      },
    },
    want: [
      'spec.dnsConfig.nameservers: Invalid value: ["1.1.1.1","2.2.2.2","3.3.3.3","x"]: must not have more than 3 nameservers',
      'spec.dnsConfig.nameservers[3]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      expect.stringMatching(
        /^spec\.dnsConfig\.searches\[2\]: Invalid value: "A": a lowercase RFC 1123 subdomain/,
      ) as unknown as string,
      "spec.dnsConfig.options[0]: Required value: must not be empty",
    ],
  },
  {
    name: "bad volumes",
    spec: {
      volumes: [
        { name: "a", emptyDir: { sizeLimit: "-1" }, hostPath: { path: "/" } },
        { name: "b", hostPath: { path: "/a/../b" } },
        { name: "b", secret: { secretName: "", defaultMode: 512 } },
        { name: "c", configMap: { items: [{ key: "", path: "../x", mode: -1 }] } },
        { name: "d", persistentVolumeClaim: { claimName: "" } },
        { name: "e", nfs: { server: "", path: "x" } },
        { name: "f", gcePersistentDisk: { pdName: "", partition: 300 } },
        { name: "g", csi: { driver: "" } },
        { name: "h", ephemeral: {} },
      ],
    },
    want: [
      "spec.volumes[0].emptyDir.sizeLimit: Forbidden: SizeLimit field must be a valid resource quantity",
      "spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type",
      "spec.volumes[1].hostPath.path: Invalid value: \"/a/../b\": must not contain '..'",
      "spec.volumes[2].secret.secretName: Required value",
      "spec.volumes[2].secret.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive",
      "spec.volumes[3].configMap.name: Required value",
      "spec.volumes[3].configMap.items[0].key: Required value",
      "spec.volumes[3].configMap.items[0].path: Invalid value: \"../x\": must not contain '..'",
      "spec.volumes[3].configMap.items[0].mode: Invalid value: -1: must be a number between 0 and 0777 (octal), both inclusive",
      "spec.volumes[4].persistentVolumeClaim.claimName: Required value",
      "spec.volumes[5].nfs.server: Required value",
      'spec.volumes[5].nfs.path: Invalid value: "x": must be an absolute path',
      "spec.volumes[6].persistentDisk.pdName: Required value",
      "spec.volumes[6].persistentDisk.partition: Invalid value: 300: must be between 1 and 255, inclusive",
      "spec.volumes[7].csi.driver: Required value",
      "spec.volumes[8].ephemeral.volumeClaimTemplate: Required value",
    ],
  },
  {
    name: "a bad projected volume",
    spec: {
      volumes: [
        {
          name: "p",
          projected: {
            sources: [
              {
                secret: { name: "s", items: [{ key: "k", path: "x" }] },
                configMap: { items: [{ key: "k", path: "x" }] },
              },
              { serviceAccountToken: { path: "/x", expirationSeconds: 5 } },
              { downwardAPI: { items: [{ path: "y" }] } },
            ],
          },
        },
      ],
    },
    want: [
      "spec.volumes[0].projected.sources[0].configMap.name: Required value",
      'spec.volumes[0].projected: Invalid value: "": conflicting duplicate paths',
      "spec.volumes[0].projected.sources[0]: Forbidden: may not specify more than 1 volume type per source",
      "spec.volumes[0].projected.sources[1].serviceAccountToken.expirationSeconds: Invalid value: 5: may not specify a duration less than 10 minutes",
      'spec.volumes[0].projected.path: Invalid value: "/x": must be a relative path',
      "spec.volumes[0].projected.sources[2].downwardAPI: Required value: one of fieldRef and resourceFieldRef is required",
    ],
  },
  {
    name: "a bad pod security context",
    spec: {
      hostNetwork: true,
      hostPID: true,
      shareProcessNamespace: true,
      securityContext: {
        fsGroup: -1,
        supplementalGroups: [1, -2],
        fsGroupChangePolicy: "Never" as "Always",
        sysctls: [
          { name: "net.core.somaxconn", value: "1" },
          { name: "A", value: "1" },
        ],
      },
    },
    want: [
      "spec.securityContext.fsGroup: Invalid value: -1: must be between 0 and 2147483647, inclusive",
      "spec.securityContext.supplementalGroups[1]: Invalid value: -2: must be between 0 and 2147483647, inclusive",
      "spec.securityContext.shareProcessNamespace: Invalid value: true: ShareProcessNamespace and HostPID cannot both be enabled",
      "spec.securityContext.sysctls[0].name: Invalid value: \"net.core.somaxconn\": may not be specified when 'hostNetwork' is true",
      'spec.securityContext.sysctls[1].name: Invalid value: "A": must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$',
      'spec.securityContext.fsGroupChangePolicy: Unsupported value: "Never": supported values: "Always", "OnRootMismatch"',
    ],
  },
  {
    name: "a user namespace beside those of the host",
    spec: { hostUsers: false, hostNetwork: true, hostPID: true, hostIPC: true },
    want: [
      "spec.hostNetwork: Forbidden: when `hostUsers` is false",
      "spec.HostPID: Forbidden: when `hostUsers` is false",
      "spec.HostIPC: Forbidden: when `hostUsers` is false",
    ],
  },
  {
    name: "bad affinity",
    spec: {
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] },
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 0, preference: { matchExpressions: [{ key: "a", operator: "Gt", values: [] }] } },
            { weight: 1, preference: { matchFields: [{ key: "spec.x", operator: "In", values: ["a"] }] } },
          ],
        },
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "", matchLabelKeys: ["a"] }],
        },
      },
    },
    want: [
      "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: Required value: must have at least one node selector term",
      "spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: Invalid value: 0: must be in the range 1-100",
      "spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].preference.matchExpressions[0].values: Required value: must be specified single value when `operator` is 'Lt' or 'Gt'",
      'spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[1].preference.matchFields[0].key: Invalid value: "spec.x": not a valid field selector key',
      "spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].matchLabelKeys: Forbidden: must not be specified when labelSelector is not set",
      "spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey: Required value: can not be empty",
      expect.stringContaining(
        '[0].topologyKey: Invalid value: "": name part must be non-empty',
      ) as unknown as string,
      expect.stringContaining(
        '[0].topologyKey: Invalid value: "": name part must consist of',
      ) as unknown as string,
    ],
  },
  {
    name: "bad spreading",
    spec: {
      topologySpreadConstraints: [
        { maxSkew: 0, topologyKey: "zone", whenUnsatisfiable: "ScheduleAnyway", minDomains: 2 },
        { maxSkew: 1, topologyKey: "zone", whenUnsatisfiable: "ScheduleAnyway" },
      ],
    },
    want: [
      "spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero",
      'spec.topologySpreadConstraints[0].{topologyKey, whenUnsatisfiable}: Duplicate value: "{zone, ScheduleAnyway}"',
      "spec.topologySpreadConstraints[0].minDomains: Invalid value: 2: can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ScheduleAnyway",
    ],
  },
  {
    name: "bad tolerations",
    spec: {
      tolerations: [
        { operator: "Exists" },
        { value: "x" },
        { key: "a", operator: "Exists", value: "x", tolerationSeconds: 1, effect: "NoSchedule" },
        { key: "a", operator: "Gt", value: "1" },
        { key: "a", operator: "Near" as "Gt", effect: "Maybe" as "NoExecute" },
      ],
    },
    want: [
      'spec.tolerations[1].operator: Invalid value: "": operator must be Exists when `key` is empty, which means "match all values and all keys"',
      "spec.tolerations[2].effect: Invalid value: \"NoSchedule\": effect must be 'NoExecute' when `tolerationSeconds` is set",
      "spec.tolerations[2].operator: Invalid value: \"x\": value must be empty when `operator` is 'Exists'",
      'spec.tolerations[3].operator: Unsupported value: "Gt": supported values: "Equal", "Exists", "Lt", "Gt"',
      'spec.tolerations[4].operator: Unsupported value: "Near": supported values: "Equal", "Exists"',
      'spec.tolerations[4].effect: Unsupported value: "Maybe": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
    ],
  },
  {
    name: "bad names and numbers",
    spec: { hostname: "A", activeDeadlineSeconds: 0, nodeSelector: { "": "x" }, hostAliases: [{ ip: "" }] },
    want: [
      expect.stringContaining(
        'spec.nodeSelector: Invalid value: "": name part must be non-empty',
      ) as unknown as string,
      expect.stringContaining("spec.nodeSelector: ") as unknown as string,
      "spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive",
      `spec.hostname: Invalid value: "A": ${LABEL}`,
      'spec.hostAliases[0].ip: Invalid value: "": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ],
  },
  {
    name: "an overriding host name with host networking",
    spec: { hostNetwork: true, hostnameOverride: "a".repeat(65) },
    want: [
      "spec.hostnameOverride: Forbidden: may not be specified when hostNetwork is true",
      "spec.hostnameOverride: Too long: may not be more than 64 bytes",
    ],
  },
  {
    name: "gates twice",
    spec: { schedulingGates: [{ name: "a" }, { name: "a" }] },
    want: ['spec.schedulingGates[1]: Duplicate value: "a"'],
  },
  {
    name: "a windows pod with Linux settings",
    spec: {
      os: { name: "windows" },
      hostPID: true,
      securityContext: { runAsUser: 1 },
      ...containersWith({ securityContext: { privileged: true } }),
    },
    want: [
      "spec.hostPID: Forbidden: cannot be set for a windows pod",
      "spec.securityContext.runAsUser: Forbidden: cannot be set for a windows pod",
      "spec.containers[0].securityContext.privileged: Forbidden: cannot be set for a windows pod",
    ],
  },
  {
    name: "an unknown operating system",
    spec: { os: { name: "plan9" } },
    want: ['spec.os: Unsupported value: "plan9": supported values: "linux", "windows"'],
  },
  {
    name: "HostProcess in one container only",
    spec: containersWith(
      { securityContext: { windowsOptions: { hostProcess: true, runAsUserName: "a\\b\\c" } } },
      {},
    ),
    want: [
      'spec.containers[0].securityContext.windowsOptions.runAsUserName: Invalid value: "a\\\\b\\\\c": runAsUserName cannot contain more than one backslash',
      'spec: Invalid value: "": If pod contains any hostProcess containers then all containers must be HostProcess containers',
      "spec.hostNetwork: Invalid value: false: hostNetwork must be true if pod contains any hostProcess containers",
    ],
  },
  {
    name: "pod resources below those of its containers",
    spec: {
      resources: { requests: { cpu: "1" }, limits: { cpu: "2", storage: "1" } },
      ...containersWith({ resources: { requests: { cpu: "2" }, limits: { cpu: "3" } } }),
    },
    want: [
      'spec.resources.limits[storage]: Unsupported value: "storage": supported values: "cpu", "hugepages-", "memory"',
      'spec.resources.requests[cpu]: Invalid value: "1": must be greater than or equal to aggregate container requests of 2',
      'spec.resources.containers[0][cpu].limits: Invalid value: "3": must be less than or equal to pod limits of 2',
    ],
  },
  {
    name: "bad resource claims",
    spec: {
      resourceClaims: [
        { name: "", resourceClaimName: "x" },
        { name: "gpu", resourceClaimName: "x", resourceClaimTemplateName: "y" },
        { name: "gpu" },
      ],
      ...containersWith({ resources: { claims: [{ name: "other" }] } }),
    },
    want: [
      "spec.resourceClaims[0].name: Required value",
      'spec.resourceClaims[1]: Invalid value: {"Name":"gpu","ResourceClaimName":"x","ResourceClaimTemplateName":"y"}: at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified',
      'spec.resourceClaims[2].name: Duplicate value: "gpu"',
      'spec.resourceClaims[2]: Invalid value: {"Name":"gpu","ResourceClaimName":null,"ResourceClaimTemplateName":null}: must specify one of: `resourceClaimName`, `resourceClaimTemplateName`',
      'spec.containers[0].resources.claims[0]: Not found: "other": must be one of the names in pod.spec.resourceClaims: gpu',
    ],
  },
];

describe("validatePodSpec", () => {
  test.each(cases)("$name", ({ spec, want }) => {
    expect(podSpecErrors({ containers: [web], ...spec })).toEqual([...want]);
  });
});
