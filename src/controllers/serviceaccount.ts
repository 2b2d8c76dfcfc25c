import type { Namespace, ServiceAccount } from "#api/generated/core-v1.ts";
import type { Plan } from "#reconcile/action.ts";
import { defineController } from "#reconcile/controller.ts";

/** What pods that name no account run as. */
const DEFAULT_ACCOUNT = "default";

export interface ServiceAccountView {
  readonly namespace: Namespace;
  readonly account: ServiceAccount | undefined;
}

/** Gives every namespace its default service account. */
export const serviceAccountController = defineController<ServiceAccountView>({
  name: "serviceaccount",
  account: "service-account-controller",
  primary: "Namespace",
  watches: [
    { kind: "Namespace", wakes: "itself" },
    {
      kind: "ServiceAccount",
      wakes: ({ metadata }) => [{ namespace: "", name: metadata.namespace ?? "" }],
      // One that is there is as it should be, whatever else is written in it.
      when: () => false,
    },
  ],
  writes: ["ServiceAccount"],
  observe: ({ name }, caches) => {
    const namespace = caches.get("Namespace", "", name);
    return namespace && { namespace, account: caches.get("ServiceAccount", name, DEFAULT_ACCOUNT) };
  },
  plan: planServiceAccount,
});

export function planServiceAccount({ namespace, account }: ServiceAccountView): Plan {
  if (namespace.status?.phase !== "Active" || account !== undefined) return { actions: [] };
  const metadata = { name: DEFAULT_ACCOUNT, namespace: namespace.metadata.name };
  return { actions: [{ type: "create", object: { apiVersion: "v1", kind: "ServiceAccount", metadata } }] };
}
