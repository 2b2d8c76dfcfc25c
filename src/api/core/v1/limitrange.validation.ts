import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  keyPath,
  required,
} from "#apimachinery/field-error.ts";
import { checkQualifiedName } from "#apimachinery/formats.ts";
import { compareQuantities, parseQuantity, quantityMilliValue } from "#apimachinery/quantity.ts";
import { ownValue } from "#base/own-value.ts";
import type { LimitRange, LimitRangeItem } from "../../generated/core-v1.ts";
import { checkFormat, validateEach } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { repetitions } from "../../validation/lists.ts";
import {
  isOvercommitAllowed,
  validateContainerResourceName,
  validateResourceName,
} from "../../validation/resources.ts";

const TYPES: readonly string[] = ["Pod", "Container", "PersistentVolumeClaim"];
const LISTS = ["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"] as const;
const DEFAULT_LISTS = ["default", "defaultRequest"] as const;

type List = (typeof LISTS)[number];

/** One of two bounds of a resource must not be above the other. `report` says which one the error is about. */
interface Order {
  readonly lower: List;
  readonly upper: List;
  readonly field: List;
  readonly report: "lower" | "upper";
  readonly lowerName: string;
  readonly upperName: string;
}

/** Paths and values of the errors are upstream's, odd as some are. */
const ORDERS: readonly Order[] = [
  order("min", "max", "min", "lower"),
  order("min", "defaultRequest", "defaultRequest", "upper"),
  order("defaultRequest", "max", "defaultRequest", "lower"),
  { ...order("defaultRequest", "default", "defaultRequest", "lower"), upperName: "default limit" },
  order("min", "default", "default", "lower"),
  order("default", "max", "default", "upper"),
];

export function validateLimitRange({ spec }: LimitRange): FieldErrors {
  const isRepeated = repetitions();
  return validateEach(spec.limits, "spec.limits", (item, path) =>
    collectErrors(
      validateType(item.type, `${path}.type`),
      isRepeated(item.type) && duplicate(`${path}.type`, item.type),
      validateNames(item, path),
      validateStorageBounds(item, path),
      [...resourcesOf(item)].flatMap((resource) => validateResource(item, resource, path)),
    ),
  );
}

function order(lower: List, upper: List, field: List, report: Order["report"]): Order {
  const names = { max: "max", min: "min", default: "default", defaultRequest: "default request" };
  const nameOf = (list: List) => (list === "maxLimitRequestRatio" ? "" : names[list]);
  return { lower, upper, field, report, lowerName: nameOf(lower), upperName: nameOf(upper) };
}

function validateType(type: string, path: string): readonly FieldError[] {
  const errors = checkFormat(type, path, checkQualifiedName);
  if (errors.length > 0 || type.includes("/") || TYPES.includes(type)) return errors;
  return [invalid(path, type, "must be a standard limit type or fully qualified")];
}

function validateNames(item: LimitRangeItem, path: string): FieldErrors {
  const isOfPod = item.type === "Pod";
  const validateName =
    isOfPod || item.type === "Container" ? validateContainerResourceName : validateResourceName;
  return LISTS.flatMap((list) => {
    const names = Object.keys(item[list] ?? {});
    if (isOfPod && (DEFAULT_LISTS as readonly string[]).includes(list)) {
      return names.length === 0
        ? []
        : [forbidden(`${path}.${list}`, "may not be specified when `type` is 'Pod'")];
    }
    return names.flatMap((name) => validateName(name, keyPath(`${path}.${list}`, name)));
  });
}

function validateStorageBounds({ type, min, max }: LimitRangeItem, path: string): FieldErrors {
  const isBounded = min?.["storage"] !== undefined || max?.["storage"] !== undefined;
  if (type !== "PersistentVolumeClaim" || isBounded) return [];
  const message = "either minimum or maximum storage value is required, but neither was provided";
  return [required(`${path}.limits`, message)];
}

function resourcesOf(item: LimitRangeItem): ReadonlySet<string> {
  return new Set(listsOf(item).flatMap((list) => Object.keys(item[list] ?? {})));
}

function listsOf({ type }: LimitRangeItem): readonly List[] {
  return type === "Pod" ? LISTS.filter((list) => list !== "default" && list !== "defaultRequest") : LISTS;
}

function validateResource(item: LimitRangeItem, resource: string, path: string): FieldErrors {
  const amounts = Object.fromEntries(listsOf(item).map((list) => [list, ownValue(item[list], resource)]));
  return [
    ...ORDERS.flatMap((each) => validateOrder(amounts, each, keyPath(`${path}.${each.field}`, resource))),
    ...validateRatio(amounts, keyPath(`${path}.maxLimitRequestRatio`, resource)),
    ...validateNoOvercommit(amounts, resource, keyPath(`${path}.defaultRequest`, resource)),
  ];
}

type Amounts = Readonly<Partial<Record<List, string | undefined>>>;

function validateOrder(amounts: Amounts, each: Order, path: string): FieldErrors {
  const lower = amounts[each.lower];
  const upper = amounts[each.upper];
  if (lower === undefined || upper === undefined || !isGreater(lower, upper)) return [];
  const message = `${each.lowerName} value ${lower} is greater than ${each.upperName} value ${upper}`;
  return [invalid(path, each.report === "lower" ? lower : upper, message)];
}

function validateRatio({ maxLimitRequestRatio: ratio, min, max }: Amounts, path: string): FieldErrors {
  if (ratio === undefined) return [];
  const possible =
    min === undefined || max === undefined ? Number.POSITIVE_INFINITY : milli(max) / milli(min);
  return collectErrors(
    isGreater("1", ratio) && invalid(path, ratio, `ratio ${ratio} is less than 1`),
    milli(ratio) / 1000 > possible &&
      invalid(path, ratio, `ratio ${ratio} is greater than max/min = ${possible.toFixed(6)}`),
  );
}

/** What cannot be promised twice is asked for as much as it is used. */
function validateNoOvercommit(amounts: Amounts, resource: string, path: string): FieldErrors {
  const { default: limit, defaultRequest: request } = amounts;
  if (isOvercommitAllowed(resource) || limit === undefined || request === undefined) return [];
  if (compareQuantities(parseQuantity(limit), parseQuantity(request)) === 0) return [];
  const message = `default value ${limit} must equal to defaultRequest value ${request} in ${resource}`;
  return [invalid(path, request, message)];
}

function isGreater(a: string, b: string): boolean {
  return compareQuantities(parseQuantity(a), parseQuantity(b)) > 0;
}

function milli(text: string): number {
  return quantityMilliValue(parseQuantity(text));
}
