import type { IPAddress, ServiceCIDR } from "#api/generated/networking-v1.ts";
import { isConditionTrue, setCondition } from "#apimachinery/conditions.ts";
import type { Condition } from "#apimachinery/generated/meta-v1.ts";
import { formatTime } from "#apimachinery/time.ts";
import { type CIDR, containsCIDR, containsIP, overlaps, parseCIDR, parseIP } from "#base/cidr.ts";
import type { Plan } from "#reconcile/action.ts";
import { type Controller, defineController } from "#reconcile/controller.ts";

const FINALIZER = "networking.k8s.io/service-cidr-finalizer";

/** Addresses that the API server has given to Services, unlike those that others reserve. */
const MANAGED_BY = "ipaddress.kubernetes.io/managed-by";
const ALLOCATOR = "ipallocator.k8s.io";

/** So long every API server has to hear that a range goes, and to give out none of its addresses any more. */
const DELETION_GRACE_MS = 10_000;

export interface ServiceCIDRView {
  readonly serviceCIDR: ServiceCIDR;
  /** All other ones. */
  readonly others: readonly ServiceCIDR[];
  /** The addresses of Services, of any range. */
  readonly addresses: readonly IPAddress[];
  readonly now: Date;
}

/** Protects ranges that Services have addresses of (kube-controller-manager `pkg/controller/servicecidrs`). */
export const serviceCIDRController: Controller<ServiceCIDRView> = defineController<ServiceCIDRView>({
  name: "service-cidr",
  component: "service-cidr-controller",
  account: "service-cidrs-controller",
  primary: "ServiceCIDR",
  watches: [
    {
      kind: "ServiceCIDR",
      wakes: (serviceCIDR, caches) =>
        [serviceCIDR, ...caches.list("ServiceCIDR").filter((other) => overlap(serviceCIDR, other))].map(
          refOf,
        ),
    },
    {
      kind: "IPAddress",
      wakes: (address, caches) =>
        caches
          .list("ServiceCIDR")
          .filter((each) => holds(each, address))
          .map(refOf),
    },
  ],
  writes: ["ServiceCIDR", "ServiceCIDR/status"],
  observe: ({ name }, caches, now) => {
    const serviceCIDR = caches.get("ServiceCIDR", "", name);
    if (serviceCIDR === undefined) return undefined;
    const others = caches.list("ServiceCIDR").filter((each) => each.metadata.name !== name);
    // Only a range that is to go has to know who is in it.
    const addresses = isLeaving(serviceCIDR) ? caches.list("IPAddress").filter(isOfService) : [];
    return { serviceCIDR, others, addresses, now };
  },
  plan: planServiceCIDR,
});

export function planServiceCIDR(view: ServiceCIDRView): Plan {
  return isLeaving(view.serviceCIDR) ? planDeletion(view) : planPresence(view);
}

function planPresence({ serviceCIDR, now }: ServiceCIDRView): Plan {
  const { metadata } = serviceCIDR;
  const finalizers = metadata.finalizers ?? [];
  if (!finalizers.includes(FINALIZER)) {
    const object = { ...serviceCIDR, metadata: { ...metadata, finalizers: [...finalizers, FINALIZER] } };
    return { actions: [{ type: "update", object }] };
  }
  if (isConditionTrue(serviceCIDR.status?.conditions, "Ready")) return { actions: [] };
  return withReady(serviceCIDR, { status: "True", message: "Kubernetes Service CIDR is ready" }, now);
}

function planDeletion(view: ServiceCIDRView): Plan {
  const { serviceCIDR, now } = view;
  const { metadata } = serviceCIDR;
  const { finalizers = [], deletionTimestamp } = metadata;
  if (isNeeded(view)) {
    return withReady(
      serviceCIDR,
      {
        status: "False",
        reason: "Terminating",
        message:
          "There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR",
      },
      now,
    );
  }
  if (!finalizers.includes(FINALIZER)) return { actions: [] };
  const remainingMs = Date.parse(deletionTimestamp ?? "") + DELETION_GRACE_MS - now.getTime();
  if (remainingMs > 0) return { actions: [], requeueAfterMs: remainingMs };
  const others = finalizers.filter((each) => each !== FINALIZER);
  return {
    actions: [{ type: "update", object: { ...serviceCIDR, metadata: { ...metadata, finalizers: others } } }],
  };
}

/** Whether some Service would be left with an address outside of all ranges. */
function isNeeded({ serviceCIDR, others, addresses }: ServiceCIDRView): boolean {
  const covering = others.flatMap(networksOf);
  const isCovered = networksOf(serviceCIDR).every((own) => covering.some((each) => containsCIDR(each, own)));
  if (isCovered) return false;
  return addresses.some(
    (address) => holds(serviceCIDR, address) && !others.some((other) => holds(other, address)),
  );
}

function withReady(
  serviceCIDR: ServiceCIDR,
  ready: Pick<Condition, "status" | "message"> & { readonly reason?: string },
  now: Date,
): Plan {
  const { conditions } = serviceCIDR.status ?? {};
  const condition: Condition = { type: "Ready", reason: "", ...ready, lastTransitionTime: null };
  const next = setCondition(conditions, condition, formatTime(now.getTime()));
  if (next === conditions) return { actions: [] };
  const object: ServiceCIDR = { ...serviceCIDR, status: { conditions: next } };
  return { actions: [{ type: "updateStatus", object }] };
}

function isLeaving({ metadata }: ServiceCIDR): boolean {
  return (metadata.deletionTimestamp ?? null) !== null;
}

function isOfService({ metadata }: IPAddress): boolean {
  return metadata.labels?.[MANAGED_BY] === ALLOCATOR;
}

function networksOf({ spec }: ServiceCIDR): readonly CIDR[] {
  return (spec.cidrs ?? []).flatMap((text) => parseCIDR(text) ?? []);
}

function overlap(a: ServiceCIDR, b: ServiceCIDR): boolean {
  return networksOf(a).some((own) => networksOf(b).some((other) => overlaps(own, other)));
}

function holds(serviceCIDR: ServiceCIDR, { metadata }: IPAddress): boolean {
  const address = parseIP(metadata.name);
  return address !== undefined && networksOf(serviceCIDR).some((network) => containsIP(network, address));
}

function refOf({ metadata: { name } }: ServiceCIDR) {
  return { namespace: "", name };
}
