import type { SelfSubjectReview } from "../../generated/authentication-v1.ts";
import { defineKind } from "../../kind.ts";

/** Asks who the server thinks the client is; answered by the API server, never stored. */
export const selfSubjectReview = defineKind<SelfSubjectReview>({
  apiVersion: "authentication.k8s.io/v1",
  kind: "SelfSubjectReview",
});
