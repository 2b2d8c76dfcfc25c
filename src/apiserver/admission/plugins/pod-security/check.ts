import type { Container, PodSpec } from "#api/generated/core-v1.ts";

/** A pod, or the template of one. */
export interface PodLike {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: PodSpec;
}

/** What a pod does that it may not. The detail, which may be empty, names who does it. */
export interface Violation {
  readonly reason: string;
  readonly detail: string;
}

export type PodCheck = (pod: PodLike) => Violation | undefined;

/** One rule of a level, as it has been since several minor versions of Kubernetes. */
export interface Check {
  /** Upstream's name; messages follow the order of these. */
  readonly id: string;
  /** Those of the level `baseline` hold for `restricted` too. */
  readonly level: "baseline" | "restricted";
  readonly versions: readonly {
    /** The minor version from which on the rule is this one. */
    readonly since: number;
    readonly check: PodCheck;
    /** Checks of the level `baseline` in whose place this one is made. */
    readonly replaces?: string;
  }[];
}

export function defineCheck(check: Check): Check {
  return Object.freeze(check);
}

/** All containers, in the order in which messages name them. */
export function containersOf({
  initContainers = [],
  containers,
  ephemeralContainers = [],
}: PodSpec): readonly Container[] {
  return [...initContainers, ...containers, ...ephemeralContainers];
}

/** `container "a"`, or `containers "a", "b"`. */
export function named(noun: string, names: readonly string[]): string {
  return `${plural(noun, names.length)} ${quoted(names)}`;
}

export function plural(noun: string, count: number): string {
  return count === 1 ? noun : `${noun}s`;
}

export function quoted(texts: readonly string[]): string {
  return texts.map((text) => `"${text}"`).join(", ");
}

/** Each text once, in the order of their bytes. */
export function distinct(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].toSorted();
}

/** Who sets something: the pod, its containers, or both; empty for nobody. */
export function setters(pod: boolean, containers: readonly Container[]): string {
  const names = containers.map(({ name }) => name);
  return [pod ? "pod" : "", names.length > 0 ? named("container", names) : ""]
    .filter((each) => each !== "")
    .join(" and ");
}

/** Pods for Windows cannot have what the check asks for. */
export function exceptOnWindows(check: PodCheck): PodCheck {
  return (pod) => (pod.spec.os?.name === "windows" ? undefined : check(pod));
}

/** What is root in the pod is nobody on the node (KEP-127). */
export function exceptInUserNamespace(check: PodCheck): PodCheck {
  return (pod) => (pod.spec.hostUsers === false ? undefined : check(pod));
}
