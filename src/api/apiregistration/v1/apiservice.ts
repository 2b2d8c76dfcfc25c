import type { Time } from "#apimachinery/generated/meta-v1.ts";
import { ageColumn, nameColumn, textColumn } from "../../columns.ts";
import { fillAbsent, mapField } from "../../defaulting.ts";
import type {
  APIService,
  APIServiceCondition,
  APIServiceStatus,
} from "../../generated/apiregistration-v1.ts";
import { defineKind } from "../../kind.ts";
import { checkPathSegmentName } from "../../validation/names.ts";
import { validateAPIService, validateAPIServiceStatus } from "./apiservice.validation.ts";

const AVAILABLE = "Available";

export const apiService = defineKind<APIService>(
  { apiVersion: "apiregistration.k8s.io/v1", kind: "APIService" },
  {
    columns: [
      nameColumn,
      textColumn("Service", ({ spec: { service } }) =>
        service === undefined ? "Local" : `${service.namespace ?? ""}/${service.name ?? ""}`,
      ),
      textColumn("Available", ({ status }) => describeAvailability(status)),
      ageColumn,
    ],
    setDefaults: (object) =>
      mapField(object, "spec", (spec) =>
        mapField(spec, "service", (service) => fillAbsent(service, { port: 443 })),
      ),
    prepareForCreate: (object, { now }) =>
      object.spec.service === undefined ? { ...object, status: localStatus(now) } : object,
    validate: validateAPIService,
    validateUpdate: validateAPIService,
    validateStatusUpdate: validateAPIServiceStatus,
    validateName: checkPathSegmentName,
    hasGeneration: false,
    allowUnconditionalUpdate: false,
  },
);

/** What the server itself serves is there at once. */
function localStatus(now: Time): APIServiceStatus {
  const available: APIServiceCondition = {
    type: AVAILABLE,
    status: "True",
    lastTransitionTime: now,
    reason: "Local",
    message: "Local APIServices are always available",
  };
  return { conditions: [available] };
}

function describeAvailability(status: APIServiceStatus | undefined): string {
  const condition = status?.conditions?.find(({ type }) => type === AVAILABLE);
  if (condition === undefined) return "Unknown";
  const reason = condition.reason ?? "";
  return condition.status === "True" || reason === "" ? condition.status : `${condition.status} (${reason})`;
}
