import { compareQuantities, parseQuantity } from "#apimachinery/quantity.ts";
import { ownValue } from "#base/own-value.ts";
import { ageColumn, nameColumn, textColumn } from "../../columns.ts";
import { mapField } from "../../defaulting.ts";
import type { ResourceQuota } from "../../generated/core-v1.ts";
import { defineKind } from "../../kind.ts";
import { roundResourceList } from "./resource-list-defaults.ts";
import {
  validateResourceQuota,
  validateResourceQuotaStatus,
  validateResourceQuotaUpdate,
} from "./resourcequota.validation.ts";

/** Resources that can be bounded both ways, and whether `requests.` may be left out. */
const BOUNDED = [
  { resource: "cpu", isBare: true },
  { resource: "memory", isBare: true },
  { resource: "storage", isBare: false },
  { resource: "ephemeral-storage", isBare: false },
];

export const resourceQuota = defineKind<ResourceQuota>(
  { apiVersion: "v1", kind: "ResourceQuota" },
  {
    columns: [
      nameColumn,
      textColumn("Request", (object) => describeUse(object, (name) => !isLimit(name))),
      textColumn("Limit", (object) => describeUse(object, isLimit)),
      ageColumn,
    ],
    setDefaults: (object) => {
      const next = mapField(object, "spec", (spec) => mapField(spec, "hard", roundResourceList));
      return mapField(next, "status", (status) =>
        mapField(mapField(status, "hard", roundResourceList), "used", roundResourceList),
      );
    },
    validate: validateResourceQuota,
    validateUpdate: validateResourceQuotaUpdate,
    validateStatusUpdate: validateResourceQuotaStatus,
    warnings: (next, previous) => (previous === undefined ? boundsWarnings(next) : []),
    hasGeneration: false,
  },
);

function isLimit(name: string): boolean {
  return name.startsWith("limits.");
}

/** `pods: 1/10, requests.cpu: 500m/2`. */
function describeUse({ status }: ResourceQuota, isShown: (name: string) => boolean): string {
  const { hard = {}, used = {} } = status ?? {};
  return Object.keys(hard)
    .filter(isShown)
    .sort()
    .map((name) => `${name}: ${ownValue(used, name) ?? "0"}/${hard[name] ?? "0"}`)
    .join(", ");
}

function boundsWarnings({ spec }: ResourceQuota): readonly string[] {
  const { hard = {} } = spec;
  return BOUNDED.flatMap(({ resource, isBare }) => {
    const prefixed = `requests.${resource}`;
    const requestName = hard[prefixed] === undefined && isBare ? resource : prefixed;
    const limitName = `limits.${resource}`;
    const request = hard[requestName];
    const limit = hard[limitName];
    if (request === undefined || limit === undefined) return [];
    if (compareQuantities(parseQuantity(request), parseQuantity(limit)) <= 0) return [];
    return [`ResourceQuota ${requestName} (${request}) should be less than ${limitName} (${limit})`];
  });
}
