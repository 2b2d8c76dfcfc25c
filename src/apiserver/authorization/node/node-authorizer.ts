import type { PolicyRule } from "#api/generated/rbac-v1.ts";
import {
  type Authorizer,
  type Decision,
  NO_OPINION,
  NO_RULES,
  type ResourceAttributes,
  type SubjectRules,
} from "../authorizer.ts";
import { ruleAllows } from "../rbac/policy-rules.ts";
import type { NodeGraph, RelatedType } from "./node-graph.ts";
import { nodeOf } from "./node-identity.ts";

const ALLOW: Decision = Object.freeze({ outcome: "allow", reason: "" });

const LEASE_NAMESPACE = "kube-node-lease";

/** What one node asks for. */
interface NodeQuestion {
  readonly node: string;
  readonly asked: ResourceAttributes;
  readonly graph: Pick<NodeGraph, "isRelated">;
}

type Judge = (question: NodeQuestion) => Decision;

const UNLISTED: SubjectRules = {
  ...NO_RULES,
  incomplete: true,
  evaluationError: "node authorizer does not support user rule resolution",
};

/**
 * Lets nodes do their work: what `rules` say about objects of any name, and the rest as far as it belongs to them
 * (kubernetes `plugin/pkg/auth/authorizer/node`). What they may write of what they may write is NodeRestriction's.
 */
export function nodeAuthorizer(
  graph: Pick<NodeGraph, "isRelated">,
  rules: readonly PolicyRule[],
): Authorizer {
  return {
    authorize: (asked) => {
      const node = nodeOf(asked.user);
      if (node === undefined) return NO_OPINION;
      if (node === "") return refuse(`unknown node for user ${JSON.stringify(asked.user.name)}`);
      const judge = asked.type === "resource" ? JUDGES[qualified(asked)] : undefined;
      if (asked.type === "resource" && judge !== undefined) return judge({ node, asked, graph });
      return rules.some((rule) => ruleAllows(rule, asked)) ? ALLOW : NO_OPINION;
    },
    rulesFor: (user) => (nodeOf(user) === undefined ? NO_RULES : UNLISTED),
  };
}

/** Resources of which a node may have its own part only. */
const JUDGES: Readonly<Record<string, Judge>> = {
  secrets: readNamed("secret"),
  configmaps: readNamed("configmap"),
  persistentvolumeclaims: (question) =>
    question.asked.subresource === "status"
      ? writeStatus(question)
      : getOne("persistentvolumeclaim")(question),
  persistentvolumes: getOne("persistentvolume"),
  "resourceclaims.resource.k8s.io": getOne("resourceclaim"),
  "volumeattachments.storage.k8s.io": getOne("volumeattachment"),
  serviceaccounts: judgeServiceAccount,
  "leases.coordination.k8s.io": judgeLease,
  "csinodes.storage.k8s.io": judgeCSINode,
  "resourceslices.resource.k8s.io": judgeResourceSlice,
  nodes: judgeNode,
  pods: judgePod,
  "podcertificaterequests.certificates.k8s.io": () => NO_OPINION,
};

function qualified({ group, resource }: ResourceAttributes): string {
  return group === "" ? resource : `${resource}.${group}`;
}

function refuse(reason: string): Decision {
  return { outcome: "noOpinion", reason };
}

function related({ node, asked, graph }: NodeQuestion, type: RelatedType): Decision {
  const { namespace, name } = asked;
  if (name === "") return refuse("No Object name found");
  return graph.isRelated(node, type, namespace, name)
    ? ALLOW
    : refuse(`no relationship found between node '${node}' and this object`);
}

function getOne(type: RelatedType): Judge {
  return (question) => {
    const { verb, subresource } = question.asked;
    if (verb !== "get") return refuse("can only get individual resources of this type");
    return subresource === "" ? related(question, type) : refuse("cannot get subresource");
  };
}

/** Lists and watches too, as long as they are of one object. */
function readNamed(type: RelatedType): Judge {
  return (question) => {
    const { verb, subresource, namespace } = question.asked;
    if (!["get", "list", "watch"].includes(verb)) return refuse("can only read resources of this type");
    if (subresource !== "") return refuse("cannot read subresource");
    return namespace === ""
      ? refuse("can only read namespaced object of this type")
      : related(question, type);
  };
}

function writeStatus(question: NodeQuestion): Decision {
  const { verb } = question.asked;
  return verb === "update" || verb === "patch"
    ? related(question, "persistentvolumeclaim")
    : refuse("can only get/update/patch this type");
}

function judgeServiceAccount(question: NodeQuestion): Decision {
  const { verb, subresource, name } = question.asked;
  if (verb === "get" && subresource === "") return readNamed("serviceaccount")(question);
  if (verb !== "create" || name === "") {
    return refuse("can only create tokens for individual service accounts");
  }
  return subresource === "token"
    ? related(question, "serviceaccount")
    : refuse("can only create token subresource of serviceaccount");
}

/** The name of a new object is not known here. */
function isOthers({ node, asked: { verb, name } }: NodeQuestion): boolean {
  return verb !== "create" && name !== node;
}

const OWN_OBJECT_VERBS: readonly string[] = ["get", "create", "update", "patch", "delete"];

function judgeLease(question: NodeQuestion): Decision {
  const { verb, namespace } = question.asked;
  if (!OWN_OBJECT_VERBS.includes(verb)) {
    return refuse("can only get, create, update, patch, or delete a node lease");
  }
  if (namespace !== LEASE_NAMESPACE) {
    return refuse(`can only access leases in the "${LEASE_NAMESPACE}" system namespace`);
  }
  return isOthers(question)
    ? refuse("can only access node lease with the same name as the requesting node")
    : ALLOW;
}

function judgeCSINode(question: NodeQuestion): Decision {
  const { verb, subresource } = question.asked;
  if (!OWN_OBJECT_VERBS.includes(verb)) {
    return refuse("can only get, create, update, patch, or delete a CSINode");
  }
  if (subresource !== "") return refuse("cannot authorize CSINode subresources");
  return isOthers(question)
    ? refuse("can only access CSINode with the same name as the requesting node")
    : ALLOW;
}

function judgeResourceSlice(question: NodeQuestion): Decision {
  const { verb, subresource } = question.asked;
  if (subresource !== "") return refuse("cannot authorize ResourceSlice subresources");
  switch (verb) {
    case "create":
      return ALLOW;
    case "get":
    case "update":
    case "patch":
    case "delete":
      return related(question, "resourceslice");
    case "watch":
    case "list":
    case "deletecollection":
      return isLimitedTo(question, "spec.nodeName")
        ? ALLOW
        : refuse("can only list/watch/deletecollection resourceslices with nodeName field selector");
    default:
      return refuse(
        "only the following verbs are allowed for a ResourceSlice: get, watch, list, create, update, patch, delete, deletecollection",
      );
  }
}

/** Its own Node, which it may ask for before there is one. */
function judgeNode({ node, asked: { verb, subresource, name } }: NodeQuestion): Decision {
  const isChange = verb === "update" || verb === "patch";
  if (subresource === "status") return isChange ? ALLOW : NO_OPINION;
  if (subresource !== "") return NO_OPINION;
  if (isChange || verb === "create") return ALLOW;
  if (!["get", "list", "watch"].includes(verb)) return NO_OPINION;
  if (name === node) return ALLOW;
  return refuse(
    name === ""
      ? `node '${node}' cannot read all nodes, only its own Node object`
      : `node '${node}' cannot read '${name}', only its own Node object`,
  );
}

function judgePod(question: NodeQuestion): Decision {
  const { verb, subresource, name } = question.asked;
  if (subresource === "status") return verb === "update" || verb === "patch" ? ALLOW : NO_OPINION;
  if (subresource === "eviction") return verb === "create" ? ALLOW : NO_OPINION;
  if (subresource !== "") return NO_OPINION;
  switch (verb) {
    case "create":
    case "delete":
      return ALLOW;
    case "get":
      return related(question, "pod");
    case "list":
    case "watch":
      if (isLimitedTo(question, "spec.nodeName")) return ALLOW;
      return name === ""
        ? refuse("can only list/watch pods with spec.nodeName field selector")
        : related(question, "pod");
    default:
      return NO_OPINION;
  }
}

function isLimitedTo({ node, asked }: NodeQuestion, field: string): boolean {
  return (asked.fieldSelector ?? []).some(
    (each) => each.field === field && each.operator === "=" && each.value === node,
  );
}
