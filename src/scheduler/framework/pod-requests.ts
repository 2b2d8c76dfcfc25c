import { withActualResources } from "#api/core/v1/actual-resources.ts";
import { isPodLevelResource, podRequests, type ResourceAmounts } from "#api/core/v1/pod-resources.ts";
import type { Container, Pod, PodSpec } from "#api/generated/core-v1.ts";
import type { ResourceList } from "#api/validation/resources.ts";

/** What a container without a request is taken to use when nodes are scored, so that such pods spread as well. */
const ASSUMED_REQUESTS: ResourceList = { cpu: "100m", memory: "200Mi" };

/**
 * What the pod needs on a node. Of a pod that is resized in place it is the most of what it asks for, was granted
 * and has, as long as the node can carry the resize out (KEP-1287).
 */
export function effectiveRequests(pod: Pod): ResourceAmounts {
  return podRequests(withActualResources(pod));
}

/** The same, with something for every container that asks for no CPU or memory. */
export function nonZeroRequests(pod: Pod): ResourceAmounts {
  const { spec } = withActualResources(pod);
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
