/** Validation of APIServices (kube-aggregator pkg/apis/apiregistration/validation/validation.go). */
import { invalid, required } from "#apimachinery/field-error.ts";
import {
  checkDNS1035Label,
  checkDNS1123Subdomain,
  checkPathSegmentName,
  checkPortNumber,
} from "#apimachinery/formats.ts";
import { quote } from "#apimachinery/go-text.ts";
import type { APIService, APIServiceSpec, ServiceReference } from "../../generated/apiregistration-v1.ts";
import { checkFormat, checkSupported, requireText, validateEach } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";

const MAX_GROUP_PRIORITY = 20_000;
const MAX_VERSION_PRIORITY = 1000;
const STATUSES = ["True", "False", "Unknown"];

export function validateAPIService({ metadata: { name }, spec }: APIService): FieldErrors {
  const { group = "", version = "" } = spec;
  const requiredName = `${version}.${group}`;
  return collectErrors(
    name !== requiredName &&
      checkPathSegmentName(name).length === 0 &&
      invalid("metadata.name", name, `must be \`spec.version+"."+spec.group\`: ${quote(requiredName)}`),
    group === "" &&
      version !== "v1" &&
      required("spec.group", "only v1 may have an empty group and it better be legacy kube"),
    group !== "" && checkFormat(group, "spec.group", checkDNS1123Subdomain),
    checkFormat(version, "spec.version", checkDNS1035Label),
    validatePriority(spec.groupPriorityMinimum, "spec.groupPriorityMinimum", MAX_GROUP_PRIORITY),
    validatePriority(spec.versionPriority, "spec.versionPriority", MAX_VERSION_PRIORITY),
    spec.service === undefined ? validateLocal(spec) : validateRemote(spec, spec.service),
  );
}

export function validateAPIServiceStatus({ status }: APIService): FieldErrors {
  return validateEach(status?.conditions, "status.conditions", (condition, path) =>
    checkSupported(condition.status, `${path}.status`, STATUSES),
  );
}

function validatePriority(priority: number, path: string, max: number): FieldErrors {
  if (priority > 0 && priority <= max) return [];
  return [invalid(path, priority, `must be positive and less than ${String(max)}`)];
}

function validateLocal({ caBundle = "", insecureSkipTLSVerify }: APIServiceSpec): FieldErrors {
  return collectErrors(
    caBundle !== "" &&
      invalid(
        "spec.caBundle",
        `${String(atob(caBundle).length)} bytes`,
        "local APIServices may not have a caBundle",
      ),
    insecureSkipTLSVerify === true &&
      invalid("spec.insecureSkipTLSVerify", true, "local APIServices may not have insecureSkipTLSVerify"),
  );
}

function validateRemote(
  { caBundle = "", insecureSkipTLSVerify }: APIServiceSpec,
  { namespace, name, port = 0 }: ServiceReference,
): FieldErrors {
  const portMessages = checkPortNumber(port);
  return collectErrors(
    requireText(namespace, "spec.service.namespace"),
    requireText(name, "spec.service.name"),
    portMessages.length > 0 &&
      invalid("spec.service.port", port, `port is not valid: ${portMessages.join(", ")}`),
    insecureSkipTLSVerify === true &&
      caBundle !== "" &&
      invalid("spec.insecureSkipTLSVerify", true, "may not be true if caBundle is present"),
  );
}
