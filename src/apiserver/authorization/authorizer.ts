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
  /** Empty at the cluster scope and across all namespaces. */
  readonly namespace: string;
  /** Empty for a collection. */
  readonly name: string;
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
}

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

/** Decides who may do what. Rejects only when it cannot decide, which denies the request with a 500. */
export interface Authorizer {
  authorize(attributes: AuthorizationAttributes): Decision | Promise<Decision>;
  rulesFor(user: UserInfo, namespace: string): SubjectRules | Promise<SubjectRules>;
}
