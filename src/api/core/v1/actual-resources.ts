/** What a pod has while it is being resized (component-helpers `resource/helpers.go`). */
import { findCondition } from "#apimachinery/conditions.ts";
import { compareQuantities, parseQuantity } from "#apimachinery/quantity.ts";
import type {
  Container,
  ContainerStatus,
  Pod,
  PodStatus,
  ResourceRequirements,
} from "../../generated/core-v1.ts";
import type { ResourceList } from "../../validation/resources.ts";
import { isSidecar } from "./pod-resources.ts";

/** What is said of the resources of a container, or of a pod as a whole. */
interface Actual {
  readonly resources?: ResourceRequirements;
  readonly allocatedResources?: ResourceList;
}

/** The pod as one that asks for all that it has or is about to get, whichever is more. */
export function withActualResources(pod: Pod): Pod {
  const { status, spec } = pod;
  const statuses = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])];
  const isResized = ({ resources }: Actual): boolean => resources !== undefined;
  if (status === undefined || ![status, ...statuses].some(isResized)) return pod;
  const isInfeasible = isResizeInfeasible(status);
  const actual = (container: Container): Container => actualContainer(container, statuses, isInfeasible);
  return {
    ...pod,
    spec: {
      ...spec,
      containers: spec.containers.map(actual),
      ...(spec.initContainers && {
        initContainers: spec.initContainers.map((each) => (isSidecar(each) ? actual(each) : each)),
      }),
      ...(spec.resources && { resources: actualResources(spec.resources, status, isInfeasible) }),
    },
  };
}

function isResizeInfeasible({ conditions }: PodStatus): boolean {
  return findCondition(conditions, "PodResizePending")?.reason === "Infeasible";
}

function actualContainer(
  container: Container,
  statuses: readonly ContainerStatus[],
  isInfeasible: boolean,
): Container {
  const status = statuses.find(({ name }) => name === container.name);
  if (status === undefined) return container;
  return { ...container, resources: actualResources(container.resources ?? {}, status, isInfeasible) };
}

/** What cannot be done does not count. */
function actualResources(
  wanted: ResourceRequirements,
  { resources, allocatedResources }: Actual,
  isInfeasible: boolean,
): ResourceRequirements {
  if (resources === undefined) return wanted;
  const { requests, limits } = isInfeasible ? {} : wanted;
  return {
    ...wanted,
    requests: mostOf(requests, resources.requests, allocatedResources),
    limits: mostOf(limits, resources.limits),
  };
}

function mostOf(...lists: readonly (ResourceList | undefined)[]): ResourceList {
  const most: Record<string, string> = {};
  for (const [name, amount] of lists.flatMap((list) => Object.entries(list ?? {}))) {
    const known = most[name];
    if (known === undefined || isMore(amount, known)) most[name] = amount;
  }
  return most;
}

function isMore(amount: string, known: string): boolean {
  return amount !== known && compareQuantities(parseQuantity(amount), parseQuantity(known)) > 0;
}
