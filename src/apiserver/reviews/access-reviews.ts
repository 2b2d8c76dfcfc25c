import type {
  LocalSubjectAccessReview,
  SelfSubjectAccessReview,
  SelfSubjectRulesReview,
  SubjectAccessReview,
  SubjectAccessReviewStatus,
} from "#api/generated/authorization-v1.ts";
import { badRequest } from "#apimachinery/status-error.ts";
import type { AuthorizationAttributes } from "../authorization/authorizer.ts";
import { objectResponse } from "../storage/responses.ts";
import type { WriteEnvironment } from "../verbs/write-environment.ts";
import { accessAttributes, subjectOf } from "./access-attributes.ts";
import { readReview } from "./read-review.ts";
import type { Review } from "./review.ts";

/** May somebody do something? */
export const reviewSubjectAccess: Review = async (environment, scope, body, options) => {
  const review = await readReview<SubjectAccessReview>(environment, scope, body, options);
  const status = await decide(environment, accessAttributes(subjectOf(review.spec), review.spec));
  return objectResponse({ ...review, status } as SubjectAccessReview, 201, scope.warnings.list());
};

/** The same for one namespace, for those who may ask about it only. */
export const reviewLocalSubjectAccess: Review = async (environment, scope, body, options) => {
  const review = await readReview<LocalSubjectAccessReview>(environment, scope, body, options);
  const { namespace = "" } = scope.target;
  if (namespace !== review.metadata.namespace) {
    throw badRequest(`spec.resourceAttributes.namespace must match namespace: ${namespace}`);
  }
  const status = await decide(environment, accessAttributes(subjectOf(review.spec), review.spec));
  return objectResponse({ ...review, status } as LocalSubjectAccessReview, 201, scope.warnings.list());
};

/** May I do something? */
export const reviewSelfSubjectAccess: Review = async (environment, scope, body, options) => {
  const review = await readReview<SelfSubjectAccessReview>(environment, scope, body, options);
  const status = await decide(environment, accessAttributes(scope.context.user, review.spec));
  return objectResponse({ ...review, status } as SelfSubjectAccessReview, 201, scope.warnings.list());
};

/** What may I do in a namespace? */
export const reviewSelfSubjectRules: Review = async (environment, scope, body, options) => {
  const review = await readReview<SelfSubjectRulesReview>(environment, scope, body, options);
  const { namespace = "" } = review.spec;
  if (namespace === "") throw badRequest("no namespace on request");
  const status = await environment.authorizer.rulesFor(scope.context.user, namespace);
  const answer = { kind: review.kind, apiVersion: review.apiVersion, metadata: {}, spec: {}, status };
  // A review has no name and no uid.
  return objectResponse(answer as unknown as SelfSubjectRulesReview, 201, scope.warnings.list());
};

async function decide(
  { authorizer }: WriteEnvironment,
  attributes: AuthorizationAttributes,
): Promise<SubjectAccessReviewStatus> {
  const { outcome, reason, evaluationError } = await authorizer.authorize(attributes);
  return {
    allowed: outcome === "allow",
    ...(outcome === "deny" && { denied: true }),
    ...(reason !== "" && { reason }),
    ...(evaluationError !== undefined && { evaluationError }),
  };
}
