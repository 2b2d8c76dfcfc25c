import type { Container } from "#api/generated/core-v1.ts";
import {
  containersOf,
  defineCheck,
  distinct,
  exceptOnWindows,
  named,
  type PodLike,
  quoted,
  type Violation,
} from "../check.ts";

export const capabilitiesBaseline = defineCheck({
  id: "capabilities_baseline",
  level: "baseline",
  versions: [{ since: 0, check: checkBaseline }],
});

export const capabilitiesRestricted = defineCheck({
  id: "capabilities_restricted",
  level: "restricted",
  versions: [
    { since: 22, check: checkRestricted, replaces: "capabilities_baseline" },
    { since: 25, check: exceptOnWindows(checkRestricted), replaces: "capabilities_baseline" },
  ],
});

/** What runtimes give to containers by default, without NET_RAW. */
const DEFAULTS: readonly string[] = [
  "AUDIT_WRITE",
  "CHOWN",
  "DAC_OVERRIDE",
  "FOWNER",
  "FSETID",
  "KILL",
  "MKNOD",
  "NET_BIND_SERVICE",
  "SETFCAP",
  "SETGID",
  "SETPCAP",
  "SETUID",
  "SYS_CHROOT",
];

function checkBaseline({ spec }: PodLike): Violation | undefined {
  const detail = addedBeyond(DEFAULTS, containersOf(spec));
  return detail === "" ? undefined : { reason: "non-default capabilities", detail };
}

function checkRestricted({ spec }: PodLike): Violation | undefined {
  const containers = containersOf(spec);
  const keeping = containers
    .filter(({ securityContext }) => securityContext?.capabilities?.drop?.includes("ALL") !== true)
    .map(({ name }) => name);
  const detail = [
    keeping.length === 0
      ? ""
      : `${named("container", keeping)} must set securityContext.capabilities.drop=["ALL"]`,
    addedBeyond(["NET_BIND_SERVICE"], containers),
  ].filter((each) => each !== "");
  return detail.length === 0 ? undefined : { reason: "unrestricted capabilities", detail: detail.join("; ") };
}

/** Who adds which capabilities besides these; empty when nobody does. */
function addedBeyond(allowed: readonly string[], containers: readonly Container[]): string {
  const addedBy = ({ securityContext }: Container): readonly string[] =>
    (securityContext?.capabilities?.add ?? []).filter((each) => !allowed.includes(each));
  const adding = containers.filter((each) => addedBy(each).length > 0);
  if (adding.length === 0) return "";
  const names = adding.map(({ name }) => name);
  const added = quoted(distinct(adding.flatMap(addedBy)));
  return `${named("container", names)} must not include ${added} in securityContext.capabilities.add`;
}
