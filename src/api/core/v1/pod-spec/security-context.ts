import {
  duplicate,
  type FieldError,
  invalid,
  notSupported,
  required,
  tooLong,
} from "#apimachinery/field-error.ts";
import { checkId } from "#apimachinery/formats.ts";
import type {
  AppArmorProfile,
  PodSecurityContext,
  PodSpec,
  SeccompProfile,
  SecurityContext,
  Sysctl,
} from "../../../generated/core-v1.ts";
import { checkNumber, checkSupported, validateEach, validateOptional } from "../../../validation/checks.ts";
import { type InternalForm, internalForm } from "../../../validation/internal-form.ts";
import { validateLocalDescendingPath } from "../../../validation/paths.ts";
import { validateWindowsOptions } from "./windows-options.ts";

/** In the order in which messages list them, as all sets here. */
const PROFILE_TYPES: readonly string[] = ["Localhost", "RuntimeDefault", "Unconfined"];
const GROUP_CHANGE_POLICIES: readonly string[] = ["Always", "OnRootMismatch"];
const GROUPS_POLICIES: readonly string[] = ["Merge", "Strict"];
/** `MountOption` belongs to the gate SELinuxMount, which is off. */
const SELINUX_CHANGE_POLICIES: readonly string[] = ["Recursive"];
const PROC_MOUNTS: readonly string[] = ["Default", "Unmasked"];

/** The longest path that Linux accepts, without its final zero. */
const MAX_PROFILE_BYTES = 4095;

const MAX_SYSCTL_LENGTH = 253;
const SYSCTL_SEGMENT = "[a-z0-9]([-_a-z0-9]*[a-z0-9])?";
const SYSCTL = `^(${SYSCTL_SEGMENT}[\\./])*${SYSCTL_SEGMENT}$`;
const SYSCTL_REGEX = new RegExp(SYSCTL);
const IPC_SYSCTL =
  /^(kernel\.(sem|shm|shmall|shmmax|shmmni|shm_rmid_forced|msg|msgmax|msgmnb|msgmni)|fs\.mqueue(\..*)?)$/;

const PROFILE: InternalForm = { Type: "", LocalhostProfile: null };
const SECURITY_CONTEXT: InternalForm = {
  Capabilities: { Add: null, Drop: null },
  Privileged: null,
  SELinuxOptions: { User: "", Role: "", Type: "", Level: "" },
  WindowsOptions: {
    GMSACredentialSpecName: null,
    GMSACredentialSpec: null,
    RunAsUserName: null,
    HostProcess: null,
  },
  RunAsUser: null,
  RunAsGroup: null,
  RunAsNonRoot: null,
  ReadOnlyRootFilesystem: null,
  AllowPrivilegeEscalation: null,
  ProcMount: null,
  SeccompProfile: PROFILE,
  AppArmorProfile: PROFILE,
};

/** The security context of a pod or template; sysctls of namespaces that belong to the host are refused. */
export function validatePodSecurityContext(spec: PodSpec, path: string): readonly FieldError[] {
  return validateOptional(spec.securityContext, path, (context) => [
    ...validateIds(context, path),
    ...(spec.shareProcessNamespace === true && spec.hostPID === true
      ? [
          invalid(
            `${path}.shareProcessNamespace`,
            true,
            "ShareProcessNamespace and HostPID cannot both be enabled",
          ),
        ]
      : []),
    ...validateSysctls(context.sysctls, spec, `${path}.sysctls`),
    ...checkSupported(context.fsGroupChangePolicy, `${path}.fsGroupChangePolicy`, GROUP_CHANGE_POLICIES),
    ...validateOptional(context.seccompProfile, `${path}.seccompProfile`, validateSeccompProfile),
    ...validateOptional(context.windowsOptions, `${path}.windowsOptions`, validateWindowsOptions),
    ...validateOptional(context.appArmorProfile, `${path}.appArmorProfile`, validateAppArmorProfile),
    ...checkSupported(context.supplementalGroupsPolicy, `${path}.supplementalGroupsPolicy`, GROUPS_POLICIES),
    ...checkSupported(context.seLinuxChangePolicy, `${path}.seLinuxChangePolicy`, SELINUX_CHANGE_POLICIES),
  ]);
}

export function validateSecurityContext(
  context: SecurityContext,
  path: string,
  hostUsers: boolean,
): readonly FieldError[] {
  return [
    ...validateId(context.runAsUser, `${path}.runAsUser`),
    ...validateId(context.runAsGroup, `${path}.runAsGroup`),
    ...validateProcMount(context.procMount, hostUsers, `${path}.procMount`),
    ...validateOptional(context.seccompProfile, `${path}.seccompProfile`, validateSeccompProfile),
    ...validateEscalation(context, path),
    ...validateOptional(context.windowsOptions, `${path}.windowsOptions`, validateWindowsOptions),
    ...validateOptional(context.appArmorProfile, `${path}.appArmorProfile`, validateAppArmorProfile),
  ];
}

export function validateAppArmorProfile(profile: AppArmorProfile, path: string): readonly FieldError[] {
  const { localhostProfile } = profile;
  const type: string = profile.type;
  const profilePath = `${path}.localhostProfile`;
  if (type === "Localhost") return validateLocalAppArmorProfile(localhostProfile, profilePath);
  if (type === "") return [required(`${path}.type`, "type is required when appArmorProfile is set")];
  if (!PROFILE_TYPES.includes(type)) return [notSupported(`${path}.type`, type, PROFILE_TYPES)];
  return localhostProfile === undefined
    ? []
    : [invalid(profilePath, localhostProfile, "can only be set when AppArmor type is Localhost")];
}

/** The kernel namespace that a sysctl belongs to (component-helpers `node/util/sysctl`). */
function sysctlNamespace(name: string): "ipc" | "net" | undefined {
  const dotted = name.replaceAll("/", ".");
  if (dotted === "net" || dotted.startsWith("net.")) return "net";
  return IPC_SYSCTL.test(dotted) ? "ipc" : undefined;
}

function validateIds(context: PodSecurityContext, path: string): readonly FieldError[] {
  return [
    ...validateId(context.fsGroup, `${path}.fsGroup`),
    ...validateId(context.runAsUser, `${path}.runAsUser`),
    ...validateId(context.runAsGroup, `${path}.runAsGroup`),
    ...validateEach(context.supplementalGroups, `${path}.supplementalGroups`, validateId),
  ];
}

function validateId(id: number | undefined, path: string): readonly FieldError[] {
  return id === undefined ? [] : checkNumber(id, path, checkId);
}

function validateSysctls(
  sysctls: readonly Sysctl[] | undefined,
  spec: PodSpec,
  path: string,
): readonly FieldError[] {
  const names = new Set<string>();
  return validateEach(sysctls, path, ({ name }, sysctlPath) => {
    const errors = validateSysctlName(name, names, `${sysctlPath}.name`);
    names.add(name);
    return [...errors, ...validateHostSysctl(name, spec, `${sysctlPath}.name`)];
  });
}

function validateSysctlName(name: string, names: ReadonlySet<string>, path: string): readonly FieldError[] {
  if (name === "") return [required(path)];
  if (name.length > MAX_SYSCTL_LENGTH || !SYSCTL_REGEX.test(name)) {
    const detail = `must have at most ${String(MAX_SYSCTL_LENGTH)} characters and match regex ${SYSCTL}`;
    return [invalid(path, name, detail)];
  }
  return names.has(name) ? [duplicate(path, name)] : [];
}

function validateHostSysctl(
  name: string,
  { hostNetwork, hostIPC }: PodSpec,
  path: string,
): readonly FieldError[] {
  const namespace = sysctlNamespace(name);
  if (hostNetwork === true && namespace === "net") {
    return [invalid(path, name, "may not be specified when 'hostNetwork' is true")];
  }
  if (hostIPC === true && namespace === "ipc") {
    return [invalid(path, name, "may not be specified when 'hostIPC' is true")];
  }
  return [];
}

function validateSeccompProfile(profile: SeccompProfile, path: string): readonly FieldError[] {
  return [
    ...validateSeccompType(profile.type, `${path}.type`),
    ...validateSeccompFile(profile, `${path}.localhostProfile`),
  ];
}

function validateSeccompType(type: string | undefined, path: string): readonly FieldError[] {
  if ((type ?? "") === "") return [required(path, "type is required when seccompProfile is set")];
  return checkSupported(type, path, PROFILE_TYPES);
}

function validateSeccompFile(profile: SeccompProfile, path: string): readonly FieldError[] {
  const { type, localhostProfile } = profile;
  if (type !== "Localhost") {
    return localhostProfile === undefined
      ? []
      : [invalid(path, internalForm(profile, PROFILE), "can only be set when seccomp type is Localhost")];
  }
  return localhostProfile === undefined
    ? [required(path, "must be set when seccomp type is Localhost")]
    : validateLocalDescendingPath(localhostProfile, path);
}

function validateLocalAppArmorProfile(name: string | undefined, path: string): readonly FieldError[] {
  if (name === undefined || name === "") {
    return [required(path, "must be set when AppArmor type is Localhost")];
  }
  return [
    ...(name.trim() === name ? [] : [invalid(path, name, "must not be padded with whitespace")]),
    ...(Buffer.byteLength(name) > MAX_PROFILE_BYTES ? [tooLong(path, MAX_PROFILE_BYTES)] : []),
  ];
}

function validateProcMount(
  procMount: string | undefined,
  hostUsers: boolean,
  path: string,
): readonly FieldError[] {
  return [
    ...checkSupported(procMount, path, PROC_MOUNTS),
    ...(hostUsers && procMount === "Unmasked"
      ? [invalid(path, procMount, "`hostUsers` must be false to use `Unmasked`")]
      : []),
  ];
}

function validateEscalation(context: SecurityContext, path: string): readonly FieldError[] {
  if (context.allowPrivilegeEscalation !== false) return [];
  const refuse = (what: string) =>
    invalid(
      path,
      internalForm(context, SECURITY_CONTEXT),
      `cannot set \`allowPrivilegeEscalation\` to false and ${what}`,
    );
  const admins = (context.capabilities?.add ?? []).filter((capability) => capability === "CAP_SYS_ADMIN");
  return [
    ...(context.privileged === true ? [refuse("`privileged` to true")] : []),
    ...admins.map(() => refuse("`capabilities.Add` CAP_SYS_ADMIN")),
  ];
}
