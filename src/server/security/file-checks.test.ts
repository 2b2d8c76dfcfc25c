import { expect, test } from "bun:test";
import { judgePath } from "./file-checks.ts";

const OWNER = 0;

test.each([
  ["what its owner alone reads", 0o600, 0o100600, OWNER, undefined, undefined],
  ["what even its owner only reads", 0o600, 0o100400, OWNER, undefined, undefined],
  [
    "what everybody reads",
    0o600,
    0o100644,
    OWNER,
    "its mode is 0644, which is more than 0600",
    "chmod 0600 /f",
  ],
  [
    "what a group enters",
    0o700,
    0o40750,
    OWNER,
    "its mode is 0750, which is more than 0700",
    "chmod 0700 /f",
  ],
  ["what somebody else owns", 0o600, 0o100600, 1000, "it belongs to uid 1000", "chown 0 /f"],
])("%s", (_case, mode, actual, uid, reason, remedy) => {
  const guarded = { path: "/f", point: "1.1.11", ownerPoint: "1.1.12", mode };
  const findings = judgePath(guarded, { mode: actual, uid }, OWNER);
  expect(findings.map(({ point }) => point)).toEqual(["1.1.11", "1.1.12"]);
  const bad = findings.filter(({ result }) => result !== "pass");
  expect(bad.map((finding) => [finding.result, finding.reason, finding.remedy])).toEqual(
    reason === undefined ? [] : [["fail", reason, remedy]],
  );
});
