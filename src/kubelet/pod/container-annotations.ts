import type { Container, Pod } from "#api/generated/core-v1.ts";
import { hashObject } from "#apimachinery/hash-object.ts";
import type { ContainerStatus } from "#container/runtime.ts";

/**
 * What the kubelet remembers of a container at the runtime, so that it knows it after a restart. Names are upstream's
 * (`pkg/kubelet/kuberuntime/labels.go`).
 */
const KEYS = {
  hash: "io.kubernetes.container.hash",
  restartCount: "io.kubernetes.container.restartCount",
  terminationMessagePath: "io.kubernetes.container.terminationMessagePath",
  terminationMessagePolicy: "io.kubernetes.container.terminationMessagePolicy",
  terminationGracePeriod: "io.kubernetes.pod.terminationGracePeriod",
  preStopHandler: "io.kubernetes.container.preStopHandler",
  /** Milliseconds between the end of this container and the start of the next one. */
  restartDelay: "io.kubelith.container.restartDelayMs",
} as const;

export interface ContainerFacts {
  readonly attempt: number;
  readonly restartDelayMs: number | undefined;
}

export function containerAnnotations(
  container: Container,
  { spec }: Pod,
  { attempt, restartDelayMs }: ContainerFacts,
): Readonly<Record<string, string>> {
  const { terminationMessagePath = "", terminationMessagePolicy = "", lifecycle } = container;
  const { terminationGracePeriodSeconds } = spec;
  return {
    [KEYS.hash]: containerHash(container),
    [KEYS.restartCount]: String(attempt),
    [KEYS.terminationMessagePath]: terminationMessagePath,
    [KEYS.terminationMessagePolicy]: terminationMessagePolicy,
    ...(terminationGracePeriodSeconds !== undefined && {
      [KEYS.terminationGracePeriod]: String(terminationGracePeriodSeconds),
    }),
    ...(lifecycle?.preStop && { [KEYS.preStopHandler]: JSON.stringify(lifecycle.preStop) }),
    ...(restartDelayMs !== undefined && { [KEYS.restartDelay]: String(restartDelayMs) }),
  };
}

/** Changes with what a running container cannot take over: its image (`HashContainer`). */
export function containerHash({ name, image }: Container): string {
  return hashObject({ name, image });
}

/** Whether the container was made from another image than the spec has now. */
export function isContainerChanged(container: Container, { annotations }: ContainerStatus): boolean {
  return annotations[KEYS.hash] !== containerHash(container);
}

export function restartDelayOf({ annotations }: ContainerStatus): number | undefined {
  const text = annotations[KEYS.restartDelay];
  return text === undefined ? undefined : Number(text);
}

export function terminationMessageOf({ annotations }: ContainerStatus): {
  readonly path: string;
  readonly policy: string;
} {
  return {
    path: annotations[KEYS.terminationMessagePath] ?? "",
    policy: annotations[KEYS.terminationMessagePolicy] ?? "",
  };
}
