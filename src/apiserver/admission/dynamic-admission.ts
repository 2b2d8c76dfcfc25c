import type { Metrics } from "#observability/metrics.ts";
import type { KindRegistry } from "../registry/kind-registry.ts";
import type { FollowObjectsDependencies } from "../storage/follow-objects.ts";
import type { AdmissionPlugin } from "./admission-plugin.ts";
import { FollowedList } from "./matching/followed-list.ts";
import { ResourceMatcher } from "./matching/resource-matcher.ts";
import { listHooks } from "./webhooks/hook.ts";
import { type MutatingWebhooksDependencies, mutatingWebhooks } from "./webhooks/mutating-webhooks.ts";
import { validatingWebhooks } from "./webhooks/validating-webhooks.ts";
import { WebhookMetrics } from "./webhooks/webhook-metrics.ts";

/** The plugins whose rules are objects in the store. */
export interface DynamicPlugins {
  readonly mutatingWebhooks: AdmissionPlugin;
  readonly validatingWebhooks: AdmissionPlugin;
}

export type DynamicAdmissionDependencies = FollowObjectsDependencies &
  Omit<MutatingWebhooksDependencies, "metrics" | "resources"> & {
    readonly registry: KindRegistry;
    readonly metrics: Metrics;
  };

/** Makes these plugins, which follow their rules from then on. Disposing ends that. */
export function createDynamicAdmission(
  dependencies: DynamicAdmissionDependencies,
): AsyncDisposable & { readonly plugins: DynamicPlugins } {
  const following = new AsyncDisposableStack();
  const mutating = following.use(
    new FollowedList("MutatingWebhookConfiguration", (objects) => listHooks(objects), dependencies),
  );
  const validating = following.use(
    new FollowedList("ValidatingWebhookConfiguration", (objects) => listHooks(objects), dependencies),
  );
  const resources = new ResourceMatcher(dependencies.registry);
  const shared = { ...dependencies, resources, metrics: new WebhookMetrics(dependencies.metrics) };
  return {
    plugins: {
      mutatingWebhooks: mutatingWebhooks(() => mutating.list(), shared),
      validatingWebhooks: validatingWebhooks(() => validating.list(), shared),
    },
    [Symbol.asyncDispose]: () => following.disposeAsync(),
  };
}
