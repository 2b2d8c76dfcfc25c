/** AppArmor and seccomp: profiles that confine the processes of pods. */
import type { Container, PodSecurityContext, SecurityContext } from "#api/generated/core-v1.ts";
import { quote } from "#apimachinery/go-text.ts";
import {
  containersOf,
  defineCheck,
  distinct,
  exceptOnWindows,
  named,
  type PodLike,
  plural,
  quoted,
  setters,
  type Violation,
} from "../check.ts";

export const appArmorProfile = defineCheck({
  id: "appArmorProfile",
  level: "baseline",
  versions: [{ since: 0, check: checkAppArmor }],
});

export const seccompProfileBaseline = defineCheck({
  id: "seccompProfile_baseline",
  level: "baseline",
  versions: [
    { since: 0, check: checkSeccompAnnotations },
    { since: 19, check: checkSeccompBaseline },
  ],
});

export const seccompProfileRestricted = defineCheck({
  id: "seccompProfile_restricted",
  level: "restricted",
  versions: [
    { since: 19, check: checkSeccompRestricted, replaces: "seccompProfile_baseline" },
    { since: 25, check: exceptOnWindows(checkSeccompRestricted), replaces: "seccompProfile_baseline" },
  ],
});

const CONFINED: readonly string[] = ["RuntimeDefault", "Localhost"];
const APPARMOR_ANNOTATION = "container.apparmor.security.beta.kubernetes.io/";
const SECCOMP_POD_ANNOTATION = "seccomp.security.alpha.kubernetes.io/pod";
const SECCOMP_CONTAINER_ANNOTATION = "container.seccomp.security.alpha.kubernetes.io/";

interface Confined {
  readonly securityContext?: SecurityContext | PodSecurityContext;
}

/** The type of profile that a pod or container names, unless it confines; undefined for none. */
type ProfileType = (confined: Confined) => string | undefined;

const unconfinedAppArmor: ProfileType = ({ securityContext }) =>
  unlessConfined(securityContext?.appArmorProfile);
const unconfinedSeccomp: ProfileType = ({ securityContext }) =>
  unlessConfined(securityContext?.seccompProfile);

function unlessConfined(profile: { readonly type: string } | undefined): string | undefined {
  return profile === undefined || CONFINED.includes(profile.type) ? undefined : profile.type;
}

function checkAppArmor({ metadata, spec }: PodLike): Violation | undefined {
  const { culprits, values } = settersOf(spec, unconfinedAppArmor);
  const annotations = Object.entries(metadata?.annotations ?? {})
    .filter(([key, value]) => key.startsWith(APPARMOR_ANNOTATION) && !isAppArmorAnnotation(value))
    .map(([key, value]) => `${key}=${quote(value)}`)
    .toSorted();
  const annotated = annotations.length === 0 ? [] : [plural("annotation", annotations.length)];
  const who = [...(culprits === "" ? [] : [culprits]), ...annotated].join(" and ");
  if (who === "") return undefined;
  const bad = [...values, ...annotations];
  return {
    reason: plural("forbidden AppArmor profile", bad.length),
    detail: `${who} must not set AppArmor profile type to ${quoted(bad)}`,
  };
}

function isAppArmorAnnotation(value: string): boolean {
  return value === "" || value === "runtime/default" || value.startsWith("localhost/");
}

/** Before Kubernetes 1.19, annotations named the profile. */
function checkSeccompAnnotations({ metadata, spec }: PodLike): Violation | undefined {
  const { annotations = {} } = metadata ?? {};
  const keys = containersOf(spec).map(({ name }) => `${SECCOMP_CONTAINER_ANNOTATION}${name}`);
  const bad = [SECCOMP_POD_ANNOTATION, ...keys].flatMap((key) => {
    const value = annotations[key];
    return value === undefined || isSeccompAnnotation(value) ? [] : [`${key}=${quote(value)}`];
  });
  if (bad.length === 0) return undefined;
  const shown = distinct(bad);
  return {
    reason: "seccompProfile",
    detail: `forbidden ${plural("annotation", shown.length)} ${shown.join(", ")}`,
  };
}

function isSeccompAnnotation(value: string): boolean {
  return value === "runtime/default" || value === "docker/default" || value.startsWith("localhost/");
}

function checkSeccompBaseline({ spec }: PodLike): Violation | undefined {
  const { culprits, values } = settersOf(spec, unconfinedSeccomp);
  if (culprits === "") return undefined;
  return {
    reason: "seccompProfile",
    detail: `${culprits} must not set securityContext.seccompProfile.type to ${quoted(values)}`,
  };
}

function checkSeccompRestricted(pod: PodLike): Violation | undefined {
  const violation = checkSeccompBaseline(pod);
  if (violation !== undefined || pod.spec.securityContext?.seccompProfile !== undefined) return violation;
  const silent = containersOf(pod.spec)
    .filter(({ securityContext }) => securityContext?.seccompProfile === undefined)
    .map(({ name }) => name);
  if (silent.length === 0) return undefined;
  return {
    reason: "seccompProfile",
    detail: `pod or ${named("container", silent)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`,
  };
}

/** Who names a profile that does not confine, and which ones these are. */
function settersOf(
  spec: PodLike["spec"],
  typeOf: ProfileType,
): { readonly culprits: string; readonly values: readonly string[] } {
  const ofPod = typeOf(spec);
  const containers: readonly Container[] = containersOf(spec).filter((each) => typeOf(each) !== undefined);
  const values = [ofPod, ...containers.map(typeOf)].filter((value) => value !== undefined);
  return { culprits: setters(ofPod !== undefined, containers), values: distinct(values) };
}
