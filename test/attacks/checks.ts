import { readdirSync } from "node:fs";
import { join } from "node:path";
import { otherChecks } from "./checks/elsewhere.ts";
import { escalationChecks, podSecurityChecks } from "./checks/escalation.ts";
import { joiningChecks } from "./checks/joining.ts";
import { kubeletChecks } from "./checks/kubelet.ts";
import { nodeChecks, nodeIdentityChecks } from "./checks/nodes.ts";
import { pathChecks } from "./checks/paths.ts";
import { certificateChecks, smugglingChecks } from "./checks/smuggling.ts";
import { tokenChecks } from "./checks/tokens.ts";
import { admissionChecks, trafficChecks } from "./checks/traffic.ts";
import { volumeChecks } from "./checks/volumes.ts";
import type { Weakening } from "./proof/weakening.ts";

/** Every check that keeps an attack out, with what it is like when it is gone. */
export const CHECKS: readonly Weakening[] = [
  ...tokenChecks,
  ...nodeChecks,
  ...nodeIdentityChecks,
  ...pathChecks,
  ...escalationChecks,
  ...podSecurityChecks,
  ...volumeChecks,
  ...smugglingChecks,
  ...certificateChecks,
  ...kubeletChecks,
  ...joiningChecks,
  ...trafficChecks,
  ...admissionChecks,
  ...otherChecks,
];

/** The attacks: all of their tests but those of what is allowed are refusals that a check is behind. */
export const SUITES: readonly string[] = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith(".test.ts") && file !== "checks.test.ts")
  .map((file) => join("test/attacks", file))
  .toSorted();
