import { indexPath, invalid, required } from "#apimachinery/field-error.ts";
import { ageColumn, nameColumn, textColumn } from "../../columns.ts";
import type { ServiceCIDR, ServiceCIDRSpec } from "../../generated/networking-v1.ts";
import { defineKind } from "../../kind.ts";
import { IMMUTABLE_MESSAGE, validateEach } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { internalForm } from "../../validation/internal-form.ts";
import { ipFamilyOf, validateCidr } from "../../validation/ip-fields.ts";

export const serviceCIDR = defineKind<ServiceCIDR>(
  { apiVersion: "networking.k8s.io/v1", kind: "ServiceCIDR" },
  {
    columns: [nameColumn, textColumn("CIDRs", ({ spec }) => spec.cidrs?.join(",") ?? ""), ageColumn],
    validate: ({ spec }) => validateCidrs(spec, "spec.cidrs"),
    validateUpdate: ({ spec }, previous) => validateCidrsUpdate(spec, previous.spec, "spec.cidrs"),
    hasGeneration: false,
  },
);

function validateCidrs(spec: ServiceCIDRSpec, path: string): FieldErrors {
  const { cidrs = [] } = spec;
  if (cidrs.length === 0) return [required(path, "at least one CIDR required")];
  if (cidrs.length > 2)
    return [invalid(path, internalForm(spec, { CIDRs: null }), "may only hold up to 2 values")];
  const [first, second] = cidrs.map(familyOfCidr);
  return collectErrors(
    validateEach(cidrs, path, validateCidr),
    first !== undefined &&
      first === second &&
      invalid(
        path,
        cidrs,
        "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64",
      ),
  );
}

function familyOfCidr(cidr: string): ReturnType<typeof ipFamilyOf> {
  return ipFamilyOf(cidr.split("/", 1)[0] ?? "");
}

/** The ranges stay, except that one of the other family may be added to a single one. */
function validateCidrsUpdate(next: ServiceCIDRSpec, previous: ServiceCIDRSpec, path: string): FieldErrors {
  const { cidrs = [] } = next;
  const { cidrs: old = [] } = previous;
  const becomesDualStack = old.length === 1 && cidrs.length === 2;
  if (cidrs.length !== old.length && !becomesDualStack) return [invalid(path, cidrs, IMMUTABLE_MESSAGE)];
  return collectErrors(
    ...old.map((cidr, index) => {
      const isChanged = cidrs[index] !== cidr;
      return isChanged && invalid(indexPath(path, index), cidrs[index], IMMUTABLE_MESSAGE);
    }),
    becomesDualStack && validateCidrs(next, path),
  );
}
