/** When an APIService is available (kube-aggregator `controllers/status`). */
import type { APIService, APIServiceCondition } from "#api/generated/apiregistration-v1.ts";
import type { Service } from "#api/generated/core-v1.ts";
import type { EndpointSlice } from "#api/generated/discovery-v1.ts";
import { quote } from "#apimachinery/go-text.ts";

export type Availability = Pick<APIServiceCondition, "type" | "status"> & {
  readonly reason: string;
  readonly message: string;
};

/** The Service of an APIService, as far as there is one, and its slices. */
export interface ServiceView {
  readonly service: Service | undefined;
  readonly slices: readonly EndpointSlice[];
}

export const LOCAL: Availability = {
  type: "Available",
  status: "True",
  reason: "Local",
  message: "Local APIServices are always available",
};

export const PASSED: Availability = {
  type: "Available",
  status: "True",
  reason: "Passed",
  message: "all checks passed",
};

/** Why asking is of no use; undefined when only asking can tell whether the extension server is there. */
export function planAvailability(
  { spec }: APIService,
  { service, slices }: ServiceView,
): Availability | undefined {
  if (spec.service === undefined) return LOCAL;
  const { namespace = "", name = "", port = 0 } = spec.service;
  const place = `service/${name} in ${quote(namespace)}`;
  if (service === undefined) return unavailable("ServiceNotFound", `${place} is not present`);
  // What other types lead to need not be endpoints.
  if (service.spec.type !== "ClusterIP") return undefined;
  const found = service.spec.ports?.find((each) => each.port === port);
  if (found === undefined)
    return unavailable("ServicePortError", `${place} is not listening on port ${String(port)}`);
  if (slices.length === 0) return unavailable("EndpointsNotFound", `cannot find endpointslices for ${place}`);
  const portName = found.name ?? "";
  if (slices.some((slice) => isReady(slice, portName))) return undefined;
  const message = `endpointslices for ${place} have no addresses with port name ${quote(portName)}`;
  return unavailable("MissingEndpoints", message);
}

export function failedCheck(message: string): Availability {
  return unavailable("FailedDiscoveryCheck", message);
}

function isReady({ endpoints, ports }: EndpointSlice, portName: string): boolean {
  return (
    endpoints.some(({ conditions }) => conditions?.ready !== false) &&
    ports.some(({ name = "", port }) => name === portName && port !== undefined)
  );
}

function unavailable(reason: string, message: string): Availability {
  return { type: "Available", status: "False", reason, message };
}
