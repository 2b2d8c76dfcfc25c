import { PRIVILEGED_GROUP, type UserInfo } from "#apimachinery/user.ts";
import { AnswerCache } from "#base/answer-cache.ts";
import type { Clock } from "#base/clock.ts";
import type { Client } from "#client/client.ts";
import type { KubeletAuthorizer } from "./kubelet-authorizer.ts";
import type { NodeRequestAttributes } from "./request-attributes.ts";

/** How many answers are kept (apiserver `authorizer/webhook`). */
const REMEMBERED = 8192;

export interface ReviewedAccessOptions {
  readonly nodeName: string;
  /** For how long it is good that something is allowed. */
  readonly allowedMs: number;
  /** For how long it is good that something is not. */
  readonly deniedMs: number;
}

export interface ReviewedAccessDependencies {
  readonly client: Pick<Client, "create">;
  readonly clock: Pick<Clock, "now">;
}

/**
 * Asks the API server what somebody may do with the node, by SubjectAccessReviews (kubelet `BuildAuthz`). The API server
 * itself, and the cluster's administrators, may do everything without: they are of a group that no request for a certificate
 * can name, and no authorizer would refuse them.
 */
export class ReviewedAccess implements KubeletAuthorizer {
  readonly #options: ReviewedAccessOptions;
  readonly #dependencies: ReviewedAccessDependencies;
  readonly #known: AnswerCache<boolean>;

  constructor(options: ReviewedAccessOptions, dependencies: ReviewedAccessDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#known = new AnswerCache(REMEMBERED, dependencies);
  }

  async authorize(user: UserInfo, { verb, subresources }: NodeRequestAttributes): Promise<boolean> {
    if (user.groups.includes(PRIVILEGED_GROUP)) return true;
    for (const subresource of subresources) {
      if (await this.#isAllowed(user, verb, subresource)) return true;
    }
    return false;
  }

  async #isAllowed(user: UserInfo, verb: string, subresource: string): Promise<boolean> {
    const { nodeName, allowedMs, deniedMs } = this.#options;
    const { name, uid, groups, extra } = user;
    const resource = { verb, group: "", version: "v1", resource: "nodes", subresource, name: nodeName };
    const spec = {
      resourceAttributes: resource,
      user: name,
      groups,
      ...(uid !== undefined && { uid }),
      ...(extra && { extra }),
    };
    const question = JSON.stringify(spec);
    const known = this.#known.get(question);
    if (known !== undefined) return known.answer;
    const { status } = await this.#dependencies.client.create("SubjectAccessReview", {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SubjectAccessReview",
      metadata: {},
      spec,
    });
    const isAllowed = status?.allowed === true;
    this.#known.set(question, isAllowed, isAllowed ? allowedMs : deniedMs);
    return isAllowed;
  }
}
