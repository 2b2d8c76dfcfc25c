/**
 * Which IPAddress objects there should be: one for each cluster IP of a Service, with a reference to it (KEP-1880;
 * kubernetes `pkg/registry/core/service/ipallocator/controller/repairip.go`).
 */
import type { Service } from "#api/generated/core-v1.ts";
import type { IPAddress, ParentReference } from "#api/generated/networking-v1.ts";
import type { NewObject } from "#apimachinery/meta.ts";
import { familyOf } from "./ip-families.ts";
import { addressesOf } from "./service-items.ts";

const MANAGER = "ipallocator.k8s.io";
const MANAGED_BY = "ipaddress.kubernetes.io/managed-by";
const FAMILY = "ipaddress.kubernetes.io/ip-family";

export type AddressAction =
  | { readonly type: "create"; readonly object: NewObject<IPAddress> }
  | { readonly type: "delete"; readonly object: IPAddress; readonly why: string };

/** Finds what is stored; see `ClusterObjects`. */
export interface AddressObjects {
  get(kind: "Service", name: { readonly namespace: string; readonly name: string }): Service | undefined;
  get(kind: "IPAddress", name: { readonly name: string }): IPAddress | undefined;
}

/** What is wrong with the objects of a Service's addresses. */
export function planServiceAddresses(service: Service, objects: AddressObjects): readonly AddressAction[] {
  return addressesOf(service).flatMap((address): readonly AddressAction[] => {
    const present = objects.get("IPAddress", { name: address });
    const wanted: AddressAction = { type: "create", object: ipAddressOf(address, service) };
    if (present === undefined) return [wanted];
    const why = fault(present, service, objects);
    return why === undefined ? [] : [{ type: "delete", object: present, why }, wanted];
  });
}

/** Whether an object that the server has made stands for nothing any more. */
export function planAddress(object: IPAddress, objects: AddressObjects): readonly AddressAction[] {
  if (object.metadata.labels?.[MANAGED_BY] !== MANAGER) return [];
  const parent = parentService(object, objects);
  if (parent === undefined) return [{ type: "delete", object, why: "it has no Service" }];
  if (addressesOf(parent).includes(object.metadata.name)) return [];
  return [{ type: "delete", object, why: "its Service has another address" }];
}

/** The Service that an address refers to. */
export function parentService({ spec }: IPAddress, objects: AddressObjects): Service | undefined {
  const { namespace = "", name = "" } = spec.parentRef ?? {};
  return isService(spec.parentRef) ? objects.get("Service", { namespace, name }) : undefined;
}

/** An address that two Services have got belongs to the one that is named: there is nothing to mend about it. */
function fault(present: IPAddress, service: Service, objects: AddressObjects): string | undefined {
  const { metadata, spec } = present;
  if (!isService(spec.parentRef)) return "it refers to something else";
  const { namespace, name } = spec.parentRef ?? {};
  const isOwn = namespace === service.metadata.namespace && name === service.metadata.name;
  if (!isOwn) {
    const other = parentService(present, objects);
    const isShared = other !== undefined && addressesOf(other).includes(metadata.name);
    return isShared ? undefined : "it refers to another Service";
  }
  const labels = metadata.labels ?? {};
  const isLabelled = labels[FAMILY] === familyOf(metadata.name) && labels[MANAGED_BY] === MANAGER;
  return isLabelled ? undefined : "it has lost its labels";
}

function isService(parent: ParentReference | undefined): boolean {
  return (parent?.group ?? "") === "" && parent?.resource === "services";
}

function ipAddressOf(address: string, { metadata }: Service): NewObject<IPAddress> {
  const { namespace = "", name } = metadata;
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "IPAddress",
    metadata: { name: address, labels: { [FAMILY]: familyOf(address), [MANAGED_BY]: MANAGER } },
    spec: { parentRef: { group: "", resource: "services", namespace, name } },
  };
}
