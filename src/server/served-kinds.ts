/** Which APIs there are besides those that are always there (apiserver `server/resourceconfig`). */
import type { Features } from "#api/features.ts";
import type { Kind } from "#api/kind.ts";
import { kinds, switchedKinds } from "#api/kinds.ts";
import { apiGroups, type Resource } from "#api/resource.ts";
import { formatApiVersion, type GroupVersion } from "#apimachinery/meta.ts";
import { StartupError } from "#base/startup-error.ts";
import type { Logger } from "#observability/logger.ts";
import type { ApiSwitch, FeatureConfig } from "./feature-config.ts";

/** Switches that are about all groups, those that give way first. */
const WILDCARDS: ReadonlyMap<string, RegExp> = new Map([
  ["api/all", /^/],
  ["api/ga", /^v\d+$/],
  ["api/beta", /^v\d+beta\d+$/],
  ["api/alpha", /^v\d+alpha\d+$/],
]);

export function featuresOf({ featureGates }: Pick<FeatureConfig, "featureGates">): Features {
  const gates = new Map(featureGates.map(({ feature, isEnabled }) => [feature, isEnabled]));
  return new Set([...gates].flatMap(([feature, isEnabled]) => (isEnabled ? [feature] : [])));
}

/** `known` are the group versions of Kubernetes. Throws a StartupError for APIs that are not switched here. */
export function servedKinds(
  config: FeatureConfig,
  known: readonly GroupVersion[],
  logger: Logger,
): readonly Kind[] {
  const [problem] = runtimeConfigProblems(config.runtimeConfig, known);
  if (problem !== undefined) throw new StartupError(`Cannot use --runtime-config: ${problem}`);
  const wanted = switchedKinds.filter(({ kind }) => isApiEnabled(kind.resource, config.runtimeConfig));
  const served = wanted.filter(({ kind }) => isServed(kind.resource.kind, config));
  for (const { kind, feature } of wanted.filter((each) => !served.includes(each))) {
    logger.warn("Left out an API, because its feature gate is disabled", {
      kind: kind.resource.kind,
      feature,
    });
  }
  return [...kinds, ...served.map(({ kind }) => kind)];
}

/** Whether a kind is there that is not by default. */
export function isServed(kindName: string, config: FeatureConfig): boolean {
  const switched = switchedKinds.find(({ kind }) => kind.resource.kind === kindName);
  return (
    switched !== undefined &&
    featuresOf(config).has(switched.feature) &&
    isApiEnabled(switched.kind.resource, config.runtimeConfig)
  );
}

/** Whether an API is there that is not by default: what is said of the resource counts more than of its version. */
export function isApiEnabled(
  { group, version, name }: Pick<Resource, "group" | "version" | "name">,
  switches: readonly ApiSwitch[],
): boolean {
  const said = new Map(switches.map(({ api, isEnabled }) => [api, isEnabled]));
  const groupVersion = formatApiVersion({ group, version });
  const wildcards = [...WILDCARDS].filter(([, pattern]) => pattern.test(version)).map(([api]) => api);
  const answers = [...wildcards, groupVersion, `${groupVersion}/${name}`].map((api) => said.get(api));
  return answers.findLast((answer) => answer !== undefined) ?? false;
}

/** In kube-apiserver's words, where it would refuse the same. */
export function runtimeConfigProblems(
  switches: readonly ApiSwitch[],
  known: readonly GroupVersion[],
): readonly string[] {
  if (switches.length === 1 && switches[0]?.api === "api/all" && !switches[0].isEnabled) {
    return ["invalid runtime-config with only api/all=false"];
  }
  return switches.flatMap((each) => switchProblem(each, known) ?? []);
}

function switchProblem(each: ApiSwitch, known: readonly GroupVersion[]): string | undefined {
  const { api, isEnabled } = each;
  if (WILDCARDS.has(api)) {
    const isOfStable = api === "api/all" || api === "api/ga";
    return isOfStable && !isEnabled ? `${api} cannot be switched off here` : undefined;
  }
  return unknownProblem(api, known) ?? resourceProblem(each);
}

function unknownProblem(api: string, known: readonly GroupVersion[]): string | undefined {
  const [group = "", version = ""] = api.split("/");
  const versions = known.filter((each) => each.group === group);
  if (versions.length === 0) return `unknown api groups ${group}/${version}`;
  return versions.some((each) => each.version === version)
    ? undefined
    : `group version ${group}/${version} that has not been registered`;
}

function resourceProblem({ api, isEnabled }: ApiSwitch): string | undefined {
  const [group = "", version = "", resource] = api.split("/");
  const versions = apiGroups.find((each) => each.group === group)?.versions ?? [];
  const resources = versions.find((each) => each.version === version)?.resources ?? [];
  const meant = resources.filter(({ name }) => resource === undefined || resource === name);
  if (isEnabled) return meant.length > 0 ? undefined : `${api} is not there`;
  return meant.every(isSwitched) ? undefined : `${api} cannot be switched off here`;
}

function isSwitched(resource: Resource): boolean {
  return switchedKinds.some(({ kind }) => kind.resource === resource);
}
