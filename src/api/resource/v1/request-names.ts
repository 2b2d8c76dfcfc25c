import { invalid } from "#apimachinery/field-error.ts";
import { checkDNS1123Label } from "#apimachinery/formats.ts";
import type { DeviceClaim } from "../../generated/resource-v1.ts";
import { checkFormat } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";

const NO_REQUEST =
  "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";

/** What the requests of a claim are called: `name`, and `name/alternative` for each of several alternatives. */
export function requestNamesOf({ requests }: DeviceClaim): ReadonlySet<string> {
  return new Set(
    requests.flatMap(({ name, firstAvailable = [] }) => [
      name,
      ...firstAvailable.map((alternative) => `${name}/${alternative.name}`),
    ]),
  );
}

export function validateRequestName(name: string, path: string): FieldErrors {
  return checkFormat(name, path, checkDNS1123Label);
}

export function validateRequestReference(
  name: string,
  path: string,
  requestNames: ReadonlySet<string>,
): FieldErrors {
  const parts = name.split("/");
  if (parts.length > 2) return [invalid(path, name, NO_REQUEST)];
  return collectErrors(
    parts.flatMap((part) => validateRequestName(part, path)),
    !requestNames.has(name) && invalid(path, name, NO_REQUEST),
  );
}
