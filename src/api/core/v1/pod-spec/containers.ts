import {
  duplicate,
  type FieldError,
  forbidden,
  indexPath,
  invalid,
  notFound,
  required,
} from "#apimachinery/field-error.ts";
import { checkDNS1123Label } from "#apimachinery/formats.ts";
import type { Container, ContainerResizePolicy, PodSpec } from "../../../generated/core-v1.ts";
import {
  requireFormat,
  requireSupported,
  requireText,
  validateEach,
  validateOptional,
} from "../../../validation/checks.ts";
import { validateRequirements } from "../../../validation/resources.ts";
import { isSidecar } from "../pod-resources.ts";
import { validateContainerPorts, validateHostPortConflicts } from "./container-ports.ts";
import type { AnyContainer, PodContext } from "./context.ts";
import { validateEnv, validateEnvFrom } from "./env.ts";
import { validateLifecycle, validateProbes } from "./probes.ts";
import { PULL_POLICIES } from "./pull-policy.ts";
import { validateRestartPolicy } from "./restart-policy.ts";
import { validateSecurityContext } from "./security-context.ts";
import { validateVolumeDevices, validateVolumeMounts } from "./volume-mounts.ts";

/** In the order in which messages list them, as all sets here. */
const MESSAGE_POLICIES: readonly string[] = ["File", "FallbackToLogsOnError"];
const RESIZE_RESOURCES: readonly string[] = ["cpu", "memory"];
const RESIZE_POLICIES: readonly string[] = ["NotRequired", "RestartContainer"];

/** Fields that an ephemeral container may not have, since nothing may depend on it. */
const FORBIDDEN_EPHEMERAL_FIELDS = [
  "ports",
  "resources",
  "resizePolicy",
  "restartPolicy",
  "restartPolicyRules",
  "livenessProbe",
  "readinessProbe",
  "startupProbe",
  "lifecycle",
] as const satisfies readonly (keyof Container)[];

const ONLY_FOR_SIDECARS = ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] as const;

export function validateContainers(
  containers: readonly Container[],
  pod: PodContext,
  path: string,
): readonly FieldError[] {
  if (containers.length === 0) return [required(path)];
  const names = new Set<string>();
  return [
    ...validateEach(containers, path, (container, containerPath) => [
      ...validateContainer(container, pod, containerPath),
      ...validateNameOnce(container.name, names, containerPath),
      ...validateLifecycle(container.lifecycle, pod.gracePeriodSeconds, `${containerPath}.lifecycle`),
      ...validateProbes(container, containerPath),
      ...validateRestartPolicy(container, containerPath),
    ]),
    ...validateHostPortConflicts(containers, path),
  ];
}

export function validateInitContainers(
  { initContainers, containers }: PodSpec,
  pod: PodContext,
  path: string,
): readonly FieldError[] {
  const names = new Set((containers ?? []).map(({ name }) => name));
  return validateEach(initContainers, path, (container, containerPath) => [
    ...validateContainer(container, pod, containerPath),
    ...validateRestartPolicy(container, containerPath),
    ...validateNameOnce(container.name, names, containerPath),
    // Init containers run one after another, so each is looked at alone; upstream's path has index 0 then.
    ...validateHostPortConflicts([container], path),
    ...(isSidecar(container)
      ? [
          ...validateLifecycle(container.lifecycle, pod.gracePeriodSeconds, `${containerPath}.lifecycle`),
          ...validateProbes(container, containerPath),
        ]
      : validateInitOnly(container, containerPath)),
  ]);
}

export function validateEphemeralContainers(
  { ephemeralContainers, containers, initContainers }: PodSpec,
  pod: PodContext,
  path: string,
): readonly FieldError[] {
  const others = [...(containers ?? []), ...(initContainers ?? [])].map(({ name }) => name);
  const names = new Set(others);
  return validateEach(ephemeralContainers, path, (container, containerPath) => {
    const { targetContainerName: target = "" } = container;
    return [
      ...validateContainer(container, pod, containerPath),
      ...validateImageTrimmed(container, containerPath),
      ...validateNameOnce(container.name, names, containerPath),
      ...(target === "" || others.includes(target)
        ? []
        : [notFound(`${containerPath}.targetContainerName`, target)]),
      ...validateEphemeralOnly(container, containerPath),
    ];
  });
}

/** A template may have an image of spaces as a placeholder, a pod may not. */
export function validateImageTrimmed({ image = "" }: AnyContainer, path: string): readonly FieldError[] {
  return image.trim() === image
    ? []
    : [invalid(`${path}.image`, image, "must not have leading or trailing whitespace")];
}

function validateContainer(container: AnyContainer, pod: PodContext, path: string): readonly FieldError[] {
  return [
    ...requireFormat(container.name, `${path}.name`, checkDNS1123Label),
    ...requireText(container.image, `${path}.image`),
    ...requireSupported(
      container.terminationMessagePolicy,
      `${path}.terminationMessagePolicy`,
      MESSAGE_POLICIES,
    ),
    ...validateContainerPorts(container.ports, `${path}.ports`),
    ...validateEnv(container.env, `${path}.env`),
    ...validateEnvFrom(container.envFrom, `${path}.envFrom`),
    ...validateVolumeMounts(container, pod.volumes, `${path}.volumeMounts`),
    ...validateVolumeDevices(container, pod.volumes, `${path}.volumeDevices`),
    ...requireSupported(container.imagePullPolicy, `${path}.imagePullPolicy`, PULL_POLICIES),
    ...validateRequirements(container.resources, pod.resourceClaims, `${path}.resources`),
    ...validateResizePolicies(container.resizePolicy ?? [], pod.restartPolicy, `${path}.resizePolicy`),
    ...validateOptional(container.securityContext, `${path}.securityContext`, (context, contextPath) =>
      validateSecurityContext(context, contextPath, pod.hostUsers),
    ),
  ];
}

/** Errors name the list, not its element, as upstream's do. */
function validateResizePolicies(
  policies: readonly ContainerResizePolicy[],
  podPolicy: PodContext["restartPolicy"],
  path: string,
): readonly FieldError[] {
  const seen = new Set<string>();
  return policies.flatMap(({ resourceName, restartPolicy }, index) => {
    const isRepeated = seen.has(resourceName);
    seen.add(resourceName);
    const needsRestart = podPolicy === "Never" && restartPolicy !== "NotRequired";
    return [
      ...(isRepeated ? [duplicate(indexPath(path, index), resourceName)] : []),
      ...requireSupported(resourceName, path, RESIZE_RESOURCES),
      ...requireSupported(restartPolicy, path, RESIZE_POLICIES),
      ...(needsRestart
        ? [invalid(path, restartPolicy, "must be 'NotRequired' when pod `restartPolicy` is 'Never'")]
        : []),
    ];
  });
}

function validateNameOnce(name: string, names: Set<string>, path: string): readonly FieldError[] {
  if (names.has(name)) return [duplicate(`${path}.name`, name)];
  if (name !== "") names.add(name);
  return [];
}

function validateInitOnly(container: Container, path: string): readonly FieldError[] {
  const restarting = (container.resizePolicy ?? []).flatMap(({ restartPolicy }, index) =>
    restartPolicy === "RestartContainer"
      ? [
          invalid(
            `${indexPath(`${path}.resizePolicy`, index)}.restartPolicy`,
            restartPolicy,
            "must not be set to 'RestartContainer' for non-sidecar initContainers",
          ),
        ]
      : [],
  );
  return [
    ...ONLY_FOR_SIDECARS.filter((field) => container[field] !== undefined).map((field) =>
      forbidden(`${path}.${field}`, "may not be set for init containers without restartPolicy=Always"),
    ),
    ...restarting,
  ];
}

function validateEphemeralOnly(container: AnyContainer, path: string): readonly FieldError[] {
  const message = "cannot be set for an Ephemeral Container";
  const mounts = validateEach(container.volumeMounts, `${path}.volumeMounts`, (mount, mountPath) =>
    (["subPath", "subPathExpr"] as const)
      .filter((field) => (mount[field] ?? "") !== "")
      .map((field) => forbidden(`${mountPath}.${field}`, message)),
  );
  return [
    ...FORBIDDEN_EPHEMERAL_FIELDS.filter((field) => isSet(container[field], field)).map((field) =>
      forbidden(`${path}.${field}`, message),
    ),
    ...mounts,
  ];
}

/** `resources` is never absent. */
function isSet(value: unknown, field: string): boolean {
  if (value === undefined || value === null) return false;
  return field !== "resources" || Object.keys(value).length > 0;
}
