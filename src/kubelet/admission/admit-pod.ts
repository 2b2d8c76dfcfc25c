import { checkHostPorts } from "./check-host-ports.ts";
import {
  checkNodeAffinity,
  checkNodeName,
  checkOperatingSystem,
  checkSupplementalGroups,
  checkTaints,
} from "./check-node.ts";
import { checkResources } from "./check-resources.ts";
import { checkSysctls } from "./check-sysctls.ts";
import type { AdmissionCheck, AdmissionFacts, Rejection } from "./rejection.ts";

/** In upstream's order; the first that fails is told. */
const CHECKS: readonly AdmissionCheck[] = [
  checkSysctls,
  checkOperatingSystem,
  checkSupplementalGroups,
  checkResources,
  checkNodeAffinity,
  checkNodeName,
  checkHostPorts,
  checkTaints,
];

/** Whether the node takes a pod that it was given (`lifecycle/predicate.go`). */
export function admitPod(facts: AdmissionFacts): Rejection | undefined {
  for (const check of CHECKS) {
    const rejection = check(facts);
    if (rejection !== undefined) return rejection;
  }
  return undefined;
}
