/** What is wrong with a PodSpec, in a Pod or in a template (core `ValidatePodSpec`). */

import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notFound,
  required,
} from "#apimachinery/field-error.ts";
import {
  checkDNS1123Label,
  checkDNS1123Subdomain,
  checkQualifiedName,
  checkRange,
} from "#apimachinery/formats.ts";
import { validateLabels } from "#apimachinery/selectors/label-validation.ts";
import type { PodSpec } from "../../../generated/core-v1.ts";
import {
  checkFormat,
  checkNumber,
  checkSupported,
  optionalFormat,
  requireSupported,
  requireText,
  validateEach,
  validateOptional,
} from "../../../validation/checks.ts";
import { collectEach } from "../../../validation/collect-errors.ts";
import { validateRequirements } from "../../../validation/resources.ts";
import { validateAffinity } from "./affinity.ts";
import { validateHostNetworkPorts } from "./container-ports.ts";
import { validateContainers, validateEphemeralContainers, validateInitContainers } from "./containers.ts";
import { allContainers, type OwningPod, type PodContext } from "./context.ts";
import { validateDnsConfig, validateHostAliases, validateHostnameOverride } from "./dns.ts";
import { validatePodLevelResources } from "./pod-level-resources.ts";
import { validateResourceClaims } from "./resource-claims.ts";
import { validatePodSecurityContext } from "./security-context.ts";
import { validateTolerations } from "./tolerations.ts";
import { validateTopologySpread } from "./topology-spread.ts";
import { validateVolumes } from "./volumes.ts";
import { validateHostProcess, validateOperatingSystem } from "./windows-options.ts";

const MAX_INT32 = 2 ** 31 - 1;

/** In the order in which messages list them, as all sets here. */
const RESTART_POLICIES: readonly string[] = ["Always", "OnFailure", "Never"];
const DNS_POLICIES: readonly string[] = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];
const PREEMPTION_POLICIES: readonly string[] = ["PreemptLowerPriority", "Never"];
const OPERATING_SYSTEMS: readonly string[] = ["linux", "windows"];

export function validatePodSpec(spec: PodSpec, path: string, pod?: OwningPod): readonly FieldError[] {
  const { volumes, errors } = validateVolumes(spec.volumes, pod?.name ?? "", `${path}.volumes`);
  const context: PodContext = {
    volumes,
    resourceClaims: new Set(
      (spec.resourceClaims ?? []).map(({ name }) => name).filter((name) => name !== ""),
    ),
    gracePeriodSeconds: spec.terminationGracePeriodSeconds,
    restartPolicy: spec.restartPolicy,
    hostUsers: spec.hostUsers ?? true,
  };
  return [
    ...(spec.terminationGracePeriodSeconds === undefined
      ? [required(`${path}.terminationGracePeriodSeconds`)]
      : []),
    ...errors,
    ...validateResourceClaims(spec.resourceClaims, pod, `${path}.resourceClaims`),
    ...validateContainers(spec.containers ?? [], context, `${path}.containers`),
    ...validateInitContainers(spec, context, `${path}.initContainers`),
    ...validateEphemeralContainers(spec, context, `${path}.ephemeralContainers`),
    ...validatePodLevelResources(spec, `${path}.resources`),
    ...validateHostNetworkPorts(spec, path, pod !== undefined),
    ...validatePolicies(spec, path),
    ...validatePlacement(spec, path),
    ...validateHostAccess(spec, path),
    ...validateNames(spec, path),
    ...validateRuntime(spec, path),
    ...validateFileKeyVolumes(spec, path),
  ];
}

function validatePolicies(spec: PodSpec, path: string): readonly FieldError[] {
  return [
    ...requireSupported(spec.restartPolicy, `${path}.restartPolicy`, RESTART_POLICIES),
    ...requireSupported(spec.dnsPolicy, `${path}.dnsPolicy`, DNS_POLICIES),
    ...validateLabels(spec.nodeSelector, `${path}.nodeSelector`),
    ...validatePodSecurityContext(spec, `${path}.securityContext`),
  ];
}

function validatePlacement(spec: PodSpec, path: string): readonly FieldError[] {
  return [
    ...validateOptional(spec.affinity, `${path}.affinity`, validateAffinity),
    ...validateDnsConfig(spec, `${path}.dnsConfig`),
    ...validateEach(spec.readinessGates, `${path}.readinessGates`, ({ conditionType }, gatePath) =>
      checkFormat(conditionType, `${gatePath}.conditionType`, checkQualifiedName),
    ),
    ...validateSchedulingGates(spec, `${path}.schedulingGates`),
    ...validateTopologySpread(spec.topologySpreadConstraints, `${path}.topologySpreadConstraints`),
  ];
}

function validateHostAccess(spec: PodSpec, path: string): readonly FieldError[] {
  return [
    ...validateHostProcess(spec, path),
    ...validateHostUsers(spec, path),
    ...validateHostnameOverride(spec, `${path}.hostnameOverride`),
  ];
}

function validateNames(spec: PodSpec, path: string): readonly FieldError[] {
  const { activeDeadlineSeconds } = spec;
  return [
    ...optionalFormat(spec.serviceAccountName, `${path}.serviceAccountName`, checkDNS1123Subdomain),
    ...optionalFormat(spec.nodeName, `${path}.nodeName`, checkDNS1123Subdomain),
    ...(activeDeadlineSeconds === undefined
      ? []
      : checkNumber(activeDeadlineSeconds, `${path}.activeDeadlineSeconds`, (value) =>
          checkRange(value, 1, MAX_INT32),
        )),
    ...optionalFormat(spec.hostname, `${path}.hostname`, checkDNS1123Label),
    ...optionalFormat(spec.subdomain, `${path}.subdomain`, checkDNS1123Label),
    ...validateTolerations(spec.tolerations, `${path}.tolerations`),
    ...validateHostAliases(spec.hostAliases, `${path}.hostAliases`),
    ...optionalFormat(spec.priorityClassName, `${path}.priorityClassName`, checkDNS1123Subdomain),
  ];
}

function validateRuntime(spec: PodSpec, path: string): readonly FieldError[] {
  const { runtimeClassName, preemptionPolicy, overhead } = spec;
  return [
    ...(runtimeClassName === undefined
      ? []
      : checkFormat(runtimeClassName, `${path}.runtimeClassName`, checkDNS1123Subdomain)),
    ...(preemptionPolicy === undefined
      ? []
      : requireSupported(preemptionPolicy, `${path}.preemptionPolicy`, PREEMPTION_POLICIES)),
    ...(overhead === undefined
      ? []
      : validateRequirements({ limits: overhead }, new Set(), `${path}.overhead`)),
    ...validateOs(spec, path),
  ];
}

function validateOs(spec: PodSpec, path: string): readonly FieldError[] {
  if (spec.os === undefined) return [];
  const errors = [
    ...requireText(spec.os.name, `${path}.os.name`),
    ...(spec.os.name === "" ? [] : checkSupported(spec.os.name, `${path}.os`, OPERATING_SYSTEMS)),
  ];
  return errors.length > 0 ? errors : validateOperatingSystem(spec, path);
}

function validateSchedulingGates({ schedulingGates }: PodSpec, path: string): readonly FieldError[] {
  const seen = new Set<string>();
  return validateEach(schedulingGates, path, ({ name }, gatePath) => {
    const isRepeated = seen.has(name);
    seen.add(name);
    return [
      ...checkFormat(name, gatePath, checkQualifiedName),
      ...(isRepeated ? [duplicate(gatePath, name)] : []),
    ];
  });
}

/** A user namespace cannot be had together with other namespaces of the host. */
function validateHostUsers(spec: PodSpec, path: string): readonly FieldError[] {
  if (spec.hostUsers !== false) return [];
  const message = "when `hostUsers` is false";
  const devices = allContainers(spec, path).filter(
    ({ container }) => (container.volumeDevices ?? []).length > 0,
  );
  return [
    ...(spec.hostNetwork === true ? [forbidden(`${path}.hostNetwork`, message)] : []),
    ...(spec.hostPID === true ? [forbidden(`${path}.HostPID`, message)] : []),
    ...(spec.hostIPC === true ? [forbidden(`${path}.HostIPC`, message)] : []),
    ...devices.map((container) => forbidden(`${container.path}.volumeDevices`, message)),
  ];
}

/** Environment files live in an emptyDir of the pod. */
function validateFileKeyVolumes(spec: PodSpec, path: string): readonly FieldError[] {
  return collectEach(allContainers(spec, path), (each) =>
    validateEach(each.container.env, `${each.path}.env`, ({ valueFrom }, envPath) => {
      const name = valueFrom?.fileKeyRef?.volumeName;
      if (name === undefined) return [];
      const namePath = `${envPath}.valueFrom.fileKeyRef.volumeName`;
      const volume = spec.volumes?.findLast((volume) => volume.name === name);
      if (volume === undefined) return [notFound(namePath, name)];
      return volume.emptyDir === undefined
        ? [invalid(namePath, name, "referenced volume must be of type emptyDir")]
        : [];
    }),
  );
}
