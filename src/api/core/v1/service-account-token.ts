/** Secrets that hold a token of a service account which does not end by itself (kubernetes `pkg/serviceaccount/legacy.go`). */
import type { Secret } from "../../generated/core-v1.ts";

export const SERVICE_ACCOUNT_TOKEN_TYPE = "kubernetes.io/service-account-token";

/** Annotations that tell whose token it is. */
export const SERVICE_ACCOUNT_NAME = "kubernetes.io/service-account.name";
export const SERVICE_ACCOUNT_UID = "kubernetes.io/service-account.uid";

export interface TokenOwner {
  readonly name: string;
  /** Undefined as long as nobody has filled the Secret. */
  readonly uid: string | undefined;
}

/** Whose token the Secret holds or is to hold; undefined for a Secret of another type. */
export function ownerOfToken({ type, metadata: { annotations } }: Secret): TokenOwner | undefined {
  const name = annotations?.[SERVICE_ACCOUNT_NAME] ?? "";
  if (type !== SERVICE_ACCOUNT_TOKEN_TYPE || name === "") return undefined;
  return { name, uid: annotations?.[SERVICE_ACCOUNT_UID] || undefined };
}
