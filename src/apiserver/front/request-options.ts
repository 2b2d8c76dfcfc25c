/**
 * The options of requests, from their query parameters or from a DeleteOptions body, checked as apimachinery
 * `pkg/apis/meta/v1/validation` does. Every problem is a thrown `StatusError`.
 */

import { validateManagerName } from "#apimachinery/apply/manager-name.ts";
import {
  type FieldError,
  forbidden,
  invalid as invalidField,
  notSupported,
  required,
} from "#apimachinery/field-error.ts";
import type { DeleteOptions as DeleteOptionsBody } from "#apimachinery/generated/meta-v1.ts";
import type {
  DeleteOptions,
  DeletionPropagation,
  ListOptions,
  PatchOptions,
  PatchType,
  ReadOptions,
  WatchOptions,
  WriteOptions,
} from "#apimachinery/request.ts";
import { badRequest, invalid } from "#apimachinery/status-error.ts";
import { listOptionErrors, watchOptionErrors } from "./list-option-errors.ts";
import { parseBoolean, parseInteger, parseText } from "./query-values.ts";

const META_GROUP = "meta.k8s.io";
const PROPAGATION_POLICIES: readonly string[] = ["Foreground", "Background", "Orphan"];
const FIELD_VALIDATION: readonly string[] = ["Ignore", "Strict", "Warn"];

export function readOptions(query: URLSearchParams): ReadOptions {
  if (parseBoolean(query.get("export")) === true) {
    throw badRequest("the export parameter, deprecated since v1.14, is no longer supported");
  }
  const resourceVersion = parseText(query.get("resourceVersion"));
  return resourceVersion === undefined ? {} : { resourceVersion };
}

export function listOptions(query: URLSearchParams): ListOptions {
  check("ListOptions", listOptionErrors(query));
  return compact({
    ...selectors(query),
    resourceVersion: parseText(query.get("resourceVersion")),
    resourceVersionMatch: parseText(query.get("resourceVersionMatch")) as ListOptions["resourceVersionMatch"],
    limit: parseInteger(query.get("limit")),
    continue: parseText(query.get("continue")),
  });
}

/** Watches at the legacy path of their own are held to the rules for lists. */
export function watchOptions(query: URLSearchParams, { isLegacy = false } = {}): WatchOptions {
  check("ListOptions", isLegacy ? listOptionErrors(query) : watchOptionErrors(query));
  return compact({
    ...selectors(query),
    resourceVersion: parseText(query.get("resourceVersion")),
    resourceVersionMatch: parseText(
      query.get("resourceVersionMatch"),
    ) as WatchOptions["resourceVersionMatch"],
    allowWatchBookmarks: parseBoolean(query.get("allowWatchBookmarks")),
    sendInitialEvents: parseBoolean(query.get("sendInitialEvents")),
    timeoutSeconds: parseInteger(query.get("timeoutSeconds")),
  });
}

export function writeOptions(query: URLSearchParams, kind: "CreateOptions" | "UpdateOptions"): WriteOptions {
  check(kind, writeErrors(query));
  return uncheckedWriteOptions(query);
}

export function patchOptions(query: URLSearchParams, patchType: PatchType): PatchOptions {
  const isApply = patchType === "apply";
  const force = parseBoolean(query.get("force"));
  check("PatchOptions", [
    ...(isApply && parseText(query.get("fieldManager")) === undefined
      ? [required("fieldManager", "is required for apply patch")]
      : []),
    ...(!isApply && force !== undefined
      ? [forbidden("force", "may not be specified for non-apply patch")]
      : []),
    ...writeErrors(query),
  ]);
  return compact({ ...uncheckedWriteOptions(query), force });
}

/** `body` is a decoded DeleteOptions; query parameters count only when there is none. */
export function deleteOptions(query: URLSearchParams, body: DeleteOptionsBody | undefined): DeleteOptions {
  const given = body ?? deleteParameters(query);
  const { orphanDependents, propagationPolicy, dryRun = [] } = given;
  check("DeleteOptions", [...propagationErrors(given), ...dryRunErrors(dryRun)]);
  return compact({
    gracePeriodSeconds: given.gracePeriodSeconds,
    preconditions: given.preconditions,
    propagationPolicy: propagationPolicy as DeletionPropagation | undefined,
    orphanDependents,
    dryRun: dryRun.length > 0 ? true : undefined,
  });
}

function deleteParameters(query: URLSearchParams): Omit<DeleteOptionsBody, "apiVersion" | "kind"> {
  const preconditions = compact({
    uid: parseText(query.get("uid")),
    resourceVersion: parseText(query.get("resourceVersion")),
  });
  return compact({
    gracePeriodSeconds: parseInteger(query.get("gracePeriodSeconds")),
    orphanDependents: parseBoolean(query.get("orphanDependents")),
    propagationPolicy: query.get("propagationPolicy") ?? undefined,
    dryRun: query.has("dryRun") ? query.getAll("dryRun") : undefined,
    preconditions: Object.keys(preconditions).length === 0 ? undefined : preconditions,
  });
}

function propagationErrors({
  orphanDependents,
  propagationPolicy: policy,
}: Pick<DeleteOptionsBody, "orphanDependents" | "propagationPolicy">): FieldError[] {
  if (policy === undefined) return [];
  const both = "orphanDependents and deletionPropagation cannot be both set";
  return [
    ...(orphanDependents === undefined ? [] : [invalidField("propagationPolicy", policy, both)]),
    ...(PROPAGATION_POLICIES.includes(policy)
      ? []
      : [notSupported("propagationPolicy", policy, [...PROPAGATION_POLICIES, "nil"])]),
  ];
}

function writeErrors(query: URLSearchParams): FieldError[] {
  const fieldValidation = query.get("fieldValidation") ?? "";
  return [
    ...validateManagerName(query.get("fieldManager") ?? "", "fieldManager"),
    ...dryRunErrors(query.getAll("dryRun")),
    ...(fieldValidation === "" || FIELD_VALIDATION.includes(fieldValidation)
      ? []
      : [notSupported("fieldValidation", fieldValidation, ["", ...FIELD_VALIDATION])]),
  ];
}

function uncheckedWriteOptions(query: URLSearchParams): WriteOptions {
  return compact({
    dryRun: query.has("dryRun") ? true : undefined,
    fieldManager: parseText(query.get("fieldManager")),
    fieldValidation: parseText(query.get("fieldValidation")) as WriteOptions["fieldValidation"],
  });
}

function dryRunErrors(values: readonly string[]): FieldError[] {
  return values.every((value) => value === "All") ? [] : [notSupported("dryRun", values, ["All"])];
}

function selectors(query: URLSearchParams) {
  return {
    labelSelector: parseText(query.get("labelSelector")),
    fieldSelector: parseText(query.get("fieldSelector")),
  };
}

function check(kind: string, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalid({ group: META_GROUP, kind }, "", errors);
}

/** Leaves out what is undefined: options distinguish absent from present. */
function compact<T extends object>(options: T): Compact<T> {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Compact<T>;
}

type Compact<T> = { [K in keyof T]?: Exclude<T[K], undefined> };
