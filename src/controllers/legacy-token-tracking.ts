import { dayOf, parseDay, TRACKING_CONFIG_MAP, TRACKING_KEY } from "#api/core/v1/legacy-token.ts";
import type { ConfigMap } from "#api/generated/core-v1.ts";
import type { Plan } from "#reconcile/action.ts";
import { defineController } from "#reconcile/controller.ts";

const NAMESPACE = "kube-system";

export interface TokenTrackingView {
  readonly configMap: ConfigMap | undefined;
  readonly now: Date;
}

/** Writes down since when uses of tokens are noted (kubernetes `pkg/controlplane/controller/legacytokentracking`). */
export const legacyTokenTrackingController = defineController<TokenTrackingView>({
  name: "legacy-token-tracking",
  primary: "Namespace",
  watches: [
    { kind: "Namespace", wakes: "itself", when: ({ metadata }) => metadata.name === NAMESPACE },
    {
      kind: "ConfigMap",
      wakes: ({ metadata: { namespace, name } }) =>
        namespace === NAMESPACE && name === TRACKING_CONFIG_MAP ? [{ namespace: "", name: NAMESPACE }] : [],
    },
  ],
  writes: ["ConfigMap"],
  observe: ({ name }, caches, now) =>
    name === NAMESPACE && caches.get("Namespace", "", NAMESPACE) !== undefined
      ? { configMap: caches.get("ConfigMap", NAMESPACE, TRACKING_CONFIG_MAP), now }
      : undefined,
  plan: planTokenTracking,
});

export function planTokenTracking({ configMap, now }: TokenTrackingView): Plan {
  const since = { [TRACKING_KEY]: dayOf(now.getTime()) };
  if (configMap === undefined) {
    const metadata = { namespace: NAMESPACE, name: TRACKING_CONFIG_MAP };
    const object = { apiVersion: "v1", kind: "ConfigMap", metadata, data: since };
    return { actions: [{ type: "create", object }] };
  }
  if (parseDay(configMap.data?.[TRACKING_KEY]) !== undefined) return { actions: [] };
  const updated: ConfigMap = { ...configMap, data: { ...configMap.data, ...since } };
  return { actions: [{ type: "update", object: updated }] };
}
