import { expect, test } from "bun:test";
import { storageVersionHash } from "./storage-version-hash.ts";

// Hashes of a running Kubernetes.
test.each([
  { group: "", version: "v1", kind: "ConfigMap", hash: "qFsyl6wFWjQ=" },
  { group: "apps", version: "v1", kind: "ControllerRevision", hash: "85nkx63pcBU=" },
  { group: "apps", version: "v1", kind: "DaemonSet", hash: "dd7pWHUlMKQ=" },
])("$group/$version $kind is $hash", ({ hash, ...kind }) => {
  expect(storageVersionHash(kind)).toBe(hash);
});
