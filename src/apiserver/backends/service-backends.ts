import type { Duplex } from "node:stream";
import type { Service } from "#api/generated/core-v1.ts";
import type { EndpointSlice } from "#api/generated/discovery-v1.ts";
import { notFound } from "#apimachinery/status-error.ts";
import { type BackendAddress, DialError, type Dialer } from "./dialer.ts";
import { serviceEndpoints } from "./service-endpoints.ts";

/** A port of a Service, as configurations of webhooks and APIServices name it. */
export interface ServiceReference {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
}

/** Finds Services and their endpoints in their newest state; see `ClusterObjects`. */
export interface ServiceObjects {
  get(kind: "Service", name: { readonly namespace: string; readonly name: string }): Service | undefined;
  list(kind: "EndpointSlice", namespace: string): readonly EndpointSlice[];
}

export interface ServiceBackendsDependencies {
  readonly objects: ServiceObjects;
  readonly dialer: Dialer;
  /** A number from 0 up to 1. */
  readonly random: () => number;
}

/** Names the Service of a slice (discovery `LabelServiceName`). */
export const SERVICE_NAME = "kubernetes.io/service-name";

/** What is behind Services of the cluster, reached without their virtual addresses. */
export class ServiceBackends {
  readonly #dependencies: ServiceBackendsDependencies;

  constructor(dependencies: ServiceBackendsDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * A connection to one of the endpoints, whichever can be reached. Rejects with a StatusError when the Service has none,
   * and with the `DialError` of the last one when none can be reached.
   */
  async connect(reference: ServiceReference, signal: AbortSignal): Promise<Duplex> {
    let failure: unknown;
    for (const address of this.resolve(reference)) {
      try {
        return await this.#dependencies.dialer.dial(address, signal);
      } catch (error) {
        if (!(error instanceof DialError) || signal.aborted) throw error;
        failure = error;
      }
    }
    throw failure;
  }

  /** Where the Service leads, in the order in which to try it. Throws a StatusError for nowhere. */
  resolve({ namespace, name, port }: ServiceReference): readonly BackendAddress[] {
    const { objects, random } = this.#dependencies;
    const service = objects.get("Service", { namespace, name });
    // The listers of client-go name the kind, not the resource.
    if (service === undefined) throw notFound({ group: "", resource: "service" }, name);
    return serviceEndpoints(service, slicesOf(objects, { namespace, name }), port, random);
  }
}

export function slicesOf(
  objects: ServiceObjects,
  { namespace, name }: Omit<ServiceReference, "port">,
): readonly EndpointSlice[] {
  return objects
    .list("EndpointSlice", namespace)
    .filter(({ metadata }) => metadata.labels?.[SERVICE_NAME] === name);
}
