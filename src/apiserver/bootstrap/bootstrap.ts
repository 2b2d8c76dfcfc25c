import type { ServiceCIDR } from "#api/generated/networking-v1.ts";
import type { KindRef, ObjectOf } from "#api/resource.ts";
import { semanticallyEqual } from "#api/validation/equality.ts";
import { findCondition, setCondition } from "#apimachinery/conditions.ts";
import type { Condition, ObjectMeta } from "#apimachinery/generated/meta-v1.ts";
import type { KubeObject, NewObject } from "#apimachinery/meta.ts";
import { isAlreadyExists, isNotFound } from "#apimachinery/status-error.ts";
import { formatTime } from "#apimachinery/time.ts";
import { formatCIDR } from "#base/cidr.ts";
import type { Clock } from "#base/clock.ts";
import { omit } from "#base/omit.ts";
import type { Client } from "#client/client.ts";
import type { ServiceRanges } from "../services/allocation-context.ts";
import { DEFAULT_SERVICE_CIDR } from "../services/service-cidrs.ts";
import {
  type ApiEndpoint,
  kubernetesEndpointSlice,
  kubernetesEndpoints,
  kubernetesService,
} from "./kubernetes-service.ts";
import { systemNamespaces, systemPriorityClasses } from "./system-objects.ts";

export interface BootstrapOptions {
  readonly endpoint: ApiEndpoint;
  readonly serviceRanges: ServiceRanges;
}

/** Creates what a cluster cannot be without, as far as it is missing, and says where the API server is now. */
export async function bootstrapCluster(
  client: Client,
  clock: Pick<Clock, "now">,
  { endpoint, serviceRanges }: BootstrapOptions,
): Promise<void> {
  await Promise.all([
    ...systemNamespaces.map((namespace) => ensure(client, "Namespace", namespace)),
    ...systemPriorityClasses.map((priorityClass) => ensure(client, "PriorityClass", priorityClass)),
    ensureServiceCIDR(client, clock, serviceRanges),
  ]);
  const [range] = serviceRanges.addresses;
  if (range !== undefined) await ensure(client, "Service", kubernetesService(range.first, endpoint));
  await replace(client, "Endpoints", kubernetesEndpoints(endpoint), ["subsets"]);
  await replace(client, "EndpointSlice", kubernetesEndpointSlice(endpoint), ["endpoints", "ports"]);
}

/** The ranges that this server is started with; a single one may get a second family later. */
async function ensureServiceCIDR(
  client: Client,
  clock: Pick<Clock, "now">,
  { addresses }: ServiceRanges,
): Promise<void> {
  const cidrs = addresses.map(({ cidr }) => formatCIDR(cidr));
  const wanted: NewObject<ServiceCIDR> = {
    apiVersion: "networking.k8s.io/v1",
    kind: "ServiceCIDR",
    metadata: { name: DEFAULT_SERVICE_CIDR },
    spec: { cidrs },
  };
  const found = await ensure(client, "ServiceCIDR", wanted);
  const [first, second] = found.spec.cidrs ?? [];
  const becomesDualStack = cidrs.length === 2 && second === undefined && first === cidrs[0];
  const present = becomesDualStack
    ? await client.update("ServiceCIDR", { ...found, metadata: unversioned(found), spec: { cidrs } })
    : found;
  const { conditions } = present.status ?? {};
  const isOurs = Bun.deepEquals(present.spec.cidrs, cidrs);
  if (!isOurs || findCondition(conditions, "Ready") !== undefined) return;
  const ready: Condition = {
    type: "Ready",
    status: "True",
    reason: "",
    message: "Kubernetes default Service CIDR is ready",
    lastTransitionTime: null,
  };
  const status = { conditions: setCondition(conditions, ready, formatTime(clock.now())) };
  await client.updateStatus("ServiceCIDR", { ...present, metadata: unversioned(present), status });
}

/** The object that is there, or the one that has been created from `wanted`. */
async function ensure<K extends KindRef>(
  client: Client,
  kind: K,
  wanted: NewObject<ObjectOf<K>>,
): Promise<ObjectOf<K>> {
  const { name = "", namespace } = wanted.metadata;
  const target = { name, ...(namespace !== undefined && { namespace }) };
  try {
    return await client.get(kind, target);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  try {
    return await client.create(kind, wanted);
  } catch (error) {
    // Another server starts at the same time.
    if (!isAlreadyExists(error)) throw error;
    return await client.get(kind, target);
  }
}

/** Gives `fields` the wanted values, whatever they are now. */
async function replace<K extends KindRef>(
  client: Client,
  kind: K,
  wanted: NewObject<ObjectOf<K>>,
  fields: readonly (keyof NewObject<ObjectOf<K>>)[],
): Promise<void> {
  const present = await ensure(client, kind, wanted);
  if (fields.every((field) => semanticallyEqual(present[field], wanted[field]))) return;
  const changed = Object.fromEntries(fields.map((field) => [field, wanted[field]]));
  await client.update(kind, { ...present, metadata: unversioned(present), ...changed });
}

/** Metadata for an update that is to come about whatever other servers write at the same time. */
function unversioned({ metadata }: KubeObject): ObjectMeta {
  return omit(metadata, "resourceVersion");
}
