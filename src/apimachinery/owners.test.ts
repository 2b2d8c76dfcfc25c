import { expect, test } from "bun:test";
import { controllerOf, controllerReference, isControlledBy } from "./owners.ts";

const owner = { apiVersion: "apps/v1", kind: "ReplicaSet", metadata: { name: "web", uid: "1" } };
const reference = controllerReference(owner);

test("the controlling owner is found among other owners", () => {
  const other = { ...reference, uid: "2", controller: false };
  const object = { metadata: { ownerReferences: [other, reference] } };
  expect(controllerOf(object)).toBe(reference);
  expect(isControlledBy(object, owner)).toBe(true);
  expect(isControlledBy(object, { metadata: { name: "web", uid: "2" } })).toBe(false);
});

test("objects without a controlling owner have none", () => {
  expect(controllerOf({ metadata: {} })).toBeUndefined();
  expect(
    controllerOf({ metadata: { ownerReferences: [{ ...reference, controller: false }] } }),
  ).toBeUndefined();
  expect(isControlledBy({ metadata: {} }, owner)).toBe(false);
});

test("controllerReference names the owner and blocks its deletion", () => {
  expect(reference).toEqual({
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    name: "web",
    uid: "1",
    controller: true,
    blockOwnerDeletion: true,
  });
});
