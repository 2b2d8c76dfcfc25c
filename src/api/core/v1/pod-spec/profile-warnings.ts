/** Security profiles that are stated in annotations, which fields have replaced (KEP-24, KEP-135). */
import { keyPath } from "#apimachinery/field-error.ts";
import type { Pod, PodSpec, SeccompProfile } from "../../../generated/core-v1.ts";
import { semanticallyEqual } from "../../../validation/equality.ts";
import { isEmptyMap } from "../../../validation/lists.ts";
import {
  APP_ARMOR_PREFIX,
  appArmorProfileOf,
  SECCOMP_ANNOTATION,
  SECCOMP_CONTAINER_PREFIX,
  validAppArmorProfileOf,
} from "./annotations.ts";
import { type AnyContainer, allContainers } from "./context.ts";

type Warnings = readonly string[];

interface StatedProfiles {
  readonly annotations: Readonly<Record<string, string>>;
  /** That of the annotations. */
  readonly path: string;
  readonly isTemplate: boolean;
}

const USE_SECCOMP_FIELD = 'non-functional in v1.27+; use the "seccompProfile" field instead';
const USE_APP_ARMOR_FIELD = 'deprecated since v1.30; use the "appArmorProfile" field instead';

/** AppArmor annotations of a new pod that stand alone: no field of it says the same. */
export function appArmorWarnings({ metadata, spec }: Pod): Warnings {
  const { annotations = {} } = metadata;
  if (isEmptyMap(annotations) || spec.os?.name === "windows") return [];
  const podProfile = spec.securityContext?.appArmorProfile;
  return allContainers(spec, "").flatMap(({ container }) => {
    const key = APP_ARMOR_PREFIX + container.name;
    const annotation = annotations[key];
    if (annotation === undefined || container.securityContext?.appArmorProfile !== undefined) return [];
    const profile = validAppArmorProfileOf(annotation);
    return profile !== undefined && semanticallyEqual(profile, podProfile)
      ? []
      : [`${keyPath("metadata.annotations", key)}: ${USE_APP_ARMOR_FIELD}`];
  });
}

export function podProfileWarnings({ securityContext }: PodSpec, profiles: StatedProfiles): Warnings {
  return seccompWarnings(SECCOMP_ANNOTATION, securityContext?.seccompProfile, profiles);
}

/** In a pod an AppArmor annotation has become a field by now; in a template it stays alone. */
export function containerProfileWarnings(
  { name, securityContext = {} }: AnyContainer,
  spec: PodSpec,
  profiles: StatedProfiles,
): Warnings {
  const key = APP_ARMOR_PREFIX + name;
  const annotation = profiles.isTemplate ? profiles.annotations[key] : undefined;
  const podProfile = spec.securityContext?.appArmorProfile;
  const isLone =
    annotation !== undefined &&
    securityContext.appArmorProfile === undefined &&
    (podProfile === undefined || !semanticallyEqual(podProfile, appArmorProfileOf(annotation)));
  return [
    ...seccompWarnings(SECCOMP_CONTAINER_PREFIX + name, securityContext.seccompProfile, profiles),
    ...(isLone ? [`${keyPath(profiles.path, key)}: ${USE_APP_ARMOR_FIELD}`] : []),
  ];
}

function seccompWarnings(
  key: string,
  profile: SeccompProfile | undefined,
  { annotations, path }: StatedProfiles,
): Warnings {
  return profile === undefined && annotations[key] !== undefined
    ? [`${keyPath(path, key)}: ${USE_SECCOMP_FIELD}`]
    : [];
}
