/** Acting as somebody else (apiserver `endpoints/filters/impersonation`, KEP-5284). */
import { internalError, type StatusError } from "#apimachinery/status-error.ts";
import {
  AUTHENTICATED_GROUP,
  NODES_GROUP,
  PRIVILEGED_GROUP,
  SERVICE_ACCOUNTS_GROUP,
  type UserInfo,
} from "#apimachinery/user.ts";
import type { AuthorizationAttributes, Authorizer, ResourceAttributes } from "../authorization/authorizer.ts";
import { forbiddenRequest } from "../authorization/forbidden-request.ts";
import { IMPERSONATION_MODES, type ImpersonationMode } from "./impersonation-modes.ts";
import { nodeNameOf, serviceAccountOf } from "./user-names.ts";

const ANONYMOUS = "system:anonymous";
const UNAUTHENTICATED_GROUP = "system:unauthenticated";
const AUTHENTICATION_GROUP = "authentication.k8s.io";

type Check = (attributes: AuthorizationAttributes) => Promise<StatusError | undefined>;

/**
 * The user that the sender of a request may act as: as long as some way of impersonation lets it. Throws Forbidden,
 * for the first way that was tried.
 */
export async function impersonate(
  authorizer: Pick<Authorizer, "authorize">,
  wanted: UserInfo,
  request: AuthorizationAttributes,
): Promise<UserInfo> {
  let refusal: StatusError | undefined;
  for (const mode of IMPERSONATION_MODES) {
    if (!mode.applies(wanted, request.user)) continue;
    const check: Check = (attributes) => refuse(authorizer, mode.adapt?.(attributes) ?? attributes);
    const found = await findRefusal(mode, wanted, request, check);
    if (found === undefined) return completeUser(wanted, mode);
    refusal ??= found;
  }
  throw refusal ?? internalError("all impersonation modes failed");
}

async function refuse(
  authorizer: Pick<Authorizer, "authorize">,
  attributes: AuthorizationAttributes,
): Promise<StatusError | undefined> {
  const { outcome, reason } = await authorizer.authorize(attributes);
  return outcome === "allow" ? undefined : forbiddenRequest(attributes, reason);
}

/** Everything that is wanted has to be allowed, and in the newer ways the request itself as well. */
async function findRefusal(
  mode: ImpersonationMode,
  wanted: UserInfo,
  request: AuthorizationAttributes,
  check: Check,
): Promise<StatusError | undefined> {
  const asked = questions(mode, wanted, request.user);
  const onRequest = { ...request, verb: `impersonate-on:${mode.name ?? ""}:${request.verb}` };
  for (const attributes of mode.name === undefined ? asked : [onRequest, ...asked]) {
    const refusal = await check(attributes);
    if (refusal !== undefined) return refusal;
  }
  return mode.name === undefined ? undefined : forbiddenFacts(mode, wanted, request.user);
}

function questions(mode: ImpersonationMode, wanted: UserInfo, user: UserInfo): readonly ResourceAttributes[] {
  const { uid = "", groups, extra = {} } = wanted;
  const own = AUTHENTICATION_GROUP;
  return [
    userQuestion(mode, wanted, user),
    ...(uid === "" ? [] : [question(mode, user, { group: own, resource: "uids", name: uid })]),
    ...groups.map((name) => question(mode, user, { group: groupOf(mode), resource: "groups", name })),
    ...Object.entries(extra).flatMap(([subresource, values]) =>
      values.map((name) => question(mode, user, { group: own, resource: "userextras", subresource, name })),
    ),
  ];
}

function userQuestion(mode: ImpersonationMode, { name }: UserInfo, user: UserInfo): ResourceAttributes {
  const group = groupOf(mode);
  const account = serviceAccountOf(name);
  if (account !== undefined) return question(mode, user, { group, resource: "serviceaccounts", ...account });
  const node = mode.name === undefined ? undefined : nodeNameOf(name);
  return node === undefined
    ? question(mode, user, { group, resource: "users", name })
    : question(mode, user, { group, resource: "nodes", name: node });
}

function question(
  mode: ImpersonationMode,
  user: UserInfo,
  target: Partial<ResourceAttributes> & Pick<ResourceAttributes, "group" | "resource" | "name">,
): ResourceAttributes {
  const verb = mode.name === undefined ? "impersonate" : `impersonate:${mode.name}`;
  return { type: "resource", user, verb, version: "v1", subresource: "", namespace: "", ...target };
}

/** The older way has users and groups among the core resources. */
function groupOf({ name }: ImpersonationMode): string {
  return name === undefined ? "" : AUTHENTICATION_GROUP;
}

/** What the newer ways give to nobody. */
function forbiddenFacts(
  mode: ImpersonationMode,
  { groups, extra = {} }: UserInfo,
  user: UserInfo,
): StatusError | undefined {
  const about = (resource: string, name: string): ResourceAttributes =>
    question(mode, user, { group: AUTHENTICATION_GROUP, resource, name });
  if (groups.includes("")) {
    return forbiddenRequest(about("groups", ""), "impersonating the empty string group is not allowed");
  }
  if (groups.includes(PRIVILEGED_GROUP)) {
    return forbiddenRequest(
      about("groups", PRIVILEGED_GROUP),
      "impersonating the system:masters group is not allowed",
    );
  }
  const problem = Object.entries(extra)
    .map(extraProblem)
    .find((each) => each !== undefined);
  return problem === undefined ? undefined : forbiddenRequest(about("userextras", ""), problem);
}

function extraProblem([key, values]: [string, readonly string[]]): string | undefined {
  if (key === "") return "impersonating the empty string key in extra is not allowed";
  if (key !== key.toLowerCase()) {
    return `impersonating a non-lowercase key in extra is not allowed: ${JSON.stringify(key)}`;
  }
  return values.includes("") ? "impersonating the empty string value in extra is not allowed" : undefined;
}

/** Groups that somebody of this name always has. */
function completeUser(wanted: UserInfo, mode: ImpersonationMode): UserInfo {
  const groups = wanted.groups.length > 0 ? wanted.groups : fixedGroups(wanted.name, mode);
  if (wanted.name === ANONYMOUS) return { ...wanted, groups: withGroup(groups, UNAUTHENTICATED_GROUP) };
  if (groups.includes(UNAUTHENTICATED_GROUP)) return { ...wanted, groups };
  return { ...wanted, groups: withGroup(groups, AUTHENTICATED_GROUP) };
}

function fixedGroups(name: string, mode: ImpersonationMode): readonly string[] {
  const account = serviceAccountOf(name);
  if (account !== undefined)
    return [SERVICE_ACCOUNTS_GROUP, `${SERVICE_ACCOUNTS_GROUP}:${account.namespace}`];
  return mode.name !== undefined && nodeNameOf(name) !== undefined ? [NODES_GROUP] : [];
}

function withGroup(groups: readonly string[], group: string): readonly string[] {
  return groups.includes(group) ? groups : [...groups, group];
}
