import type { UserInfo } from "#apimachinery/user.ts";
import type {
  AuthorizationAttributes,
  Decision,
  ResourceAttributes,
} from "../../authorization/authorizer.ts";
import { selectorAttributes } from "../../authorization/selector-attributes.ts";
import { objectType } from "../types/type.ts";
import { CelObject, type CelValue, NO_SUCH_OVERLOAD, type Result } from "../values/value.ts";

export const AUTHORIZER = objectType("kubernetes.authorization.Authorizer");
export const RESOURCE_CHECK = objectType("kubernetes.authorization.ResourceCheck");
export const PATH_CHECK = objectType("kubernetes.authorization.PathCheck");
export const GROUP_CHECK = objectType("kubernetes.authorization.GroupCheck");
export const DECISION = objectType("kubernetes.authorization.Decision");

/** May throw what makes the whole evaluation begin anew. */
export type Decide = (attributes: AuthorizationAttributes) => Decision;

/** Values that can be asked and not compared. */
abstract class Asked extends CelObject {
  override equals(other: CelValue): Result {
    return other instanceof Asked ? other === this : NO_SUCH_OVERLOAD;
  }
}

export class CelAuthorizer extends Asked {
  readonly type = AUTHORIZER;
  readonly user: UserInfo;
  readonly decide: Decide;

  constructor(user: UserInfo, decide: Decide) {
    super();
    this.user = user;
    this.decide = decide;
  }
}

export class PathCheck extends Asked {
  readonly type = PATH_CHECK;
  readonly #authorizer: CelAuthorizer;
  readonly #path: string;

  constructor(authorizer: CelAuthorizer, path: string) {
    super();
    this.#authorizer = authorizer;
    this.#path = path;
  }

  check(verb: string): CelDecision {
    const { user, decide } = this.#authorizer;
    return new CelDecision(decide({ type: "nonResource", user, verb, path: this.#path }));
  }
}

export class GroupCheck extends Asked {
  readonly type = GROUP_CHECK;
  readonly authorizer: CelAuthorizer;
  readonly group: string;

  constructor(authorizer: CelAuthorizer, group: string) {
    super();
    this.authorizer = authorizer;
    this.group = group;
  }
}

/** What is asked for, apart from who asks to do what. */
export type ResourceParts = Pick<
  ResourceAttributes,
  "group" | "resource" | "subresource" | "namespace" | "name"
> & { readonly fieldSelector?: string; readonly labelSelector?: string };

export class ResourceCheck extends Asked {
  readonly type = RESOURCE_CHECK;
  readonly #authorizer: CelAuthorizer;
  readonly #parts: ResourceParts;

  constructor(authorizer: CelAuthorizer, parts: ResourceParts) {
    super();
    this.#authorizer = authorizer;
    this.#parts = parts;
  }

  with(parts: Partial<ResourceParts>): ResourceCheck {
    return new ResourceCheck(this.#authorizer, { ...this.#parts, ...parts });
  }

  check(verb: string): CelDecision {
    const { user, decide } = this.#authorizer;
    const { fieldSelector, labelSelector, ...parts } = this.#parts;
    const selectors = selectorAttributes({ fieldSelector, labelSelector });
    return new CelDecision(decide({ type: "resource", user, verb, version: "*", ...parts, ...selectors }));
  }
}

export class CelDecision extends Asked {
  readonly type = DECISION;
  readonly decision: Decision;

  constructor(decision: Decision) {
    super();
    this.decision = decision;
  }
}
