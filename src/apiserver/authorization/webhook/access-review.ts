import type {
  ResourceAttributes as AskedResource,
  SubjectAccessReview,
  SubjectAccessReviewSpec,
} from "#api/generated/authorization-v1.ts";
import type { FieldSelectorRequirement, LabelSelectorRequirement } from "#apimachinery/generated/meta-v1.ts";
import type { FieldRequirement } from "#apimachinery/selectors/field-selector.ts";
import type { LabelOperator, LabelRequirement } from "#apimachinery/selectors/label-requirement.ts";
import type { AuthorizationAttributes, ResourceAttributes } from "../authorizer.ts";
import type { ReviewVersion } from "../configuration/authorization-configuration.ts";

/** What a webhook is asked. Nothing in it is empty. */
export function reviewSpec(attributes: AuthorizationAttributes): SubjectAccessReviewSpec {
  const { name, uid = "", groups, extra } = attributes.user;
  return {
    ...(attributes.type === "resource"
      ? { resourceAttributes: resourceAttributes(attributes) }
      : { nonResourceAttributes: present({ path: attributes.path, verb: attributes.verb }) }),
    ...present({ user: name, uid }),
    ...(groups.length > 0 && { groups }),
    ...(extra !== undefined && Object.keys(extra).length > 0 && { extra }),
  };
}

/** The older version has another name for groups. */
export function accessReview(spec: SubjectAccessReviewSpec, version: ReviewVersion): object {
  const { groups, ...rest } = spec;
  const older = groups === undefined ? rest : { ...rest, group: groups };
  return {
    kind: "SubjectAccessReview",
    apiVersion: `authorization.k8s.io/${version}`,
    metadata: {},
    spec: version === "v1" ? spec : older,
    status: { allowed: false },
  };
}

/** Throws an Error for an answer that says to be something else than a review of the version that was asked for. */
export function reviewStatus(
  answer: object,
  version: ReviewVersion,
): NonNullable<SubjectAccessReview["status"]> {
  const wanted = { kind: "SubjectAccessReview", apiVersion: `authorization.k8s.io/${version}` };
  const { kind, apiVersion, status } = { ...wanted, ...(answer as Partial<SubjectAccessReview>) };
  if (kind !== wanted.kind || apiVersion !== wanted.apiVersion) {
    throw new Error(`expected ${wanted.apiVersion} ${wanted.kind}, got ${apiVersion} ${kind}`);
  }
  return { ...status, allowed: status?.allowed === true };
}

function resourceAttributes(attributes: ResourceAttributes): AskedResource {
  const { namespace, verb, group, version, resource, subresource, name } = attributes;
  const fields = (attributes.fieldSelector ?? []).map(toFieldRequirement);
  const labels = (attributes.labelSelector ?? []).flatMap(toLabelRequirement);
  return {
    ...present({ namespace, verb, group, version, resource, subresource, name }),
    ...(fields.length > 0 && { fieldSelector: { requirements: fields } }),
    ...(labels.length > 0 && { labelSelector: { requirements: labels } }),
  };
}

function toFieldRequirement({ field, operator, value }: FieldRequirement): FieldSelectorRequirement {
  return { key: field, operator: operator === "=" ? "In" : "NotIn", values: [value] };
}

const LABEL_OPERATORS: Readonly<Record<LabelOperator, string | undefined>> = {
  "=": "In",
  "==": "In",
  in: "In",
  "!=": "NotIn",
  notin: "NotIn",
  exists: "Exists",
  "!": "DoesNotExist",
  // Reviews cannot tell these; without them more is asked for than is wanted.
  gt: undefined,
  lt: undefined,
};

function toLabelRequirement({ key, operator, values }: LabelRequirement): LabelSelectorRequirement[] {
  const name = LABEL_OPERATORS[operator];
  if (name === undefined) return [];
  return [{ key, operator: name, ...(values.length > 0 && { values }) }];
}

function present<T extends Readonly<Record<string, string>>>(texts: T): Partial<T> {
  return Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== "")) as Partial<T>;
}
