/** Annotations of pods and templates that have a meaning for the API (core `ValidatePodSpecificAnnotations`). */

import { type FieldError, forbidden, invalid, keyPath } from "#apimachinery/field-error.ts";
import { quote } from "#apimachinery/go-text.ts";
import { omit } from "#base/omit.ts";
import type { AppArmorProfile, PodSpec, SeccompProfile } from "../../../generated/core-v1.ts";
import { collectEach, collectErrors } from "../../../validation/collect-errors.ts";
import { isEmptyMap } from "../../../validation/lists.ts";
import { validateLocalDescendingPath } from "../../../validation/paths.ts";
import { TOLERATIONS, validateOldAnnotation } from "../old-annotations.ts";
import { allContainers } from "./context.ts";
import { validateAppArmorProfile } from "./security-context.ts";
import { validateTolerations } from "./tolerations.ts";

type Annotations = Readonly<Record<string, string>>;

/** Marks the API object of a static pod, which the kubelet alone controls. */
export const MIRROR_ANNOTATION = "kubernetes.io/config.mirror";
const DELETION_COST_ANNOTATION = "controller.kubernetes.io/pod-deletion-cost";
export const APP_ARMOR_PREFIX = "container.apparmor.security.beta.kubernetes.io/";
export const SECCOMP_ANNOTATION = "seccomp.security.alpha.kubernetes.io/pod";
export const SECCOMP_CONTAINER_PREFIX = "container.seccomp.security.alpha.kubernetes.io/";
const INIT_CONTAINER_ANNOTATIONS = ["alpha", "beta"].flatMap((stage) => [
  `pod.${stage}.kubernetes.io/init-containers`,
  `pod.${stage}.kubernetes.io/init-container-statuses`,
]);
const LOCALHOST_PREFIX = "localhost/";

const SECCOMP_PROFILES: readonly string[] = ["runtime/default", "docker/default", "unconfined"];
const APP_ARMOR_PROFILES: readonly string[] = ["", "runtime/default", "unconfined"];

const INT32 = { min: -(2 ** 31), max: 2 ** 31 - 1 };

export function validatePodAnnotations(
  annotations: Annotations = {},
  spec: PodSpec,
  path: string,
): readonly FieldError[] {
  if (isEmptyMap(annotations)) return [];
  const mirror = annotations[MIRROR_ANNOTATION];
  const cost = annotations[DELETION_COST_ANNOTATION];
  return collectErrors(
    mirror !== undefined &&
      (spec.nodeName ?? "") === "" &&
      invalid(
        keyPath(path, MIRROR_ANNOTATION),
        mirror,
        "must set spec.nodeName if mirror pod annotation is set",
      ),
    validateOldAnnotation(TOLERATIONS, annotations, path, validateTolerations),
    cost !== undefined &&
      !isInt32(cost) &&
      invalid(keyPath(path, DELETION_COST_ANNOTATION), cost, "must be a 32bit integer"),
    validateSeccompAnnotations(annotations, path),
    validateAppArmorAnnotations(annotations, spec, path),
  );
}

/** Where both an annotation and a field state a security profile, they must agree. */
export function validateProfilesAgree(
  annotations: Annotations = {},
  spec: PodSpec,
  path: string,
): readonly FieldError[] {
  if (isEmptyMap(annotations)) return [];
  const containers = allContainers(spec, path);
  const podSeccomp = spec.securityContext?.seccompProfile;
  const podAppArmor = spec.os?.name === "windows" ? undefined : spec.securityContext?.appArmorProfile;
  return [
    ...validateSeccompAgrees(
      annotations[SECCOMP_ANNOTATION],
      podSeccomp,
      `${path}.securityContext.seccompProfile`,
    ),
    ...containers.flatMap(({ container, path: containerPath }) =>
      validateSeccompAgrees(
        annotations[SECCOMP_CONTAINER_PREFIX + container.name],
        container.securityContext?.seccompProfile,
        `${containerPath}.securityContext.seccompProfile`,
      ),
    ),
    ...containers.flatMap(({ container, path: containerPath }) =>
      spec.os?.name === "windows"
        ? []
        : validateAppArmorAgrees(
            annotations[APP_ARMOR_PREFIX + container.name],
            container.securityContext?.appArmorProfile ?? podAppArmor,
            `${containerPath}.securityContext.appArmorProfile`,
          ),
    ),
  ];
}

/** The field that says what an AppArmor annotation says; undefined for a value that says nothing. */
export function appArmorProfileOf(annotation: string): AppArmorProfile | undefined {
  if (annotation === "unconfined") return { type: "Unconfined" };
  if (annotation === "runtime/default") return { type: "RuntimeDefault" };
  const name = annotation.startsWith(LOCALHOST_PREFIX) ? annotation.slice(LOCALHOST_PREFIX.length) : "";
  return name === "" ? undefined : { type: "Localhost", localhostProfile: name };
}

/** Removes what pods of before v1.6 said in annotations about their init containers. */
export function dropInitContainerAnnotations(annotations: Annotations): Annotations {
  const isOld = INIT_CONTAINER_ANNOTATIONS.some((key) => Object.hasOwn(annotations, key));
  return isOld ? omit(annotations, ...INIT_CONTAINER_ANNOTATIONS) : annotations;
}

/** As `appArmorProfileOf`, undefined also for a profile that no field could have. */
export function validAppArmorProfileOf(annotation: string): AppArmorProfile | undefined {
  const profile = appArmorProfileOf(annotation);
  return profile !== undefined && validateAppArmorProfile(profile, "").length === 0 ? profile : undefined;
}

/** No plus sign and no leading zeros. */
function isInt32(text: string): boolean {
  if (!/^(0|-[0-9]+|[1-9][0-9]*)$/.test(text)) return false;
  const value = Number(text);
  return value >= INT32.min && value <= INT32.max;
}

function validateSeccompAnnotations(annotations: Annotations, path: string): readonly FieldError[] {
  return collectErrors(
    validateSeccompAnnotation(annotations[SECCOMP_ANNOTATION], `${path}.${SECCOMP_ANNOTATION}`),
    collectEach(Object.keys(annotations), (key) =>
      key.startsWith(SECCOMP_CONTAINER_PREFIX)
        ? validateSeccompAnnotation(annotations[key], `${path}.${key}`)
        : [],
    ),
  );
}

function validateSeccompAnnotation(profile: string | undefined, path: string): readonly FieldError[] {
  if (profile === undefined || SECCOMP_PROFILES.includes(profile)) return [];
  return profile.startsWith(LOCALHOST_PREFIX)
    ? validateLocalDescendingPath(profile.slice(LOCALHOST_PREFIX.length), path)
    : [invalid(path, profile, "must be a valid seccomp profile")];
}

function validateAppArmorAnnotations(
  annotations: Annotations,
  spec: PodSpec,
  path: string,
): readonly FieldError[] {
  const entries = Object.entries(annotations).filter(([key]) => key.startsWith(APP_ARMOR_PREFIX));
  return collectEach(entries, ([key, profile]) => {
    const name = key.slice(APP_ARMOR_PREFIX.length);
    const isKnown = APP_ARMOR_PROFILES.includes(profile) || profile.startsWith(LOCALHOST_PREFIX);
    const hasContainer = allContainers(spec, "").some(({ container }) => container.name === name);
    return collectErrors(
      !hasContainer && invalid(keyPath(path, key), name, "container not found"),
      !isKnown && invalid(keyPath(path, key), profile, `invalid AppArmor profile name: ${quote(profile)}`),
    );
  });
}

function validateSeccompAgrees(
  annotation: string | undefined,
  profile: SeccompProfile | undefined,
  path: string,
): readonly FieldError[] {
  if (annotation === undefined || profile === undefined) return [];
  const normalized = annotation === "docker/default" ? "runtime/default" : annotation;
  return validateAgreement(normalized, profile, "seccomp", path);
}

function validateAppArmorAgrees(
  annotation: string | undefined,
  profile: AppArmorProfile | undefined,
  path: string,
): readonly FieldError[] {
  if (annotation === undefined || profile === undefined) return [];
  return validateAgreement(annotation, profile, "apparmor", path);
}

function validateAgreement(
  annotation: string,
  { type, localhostProfile }: AppArmorProfile | SeccompProfile,
  what: string,
  path: string,
): readonly FieldError[] {
  const expected = { Unconfined: "unconfined", RuntimeDefault: "runtime/default", Localhost: undefined };
  const differs =
    type === "Localhost" ? !annotation.startsWith(LOCALHOST_PREFIX) : annotation !== expected[type];
  if (differs) return [forbidden(`${path}.type`, `${what} type in annotation and field must match`)];
  return type === "Localhost" && annotation.slice(LOCALHOST_PREFIX.length) !== localhostProfile
    ? [forbidden(`${path}.localhostProfile`, `${what} profile in annotation and field must match`)]
    : [];
}
