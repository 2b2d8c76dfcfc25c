import type { UserInfo } from "#apimachinery/user.ts";
import type { AuthorizationAttributes } from "../authorization/authorizer.ts";
import { nodeNameOf, serviceAccountOf } from "./user-names.ts";

/** One way in which somebody may be allowed to be somebody else. */
export interface ImpersonationMode {
  /** Part of the verbs `impersonate:<name>` and `impersonate-on:<name>:<verb>`; absent for plain `impersonate`. */
  readonly name?: string;
  applies(wanted: UserInfo, requestor: UserInfo): boolean;
  /** What is asked in place of a question. */
  readonly adapt?: (attributes: AuthorizationAttributes) => AuthorizationAttributes;
}

const NODE_NAME = "authentication.kubernetes.io/node-name";
const NODE_KEYS = "authentication.kubernetes.io/associated-node-keys";

/** In the order in which they are tried. */
export const IMPERSONATION_MODES: readonly ImpersonationMode[] = [
  {
    name: "associated-node",
    applies: (wanted, requestor) => isNameOnly(wanted) && isOnNode(requestor, nodeNameOf(wanted.name)),
    adapt: forAnyNode,
  },
  {
    name: "arbitrary-node",
    applies: (wanted) => isNameOnly(wanted) && nodeNameOf(wanted.name) !== undefined,
  },
  {
    name: "serviceaccount",
    applies: (wanted) => isNameOnly(wanted) && serviceAccountOf(wanted.name) !== undefined,
  },
  {
    name: "user-info",
    applies: ({ name }) => nodeNameOf(name) === undefined && serviceAccountOf(name) === undefined,
  },
  { applies: () => true },
];

function isNameOnly({ uid = "", groups, extra = {} }: UserInfo): boolean {
  return uid === "" && groups.length === 0 && Object.keys(extra).length === 0;
}

/** A service account whose token is bound to the node, or to a pod on it. */
function isOnNode({ name, extra = {} }: UserInfo, node: string | undefined): boolean {
  const nodes = extra[NODE_NAME] ?? [];
  return serviceAccountOf(name) !== undefined && nodes.length === 1 && nodes[0] === node;
}

/** The permission is for whatever node the account is on, so the question names none. */
function forAnyNode(attributes: AuthorizationAttributes): AuthorizationAttributes {
  const { extra = {} } = attributes.user;
  const user = { ...attributes.user, extra: { [NODE_KEYS]: Object.keys(extra).toSorted() } };
  const isAboutNode = attributes.type === "resource" && attributes.verb === "impersonate:associated-node";
  return isAboutNode ? { ...attributes, user, name: "*" } : { ...attributes, user };
}
