import type { APIService } from "#api/generated/apiregistration-v1.ts";
import { formatApiVersion } from "#apimachinery/meta.ts";
import {
  type RegisteredVersion,
  type RegisteredVersions,
  servedVersions,
} from "../discovery/registered-versions.ts";
import type { KindRegistry } from "../registry/kind-registry.ts";
import type { ApiServices } from "./api-services.ts";
import type { RemoteDiscovery } from "./discovery/remote-discovery.ts";

export interface AllVersionsDependencies {
  readonly registry: KindRegistry;
  readonly services: ApiServices;
  readonly discovery: Pick<RemoteDiscovery, "of" | "onChange">;
}

/**
 * The group versions of this server and those of APIServices, in the order that APIServices give them. What is served has
 * its place before its APIService has been written, and without one.
 */
export function allVersions({ registry, services, discovery }: AllVersionsDependencies): RegisteredVersions {
  const registered = (apiService: APIService): RegisteredVersion => {
    const { group = "", version = "", groupPriorityMinimum, versionPriority, service } = apiService.spec;
    const priorities = { group: groupPriorityMinimum, version: versionPriority };
    const remote = service && discovery.of(apiService.metadata.name);
    return { group, version, priorities, ...(remote && { remote }) };
  };
  return {
    list: () => {
      const all = [...servedVersions(registry.list()), ...services.list().map(registered)];
      return [...new Map(all.map((each) => [formatApiVersion(each), each])).values()];
    },
    onChange: (listener) => {
      const stack = new DisposableStack();
      stack.use(registry.onChange(listener));
      stack.use(services.onChange(listener));
      stack.use(discovery.onChange(listener));
      return stack;
    },
  };
}
