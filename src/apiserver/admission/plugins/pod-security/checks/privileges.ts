/** What processes of pods may do, and as whom they run. */
import type { Container } from "#api/generated/core-v1.ts";
import {
  containersOf,
  defineCheck,
  distinct,
  exceptInUserNamespace,
  exceptOnWindows,
  named,
  type PodLike,
  quoted,
  setters,
  type Violation,
} from "../check.ts";

export const privileged = defineCheck({
  id: "privileged",
  level: "baseline",
  versions: [{ since: 0, check: checkPrivileged }],
});

export const allowPrivilegeEscalation = defineCheck({
  id: "allowPrivilegeEscalation",
  level: "restricted",
  versions: [
    { since: 8, check: checkPrivilegeEscalation },
    { since: 25, check: exceptOnWindows(checkPrivilegeEscalation) },
  ],
});

export const runAsNonRoot = defineCheck({
  id: "runAsNonRoot",
  level: "restricted",
  versions: [
    { since: 0, check: checkRunAsNonRoot },
    { since: 35, check: exceptInUserNamespace(checkRunAsNonRoot) },
  ],
});

export const runAsUser = defineCheck({
  id: "runAsUser",
  level: "restricted",
  versions: [
    { since: 23, check: checkRunAsUser },
    { since: 35, check: exceptInUserNamespace(checkRunAsUser) },
  ],
});

export const procMount = defineCheck({
  id: "procMount",
  level: "baseline",
  versions: [
    { since: 0, check: checkProcMount },
    { since: 35, check: exceptInUserNamespace(checkProcMount) },
  ],
});

export const procMountRestricted = defineCheck({
  id: "procMount_restricted",
  level: "restricted",
  versions: [{ since: 35, check: checkProcMount, replaces: "procMount" }],
});

function checkPrivileged({ spec }: PodLike): Violation | undefined {
  const names = namesOf(spec, ({ securityContext }) => securityContext?.privileged === true);
  if (names.length === 0) return undefined;
  return {
    reason: "privileged",
    detail: `${named("container", names)} must not set securityContext.privileged=true`,
  };
}

function checkPrivilegeEscalation({ spec }: PodLike): Violation | undefined {
  const names = namesOf(spec, ({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false);
  if (names.length === 0) return undefined;
  return {
    reason: "allowPrivilegeEscalation != false",
    detail: `${named("container", names)} must set securityContext.allowPrivilegeEscalation=false`,
  };
}

function checkRunAsNonRoot({ spec }: PodLike): Violation | undefined {
  const reason = "runAsNonRoot != true";
  const ofPod = spec.securityContext?.runAsNonRoot;
  const asRoot = containersOf(spec).filter(({ securityContext }) => securityContext?.runAsNonRoot === false);
  const culprits = setters(ofPod === false, asRoot);
  if (culprits !== "") {
    return { reason, detail: `${culprits} must not set securityContext.runAsNonRoot=false` };
  }
  const silent = namesOf(
    spec,
    ({ securityContext }) => ofPod === undefined && securityContext?.runAsNonRoot === undefined,
  );
  if (silent.length === 0) return undefined;
  return {
    reason,
    detail: `pod or ${named("container", silent)} must set securityContext.runAsNonRoot=true`,
  };
}

function checkRunAsUser({ spec }: PodLike): Violation | undefined {
  const asRoot = containersOf(spec).filter(({ securityContext }) => isRoot(securityContext?.runAsUser));
  const culprits = setters(isRoot(spec.securityContext?.runAsUser), asRoot);
  return culprits === ""
    ? undefined
    : { reason: "runAsUser=0", detail: `${culprits} must not set runAsUser=0` };
}

/** Numbers of 64 bits may come as bigint. */
function isRoot(user: number | bigint | undefined): boolean {
  return user !== undefined && Number(user) === 0;
}

function checkProcMount({ spec }: PodLike): Violation | undefined {
  const typeOf = ({ securityContext }: Container): string => securityContext?.procMount ?? "Default";
  const unmasked = containersOf(spec).filter((each) => typeOf(each) !== "Default");
  if (unmasked.length === 0) return undefined;
  const containers = named(
    "container",
    unmasked.map(({ name }) => name),
  );
  return {
    reason: "procMount",
    detail: `${containers} must not set securityContext.procMount to ${quoted(distinct(unmasked.map(typeOf)))}`,
  };
}

function namesOf(spec: PodLike["spec"], predicate: (container: Container) => boolean): readonly string[] {
  return containersOf(spec)
    .filter(predicate)
    .map(({ name }) => name);
}
