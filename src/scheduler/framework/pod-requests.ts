import { isPodLevelResource, podRequests, type ResourceAmounts } from "#api/core/v1/pod-resources.ts";
import type {
  Container,
  ContainerStatus,
  Pod,
  PodSpec,
  ResourceRequirements,
} from "#api/generated/core-v1.ts";
import type { ResourceList } from "#api/validation/resources.ts";
import { findCondition } from "#apimachinery/conditions.ts";
import { compareQuantities, parseQuantity } from "#apimachinery/quantity.ts";

/** What a container without a request is taken to use when nodes are scored, so that such pods spread as well. */
const ASSUMED_REQUESTS: ResourceList = { cpu: "100m", memory: "200Mi" };

/**
 * What the pod needs on a node. Of a pod that is resized in place it is the most of what it asks for, was granted
 * and has, as long as the node can carry the resize out (KEP-1287).
 */
export function effectiveRequests(pod: Pod): ResourceAmounts {
  return podRequests({ spec: withGrantedResources(pod) });
}

/** The same, with something for every container that asks for no CPU or memory. */
export function nonZeroRequests(pod: Pod): ResourceAmounts {
  const spec = withGrantedResources(pod);
  const stated = Object.keys(spec.resources?.requests ?? {}).some(isPodLevelResource)
    ? podRequests({ spec })
    : undefined;
  const missing = Object.fromEntries(
    Object.entries(ASSUMED_REQUESTS).filter(([name]) => stated?.has(name) !== true),
  );
  const assume = ({ ...container }: Container): Container => ({
    ...container,
    resources: { ...container.resources, requests: { ...missing, ...container.resources?.requests } },
  });
  return podRequests({ spec: mapContainers(spec, assume, assume) });
}

function withGrantedResources({ spec, status }: Pod): PodSpec {
  const statuses = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])];
  const granted = new Map(statuses.map((each) => [each.name, each]));
  if (granted.size === 0 && status?.resources === undefined) return spec;
  const isInfeasible = findCondition(status?.conditions, "PodResizePending")?.reason === "Infeasible";
  const grant = (container: Container): Container => {
    const requests = grantedRequests(container.resources, granted.get(container.name), isInfeasible);
    return requests === undefined
      ? container
      : { ...container, resources: { ...container.resources, requests } };
  };
  const grantSidecar = (container: Container): Container =>
    container.restartPolicy === "Always" ? grant(container) : container;
  const podLevel = { resources: status?.resources, allocatedResources: status?.allocatedResources };
  const requests = spec.resources && grantedRequests(spec.resources, podLevel, isInfeasible);
  return {
    ...mapContainers(spec, grant, grantSidecar),
    ...(requests !== undefined && { resources: { ...spec.resources, requests } }),
  };
}

/** Undefined when the kubelet has not said what it granted. */
function grantedRequests(
  wanted: ResourceRequirements | undefined,
  status:
    | {
        readonly resources?: ContainerStatus["resources"] | undefined;
        readonly allocatedResources?: ContainerStatus["allocatedResources"] | undefined;
      }
    | undefined,
  isInfeasible: boolean,
): ResourceList | undefined {
  if (status?.resources === undefined) return undefined;
  const lists = [status.resources.requests, status.allocatedResources];
  return largest(isInfeasible ? lists : [wanted?.requests, ...lists]);
}

function largest(lists: readonly (ResourceList | undefined)[]): ResourceList {
  const result = new Map<string, string>();
  for (const list of lists) {
    for (const [name, text] of Object.entries(list ?? {})) {
      const known = result.get(name);
      if (known === undefined || isMore(text, known)) result.set(name, text);
    }
  }
  return Object.fromEntries(result);
}

function isMore(text: string, known: string): boolean {
  return text !== known && compareQuantities(parseQuantity(text), parseQuantity(known)) > 0;
}

function mapContainers(
  spec: PodSpec,
  change: (container: Container) => Container,
  changeInit: (container: Container) => Container,
): PodSpec {
  return {
    ...spec,
    containers: spec.containers.map(change),
    ...(spec.initContainers && { initContainers: spec.initContainers.map(changeInit) }),
  };
}
