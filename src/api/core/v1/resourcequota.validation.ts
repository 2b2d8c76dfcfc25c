import { invalid, required } from "#apimachinery/field-error.ts";
import type {
  ResourceQuota,
  ResourceQuotaSpec,
  ScopedResourceSelectorRequirement,
} from "../../generated/core-v1.ts";
import { IMMUTABLE_MESSAGE, requireText, validateEntries } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { type InternalForm, internalForm } from "../../validation/internal-form.ts";
import {
  isQuotaResource,
  type ResourceList,
  validateQuotaResourceName,
  validateResourceQuantity,
} from "../../validation/resources.ts";

const POD_RESOURCES: readonly string[] = [
  "pods",
  "cpu",
  "memory",
  "limits.cpu",
  "limits.memory",
  "requests.cpu",
  "requests.memory",
];

/** The resources that a quota of each scope can bound. */
const SCOPES: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    Terminating: POD_RESOURCES,
    NotTerminating: POD_RESOURCES,
    BestEffort: ["pods"],
    NotBestEffort: POD_RESOURCES,
    PriorityClass: POD_RESOURCES,
    CrossNamespacePodAffinity: POD_RESOURCES,
    VolumeAttributesClass: ["persistentvolumeclaims", "requests.storage"],
  }),
);

/** Scopes of which a pod is in one or the other. */
const EXCLUSIVE_SCOPES = [
  ["BestEffort", "NotBestEffort"],
  ["Terminating", "NotTerminating"],
] as const;

/** Scopes that have no values to select. */
const PLAIN_SCOPES: readonly string[] = [...EXCLUSIVE_SCOPES.flat(), "CrossNamespacePodAffinity"];

const PLAIN_MESSAGE =
  "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";

const SCOPE_SELECTOR: InternalForm = {
  MatchExpressions: [{ ScopeName: "", Operator: "", Values: null }],
};

const UNSUPPORTED = "unsupported scope";
const NOT_FOR_RESOURCE = "unsupported scope applied to resource";

export function validateResourceQuota(quota: ResourceQuota): FieldErrors {
  return [...validateSpec(quota.spec), ...validateAmountsOfStatus(quota)];
}

export function validateResourceQuotaUpdate(
  { spec }: ResourceQuota,
  { spec: previous }: ResourceQuota,
): FieldErrors {
  const before = new Set(previous.scopes);
  const after = new Set(spec.scopes);
  const isChanged = before.symmetricDifference(after).size > 0;
  return collectErrors(
    validateSpec(spec),
    isChanged && invalid("spec.scopes", spec.scopes, IMMUTABLE_MESSAGE),
  );
}

export function validateResourceQuotaStatus(quota: ResourceQuota): FieldErrors {
  return [
    ...requireText(quota.metadata.resourceVersion, "resourceVersion"),
    ...validateAmountsOfStatus(quota),
  ];
}

function validateAmountsOfStatus({ status }: ResourceQuota): FieldErrors {
  return [...validateAmounts(status?.hard, "status.hard"), ...validateAmounts(status?.used, "status.used")];
}

function validateAmounts(list: ResourceList | undefined, path: string): FieldErrors {
  return validateEntries(list, path, (name, amount, entryPath) => [
    ...validateQuotaResourceName(name, entryPath),
    ...validateResourceQuantity(name, amount, entryPath),
  ]);
}

function validateSpec(spec: ResourceQuotaSpec): FieldErrors {
  return [...validateAmounts(spec.hard, "spec.hard"), ...validateScopes(spec), ...validateSelector(spec)];
}

function validateScopes({ scopes = [], hard }: ResourceQuotaSpec): FieldErrors {
  const path = "spec.scopes";
  return collectErrors(
    scopes.flatMap((scope) =>
      collectErrors(
        !SCOPES.has(scope) && invalid(path, scopes, UNSUPPORTED),
        unfitResources(scope, hard).map(() => invalid(path, scopes, NOT_FOR_RESOURCE)),
      ),
    ),
    conflictsOf(scopes).map(() => invalid(path, scopes, "conflicting scopes")),
  );
}

function validateSelector({ scopeSelector, scopes, hard }: ResourceQuotaSpec): FieldErrors {
  const requirements = scopeSelector?.matchExpressions ?? [];
  const path = "spec.scopeSelector.matchExpressions";
  const selected = requirements.map(({ scopeName }) => scopeName);
  return collectErrors(
    requirements.flatMap((requirement) =>
      collectErrors(
        !SCOPES.has(requirement.scopeName) &&
          invalid(`${path}.scopeName`, requirement.scopeName, UNSUPPORTED),
        unfitResources(requirement.scopeName, hard).map(() =>
          invalid(path, internalForm(scopeSelector, SCOPE_SELECTOR), NOT_FOR_RESOURCE),
        ),
        validateRequirement(requirement, path),
      ),
    ),
    conflictsOf(selected).map(() => invalid(path, scopes, "conflicting scopes")),
  );
}

function validateRequirement(
  { scopeName, operator, values }: ScopedResourceSelectorRequirement,
  path: string,
): FieldErrors {
  return collectErrors(
    PLAIN_SCOPES.includes(scopeName) &&
      operator !== "Exists" &&
      invalid(`${path}.operator`, operator, PLAIN_MESSAGE),
    validateValues(operator, values, path),
  );
}

function validateValues(operator: string, values: readonly string[] | undefined, path: string): FieldErrors {
  const isEmpty = (values ?? []).length === 0;
  switch (operator) {
    case "In":
    case "NotIn": {
      const message = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
      return isEmpty ? [required(`${path}.values`, message)] : [];
    }
    case "Exists":
    case "DoesNotExist": {
      const message = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
      return isEmpty ? [] : [invalid(`${path}.values`, values, message)];
    }
    default:
      return [invalid(`${path}.operator`, operator, "not a valid selector operator")];
  }
}

function unfitResources(scope: string, hard: ResourceList | undefined): readonly string[] {
  const fit = SCOPES.get(scope);
  if (fit === undefined) return [];
  return Object.keys(hard ?? {}).filter((name) => isQuotaResource(name) && !fit.includes(name));
}

function conflictsOf(scopes: readonly string[]): readonly (readonly string[])[] {
  return EXCLUSIVE_SCOPES.filter((pair) => pair.every((scope) => scopes.includes(scope)));
}
