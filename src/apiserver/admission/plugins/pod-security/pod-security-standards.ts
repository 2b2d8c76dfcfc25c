import type { Check, PodCheck, PodLike, Violation } from "./check.ts";
import { capabilitiesBaseline, capabilitiesRestricted } from "./checks/capabilities.ts";
import {
  hostNamespaces,
  hostPathVolumes,
  hostPorts,
  hostProbesAndHostLifecycle,
  windowsHostProcess,
} from "./checks/host.ts";
import {
  allowPrivilegeEscalation,
  privileged,
  procMount,
  procMountRestricted,
  runAsNonRoot,
  runAsUser,
} from "./checks/privileges.ts";
import { appArmorProfile, seccompProfileBaseline, seccompProfileRestricted } from "./checks/profiles.ts";
import { restrictedVolumes } from "./checks/restricted-volumes.ts";
import { seLinuxOptions } from "./checks/selinux.ts";
import { sysctls } from "./checks/sysctls.ts";
import type { LevelVersion } from "./policy.ts";

/** In the order in which messages name what is wrong: by level and then by id. */
export const CHECKS: readonly Check[] = [
  appArmorProfile,
  capabilitiesBaseline,
  hostNamespaces,
  hostPathVolumes,
  hostPorts,
  hostProbesAndHostLifecycle,
  privileged,
  procMount,
  seLinuxOptions,
  seccompProfileBaseline,
  sysctls,
  windowsHostProcess,
  allowPrivilegeEscalation,
  capabilitiesRestricted,
  procMountRestricted,
  restrictedVolumes,
  runAsNonRoot,
  runAsUser,
  seccompProfileRestricted,
];

/** What a pod does that its level does not allow. */
export function violationsOf(pod: PodLike, { level, version }: LevelVersion): readonly Violation[] {
  return checksOf(level, version).flatMap((check) => check(pod) ?? []);
}

/** `host namespaces (hostPID=true), privileged (container "a" must …)`. */
export function describeViolations(violations: readonly Violation[]): string {
  return violations
    .map(({ reason, detail }) => (detail === "" ? reason : `${reason} (${detail})`))
    .join(", ");
}

function checksOf(level: LevelVersion["level"], version: LevelVersion["version"]): readonly PodCheck[] {
  if (level === "privileged") return [];
  const minor = version === "latest" ? Number.POSITIVE_INFINITY : version;
  const inForce = CHECKS.filter((check) => check.level === "baseline" || level === "restricted").flatMap(
    ({ id, versions }) => {
      const found = versions.findLast(({ since }) => since <= minor);
      return found === undefined ? [] : [{ id, ...found }];
    },
  );
  const replaced = inForce.map(({ replaces }) => replaces);
  return inForce.filter(({ id }) => !replaced.includes(id)).map(({ check }) => check);
}
