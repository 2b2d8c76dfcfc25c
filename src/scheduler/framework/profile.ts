import type { Pod } from "#api/generated/core-v1.ts";
import type { EventRegistration } from "./cluster-event.ts";
import type {
  BindPlugin,
  FilterPlugin,
  Named,
  Plugin,
  PostFilterPlugin,
  PreBindPlugin,
  PreEnqueuePlugin,
  QueueSortPlugin,
  ReservePlugin,
  ScorePlugin,
} from "./plugin.ts";

/** Which plugins decide about the pods that name this scheduler. */
export interface Profile {
  readonly schedulerName: string;
  /** In the order in which they are asked; the first one that rejects a node gives the reason. */
  readonly plugins: readonly EnabledPlugin[];
  /** How many nodes that can run a pod are compared, of all nodes. Default: fewer, the more nodes there are. */
  readonly percentageOfNodesToScore?: number;
}

export interface EnabledPlugin {
  readonly plugin: Plugin;
  /** How much its score counts. Default: 1. */
  readonly weight?: number;
}

export interface WeightedScore {
  readonly plugin: Named & ScorePlugin;
  readonly weight: number;
}

/** A profile by extension points, ready to run. */
export interface Framework {
  readonly schedulerName: string;
  readonly percentageOfNodesToScore: number | undefined;
  readonly preEnqueues: readonly (Named & PreEnqueuePlugin)[];
  readonly queueSort: QueueSortPlugin;
  readonly filters: readonly (Named & FilterPlugin)[];
  readonly postFilters: readonly (Named & PostFilterPlugin)[];
  readonly scores: readonly WeightedScore[];
  readonly reserves: readonly (Named & ReservePlugin)[];
  readonly preBinds: readonly (Named & PreBindPlugin)[];
  readonly binds: readonly (Named & BindPlugin)[];
  /** What each plugin wants to hear of. */
  readonly events: ReadonlyMap<string, readonly EventRegistration[]>;
}

/** The frameworks of all profiles by the name that pods choose them by. */
export type Frameworks = ReadonlyMap<string, Framework>;

/** Stands among the plugins that reject a pod for the lack of any node. */
export const NO_NODES = "NoNodes";

/** The framework that the pod asks for; undefined when it is not one of this scheduler. */
export function frameworkOf(frameworks: Frameworks, { spec }: Pod): Framework | undefined {
  return frameworks.get(spec.schedulerName ?? "default-scheduler");
}

/** Throws a RangeError for profiles that cannot work, alone or together. */
export function compileProfiles(profiles: readonly Profile[]): Frameworks {
  const frameworks = profiles.map(compileProfile);
  const names = frameworks.map(({ schedulerName }) => schedulerName);
  if (new Set(names).size < names.length) throw new RangeError("Two profiles have the same scheduler name");
  if (new Set(frameworks.map(({ queueSort }) => queueSort)).size > 1) {
    throw new RangeError("All profiles must sort the queue with the same plugin");
  }
  return new Map(frameworks.map((framework) => [framework.schedulerName, framework]));
}

/** Throws a RangeError for a profile that cannot work: a plugin twice, or none or two that sort, or none that binds. */
export function compileProfile({ schedulerName, plugins, percentageOfNodesToScore }: Profile): Framework {
  const all = plugins.map(({ plugin }) => plugin);
  checkNames(schedulerName, all);
  const [queueSort, ...others] = all.filter(isQueueSort);
  if (queueSort === undefined || others.length > 0) {
    throw new RangeError(`Profile "${schedulerName}" needs exactly one plugin that sorts the queue`);
  }
  const binds = all.filter(isBind);
  if (binds.length === 0) throw new RangeError(`Profile "${schedulerName}" has no plugin that binds`);
  return {
    schedulerName,
    percentageOfNodesToScore,
    preEnqueues: all.filter(isPreEnqueue),
    queueSort,
    filters: all.filter(isFilter),
    postFilters: all.filter(isPostFilter),
    scores: plugins.flatMap(({ plugin, weight = 1 }) => (isScore(plugin) ? [{ plugin, weight }] : [])),
    reserves: all.filter(isReserve),
    preBinds: all.filter(isPreBind),
    binds,
    events: new Map([...all.map(({ name, events = [] }) => [name, events] as const), [NO_NODES, NODE_ADDED]]),
  };
}

const NODE_ADDED: readonly EventRegistration[] = [{ resource: "Node", actions: ["Add"] }];

function checkNames(schedulerName: string, plugins: readonly Plugin[]): void {
  const names = plugins.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new RangeError(`Profile "${schedulerName}" has plugin "${twice}" twice`);
}

const isPreEnqueue = (plugin: Plugin): plugin is Named & PreEnqueuePlugin => plugin.preEnqueue !== undefined;
const isQueueSort = (plugin: Plugin): plugin is Named & QueueSortPlugin => plugin.compare !== undefined;
const isFilter = (plugin: Plugin): plugin is Named & FilterPlugin => plugin.filter !== undefined;
const isPostFilter = (plugin: Plugin): plugin is Named & PostFilterPlugin => plugin.postFilter !== undefined;
const isScore = (plugin: Plugin): plugin is Named & ScorePlugin => plugin.score !== undefined;
const isReserve = (plugin: Plugin): plugin is Named & ReservePlugin => plugin.reserve !== undefined;
const isPreBind = (plugin: Plugin): plugin is Named & PreBindPlugin => plugin.preBind !== undefined;
const isBind = (plugin: Plugin): plugin is Named & BindPlugin => plugin.bind !== undefined;
