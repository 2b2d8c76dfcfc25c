/** Which requests a FlowSchema is about (apiserver `util/flowcontrol/rule.go`). */
import type {
  FlowSchema,
  NonResourcePolicyRule,
  PolicyRulesWithSubjects,
  ResourcePolicyRule,
  Subject,
} from "#api/generated/flowcontrol-v1.ts";
import { serviceAccountUserName, type UserInfo } from "#apimachinery/user.ts";
import { namespaceOf } from "../authorization/authorize-request.ts";
import type { NonResourceRequestInfo, ResourceRequestInfo } from "../front/request-info.ts";
import type { RequestDigest } from "./request-digest.ts";

const ALL = "*";

export function matchesFlowSchema(digest: RequestDigest, { spec }: Pick<FlowSchema, "spec">): boolean {
  return spec.rules?.some((rules) => matchesRules(digest, rules)) ?? false;
}

/** What tells the flows of one schema apart. */
export function distinguisherOf(
  { info, user }: RequestDigest,
  { spec: { distinguisherMethod } }: Pick<FlowSchema, "spec">,
): string {
  if (distinguisherMethod?.type === "ByUser") return user.name;
  if (distinguisherMethod?.type !== "ByNamespace") return "";
  return info.isResourceRequest ? namespaceOf(info.target) : "";
}

function matchesRules({ info, user }: RequestDigest, rules: PolicyRulesWithSubjects): boolean {
  if (!rules.subjects.some((subject) => matchesSubject(user, subject))) return false;
  return info.isResourceRequest
    ? (rules.resourceRules?.some((rule) => matchesResourceRule(info, rule)) ?? false)
    : (rules.nonResourceRules?.some((rule) => matchesNonResourceRule(info, rule)) ?? false);
}

function matchesSubject(user: UserInfo, { kind, user: named, group, serviceAccount }: Subject): boolean {
  switch (kind) {
    case "User":
      return named !== undefined && (named.name === ALL || named.name === user.name);
    case "Group":
      return group !== undefined && (group.name === ALL || user.groups.includes(group.name));
    case "ServiceAccount": {
      if (serviceAccount === undefined) return false;
      const { namespace, name } = serviceAccount;
      return name === ALL
        ? user.name.startsWith(serviceAccountUserName(namespace, ""))
        : user.name === serviceAccountUserName(namespace, name);
    }
    default:
      return false;
  }
}

function matchesResourceRule({ verb, target }: ResourceRequestInfo, rule: ResourcePolicyRule): boolean {
  const { group, resource, subresource } = target;
  const qualified = subresource === undefined ? resource : `${resource}/${subresource}`;
  if (!lists(rule.verbs, verb) || !lists(rule.resources, qualified) || !lists(rule.apiGroups, group)) {
    return false;
  }
  const namespace = namespaceOf(target);
  return namespace === "" ? rule.clusterScope === true : lists(rule.namespaces, namespace);
}

function matchesNonResourceRule(
  { verb, path }: NonResourceRequestInfo,
  { verbs, nonResourceURLs }: NonResourcePolicyRule,
): boolean {
  return lists(verbs, verb) && nonResourceURLs.some((url) => matchesUrl(url, path));
}

/** A URL stands for everything below it, with or without the star. */
function matchesUrl(url: string, path: string): boolean {
  if (url === ALL || url === path) return true;
  const prefix = url.endsWith(ALL) ? url.slice(0, -1) : url;
  return path.startsWith(prefix.endsWith("/") ? prefix : `${prefix}/`);
}

function lists(list: readonly string[], value: string): boolean {
  return (list.length === 1 && list[0] === ALL) || list.includes(value);
}
