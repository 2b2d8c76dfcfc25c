import { invalid, required } from "#apimachinery/field-error.ts";
import { checkDNS1123Subdomain, checkPathSegmentName } from "#apimachinery/formats.ts";
import { nameColumn, textColumn } from "../../columns.ts";
import type { IPAddress, ParentReference } from "../../generated/networking-v1.ts";
import { defineKind } from "../../kind.ts";
import { optionalFormat, requireFormat, validateImmutable } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { type InternalForm, internalForm } from "../../validation/internal-form.ts";
import { validateIp } from "../../validation/ip-fields.ts";

const PARENT: InternalForm = { Group: "", Resource: "", Namespace: "", Name: "" };

/** The allocation of one Service address; its name is the address in canonical form. */
export const ipAddress = defineKind<IPAddress>(
  { apiVersion: "networking.k8s.io/v1", kind: "IPAddress" },
  {
    columns: [nameColumn, textColumn("ParentRef", ({ spec }) => describeParent(spec.parentRef))],
    validateName: checkAddressName,
    validate: validateIPAddress,
    validateUpdate: (next, previous) =>
      collectErrors(
        validateIPAddress(next),
        validateImmutable(next.spec.parentRef, previous.spec.parentRef, "spec.parentRef", (parent) =>
          internalForm(parent, PARENT),
        ),
      ),
    hasGeneration: false,
  },
);

function describeParent(parent: ParentReference | undefined): string {
  if (parent === undefined) return "<none>";
  const { group = "", resource = "", namespace = "", name = "" } = parent;
  const qualified = (group === "" ? resource : `${resource}.${group}`).toLowerCase();
  return [qualified, ...(namespace === "" ? [] : [namespace]), name].join("/");
}

/** The details of the errors that the name would have as a field. */
function checkAddressName(name: string): readonly string[] {
  const { message: intro } = invalid("", name, "");
  return validateIp(name, "").map(({ message }) => message.slice(`${intro}: `.length));
}

function validateIPAddress({ spec: { parentRef } }: IPAddress): FieldErrors {
  return parentRef === undefined
    ? [required("spec.parentRef")]
    : validateParentReference(parentRef, "spec.parentRef");
}

/** The group may be empty, which is that of Services. */
function validateParentReference(parent: ParentReference, path: string): FieldErrors {
  return collectErrors(
    optionalFormat(parent.group, `${path}.group`, checkDNS1123Subdomain),
    requireFormat(parent.resource, `${path}.resource`, checkPathSegmentName),
    requireFormat(parent.name, `${path}.name`, checkPathSegmentName),
    optionalFormat(parent.namespace, `${path}.namespace`, checkPathSegmentName),
  );
}
