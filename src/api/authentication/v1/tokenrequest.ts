/** The body of the `token` subresource of a ServiceAccount. */
import { invalid } from "#apimachinery/field-error.ts";
import type { TokenRequest } from "../../generated/authentication-v1.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";

const DEFAULT_SECONDS = 3600;
const MIN_SECONDS = 600;
const MAX_SECONDS = 2 ** 32;

export function setTokenRequestDefaults(request: TokenRequest): TokenRequest {
  const { expirationSeconds = DEFAULT_SECONDS } = request.spec;
  return { ...request, spec: { ...request.spec, expirationSeconds } };
}

/** Problems of a request whose defaults have been set. */
export function validateTokenRequest({ spec: { expirationSeconds = 0 } }: TokenRequest): FieldErrors {
  const path = "spec.expirationSeconds";
  return collectErrors(
    expirationSeconds < MIN_SECONDS &&
      invalid(path, expirationSeconds, "may not specify a duration less than 10 minutes"),
    expirationSeconds > MAX_SECONDS &&
      invalid(path, expirationSeconds, "may not specify a duration larger than 2^32 seconds"),
  );
}
