import type { FieldRequirement } from "#apimachinery/selectors/field-selector.ts";
import type { LabelRequirement } from "#apimachinery/selectors/label-requirement.ts";
import type { UserInfo } from "#apimachinery/user.ts";

/** What somebody wants to do (apiserver `authorizer.Attributes`). */
export type AuthorizationAttributes = ResourceAttributes | NonResourceAttributes;

export interface ResourceAttributes {
  readonly type: "resource";
  readonly user: UserInfo;
  readonly verb: string;
  readonly group: string;
  /** `*` when the asker did not say. */
  readonly version: string;
  readonly resource: string;
  /** Empty for the resource itself. */
  readonly subresource: string;
  /** Empty at the cluster scope and across all namespaces; a Namespace is in itself. */
  readonly namespace: string;
  /** Empty for a collection. */
  readonly name: string;
  /** What a request for a collection limits itself to; absent when it does not, or in a way nobody understands. */
  readonly fieldSelector?: readonly FieldRequirement[];
  readonly labelSelector?: readonly LabelRequirement[];
}

export interface NonResourceAttributes {
  readonly type: "nonResource";
  readonly user: UserInfo;
  /** The HTTP method in lower case. */
  readonly verb: string;
  readonly path: string;
}

export interface Decision {
  /** `noOpinion` leaves the decision to the next authorizer, and denies when there is none. */
  readonly outcome: "allow" | "deny" | "noOpinion";
  /** Why, for audit and for the message of a denial; may be empty. */
  readonly reason: string;
  /** What kept an authorizer from deciding; a request that is not allowed then fails with a 500. */
  readonly evaluationError?: string;
}

export const NO_OPINION: Decision = Object.freeze({ outcome: "noOpinion", reason: "" });

/** What a user may do in a namespace, as far as it can be listed. */
export interface SubjectRules {
  readonly resourceRules: readonly {
    readonly verbs: readonly string[];
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly resourceNames?: readonly string[];
  }[];
  readonly nonResourceRules: readonly {
    readonly verbs: readonly string[];
    readonly nonResourceURLs: readonly string[];
  }[];
  /** True when there may be more than is listed. */
  readonly incomplete: boolean;
  readonly evaluationError?: string;
}

export const NO_RULES: SubjectRules = Object.freeze({
  resourceRules: [],
  nonResourceRules: [],
  incomplete: false,
});

/** Decides who may do what. An authorizer that rejects has no opinion; why is an `evaluationError` then. */
export interface Authorizer {
  authorize(attributes: AuthorizationAttributes): Decision | Promise<Decision>;
  rulesFor(user: UserInfo, namespace: string): SubjectRules | Promise<SubjectRules>;
}
