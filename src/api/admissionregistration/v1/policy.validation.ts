/** What both kinds of policies and of their bindings have (upstream pkg/apis/admissionregistration/validation). */
import { forbidden, invalid, required } from "#apimachinery/field-error.ts";
import { checkDNS1035Label, checkDNS1123Subdomain, checkPathSegmentName } from "#apimachinery/formats.ts";
import { validateLabelSelector } from "#apimachinery/selectors/label-validation.ts";
import type {
  MatchResources,
  MutatingAdmissionPolicySpec,
  ParamKind,
  ParamRef,
  ValidatingAdmissionPolicySpec,
  Variable,
} from "../../generated/admissionregistration-v1.ts";
import {
  checkFormat,
  requireFormat,
  requireSupported,
  validateEach,
  validateOptional,
} from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { semanticallyEqual } from "../../validation/equality.ts";
import { isEmptyList } from "../../validation/lists.ts";
import { validateMatchConditions } from "./match-conditions.validation.ts";
import { FAILURE_POLICIES, MATCH_POLICIES } from "./policy-names.ts";
import { validateNamedRule } from "./rules.validation.ts";

type PolicySpec = ValidatingAdmissionPolicySpec | MutatingAdmissionPolicySpec;

const MISSING_ACTIONS: readonly string[] = ["Deny", "Allow"];
const CEL_IDENTIFIER = /^[_a-zA-Z][_a-zA-Z0-9]*$/;
const CEL_RESERVED: ReadonlySet<string> = new Set(
  [
    "true false null in as break const continue else for function",
    "if import let loop package namespace return var void while",
  ].flatMap((line) => line.split(" ")),
);
const EXCLUSIVE = "name and selector are mutually exclusive";

/** What a policy is for, save for its conditions. */
export function validatePolicyScope(spec: PolicySpec, path: string): FieldErrors {
  const { matchConstraints } = spec;
  return collectErrors(
    requireSupported(spec.failurePolicy, `${path}.failurePolicy`, FAILURE_POLICIES),
    validateOptional(spec.paramKind, `${path}.paramKind`, validateParamKind),
    matchConstraints === undefined && required(`${path}.matchConstraints`),
    validateOptional(matchConstraints, `${path}.matchConstraints`, validateMatchResources),
    // Rules tell which types expressions are about.
    matchConstraints !== undefined &&
      isEmptyList(matchConstraints.resourceRules) &&
      required(`${path}.matchConstraints.resourceRules`),
  );
}

/** Conditions of a policy; those that an update does not touch are let pass. */
export function validatePolicyConditions(
  { paramKind, matchConditions }: PolicySpec,
  previous: PolicySpec | undefined,
  path: string,
): FieldErrors {
  const areKept =
    previous !== undefined &&
    semanticallyEqual(paramKind, previous.paramKind) &&
    semanticallyEqual(matchConditions, previous.matchConditions);
  return areKept ? [] : validateMatchConditions(matchConditions, `${path}.matchConditions`);
}

function validateParamKind({ apiVersion = "", kind = "" }: ParamKind, path: string): FieldErrors {
  const kindMessages = checkDNS1035Label(kind.toLowerCase()).join(",");
  return collectErrors(
    validateApiVersion(apiVersion, `${path}.apiVersion`),
    kind === "" && required(`${path}.kind`),
    kind !== "" &&
      kindMessages !== "" &&
      invalid(`${path}.kind`, kind, `may have mixed case, but should otherwise match: ${kindMessages}`),
  );
}

function validateApiVersion(text: string, path: string): FieldErrors {
  if (text === "") return [required(path)];
  const parts = text.split("/");
  if (parts.length > 2) return [invalid(path, text, `unexpected GroupVersion string: ${text}`)];
  const [group = "", version = ""] = parts.length === 1 ? ["", text] : parts;
  const groupMessages = group === "" ? "" : checkDNS1123Subdomain(group).join(",");
  const versionMessages = checkDNS1035Label(version).join(",");
  return collectErrors(
    groupMessages !== "" && invalid(path, group, groupMessages),
    version === ""
      ? invalid(path, text, "version must be specified")
      : versionMessages !== "" && invalid(path, version, versionMessages),
  );
}

export function validateMatchResources(match: MatchResources, path: string): FieldErrors {
  return collectErrors(
    requireSupported(match.matchPolicy, `${path}.matchPolicy`, MATCH_POLICIES),
    match.namespaceSelector === undefined && required(`${path}.namespaceSelector`),
    validateLabelSelector(match.namespaceSelector, `${path}.namespaceSelector`),
    match.objectSelector === undefined && required(`${path}.objectSelector`),
    validateLabelSelector(match.objectSelector, `${path}.objectSelector`),
    validateEach(match.resourceRules, `${path}.resourceRules`, validateNamedRule),
    validateEach(match.excludeResourceRules, `${path}.excludeResourceRules`, validateNamedRule),
  );
}

export function validateVariable({ name, expression }: Variable, path: string): FieldErrors {
  const isIdentifier = CEL_IDENTIFIER.test(name) && !CEL_RESERVED.has(name);
  return collectErrors(
    name.trim() === "" && required(`${path}.name`, "name is not specified"),
    name.trim() !== "" && !isIdentifier && invalid(`${path}.name`, name, "must be a valid CEL identifier"),
    expression.trim() === "" && required(`${path}.expression`, "expression is not specified"),
  );
}

/** What a binding binds, and the parameters for it. */
export function validateBinding(
  spec: {
    readonly policyName?: string;
    readonly paramRef?: ParamRef;
    readonly matchResources?: MatchResources;
  },
  path: string,
): FieldErrors {
  return collectErrors(
    requireFormat(spec.policyName, `${path}.policyName`, checkDNS1123Subdomain),
    validateOptional(spec.paramRef, `${path}.paramRef`, validateParamRef),
    validateOptional(spec.matchResources, `${path}.matchResources`, validateMatchResources),
  );
}

function validateParamRef(
  { name = "", selector, parameterNotFoundAction }: ParamRef,
  path: string,
): FieldErrors {
  const hasBoth = name !== "" && selector !== undefined;
  return collectErrors(
    name !== "" && checkFormat(name, `${path}.name`, checkPathSegmentName),
    hasBoth && forbidden(`${path}.name`, EXCLUSIVE),
    validateLabelSelector(selector, `${path}.selector`),
    hasBoth && forbidden(`${path}.selector`, EXCLUSIVE),
    name === "" && selector === undefined && required(path, "one of name or selector must be specified"),
    requireSupported(parameterNotFoundAction, `${path}.parameterNotFoundAction`, MISSING_ACTIONS),
  );
}
