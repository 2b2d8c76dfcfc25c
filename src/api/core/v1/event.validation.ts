/** Events as old clients write them, and as new ones do, which set `eventTime` (core `legacyValidateEvent`). */
import { type FieldError, invalid, required } from "#apimachinery/field-error.ts";
import { checkDNS1123Subdomain, checkQualifiedName } from "#apimachinery/formats.ts";
import type { Event } from "../../generated/core-v1.ts";
import { checkFormat, requireText } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";

const MAX_BYTES = 128;
const MAX_MESSAGE_BYTES = 1024;

export function validateEvent(event: Event): FieldErrors {
  const isNew = (event.eventTime ?? null) !== null;
  return collectErrors(
    validateNamespace(event, isNew),
    isNew && validateNewEvent(event),
    checkFormat(event.metadata.namespace ?? "", "namespace", checkDNS1123Subdomain),
  );
}

/** An event is where its object is; those of objects in no namespace are in `default`, new ones in `kube-system` too. */
function validateNamespace({ metadata, involvedObject }: Event, isNew: boolean): readonly FieldError[] {
  const namespace = metadata.namespace ?? "";
  const objectNamespace = involvedObject.namespace ?? "";
  const agrees =
    objectNamespace === ""
      ? namespace === "default" || namespace === (isNew ? "kube-system" : "")
      : isNew || namespace === objectNamespace;
  return agrees
    ? []
    : [invalid("involvedObject.namespace", objectNamespace, "does not match event.namespace")];
}

function validateNewEvent(event: Event): FieldErrors {
  const { reportingComponent, message = "" } = event;
  return collectErrors(
    // The name that the field has in events.k8s.io/v1.
    reportingComponent === "" && required("reportingController"),
    checkFormat(reportingComponent, "reportingController", checkQualifiedName),
    (["reportingInstance", "action", "reason"] as const).flatMap((field) => [
      ...requireText(event[field], field),
      ...validateLength(event[field] ?? "", field, MAX_BYTES),
    ]),
    validateLength(message, "message", MAX_MESSAGE_BYTES),
  );
}

function validateLength(text: string, path: string, max: number): readonly FieldError[] {
  return Buffer.byteLength(text) > max
    ? [invalid(path, "", `can have at most ${String(max)} characters`)]
    : [];
}
