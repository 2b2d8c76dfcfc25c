import { ageColumn, nameColumn, textColumn } from "../../columns.ts";
import { fillZero, mapField, mapList } from "../../defaulting.ts";
import type { EndpointAddress, EndpointSubset, Endpoints } from "../../generated/core-v1.ts";
import { defineKind } from "../../kind.ts";
import { semanticallyEqual } from "../../validation/equality.ts";
import { ipWarnings } from "../../validation/ip-fields.ts";
import { validateEndpointSubsets } from "./endpoints.validation.ts";

/** How many addresses the table shows before it counts the rest. */
const MAX_SHOWN = 3;

const MANAGED_BY_LABEL = "endpoints.kubernetes.io/managed-by";
const CONTROLLER = "endpoint-controller";

export const endpoints = defineKind<Endpoints>(
  { apiVersion: "v1", kind: "Endpoints" },
  {
    columns: [nameColumn, textColumn("Endpoints", formatEndpoints), ageColumn],
    setDefaults: (object) => mapField(object, "subsets", (subsets) => mapList(subsets, setSubsetDefaults)),
    validate: ({ subsets }) => validateEndpointSubsets(subsets),
    validateUpdate: (next, previous) => {
      const errors = validateEndpointSubsets(next.subsets);
      return errors.length > 0 && semanticallyEqual(next.subsets, previous.subsets) ? [] : errors;
    },
    warnings: endpointsWarnings,
    hasGeneration: false,
    allowCreateOnUpdate: true,
  },
);

function setSubsetDefaults(subset: EndpointSubset): EndpointSubset {
  return mapField(subset, "ports", (ports) => mapList(ports, (port) => fillZero(port, { protocol: "TCP" })));
}

/** The controller writes addresses in the standard way. */
function endpointsWarnings({ metadata, subsets }: Endpoints): readonly string[] {
  if (metadata.labels?.[MANAGED_BY_LABEL] === CONTROLLER) return [];
  return (subsets ?? []).flatMap(({ addresses, notReadyAddresses }, index) => [
    ...addressWarnings(addresses, `subsets[${String(index)}].addresses`),
    ...addressWarnings(notReadyAddresses, `subsets[${String(index)}].notReadyAddresses`),
  ]);
}

function addressWarnings(addresses: readonly EndpointAddress[] | undefined, path: string): readonly string[] {
  return (addresses ?? []).flatMap(({ ip }, index) => ipWarnings(ip, `${path}[${String(index)}].ip`));
}

function formatEndpoints({ subsets = [] }: Endpoints): string {
  if (subsets.length === 0) return "<none>";
  const all = subsets.flatMap(addressesOf);
  const shown = all.slice(0, MAX_SHOWN).join(",");
  return all.length > MAX_SHOWN ? `${shown} + ${String(all.length - MAX_SHOWN)} more...` : shown;
}

/** The ready addresses of a subset, with each of its ports where it has ports. */
function addressesOf({ addresses = [], ports = [] }: EndpointSubset): readonly string[] {
  if (ports.length === 0) return addresses.map(({ ip }) => ip);
  return ports.flatMap(({ port }) => addresses.map(({ ip }) => joinHostPort(ip, port)));
}

function joinHostPort(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${String(port)}` : `${host}:${String(port)}`;
}
