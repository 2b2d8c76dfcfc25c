import { forbidden, indexPath, internalFieldError, invalid } from "#apimachinery/field-error.ts";
import { checkDNS1123Subdomain, checkQualifiedName } from "#apimachinery/formats.ts";
import type {
  ContainerStatus,
  HostIP,
  Pod,
  PodCondition,
  PodIP,
  PodSpec,
} from "../../../generated/core-v1.ts";
import { checkFormat, validateEach, validateImmutable } from "../../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../../validation/collect-errors.ts";
import { type InternalForm, internalForm } from "../../../validation/internal-form.ts";
import { ipFamilyOf, isDualStack, validateLegacyIp } from "../../../validation/ip-fields.ts";
import { mayRestartAll, shouldRestart } from "../container-restart.ts";
import { validatePodAnnotations } from "../pod-spec/annotations.ts";
import { validateClaimStatuses, validateExtendedClaimStatus } from "./claim-status.validation.ts";
import { validateContainerStatuses } from "./container-status.validation.ts";
import { validateAnnotationChange } from "./validation.ts";

const IP: InternalForm = { IP: "" };

const GENERATION_MESSAGE = "must be a non-negative integer";

/** Conditions whose type has no form to check. */
const SYSTEM_CONDITIONS: readonly string[] = ["PodScheduled", "Ready", "Initialized"];

export function validatePodStatus(next: Pod, previous: Pod): FieldErrors {
  const { spec } = next;
  const status = next.status ?? {};
  const before = previous.status ?? {};
  const { observedGeneration = 0 } = status;
  return collectErrors(
    validateAnnotationChange(next, previous),
    validatePodAnnotations(next.metadata.annotations, spec, "metadata.annotations"),
    validateConditions(status.conditions),
    validateNominatedNode(next, previous),
    observedGeneration < 0 && invalid("status.observedGeneration", observedGeneration, GENERATION_MESSAGE),
    validateImmutable(status.qosClass, before.qosClass, "status.qosClass"),
    validateTransitions(next, previous),
    validateClaimStatuses(status.resourceClaimStatuses, spec, "status.resourceClaimStatuses"),
    validateExtendedClaimStatus(
      status.extendedResourceClaimStatus,
      spec,
      "status.extendedResourceClaimStatus",
    ),
    validateIps(status.podIPs, before.podIPs, "status.podIPs"),
    validateHostIp(status.hostIP, status.hostIPs),
    validateIps(status.hostIPs, before.hostIPs, "status.hostIPs"),
    validateContainerStatuses(status, spec),
  );
}

function validateConditions(conditions: readonly PodCondition[] | undefined): FieldErrors {
  return validateEach(conditions, "status.conditions", ({ type, observedGeneration = 0 }, path) =>
    collectErrors(
      observedGeneration < 0 && invalid(`${path}.observedGeneration`, observedGeneration, GENERATION_MESSAGE),
      !SYSTEM_CONDITIONS.includes(type) && checkFormat(type, `${path}.Type`, checkQualifiedName),
    ),
  );
}

/** A node may be nominated for a pod that has none yet. */
function validateNominatedNode(next: Pod, previous: Pod): FieldErrors {
  const path = "status.nominatedNodeName";
  const name = next.status?.nominatedNodeName ?? "";
  if (name === "" || name === (previous.status?.nominatedNodeName ?? "")) return [];
  const isBound = (previous.spec.nodeName ?? "") !== "";
  return collectErrors(
    checkFormat(name, path, checkDNS1123Subdomain),
    isBound && forbidden(path, "may not be set on pods that are already bound to a node"),
  );
}

/** What has ended does not run again, except where the spec says so. */
function validateTransitions(next: Pod, previous: Pod): FieldErrors {
  const { spec, status: before } = previous;
  const after = next.status;
  const never = () => false;
  const initMay = mayRestart(spec, spec.initContainers);
  return collectErrors(
    validateEnded(
      after?.containerStatuses,
      before?.containerStatuses,
      mayRestart(spec, spec.containers),
      "containerStatuses",
    ),
    validateEnded(
      after?.initContainerStatuses,
      before?.initContainerStatuses,
      initMay,
      "initContainerStatuses",
    ),
    validateEnded(
      after?.ephemeralContainerStatuses,
      before?.ephemeralContainerStatuses,
      never,
      "ephemeralContainerStatuses",
    ),
  );
}

type MayRestart = (name: string, exitCode: number) => boolean;

function mayRestart(spec: PodSpec, containers: PodSpec["initContainers"]): MayRestart {
  if (mayRestartAll(spec)) return () => true;
  return (name, exitCode) => {
    const container = containers?.find((each) => each.name === name);
    return container !== undefined && shouldRestart(container, spec, exitCode);
  };
}

function validateEnded(
  next: readonly ContainerStatus[] | undefined,
  previous: readonly ContainerStatus[] | undefined,
  mayRun: MayRestart,
  list: string,
): FieldErrors {
  return validateEach(previous, `status.${list}`, ({ name, state }, path) => {
    const { terminated } = state ?? {};
    if (terminated === undefined) return [];
    const runsAgain = next?.some((each) => each.name === name && each.state?.terminated === undefined);
    return runsAgain === true && !mayRun(name, terminated.exitCode)
      ? [forbidden(`${path}.state`, "may not be transitioned to non-terminated state")]
      : [];
  });
}

/** At most one address of each family. */
function validateIps(
  next: readonly (PodIP | HostIP)[] | undefined,
  previous: readonly (PodIP | HostIP)[] | undefined,
  path: string,
): FieldErrors {
  const known = (previous ?? []).map(({ ip }) => ip);
  return collectErrors(
    validateEach(next, path, ({ ip }, ipPath) => validateLegacyIp(ip, ipPath, known)),
    next !== undefined && next.length > 1 && validateFamilies(next, path),
  );
}

function validateFamilies(ips: readonly (PodIP | HostIP)[], path: string): FieldErrors {
  const families = ips.map(({ ip }) => ipFamilyOf(ip));
  const unknown = families.indexOf(undefined);
  const isPair = families.length === 2 && isDualStack(families);
  return collectErrors(
    unknown >= 0 &&
      internalFieldError(
        path,
        `failed to check for dual stack with error:invalid IP[${String(unknown)}]: ${ips[unknown]?.ip ?? ""}`,
      ),
    !isPair &&
      invalid(
        path,
        ips.map((each) => internalForm(each, IP)),
        "may specify no more than one IP for each IP family",
      ),
  );
}

function validateHostIp(hostIp: string | undefined, hostIps: readonly HostIP[] | undefined): FieldErrors {
  const first = hostIps?.[0]?.ip;
  return first === undefined || first === hostIp
    ? []
    : [invalid(`${indexPath("status.hostIPs", 0)}.ip`, first, "must be equal to `hostIP`")];
}
