import { indexPath } from "#apimachinery/field-error.ts";
import type { Container, EphemeralContainer, PodSpec, Volume } from "../../../generated/core-v1.ts";

/** What the validation of a container needs to know of the pod around it. */
export interface PodContext {
  /** The valid volumes by name. */
  readonly volumes: ReadonlyMap<string, Volume>;
  readonly resourceClaims: ReadonlySet<string>;
  readonly gracePeriodSeconds: number | undefined;
  readonly restartPolicy: PodSpec["restartPolicy"];
  /** False when the pod has a user namespace of its own. */
  readonly hostUsers: boolean;
}

/** The pod that a spec belongs to; templates have none. */
export interface OwningPod {
  readonly name?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

export type AnyContainer = Container | EphemeralContainer;

/** A container and where it is. */
export interface LocatedContainer {
  readonly container: AnyContainer;
  readonly path: string;
}

const CONTAINER_LISTS = ["initContainers", "containers", "ephemeralContainers"] as const;

/** All containers with their paths, in the order in which Kubernetes visits them (`podshelper.VisitContainersWithPath`). */
export function allContainers(spec: PodSpec, path: string): readonly LocatedContainer[] {
  const all: LocatedContainer[] = [];
  for (const field of CONTAINER_LISTS) {
    for (const [index, container] of spec[field]?.entries() ?? []) {
      all.push({ container, path: indexPath(`${path}.${field}`, index) });
    }
  }
  return all;
}
