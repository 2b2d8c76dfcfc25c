import { type FieldError, indexPath, invalid, notSupported, required } from "#apimachinery/field-error.ts";
import { checkDNS1123Subdomain } from "#apimachinery/formats.ts";
import { type AuditPolicy, LEVELS, STAGES } from "./audit-policy.ts";

export type ParsedAuditPolicy =
  | {
      readonly policy: AuditPolicy;
      /** Fields that nobody knows: they have no effect. */
      readonly unknown: readonly string[];
    }
  | { readonly errors: readonly FieldError[] };

type Fields = Readonly<Record<string, unknown>>;

const POLICY_FIELDS = ["kind", "apiVersion", "metadata", "rules", "omitStages", "omitManagedFields"];
const RESOURCE_FIELDS = ["group", "resources", "resourceNames"];
const RULE_LISTS = ["users", "userGroups", "verbs", "namespaces", "nonResourceURLs", "omitStages"];
const RULE_FIELDS = ["level", "resources", "omitManagedFields", ...RULE_LISTS];

/** A policy in a parsed YAML or JSON document, or what is wrong with it (apiserver `pkg/audit/policy/reader.go`). */
export function parseAuditPolicy(document: unknown): ParsedAuditPolicy {
  const root = fieldsOf(document);
  const rules = elementsOf(root["rules"]).map(fieldsOf);
  const errors = [
    ...(root["kind"] === "Policy" ? [] : [invalid("kind", root["kind"], "must be Policy")]),
    ...(root["apiVersion"] === "audit.k8s.io/v1"
      ? []
      : [invalid("apiVersion", root["apiVersion"], "must be audit.k8s.io/v1")]),
    ...checkStages(root["omitStages"], "omitStages"),
    ...checkSwitch(root["omitManagedFields"], "omitManagedFields"),
    ...(rules.length === 0 ? [required("rules", "at least one rule is required")] : []),
    ...rules.flatMap((rule, index) => checkRule(rule, indexPath("rules", index))),
  ];
  if (errors.length > 0) return { errors };
  const unknown = [
    ...unknownFields(root, POLICY_FIELDS, ""),
    ...rules.flatMap((rule, index) => unknownInRule(rule, indexPath("rules", index))),
  ];
  return { policy: withoutNulls(root) as unknown as AuditPolicy, unknown };
}

function checkRule(rule: Fields, path: string): FieldError[] {
  const { level, nonResourceURLs } = rule;
  const isOfResources = elementsOf(rule["resources"]).length > 0 || elementsOf(rule["namespaces"]).length > 0;
  return [
    ...checkLevel(level, `${path}.level`),
    ...RULE_LISTS.flatMap((name) => checkTexts(rule[name], `${path}.${name}`)),
    ...checkPaths(nonResourceURLs, `${path}.nonResourceURLs`),
    ...elementsOf(rule["resources"]).flatMap((each) => checkResources(fieldsOf(each), `${path}.resources`)),
    ...checkStages(rule["omitStages"], `${path}.omitStages`),
    ...checkSwitch(rule["omitManagedFields"], `${path}.omitManagedFields`),
    ...(elementsOf(nonResourceURLs).length > 0 && isOfResources
      ? [
          invalid(
            `${path}.nonResourceURLs`,
            nonResourceURLs,
            "rules cannot apply to both regular resources and non-resource URLs",
          ),
        ]
      : []),
  ];
}

function checkLevel(level: unknown, path: string): FieldError[] {
  if (level === undefined || level === null || level === "") return [required(path)];
  return LEVELS.some((each) => each === level) ? [] : [notSupported(path, level, LEVELS)];
}

function checkPaths(value: unknown, path: string): FieldError[] {
  return elementsOf(value).flatMap((each, index) => {
    const url = String(each);
    if (url === "*") return [];
    const at = indexPath(path, index);
    return [
      ...(url.startsWith("/")
        ? []
        : [invalid(at, url, "non-resource URL rules must begin with a '/' character")]),
      ...(url.slice(0, -1).includes("*")
        ? [invalid(at, url, "non-resource URL wildcards '*' must be the final character of the rule")]
        : []),
    ];
  });
}

/** Upstream does not say which of the elements it is. */
function checkResources(fields: Fields, path: string): FieldError[] {
  const { resources, resourceNames } = fields;
  const group = fields["group"] ?? "";
  const problems = typeof group === "string" ? problemsOfGroup(group) : ["must be a text"];
  return [
    ...checkTexts(resources, `${path}.resources`),
    ...checkTexts(resourceNames, `${path}.resourceNames`),
    ...(problems.length > 0 ? [invalid(`${path}.group`, group, problems.join(","))] : []),
    ...(elementsOf(resourceNames).length > 0 && elementsOf(resources).length === 0
      ? [
          invalid(
            `${path}.resourceNames`,
            resourceNames,
            "using resourceNames requires at least one resource",
          ),
        ]
      : []),
  ];
}

function problemsOfGroup(group: string): readonly string[] {
  return group === "" || group === "*" ? [] : checkDNS1123Subdomain(group);
}

function checkStages(value: unknown, path: string): FieldError[] {
  return elementsOf(value).flatMap((stage, index) =>
    STAGES.some((each) => each === stage)
      ? []
      : [invalid(indexPath(path, index), stage, `allowed stages are ${STAGES.join(",")}`)],
  );
}

function checkTexts(value: unknown, path: string): FieldError[] {
  const isRight =
    value === undefined ||
    value === null ||
    (Array.isArray(value) && value.every((each) => typeof each === "string"));
  return isRight ? [] : [invalid(path, value, "must be a list of texts")];
}

function checkSwitch(value: unknown, path: string): FieldError[] {
  const isRight = value === undefined || value === null || typeof value === "boolean";
  return isRight ? [] : [invalid(path, value, "must be true or false")];
}

function unknownInRule(rule: Fields, path: string): string[] {
  return [
    ...unknownFields(rule, RULE_FIELDS, `${path}.`),
    ...elementsOf(rule["resources"]).flatMap((each, index) =>
      unknownFields(fieldsOf(each), RESOURCE_FIELDS, `${indexPath(`${path}.resources`, index)}.`),
    ),
  ];
}

function unknownFields(fields: Fields, known: readonly string[], prefix: string): string[] {
  return Object.keys(fields)
    .filter((name) => !known.includes(name))
    .map((name) => `${prefix}${name}`);
}

/** A field without a value is one that is absent. */
function withoutNulls(fields: Fields): Fields {
  return JSON.parse(JSON.stringify(fields), (_, value: unknown) => value ?? undefined) as Fields;
}

function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}

function elementsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
