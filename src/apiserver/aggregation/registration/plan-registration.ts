import type { APIService, APIServiceSpec } from "#api/generated/apiregistration-v1.ts";
import { type LocalService, MANAGED_LABEL } from "./local-services.ts";

export interface RegistrationView {
  readonly wanted: LocalService | undefined;
  readonly found: APIService | undefined;
  /** Whether it has been in order once since the server started. */
  readonly wasSynced: boolean;
  /** Whether it was there when the server started. */
  readonly wasAtStart: boolean;
}

export type RegistrationAction =
  | { readonly type: "create"; readonly service: LocalService }
  | { readonly type: "update"; readonly object: APIService }
  | { readonly type: "delete"; readonly object: APIService };

/** What brings one APIService in line with what is served, if anything (kube-aggregator `checkAPIService`). */
export function planRegistration({
  wanted,
  found,
  wasSynced,
  wasAtStart,
}: RegistrationView): RegistrationAction | undefined {
  if (wanted?.managed === "onstart" && wasSynced) return undefined;
  if (found === undefined) return wanted && { type: "create", service: wanted };
  const managed = found.metadata.labels?.[MANAGED_LABEL];
  if (managed !== "onstart" && managed !== "true") return undefined;
  // Somebody else's start made it, or it has had its turn.
  if (managed === "onstart" && (!wasAtStart || wasSynced)) return undefined;
  if (wanted === undefined) return { type: "delete", object: found };
  if (sameSpec(found.spec, wanted.spec)) return undefined;
  return { type: "update", object: { ...found, spec: wanted.spec } };
}

/** The core group is stored without a name or with an empty one. */
function sameSpec(a: APIServiceSpec, b: APIServiceSpec): boolean {
  return Bun.deepEquals({ ...a, group: a.group ?? "" }, { ...b, group: b.group ?? "" });
}
