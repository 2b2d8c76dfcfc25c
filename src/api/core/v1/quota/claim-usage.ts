import {
  compareQuantities,
  type ParsedQuantity,
  parseQuantity,
  quantityOf,
  quantityValue,
} from "#apimachinery/quantity.ts";
import type { PersistentVolumeClaim } from "../../../generated/core-v1.ts";
import { storageClassOf } from "../storage-fields.ts";
import { ONE } from "./amounts.ts";
import type { QuotaEvaluator } from "./quota-evaluator.ts";
import { matchesValue } from "./scopes.ts";

const COUNT = "count/persistentvolumeclaims";
const BOUNDED: readonly string[] = ["persistentvolumeclaims", "requests.storage"];

/** Between the name of a storage class and what is bounded of its claims. */
const OF_CLASS = ".storageclass.storage.k8s.io/";

/** Objects that the evaluator gets are PersistentVolumeClaims. */
export const claimEvaluator: QuotaEvaluator = {
  covers: (name) =>
    name === COUNT || BOUNDED.some((each) => name === each || name.endsWith(`${OF_CLASS}${each}`)),
  usageOf: (object) => {
    const claim = object as PersistentVolumeClaim;
    const storage = storageOf(claim);
    const used: (readonly [string, ParsedQuantity])[] = [
      ["persistentvolumeclaims", ONE],
      ...(storage === undefined ? [] : [["requests.storage", storage] as const]),
    ];
    const name = storageClassOf(claim);
    const ofClass =
      name === "" ? [] : used.map(([each, amount]) => [name + OF_CLASS + each, amount] as const);
    return new Map([[COUNT, ONE] as const, ...used, ...ofClass]);
  },
  isInScope: (object, scope) => {
    if (scope.scopeName !== "VolumeAttributesClass") return false;
    const names = attributesClassesOf(object as PersistentVolumeClaim);
    if (names.length === 0) return matchesValue(scope, undefined);
    return names.some((name) => matchesValue(scope, name));
  },
};

/** Whole bytes: what is requested, or what a volume that has been expanded further has. */
function storageOf({ spec, status }: PersistentVolumeClaim): ParsedQuantity | undefined {
  const { storage: requested } = spec.resources?.requests ?? {};
  if (requested === undefined) return undefined;
  const request = wholeQuantity(parseQuantity(requested));
  const { storage: allocated } = status?.allocatedResources ?? {};
  if (allocated === undefined) return request;
  const allocation = wholeQuantity(parseQuantity(allocated));
  return compareQuantities(allocation, request) > 0 ? allocation : request;
}

function wholeQuantity(quantity: ParsedQuantity): ParsedQuantity {
  const whole = quantityOf(quantityValue(quantity), quantity.format);
  return whole.nanos === quantity.nanos ? quantity : whole;
}

/** The classes that a claim wants, has, or is on its way to. */
function attributesClassesOf({ spec, status }: PersistentVolumeClaim): readonly string[] {
  const names = [
    spec.volumeAttributesClassName,
    status?.currentVolumeAttributesClassName,
    status?.modifyVolumeStatus?.targetVolumeAttributesClassName,
  ];
  return names.flatMap((name = "") => (name === "" ? [] : [name]));
}
