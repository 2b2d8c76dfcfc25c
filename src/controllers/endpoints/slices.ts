import type { Endpoint, EndpointPort, EndpointSlice } from "#api/generated/discovery-v1.ts";
import { semanticallyEqual } from "#api/validation/equality.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import { controllerReference } from "#apimachinery/owners.ts";
import type { Action, WriteReport } from "#reconcile/action.ts";
import { refTo } from "#reconcile/claim.ts";

/** The Service that a slice belongs to. */
export const SERVICE_LABEL = "kubernetes.io/service-name";
/** Who keeps a slice up to date; nobody else may touch it. */
export const MANAGER_LABEL = "endpointslice.kubernetes.io/managed-by";

/** What a slice says; its name and owner are the same for all slices of one object. */
export interface SliceContent {
  readonly addressType: EndpointSlice["addressType"];
  readonly ports: readonly EndpointPort[];
  readonly endpoints: readonly Endpoint[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** What is to become of slices. */
export interface SliceChanges {
  readonly create: readonly SliceContent[];
  readonly update: readonly { readonly slice: EndpointSlice; readonly content: SliceContent }[];
  readonly remove: readonly EndpointSlice[];
}

/** The endpoints of a slice; the API writes an empty list as null. */
export function endpointsIn(slice: EndpointSlice): readonly Endpoint[] {
  return slice.endpoints ?? [];
}

/** The same text for the same ports in any order, however much of them is default. */
export function portsKey(ports: readonly EndpointPort[] | null | undefined): string {
  const texts = (ports ?? []).map(({ name = "", port = 0, protocol = "TCP", appProtocol = "" }) =>
    JSON.stringify([name, port, protocol, appProtocol]),
  );
  return texts.toSorted().join();
}

/** What makes an endpoint the same one when its conditions or place change. */
export function endpointKey({ addresses, hostname = "", targetRef }: Endpoint): string {
  return JSON.stringify([addresses.toSorted(), hostname, targetRef?.namespace ?? "", targetRef?.name ?? ""]);
}

/** Whether two endpoints of one key say the same; the version of the target does not count. */
export function isSameEndpoint(a: Endpoint, b: Endpoint): boolean {
  return semanticallyEqual(withoutVersion(a), withoutVersion(b));
}

/**
 * The writes. A slice that is to go is used again for one that is to come where the kind of address, which cannot be
 * changed, is the same: readers then never see endpoints in no slice. An owner that is being deleted gets no new ones.
 */
export function planSliceChanges(
  owner: KubeObject,
  changes: SliceChanges,
  report?: WriteReport,
): readonly Action[] {
  const { create, update, remove } = recycle(owner, changes);
  const isOwnerAlive = owner.metadata.deletionTimestamp === undefined;
  return [
    ...(isOwnerAlive ? create.map((content) => createSlice(owner, content)) : []),
    ...update.map(
      ({ slice, content }): Action => ({ type: "update", object: withContent(slice, content, owner) }),
    ),
    ...remove.map(
      (slice): Action => ({ type: "delete", target: refTo(slice, "EndpointSlice"), uid: slice.metadata.uid }),
    ),
  ].map((action) => (report === undefined ? action : ({ ...action, report } as Action)));
}

function recycle(owner: KubeObject, { create, update, remove }: SliceChanges): SliceChanges {
  const left = [...create];
  const recycled: { slice: EndpointSlice; content: SliceContent }[] = [];
  const removed = remove.filter((slice) => {
    const index = isOwnedBy(slice, owner)
      ? left.findIndex(({ addressType }) => addressType === slice.addressType)
      : -1;
    const [content] = index < 0 ? [] : left.splice(index, 1);
    if (content !== undefined) recycled.push({ slice, content });
    return content === undefined;
  });
  return { create: left, update: [...update, ...recycled], remove: removed };
}

/** A slice of an object that had the same name belongs to the garbage collector. */
export function isOwnedBy({ metadata }: KubeObject, owner: KubeObject): boolean {
  return metadata.ownerReferences?.some(({ uid }) => uid === owner.metadata.uid) === true;
}

function createSlice(owner: KubeObject, { labels, annotations, ...content }: SliceContent): Action {
  const { name, namespace } = owner.metadata;
  const object = {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      generateName: `${name}-`,
      ...(namespace !== undefined && { namespace }),
      labels,
      ...(Object.keys(annotations).length > 0 && { annotations }),
      ownerReferences: [controllerReference(owner)],
    },
    ...content,
  };
  return { type: "create", object };
}

function withContent(
  slice: EndpointSlice,
  { labels, annotations, ...content }: SliceContent,
  owner: KubeObject,
): EndpointSlice {
  const ownerReferences = [controllerReference(owner)];
  return { ...slice, ...content, metadata: { ...slice.metadata, labels, annotations, ownerReferences } };
}

function withoutVersion({ targetRef, ...endpoint }: Endpoint): unknown {
  return { ...endpoint, targetRef: { ...targetRef, resourceVersion: undefined } };
}
