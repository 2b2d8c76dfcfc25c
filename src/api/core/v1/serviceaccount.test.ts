import { expect, test } from "bun:test";
import { someWrite } from "#testing/kinds.ts";
import { aServiceAccount } from "#testing/objects.ts";
import { serviceAccount } from "./serviceaccount.ts";

test("of secrets only the names are kept", () => {
  const written = aServiceAccount("app", {
    secrets: [{ name: "a", namespace: "other", kind: "Secret" }, { name: "b" }],
  });
  const kept = aServiceAccount("app", { secrets: [{ name: "a" }, { name: "b" }] });
  expect(serviceAccount.prepareForCreate?.(written, someWrite)).toEqual(kept);
  expect(serviceAccount.prepareForUpdate?.(kept, written, someWrite)).toBe(kept);
});

test("who begins to enforce mountable secrets is told not to", () => {
  const annotated = aServiceAccount("app", {
    annotations: { "kubernetes.io/enforce-mountable-secrets": "true" },
  });
  const warning =
    "metadata.annotations[kubernetes.io/enforce-mountable-secrets]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets";
  expect(serviceAccount.warnings?.(annotated, undefined)).toEqual([warning]);
  expect(serviceAccount.warnings?.(annotated, aServiceAccount("app"))).toEqual([warning]);
  expect(serviceAccount.warnings?.(annotated, annotated)).toEqual([]);
  expect(serviceAccount.warnings?.(aServiceAccount("app"), undefined)).toEqual([]);
});
