import type { Clock } from "#base/clock.ts";
import type { TaskGroup } from "#base/task-group.ts";
import type { Logger } from "#observability/logger.ts";
import type { DnsProblems } from "./dns-problems.ts";
import type { LoopGuard } from "./loop-guard.ts";
import { exchange, formatUpstream, type OutgoingQuestion, type Upstream } from "./upstream.ts";
import type { Message } from "./wire/message.ts";
import { TYPE } from "./wire/record-type.ts";

/** How long one server may take before the next is asked, and all of them together (CoreDNS' forward plugin). */
const READ_TIMEOUT_MS = 2000;
const DEADLINE_MS = 5000;
const HEALTH_INTERVAL_MS = 500;
/** So many failed checks in a row make a server one that is down. */
const MAX_FAILS = 2;
const HEALTH_TIMEOUT_MS = 1000;
/** Servers restart, and hosts change networks: only who is away for longer is worth somebody's attention, while it lasts. */
const UNREACHABLE_MS = 30_000;
const REMINDER_MS = 600_000;

export type UpstreamPolicy = "random" | "round_robin" | "sequential";

export interface ForwarderOptions {
  /** Read for every query, because hosts change networks. */
  readonly upstreams: () => Promise<readonly Upstream[]>;
  readonly policy?: UpstreamPolicy;
  readonly forceTcp?: boolean;
  readonly maxFails?: number;
  readonly readTimeoutMs?: number;
  /** Codes of answers after which the next server is asked; the last one's answer counts. */
  readonly failover?: readonly number[];
}

export interface ForwarderDependencies {
  readonly loopGuard: LoopGuard;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Health checks run here. */
  readonly tasks: TaskGroup;
  readonly metrics: ForwardMetrics;
  readonly problems: Pick<DnsProblems, "unreachable">;
  readonly logger: Logger;
}

/** Counts what is asked of other servers. */
export interface ForwardMetrics {
  asked(to: string, rcode: number | undefined, seconds: number): void;
  healthCheckFailed(to: string): void;
  allDown(): void;
}

/** Asks other servers what the cluster does not know. */
export class Forwarder {
  readonly #options: Required<ForwarderOptions>;
  readonly #dependencies: ForwarderDependencies;
  readonly #failures = new Map<string, number>();
  #next = 0;

  constructor(
    {
      policy = "random",
      forceTcp = false,
      maxFails = MAX_FAILS,
      readTimeoutMs = READ_TIMEOUT_MS,
      failover = [],
      ...options
    }: ForwarderOptions,
    dependencies: ForwarderDependencies,
  ) {
    this.#options = { ...options, policy, forceTcp, maxFails, readTimeoutMs, failover };
    this.#dependencies = dependencies;
  }

  /** The first answer of a server, in the order of the policy. Undefined when none answers. */
  async ask(question: OutgoingQuestion): Promise<Message | undefined> {
    const { clock, loopGuard } = this.#dependencies;
    const all = await this.#options.upstreams();
    loopGuard.retain(all);
    const usable = all.filter((upstream) => !loopGuard.leadsBack(upstream));
    for (const upstream of usable) this.#probe(upstream);
    const deadline = clock.now() + DEADLINE_MS;
    let last: Message | undefined;
    for (const upstream of this.#inOrder(usable)) {
      const leftMs = deadline - clock.now();
      if (leftMs <= 0) break;
      const answer = await this.#askOne(upstream, question, Math.min(leftMs, this.#options.readTimeoutMs));
      if (answer !== undefined && !this.#options.failover.includes(answer.rcode)) return answer;
      last = answer ?? last;
    }
    return last;
  }

  /** Servers that are up, in the order to ask them. When none is, checking them has failed, and all are tried. */
  #inOrder(upstreams: readonly Upstream[]): readonly Upstream[] {
    const up = upstreams.filter((upstream) => !this.#isDown(upstream));
    if (up.length === 0 && upstreams.length > 0) this.#dependencies.metrics.allDown();
    const list = up.length > 0 ? up : upstreams;
    switch (this.#options.policy) {
      case "sequential":
        return list;
      case "round_robin":
        this.#next += 1;
        return rotate(list, this.#next - 1);
      case "random":
        return rotate(list, Math.floor(this.#dependencies.random() * list.length));
    }
  }

  #isDown(upstream: Upstream): boolean {
    const { maxFails } = this.#options;
    return maxFails > 0 && (this.#failures.get(formatUpstream(upstream)) ?? 0) >= maxFails;
  }

  async #askOne(
    upstream: Upstream,
    question: OutgoingQuestion,
    timeoutMs: number,
  ): Promise<Message | undefined> {
    const { clock, metrics } = this.#dependencies;
    const started = clock.now();
    const answer = await exchange(upstream, question, { clock, timeoutMs, forceTcp: this.#options.forceTcp });
    metrics.asked(formatUpstream(upstream), answer?.rcode, (clock.now() - started) / 1000);
    if (answer === undefined) this.#checkHealth(upstream);
    return answer;
  }

  /** Asks a server that has failed for the root, again and again, until it answers. */
  #checkHealth(upstream: Upstream): void {
    const key = formatUpstream(upstream);
    if (this.#options.maxFails === 0 || this.#failures.has(key)) return;
    this.#failures.set(key, 0);
    const { clock, tasks, metrics, problems, logger } = this.#dependencies;
    const root = { name: "", type: TYPE.NS, dnssecOk: false, checkingDisabled: false };
    const { forceTcp, readTimeoutMs } = this.#options;
    const options = { clock, timeoutMs: Math.min(HEALTH_TIMEOUT_MS, readTimeoutMs), forceTcp };
    tasks.run(async (signal) => {
      let tellAt = clock.now() + UNREACHABLE_MS;
      while ((await exchange(upstream, root, options)) === undefined) {
        const failures = (this.#failures.get(key) ?? 0) + 1;
        this.#failures.set(key, failures);
        if (failures === this.#options.maxFails) logger.warn("A DNS server does not answer", { server: key });
        metrics.healthCheckFailed(key);
        if (clock.now() >= tellAt) {
          problems.unreachable(key);
          tellAt = clock.now() + REMINDER_MS;
        }
        await clock.sleep(HEALTH_INTERVAL_MS, signal);
        if (!(await this.#options.upstreams()).some((each) => formatUpstream(each) === key)) break;
      }
      if (this.#isDown(upstream))
        logger.info("A DNS server answers again, or is not used any more", { server: key });
      this.#failures.delete(key);
    });
  }

  #probe(upstream: Upstream): void {
    const { clock, tasks, loopGuard } = this.#dependencies;
    const question = loopGuard.probe(upstream);
    if (question === undefined) return;
    const options = { clock, timeoutMs: this.#options.readTimeoutMs, forceTcp: this.#options.forceTcp };
    tasks.run(async () => {
      await exchange(upstream, { ...question, dnssecOk: false, checkingDisabled: false }, options);
    });
  }
}

function rotate<T>(list: readonly T[], count: number): readonly T[] {
  const start = list.length === 0 ? 0 : count % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}
