import type { SELinuxOptions } from "#api/generated/core-v1.ts";
import { containersOf, defineCheck, distinct, named, type PodCheck, setters } from "../check.ts";

const TYPES: readonly string[] = ["", "container_t", "container_init_t", "container_kvm_t"];

export const seLinuxOptions = defineCheck({
  id: "seLinuxOptions",
  level: "baseline",
  versions: [
    { since: 0, check: allowTypes(TYPES) },
    { since: 31, check: allowTypes([...TYPES, "container_engine_t"]) },
  ],
});

function allowTypes(types: readonly string[]): PodCheck {
  const isBad = ({ type = "", user = "", role = "" }: SELinuxOptions = {}): boolean =>
    !types.includes(type) || user !== "" || role !== "";
  return ({ spec }) => {
    const ofPod = spec.securityContext?.seLinuxOptions;
    const containers = containersOf(spec).filter(({ securityContext }) =>
      isBad(securityContext?.seLinuxOptions),
    );
    const culprits = setters(isBad(ofPod), containers);
    if (culprits === "") return undefined;
    const options = [ofPod, ...containers.map(({ securityContext }) => securityContext?.seLinuxOptions)];
    const badTypes = options.map((each) => each?.type ?? "").filter((type) => !types.includes(type));
    const problems = [
      badTypes.length > 0 ? named("type", distinct(badTypes)) : "",
      options.some((each) => (each?.user ?? "") !== "") ? "user may not be set" : "",
      options.some((each) => (each?.role ?? "") !== "") ? "role may not be set" : "",
    ].filter((each) => each !== "");
    return {
      reason: "seLinuxOptions",
      detail: `${culprits} set forbidden securityContext.seLinuxOptions: ${problems.join("; ")}`,
    };
  };
}
