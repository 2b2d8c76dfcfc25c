import type { RequestTarget } from "#apimachinery/request.ts";
import type { Metrics } from "#observability/metrics.ts";

/** Remembers which deprecated APIs have been asked for; none that is served has a release in which it is to go. */
export function deprecatedRequests(metrics: Metrics): (target: RequestTarget) => void {
  const requested = metrics.gauge({
    name: "apiserver_requested_deprecated_apis",
    help: "Gauge of deprecated APIs that have been requested, broken out by API group, version, resource, subresource, and removed_release.",
    stability: "STABLE",
    labels: ["group", "version", "resource", "subresource", "removed_release"],
  });
  return ({ group, version, resource, subresource = "" }) =>
    requested.set({ group, version, resource, subresource, removed_release: "" }, 1);
}
