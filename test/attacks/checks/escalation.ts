import type { Weakening } from "../proof/weakening.ts";
import { ALLOW_ALL } from "./allow-all.ts";
import { checksOf } from "./rows.ts";

const ESCALATION = "src/apiserver/authorization/rbac/escalation.ts";
const TABLE = "src/apiserver/authorization/rbac/permission-table.ts";
const IMPERSONATION = "src/apiserver/impersonation/impersonate.ts";
const REQUEST = "src/api/certificates/v1/certificatesigningrequest.ts";
const ATTEST = "src/apiserver/admission/plugins/certificates/cluster-trust-bundle-attest.ts";
const BUNDLE_NAME = "src/api/certificates/v1beta1/trust-bundle-name.ts";
const NAME_OF_NOBODY = `return name.includes(":")
      ? ['ClusterTrustBundle without signer name must not have ":" in its name']
      : checkSubdomainName(name, isPrefix);`;
const RIGHTS = "src/apiserver/admission/plugins/certificates/certificate-rights.ts";
const SECRETS = "src/apiserver/admission/plugins/service-account/mountable-secrets.ts";
const PODS = "src/apiserver/admission/plugins/pod-security/pod-security.ts";
const STANDARDS = "src/apiserver/admission/plugins/pod-security/pod-security-standards.ts";

export const escalationChecks: readonly Weakening[] = checksOf("test/attacks/escalation.test.ts", [
  [
    "who gives rights has them",
    "give more by (a new role|a change|binding|becoming|another|labelling)",
    ESCALATION,
    "if (missing.length === 0) return;",
    "if (missing.length >= 0) return;",
  ],
  [
    "a binding keeps its role",
    "anybody another role",
    "src/api/rbac/v1/bindings.ts",
    "!semanticallyEqual(next.roleRef, previous.roleRef) &&",
    "next.roleRef.name === '' &&",
  ],
  [
    "a role is there before it is bound",
    "not yet",
    ESCALATION,
    "if (rules === undefined) throw",
    "if (rules === undefined) return;\n      if (false) throw",
  ],
  [
    "who gathers roles has everything",
    "gathering roles",
    ESCALATION,
    "if (!isAggregated(next) && !isAggregated(previous)) return;",
    "return;",
  ],
  [
    "a verb is one verb",
    "other verbs",
    TABLE,
    "this.#findVerb(question.attributes.verb, question)",
    `this.#findVerb(question.attributes.verb.replace("list", "get"), question)`,
  ],
  [
    "a rule is about its names",
    "other names",
    TABLE,
    "grants?.any ?? grants?.names.get(name)",
    "grants?.any ?? grants?.names.values().next().value",
  ],
  [
    "a subresource is not its resource",
    "subresources that|by a subresource|by binding it|shell|way into",
    "src/apiserver/authorization/rbac/policy-rules.ts",
    "[`${resource}/${subresource}`, ALL,",
    "[`${resource}/${subresource}`, resource, ALL,",
  ],
  [
    "a role is of its namespace",
    "other namespaces",
    "src/apiserver/authorization/rbac/rbac-authorizer.ts",
    `attributes.type === "resource" ? attributes.namespace : ""`,
    `"team"`,
  ],
  ["only roles allow", "webhooks that|groups of the API", ALLOW_ALL.file, ...ALLOW_ALL.replace],
  [
    "administrators are a group",
    "only called",
    "src/apiserver/authorization/privileged-authorizer.ts",
    "user.groups.includes(PRIVILEGED_GROUP)",
    `(user.groups.includes(PRIVILEGED_GROUP) || user.name.startsWith("system:"))`,
  ],
  [
    "users are impersonated by who may",
    "the administrator$|an account of the system|almost that name|nobody in particular",
    IMPERSONATION,
    "    userQuestion(mode, wanted, user),\n",
    "",
  ],
  [
    "a node is impersonated by who may",
    "somebody a node$",
    IMPERSONATION,
    `return outcome === "allow" ? undefined`,
    `return outcome !== "deny" ? undefined`,
  ],
  [
    "groups are impersonated by who may",
    "member of the administrators",
    IMPERSONATION,
    '    ...groups.map((name) => question(mode, user, { group: groupOf(mode), resource: "groups", name })),\n',
    "",
  ],
  [
    "uids are impersonated by who may",
    "another with a uid",
    IMPERSONATION,
    `...(uid === "" ? [] : [question`,
    `...(uid !== "impossible" ? [] : [question`,
  ],
  [
    "facts are impersonated by who may",
    "another with more facts",
    IMPERSONATION,
    "...Object.entries(extra).flatMap(",
    "...Object.entries({} as typeof extra).flatMap(",
  ],
  [
    "no administrator is made by request",
    "by request|second organization",
    "src/apiserver/admission/plugins/certificates/certificate-subject-restriction.ts",
    "return groups.includes(PRIVILEGED_GROUP)",
    "return groups.includes('')",
  ],
  [
    "who approves may do so for the signer",
    "approved by who",
    RIGHTS,
    `validate: (request, environment) => refuseOthers(request, environment, "approve"),`,
    "",
  ],
  [
    "who signs may do so for the signer",
    "signed by who",
    RIGHTS,
    "return isKept ?",
    "return isKept || true ?",
  ],
  [
    "who publishes certificates may attest for the signer",
    "for a signer by who may not attest",
    ATTEST,
    `if (signerName === "") return undefined;`,
    `if (signerName !== "impossible") return undefined;`,
  ],
  ["a name without signer has no colon", "a signer's by its name", BUNDLE_NAME, NAME_OF_NOBODY, "return [];"],
  [
    "a name begins with its signer",
    "another signer's by its name",
    BUNDLE_NAME,
    "return name.startsWith(prefix)\n    ? checkSubdomainName(name.slice(prefix.length), isPrefix)",
    `return name !== ""\n    ? []`,
  ],
  [
    "a bundle keeps its signer",
    "taken from its signer",
    "src/api/certificates/v1beta1/clustertrustbundle.validation.ts",
    `validateImmutable(signerName, signerBefore, "spec.signerName"),`,
    "",
    { file: BUNDLE_NAME, replace: [NAME_OF_NOBODY, "return [];"] },
  ],
  [
    "a request does not decide",
    "approved by its own",
    "src/apiserver/verbs/prepare-create.ts",
    ": ({ ...cleared, status: zeroValue(status.schema) } as KubeObject);",
    ": object;",
  ],
  ["a request is its sender's", "of another requester", REQUEST, "prepareForCreate: withRequester,", ""],
  [
    "a pod stays what it is",
    "one (that is debugged$|of another|that shares|with a volume)",
    "src/api/core/v1/pod/update.validation.ts",
    "!semanticallyEqual(compared, previous) && forbidden(",
    "previous.containers.length === 0 && forbidden(",
  ],
  [
    "a status is only that",
    "another by its status",
    "src/apiserver/subresources/status.ts",
    "withStatusOf(next, { ...previous, metadata })",
    "{ ...next, metadata }",
  ],
  [
    "a pod's token is of its account",
    "somebody's token",
    "src/apiserver/subresources/token.ts",
    "found.spec.serviceAccountName !== accountName",
    "false",
  ],
  [
    "an account restricts volumes",
    "as volumes",
    SECRETS,
    "secret === undefined || allowed.has(secret.secretName)",
    "true",
  ],
  [
    "an account restricts the environment",
    "in the environment|debugging",
    SECRETS,
    "return secret === undefined || allowed.has(secret.name)",
    "return true",
  ],
  [
    "an account restricts whole environments",
    "as an environment|debugging",
    SECRETS,
    "secretRef === undefined || allowed.has(secretRef.name)",
    "true",
  ],
  [
    "an account restricts starts",
    "of a start",
    SECRETS,
    `containerProblem("init container", spec.initContainers) ??`,
    "",
  ],
  ["an account restricts images", "for images", SECRETS, "pullable.has(name)", "true"],
]);

export const podSecurityChecks: readonly Weakening[] = checksOf("test/attacks/pod-security.test.ts", [
  [
    "pods are held to their namespace",
    "a pod is refused",
    PODS,
    "return judgePod(request, pod, labelled.policy, { enforce: true, metrics });",
    "return undefined;",
  ],
  [
    "those who debug are, too",
    "debugged",
    PODS,
    `["pods", "pods/ephemeralcontainers", "pods/resize"]`,
    `["pods", "pods/resize"]`,
  ],
  [
    "restricted is more than baseline",
    "that says it runs|with a path|the proc of",
    STANDARDS,
    "checksOf(level, version).flatMap",
    `checksOf("baseline", version).flatMap`,
  ],
]);
