/** Defaults that a Pod has and a template has not (core `SetDefaults_Pod`). */
import { fillAbsent, fillEntries, fillZero, mapField, mapList } from "../../defaulting.ts";
import type { Container, ContainerStatus, Pod, PodSpec, PodStatus } from "../../generated/core-v1.ts";
import { dropInitContainerAnnotations } from "./pod-spec/annotations.ts";
import { setPodSpecDefaults } from "./pod-spec/defaults.ts";
import { mapContainers } from "./pod-spec/map-containers.ts";
import { setPodLevelDefaults } from "./pod-spec/pod-level-resources.ts";
import { roundRequirements, roundResourceList } from "./resource-list-defaults.ts";

const STATUS_LISTS = ["initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"] as const;

export function setPodDefaults(pod: Pod): Pod {
  const next = mapField(mapField(pod, "spec", setSpecDefaults), "status", setStatusDefaults);
  return mapField(next, "metadata", dropOldAnnotations);
}

function dropOldAnnotations(metadata: Pod["metadata"]): Pod["metadata"] {
  return mapField(metadata, "annotations", dropInitContainerAnnotations);
}

function setSpecDefaults(spec: PodSpec): PodSpec {
  let next = mapContainers(withGracePeriod(spec), setRequests);
  next = fillAbsent(setPodLevelDefaults(next), { enableServiceLinks: true });
  if (next.hostNetwork === true) next = mapContainers(next, setHostPorts);
  return setPodSpecDefaults(next);
}

/** Nobody can be given less than no time; pods of old that asked for it get a second. */
function withGracePeriod(spec: PodSpec): PodSpec {
  const { terminationGracePeriodSeconds = 0 } = spec;
  return terminationGracePeriodSeconds < 0 ? { ...spec, terminationGracePeriodSeconds: 1 } : spec;
}

/** What has a limit and no request asks for as much as it may use. */
function setRequests(container: Container): Container {
  return mapField(container, "resources", (resources) => {
    const requests = fillEntries(resources.requests, resources.limits);
    return requests === resources.requests || requests === undefined ? resources : { ...resources, requests };
  });
}

/** On the network of the host, the port of a container is one of the host. */
function setHostPorts(container: Container): Container {
  return mapField(container, "ports", (ports) =>
    mapList(ports, (port) => fillZero(port, { hostPort: port.containerPort })),
  );
}

function setStatusDefaults(status: PodStatus): PodStatus {
  return roundStatus(syncPodIps(status));
}

/** The address is the first of the list; of two that differ it is the one that is believed. */
function syncPodIps(status: PodStatus): PodStatus {
  const { podIP = "", podIPs } = status;
  const first = podIPs?.[0]?.ip ?? "";
  if (podIP === first) return status;
  return podIP === "" ? { ...status, podIP: first } : { ...status, podIPs: [{ ip: podIP }] };
}

function roundStatus(status: PodStatus): PodStatus {
  const withLists = STATUS_LISTS.reduce(
    (next, field) =>
      mapField<PodStatus, typeof field>(next, field, (statuses) => mapList(statuses, roundContainerStatus)),
    status,
  );
  const next = mapField(withLists, "allocatedResources", roundResourceList);
  return mapField(next, "resources", roundRequirements);
}

function roundContainerStatus(status: ContainerStatus): ContainerStatus {
  return mapField(mapField(status, "allocatedResources", roundResourceList), "resources", roundRequirements);
}
