import { join } from "node:path";
import type {
  AppArmorProfile,
  Container,
  Pod,
  SeccompProfile,
  SecurityContext,
} from "#api/generated/core-v1.ts";
import type { ContainerSecurity } from "#container/runtime.ts";
import type { KubeletSettings } from "../kubelet-settings.ts";
import { formatPod } from "../pod/pod-text.ts";
import { ConfigError } from "./config-error.ts";

/** The largest user id (`validation.IsValidUserID`). */
const MAX_USER_ID = 2 ** 31 - 1;

export interface SecurityOptions {
  /** The image's `USER`: a number, a name, either with a group behind a colon, or empty for root. */
  readonly imageUser: string;
  /** Where profiles of type Localhost are. */
  readonly seccompDirectory: string;
  readonly settings: Pick<KubeletSettings, "seccompDefault">;
}

/** The security settings of a container: its own, else those of its pod. Throws a ConfigError. */
export function containerSecurity(
  pod: Pod,
  container: Container,
  { imageUser, seccompDirectory, settings: { seccompDefault } }: SecurityOptions,
): ContainerSecurity {
  const context = effectiveContext(pod, container);
  verifyNonRoot(pod, container, { context, imageUser });
  const podContext = pod.spec.securityContext ?? {};
  const { fsGroup, supplementalGroups = [] } = podContext;
  const appArmor = container.securityContext?.appArmorProfile ?? podContext.appArmorProfile;
  return {
    privileged: context.privileged ?? false,
    readOnlyRootFilesystem: context.readOnlyRootFilesystem ?? false,
    noNewPrivileges: context.allowPrivilegeEscalation === false,
    ...userOf(context, imageUser),
    supplementalGroups: [...(fsGroup === undefined ? [] : [fsGroup]), ...supplementalGroups],
    addCapabilities: context.capabilities?.add ?? [],
    dropCapabilities: context.capabilities?.drop ?? [],
    seccomp: seccompOf(
      context.seccompProfile ?? (seccompDefault ? RUNTIME_DEFAULT : undefined),
      seccompDirectory,
    ),
    ...(appArmor !== undefined && { appArmor: appArmorOf(appArmor) }),
    maskedPaths: context.procMount !== "Unmasked",
  };
}

function effectiveContext({ spec }: Pod, { securityContext: own = {} }: Container): SecurityContext {
  const { runAsUser, runAsGroup, runAsNonRoot, seccompProfile } = spec.securityContext ?? {};
  return {
    ...(runAsUser !== undefined && { runAsUser }),
    ...(runAsGroup !== undefined && { runAsGroup }),
    ...(runAsNonRoot !== undefined && { runAsNonRoot }),
    ...(seccompProfile !== undefined && { seccompProfile }),
    ...own,
  };
}

/** Without an own user the image's stays, whose group only the runtime knows, unless another group is asked for. */
function userOf(
  { runAsUser, runAsGroup }: SecurityContext,
  imageUser: string,
): Pick<ContainerSecurity, "runAsUser" | "runAsUserName" | "runAsGroup"> {
  const group = runAsGroup === undefined ? {} : { runAsGroup };
  if (runAsUser !== undefined) return { runAsUser, ...group };
  if (runAsGroup === undefined) return {};
  return { runAsUserName: userPart(imageUser) || "0", ...group };
}

/** A user that is given by name cannot be told from root (`security_context_others.go` verifyRunAsNonRoot). */
function verifyNonRoot(
  pod: Pod,
  { name }: Container,
  { context, imageUser }: { readonly context: SecurityContext; readonly imageUser: string },
): void {
  if (context.runAsNonRoot !== true) return;
  const where = `(pod: ${JSON.stringify(formatPod(pod))}, container: ${name})`;
  if (context.runAsUser !== undefined) {
    if (context.runAsUser !== 0) return;
    throw new ConfigError(`container's runAsUser breaks non-root policy ${where}`);
  }
  const user = userPart(imageUser) || "0";
  if (!/^\d+$/.test(user)) {
    const what = `image has non-numeric user (${user}), cannot verify user is non-root`;
    throw new ConfigError(`container has runAsNonRoot and ${what} ${where}`);
  }
  if (Number(user) === 0) {
    throw new ConfigError(`container has runAsNonRoot and image will run as root ${where}`);
  }
  if (Number(user) > MAX_USER_ID) {
    const range = `must be between 0 and ${String(MAX_USER_ID)}, inclusive`;
    const what = `image has an invalid user id (${user}). (Must be 1-(${String(MAX_USER_ID)})): ${range}`;
    throw new ConfigError(`container has runAsNonRoot and ${what} ${where}`);
  }
}

function userPart(imageUser: string): string {
  return imageUser.split(":")[0] ?? "";
}

const RUNTIME_DEFAULT: SeccompProfile = { type: "RuntimeDefault" };

/** Without a profile containers are unconfined. */
function seccompOf(profile: SeccompProfile | undefined, directory: string): ContainerSecurity["seccomp"] {
  if (profile?.type === "RuntimeDefault") return "runtimeDefault";
  if (profile?.type !== "Localhost") return "unconfined";
  return { localhostPath: join(directory, localhostName(profile, "seccomp")) };
}

function appArmorOf(profile: AppArmorProfile): NonNullable<ContainerSecurity["appArmor"]> {
  if (profile.type === "RuntimeDefault") return "runtimeDefault";
  if (profile.type !== "Localhost") return "unconfined";
  return { profile: localhostName(profile, "apparmor") };
}

function localhostName({ localhostProfile = "" }: SeccompProfile | AppArmorProfile, what: string): string {
  if (localhostProfile !== "") return localhostProfile;
  throw new ConfigError(
    what === "seccomp"
      ? "localhostProfile must be set if seccompProfile type is Localhost."
      : "missing localhost apparmor profile name",
  );
}
