/** What is allowed in a pod and does not do what one would think (`pkg/api/pod/warnings.go`). */
import { indexPath, keyPath } from "#apimachinery/field-error.ts";
import type { LabelSelector } from "#apimachinery/generated/meta-v1.ts";
import type {
  EnvVar,
  NodeAffinity,
  Pod,
  PodAffinity,
  PodSpec,
  PodTemplateSpec,
} from "../../../generated/core-v1.ts";
import { ipWarnings } from "../../../validation/ip-fields.ts";
import { repetitions } from "../../../validation/lists.ts";
import { nodeLabelDeprecation, nodeTermWarnings } from "../../../validation/node-labels.ts";
import { fractionalByteWarnings } from "../resource-warnings.ts";
import { type AnyContainer, allContainers } from "./context.ts";
import { portWarnings } from "./port-warnings.ts";
import { containerProfileWarnings, podProfileWarnings } from "./profile-warnings.ts";
import { volumeWarnings } from "./volume-warnings.ts";

type Annotations = Readonly<Record<string, string>>;
type Warnings = readonly string[];

const BYTE_RESOURCES = ["memory", "ephemeral-storage"];

const DEPRECATED_ANNOTATIONS: Annotations = {
  "scheduler.alpha.kubernetes.io/critical-pod":
    'non-functional in v1.16+; use the "priorityClassName" field instead',
  "security.alpha.kubernetes.io/sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
  "security.alpha.kubernetes.io/unsafe-sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
};

const MATCHES_NOTHING = "a null labelSelector results in matching no pod";

export function podWarnings({ metadata, spec }: Pod): Warnings {
  return specWarnings(spec, metadata.annotations ?? {}, {
    spec: "spec",
    annotations: "metadata.annotations",
    isTemplate: false,
  });
}

/** `path` is that of the template itself: `spec.template`. */
export function podTemplateWarnings({ metadata, spec }: PodTemplateSpec, path: string): Warnings {
  if (spec === undefined) return [];
  return specWarnings(spec, metadata?.annotations ?? {}, {
    spec: `${path}.spec`,
    annotations: `${path}.metadata.annotations`,
    isTemplate: true,
  });
}

export function podStatusWarnings({ status = {} }: Pod): Warnings {
  const { podIPs = [], hostIPs = [] } = status;
  return [
    ...podIPs.flatMap(({ ip }, index) => ipWarnings(ip, `${indexPath("status.podIPs", index)}.ip`)),
    ...hostIPs.flatMap(({ ip }, index) => ipWarnings(ip, `${indexPath("status.hostIPs", index)}.ip`)),
  ];
}

interface Place {
  readonly spec: string;
  readonly annotations: string;
  readonly isTemplate: boolean;
}

function specWarnings(spec: PodSpec, annotations: Annotations, path: Place): Warnings {
  const containers = allContainers(spec, path.spec);
  const profiles = { annotations, path: path.annotations, isTemplate: path.isTemplate };
  return [
    ...nodeSelectionWarnings(spec, path.spec),
    ...spreadWarnings(spec, `${path.spec}.topologySpreadConstraints`),
    ...annotationWarnings(annotations, path.annotations),
    ...volumeWarnings(spec.volumes ?? [], `${path.spec}.volumes`),
    ...repetitionWarnings(spec, path.spec),
    ...fractionalByteWarnings(spec.overhead, `${path.spec}.overhead`, BYTE_RESOURCES),
    ...podProfileWarnings(spec, profiles),
    ...containers.flatMap((each) => [
      ...containerProfileWarnings(each.container, spec, profiles),
      ...containerWarnings(each.container, each.path),
    ]),
    ...portWarnings(containers),
    ...graceWarnings(spec, path.spec),
    ...podAffinityWarnings(spec.affinity?.podAffinity, `${path.spec}.affinity.podAffinity`),
    ...podAffinityWarnings(spec.affinity?.podAntiAffinity, `${path.spec}.affinity.podAntiAffinity`),
    ...addressWarnings(spec, path.spec),
  ];
}

function nodeSelectionWarnings({ nodeSelector, affinity }: PodSpec, path: string): Warnings {
  const labels = Object.keys(nodeSelector ?? {}).flatMap((label) => {
    const deprecation = nodeLabelDeprecation(label);
    return deprecation === undefined ? [] : [`${keyPath(`${path}.nodeSelector`, label)}: ${deprecation}`];
  });
  return [...labels, ...nodeAffinityWarnings(affinity?.nodeAffinity, `${path}.affinity.nodeAffinity`)];
}

function nodeAffinityWarnings(affinity: NodeAffinity | undefined, path: string): Warnings {
  const required = affinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const preferred = affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  const requiredPath = `${path}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms`;
  const preferredPath = `${path}.preferredDuringSchedulingIgnoredDuringExecution`;
  return [
    ...required.flatMap((term, index) =>
      nodeTermWarnings(term, indexPath(requiredPath, index), { checkValues: false }),
    ),
    ...preferred.flatMap(({ preference }, index) =>
      nodeTermWarnings(preference, `${indexPath(preferredPath, index)}.preference`, { checkValues: true }),
    ),
  ];
}

function spreadWarnings({ topologySpreadConstraints = [] }: PodSpec, path: string): Warnings {
  return topologySpreadConstraints.flatMap(({ topologyKey, labelSelector }, index) => {
    const deprecation = nodeLabelDeprecation(topologyKey);
    const constraintPath = indexPath(path, index);
    return [
      ...(deprecation === undefined
        ? []
        : [`${constraintPath}.topologyKey: ${topologyKey} is ${deprecation}`]),
      ...selectorWarnings(labelSelector, `${constraintPath}.labelSelector`),
    ];
  });
}

function selectorWarnings(selector: LabelSelector | undefined, path: string): Warnings {
  return selector === undefined ? [`${path}: ${MATCHES_NOTHING}`] : [];
}

function annotationWarnings(annotations: Annotations, path: string): Warnings {
  return Object.entries(DEPRECATED_ANNOTATIONS)
    .filter(([key]) => annotations[key] !== undefined)
    .map(([key, message]) => `${keyPath(path, key)}: ${message}`);
}

/** Lists of which only one element with a key is used. */
function repetitionWarnings({ hostAliases = [], imagePullSecrets = [] }: PodSpec, path: string): Warnings {
  const isRepeatedIp = repetitions();
  const isRepeatedName = repetitions();
  const secretsPath = `${path}.imagePullSecrets`;
  return [
    ...hostAliases.flatMap(({ ip }, index) =>
      isRepeatedIp(ip)
        ? [`${indexPath(`${path}.hostAliases`, index)}.ip: duplicate ip ${JSON.stringify(ip)}`]
        : [],
    ),
    ...imagePullSecrets.flatMap(({ name = "" }, index) =>
      isRepeatedName(name)
        ? [`${indexPath(secretsPath, index)}.name: duplicate name ${JSON.stringify(name)}`]
        : [],
    ),
    ...imagePullSecrets.flatMap(({ name = "" }, index) =>
      name === "" ? [`${indexPath(secretsPath, index)}.name: invalid empty name ""`] : [],
    ),
  ];
}

function containerWarnings({ resources, env }: AnyContainer, path: string): Warnings {
  return [
    ...BYTE_RESOURCES.flatMap((name) => [
      ...fractionalByteWarnings(resources?.limits, `${path}.resources.limits`, [name]),
      ...fractionalByteWarnings(resources?.requests, `${path}.resources.requests`, [name]),
    ]),
    ...envWarnings(env ?? [], `${path}.env`),
  ];
}

function envWarnings(env: readonly EnvVar[], path: string): Warnings {
  const isRepeated = repetitions();
  return env.flatMap((variable, index) =>
    isRepeated(variable.name) && hidesPrevious(variable)
      ? [
          `${indexPath(path, index)}: hides previous definition of ${JSON.stringify(variable.name)}, which may be dropped when using apply`,
        ]
      : [],
  );
}

/** A value may be made from the previous one of the same variable. */
function hidesPrevious({ name, value = "", valueFrom }: EnvVar): boolean {
  const reference = `$(${name})`;
  return valueFrom !== undefined || value === reference || !value.includes(reference);
}

function graceWarnings({ terminationGracePeriodSeconds = 0 }: PodSpec, path: string): Warnings {
  return terminationGracePeriodSeconds < 0
    ? [
        `${path}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`,
      ]
    : [];
}

function podAffinityWarnings(affinity: PodAffinity | undefined, path: string): Warnings {
  const required = affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  const preferred = affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  const requiredPath = `${path}.requiredDuringSchedulingIgnoredDuringExecution`;
  const preferredPath = `${path}.preferredDuringSchedulingIgnoredDuringExecution`;
  return [
    ...required.flatMap(({ labelSelector }, index) =>
      selectorWarnings(labelSelector, `${indexPath(requiredPath, index)}.labelSelector`),
    ),
    ...preferred.flatMap(({ podAffinityTerm }, index) =>
      selectorWarnings(
        podAffinityTerm.labelSelector,
        `${indexPath(preferredPath, index)}.podAffinityTerm.labelSelector`,
      ),
    ),
  ];
}

function addressWarnings({ dnsConfig, hostAliases = [] }: PodSpec, path: string): Warnings {
  const nameservers = dnsConfig?.nameservers ?? [];
  return [
    ...nameservers.flatMap((ip, index) => ipWarnings(ip, indexPath(`${path}.dnsConfig.nameservers`, index))),
    ...hostAliases.flatMap(({ ip }, index) =>
      ipWarnings(ip, `${indexPath(`${path}.hostAliases`, index)}.ip`),
    ),
  ];
}
