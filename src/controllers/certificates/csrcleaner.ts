import type {
  CertificateSigningRequest,
  CertificateSigningRequestCondition,
} from "#api/generated/certificates-v1.ts";
import type { Plan } from "#reconcile/action.ts";
import { defineController } from "#reconcile/controller.ts";

export interface CleaningView {
  readonly request: CertificateSigningRequest;
  readonly now: Date;
}

const HOUR_MS = 3_600_000;
const PENDING_MS = 24 * HOUR_MS;
const DECIDED_MS = HOUR_MS;

/** Removes requests that nobody needs any more (kube-controller-manager `pkg/controller/certificates/cleaner`). */
export const csrCleanerController = defineController<CleaningView>({
  name: "csrcleaner",
  account: "certificate-controller",
  primary: "CertificateSigningRequest",
  watches: [{ kind: "CertificateSigningRequest", wakes: "itself" }],
  writes: ["CertificateSigningRequest"],
  observe: ({ name }, caches, now) => {
    const request = caches.get("CertificateSigningRequest", "", name);
    return request && { request, now };
  },
  plan: planCleaning,
});

export function planCleaning({ request, now }: CleaningView): Plan {
  const end = endOf(request);
  if (end === undefined) return { actions: [] };
  const leftMs = end - now.getTime();
  if (leftMs > 0) return { actions: [], requeueAfterMs: leftMs };
  const { name, uid } = request.metadata;
  const target = { kind: "CertificateSigningRequest", namespace: "", name };
  return { actions: [{ type: "delete", target, uid }] };
}

/** When the request goes; one that is approved and not signed yet stays. */
function endOf({ metadata, status = {} }: CertificateSigningRequest): number | undefined {
  const { conditions = [], certificate = "" } = status;
  if (conditions.length === 0) return Date.parse(metadata.creationTimestamp ?? "") + PENDING_MS;
  const ends = conditions
    .filter(
      ({ type }) => type === "Denied" || type === "Failed" || (type === "Approved" && certificate !== ""),
    )
    .map(changeOf)
    .filter((time) => !Number.isNaN(time));
  return ends.length === 0 ? undefined : Math.min(...ends) + DECIDED_MS;
}

function changeOf({ lastUpdateTime }: CertificateSigningRequestCondition): number {
  return Date.parse(lastUpdateTime ?? "");
}
