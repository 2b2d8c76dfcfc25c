import { indexPath } from "#apimachinery/field-error.ts";
import { omit } from "#base/omit.ts";
import { ageColumn, nameColumn, textColumn } from "../../columns.ts";
import { fillAbsent, mapField, mapList } from "../../defaulting.ts";
import type { EndpointSlice } from "../../generated/discovery-v1.ts";
import { defineKind } from "../../kind.ts";
import { semanticallyEqual } from "../../validation/equality.ts";
import { ipWarnings } from "../../validation/ip-fields.ts";
import { validateEndpointSlice, validateEndpointSliceUpdate } from "./endpointslice.validation.ts";

/** How many ports or addresses a table shows before it counts the rest. */
const MAX_SHOWN = 3;

const MANAGED_BY_LABEL = "endpointslice.kubernetes.io/managed-by";

/** Controllers that are known to write addresses in the standard way. */
const TRUSTED_WRITERS = ["endpointslice-controller.k8s.io", "endpointslicemirroring-controller.k8s.io"];

export const endpointSlice = defineKind<EndpointSlice>(
  { apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice" },
  {
    columns: [
      nameColumn,
      textColumn("AddressType", ({ addressType }) => addressType),
      textColumn("Ports", ({ ports }) =>
        shorten((ports ?? []).map(({ port, name }) => String(port ?? name ?? "*"))),
      ),
      textColumn("Endpoints", ({ endpoints }) =>
        shorten((endpoints ?? []).flatMap(({ addresses }) => addresses ?? [])),
      ),
      ageColumn,
    ],
    setDefaults: (object) =>
      mapField(object, "ports", (ports) =>
        mapList(ports, (port) => fillAbsent(port, { name: "", protocol: "TCP" })),
      ),
    prepareForCreate: dropTopology,
    prepareForUpdate: dropTopology,
    validate: (object) => validateEndpointSlice(object),
    validateUpdate: validateEndpointSliceUpdate,
    warnings: endpointSliceWarnings,
    isNewGeneration: (next, previous) =>
      !semanticallyEqual(omit(next, "metadata"), omit(previous, "metadata")) ||
      !semanticallyEqual(next.metadata.labels, previous.metadata.labels),
  },
);

function shorten(texts: readonly string[]): string {
  const more = texts.length - MAX_SHOWN;
  if (more > 0) return `${texts.slice(0, MAX_SHOWN).join(",")} + ${String(more)} more...`;
  return texts.join(",") || "<unset>";
}

/** The field is for objects of v1beta1; in v1 it cannot be set. */
function dropTopology(object: EndpointSlice): EndpointSlice {
  const endpoints = object.endpoints ?? [];
  return endpoints.some(({ deprecatedTopology }) => deprecatedTopology !== undefined)
    ? { ...object, endpoints: endpoints.map((endpoint) => omit(endpoint, "deprecatedTopology")) }
    : object;
}

function endpointSliceWarnings(next: EndpointSlice, previous: EndpointSlice | undefined): readonly string[] {
  const isTrusted = TRUSTED_WRITERS.includes(next.metadata.labels?.[MANAGED_BY_LABEL] ?? "");
  return [
    ...(previous === undefined && next.addressType === "FQDN"
      ? ["spec.addressType: FQDN endpoints are deprecated"]
      : []),
    ...(isTrusted ? [] : addressWarnings(next)),
  ];
}

function addressWarnings({ endpoints }: EndpointSlice): readonly string[] {
  return (endpoints ?? []).flatMap(({ addresses }, endpoint) =>
    (addresses ?? []).flatMap((address, index) =>
      ipWarnings(address, indexPath(`endpoints[${String(endpoint)}].addresses`, index)),
    ),
  );
}
