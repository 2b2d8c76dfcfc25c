import type { TokenReview } from "../../generated/authentication-v1.ts";
import { defineKind } from "../../kind.ts";

/** Asks whose token this is; answered by the API server, never stored. */
export const tokenReview = defineKind<TokenReview>({
  apiVersion: "authentication.k8s.io/v1",
  kind: "TokenReview",
});
