import type { APIService, APIServiceSpec } from "#api/generated/apiregistration-v1.ts";
import type { GroupVersion, NewObject } from "#apimachinery/meta.ts";
import { builtInPriorities, CUSTOM_PRIORITIES } from "../../discovery/priorities.ts";
import type { ServedResource } from "../../registry/served-resource.ts";
import { apiServiceName } from "../api-services.ts";

/** Says how an APIService of the server's own is kept; others do not have it (kube-aggregator `autoregister`). */
export const MANAGED_LABEL = "kube-aggregator.kubernetes.io/automanaged";

/** Once with every start, or as long as the server runs. */
export type Managed = "onstart" | "true";

/** An APIService that the server itself stands for. */
export interface LocalService {
  readonly name: string;
  readonly spec: APIServiceSpec;
  readonly managed: Managed;
}

/** The APIServices of what the server serves, by their names. */
export function localServices(served: readonly ServedResource[]): ReadonlyMap<string, LocalService> {
  return new Map(
    served.flatMap(({ resource, builtIn }) => {
      const service = localService(resource, builtIn);
      return service === undefined ? [] : [[service.name, service] as const];
    }),
  );
}

function localService({ group, version }: GroupVersion, builtIn: boolean): LocalService | undefined {
  const priorities = builtIn ? builtInPriorities({ group, version }) : CUSTOM_PRIORITIES;
  if (priorities === undefined) return undefined;
  return {
    name: apiServiceName({ group, version }),
    spec: {
      ...(group !== "" && { group }),
      version,
      groupPriorityMinimum: priorities.group,
      versionPriority: priorities.version,
    },
    managed: builtIn ? "onstart" : "true",
  };
}

export function newApiService({ name, spec, managed }: LocalService): NewObject<APIService> {
  return {
    apiVersion: "apiregistration.k8s.io/v1",
    kind: "APIService",
    metadata: { name, labels: { [MANAGED_LABEL]: managed } },
    spec,
  };
}
