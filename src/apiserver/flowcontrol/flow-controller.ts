import {
  CATCH_ALL,
  MANDATORY_FLOW_SCHEMAS,
  MANDATORY_PRIORITY_LEVELS,
} from "#api/flowcontrol/v1/mandatory.ts";
import type { FlowSchema, PriorityLevelConfiguration } from "#api/generated/flowcontrol-v1.ts";
import { matchesFlowSchema } from "./match-flow-schema.ts";
import { PriorityLevel } from "./priority-level.ts";
import type { RequestDigest } from "./request-digest.ts";
import { planBorrowing } from "./seats/plan-borrowing.ts";
import { planLimits } from "./seats/plan-limits.ts";

export interface FlowConfiguration {
  readonly schemas: readonly FlowSchema[];
  readonly levels: readonly PriorityLevelConfiguration[];
}

/** A FlowSchema whose requests a priority level takes. */
export interface Flow<Owner> {
  readonly schema: FlowSchema;
  readonly level: PriorityLevel<Owner>;
}

/**
 * Which priority levels there are, how many seats each has, and which one a request belongs to (`apf_controller.go` of
 * upstream's apiserver). It decides only, and takes the time as an argument.
 */
export class FlowController<Owner> {
  readonly #serverSeats: number;
  #levels: ReadonlyMap<string, PriorityLevel<Owner>> = new Map();
  #flows: readonly Flow<Owner>[] = [];
  #wanted: FlowConfiguration = { schemas: [], levels: [] };

  /** `serverSeats` are divided among all levels that are not exempt. */
  constructor(serverSeats: number, now: number) {
    this.#serverSeats = serverSeats;
    this.configure(this.#wanted, now);
  }

  get levels(): ReadonlyMap<string, PriorityLevel<Owner>> {
    return this.#levels;
  }

  /** Takes over new objects; what has to be there is taken to be there as it has to be. */
  configure(configuration: FlowConfiguration, now: number): void {
    this.#wanted = configuration;
    this.#levels = this.#nextLevels(configuration.levels, now);
    this.#flows = completeSchemas(configuration.schemas)
      .toSorted(byPrecedence)
      .flatMap((schema) => this.#flowOf(schema));
    const specs = new Map(
      [...this.#levels].map(
        ([
          name,
          {
            configuration: { spec },
          },
        ]) => [name, spec],
      ),
    );
    for (const [name, limits] of planLimits(specs, this.#serverSeats)) {
      const level = this.#levels.get(name);
      if (level !== undefined) level.limits = limits;
    }
    this.#borrow(now);
  }

  /** Moves seats to where they were wanted since the last time. Call it every ten seconds. */
  adjust(now: number): void {
    const isOver = [...this.#levels.values()].some((level) => level.isQuiescing && level.requests.isIdle);
    if (isOver) this.configure(this.#wanted, now);
    else this.#borrow(now);
  }

  /** The first schema that matches, or the one that is for everybody. */
  classify(digest: RequestDigest): Flow<Owner> {
    const flow =
      this.#flows.find(({ schema }) => matchesFlowSchema(digest, schema)) ??
      this.#flows.find(({ schema }) => schema.metadata.name === CATCH_ALL);
    if (flow === undefined) throw new RangeError(`There is no flow schema "${CATCH_ALL}"`);
    return flow;
  }

  #borrow(now: number): void {
    const levels = [...this.#levels.values()].map(({ name, isExempt, limits, demand, currentLimit }) => ({
      name,
      isExempt,
      limits,
      demand: demand.settle(now),
      current: currentLimit,
    }));
    for (const [name, seats] of planBorrowing(levels)) this.#levels.get(name)?.seat(seats, now);
  }

  #nextLevels(
    configurations: readonly PriorityLevelConfiguration[],
    now: number,
  ): ReadonlyMap<string, PriorityLevel<Owner>> {
    const next = new Map<string, PriorityLevel<Owner>>();
    for (const configuration of completeLevels(configurations)) {
      const { name } = configuration.metadata;
      const level = this.#levels.get(name) ?? new PriorityLevel<Owner>(configuration, now);
      level.configuration = configuration;
      level.isQuiescing = false;
      next.set(name, level);
    }
    for (const [name, level] of this.#levels) {
      if (next.has(name) || level.requests.isIdle) continue;
      level.isQuiescing = true;
      next.set(name, level);
    }
    return next;
  }

  #flowOf(schema: FlowSchema): readonly Flow<Owner>[] {
    const level = this.#levels.get(schema.spec.priorityLevelConfiguration.name);
    return level === undefined || level.isQuiescing ? [] : [{ schema, level }];
  }
}

function byPrecedence(a: FlowSchema, b: FlowSchema): number {
  const byNumber = a.spec.matchingPrecedence - b.spec.matchingPrecedence;
  return byNumber !== 0 ? byNumber : a.metadata.name < b.metadata.name ? -1 : 1;
}

function completeSchemas(schemas: readonly FlowSchema[]): readonly FlowSchema[] {
  const missing = missingOf(MANDATORY_FLOW_SCHEMAS, schemas).map(
    ([name, spec]): FlowSchema => ({
      apiVersion: "flowcontrol.apiserver.k8s.io/v1",
      kind: "FlowSchema",
      metadata: { name, uid: "" },
      spec,
    }),
  );
  return [...schemas, ...missing];
}

function completeLevels(
  levels: readonly PriorityLevelConfiguration[],
): readonly PriorityLevelConfiguration[] {
  const missing = missingOf(MANDATORY_PRIORITY_LEVELS, levels).map(
    ([name, spec]): PriorityLevelConfiguration => ({
      apiVersion: "flowcontrol.apiserver.k8s.io/v1",
      kind: "PriorityLevelConfiguration",
      metadata: { name, uid: "" },
      spec,
    }),
  );
  return [...levels, ...missing];
}

function missingOf<Spec>(
  mandatory: ReadonlyMap<string, Spec>,
  present: readonly { readonly metadata: { readonly name: string } }[],
): readonly (readonly [name: string, spec: Spec])[] {
  const names = new Set(present.map(({ metadata }) => metadata.name));
  return [...mandatory].filter(([name]) => !names.has(name));
}
