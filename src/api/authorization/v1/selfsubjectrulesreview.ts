import type { SelfSubjectRulesReview } from "../../generated/authorization-v1.ts";
import { defineKind } from "../../kind.ts";

/** Asks for all that the client may do in a namespace; answered by the API server, never stored. */
export const selfSubjectRulesReview = defineKind<SelfSubjectRulesReview>({
  apiVersion: "authorization.k8s.io/v1",
  kind: "SelfSubjectRulesReview",
});
