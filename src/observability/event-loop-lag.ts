import type { Clock } from "#base/clock.ts";
import { TaskGroup } from "#base/task-group.ts";
import type { Logger } from "./logger.ts";
import type { Metrics } from "./metrics.ts";

/** Often enough to see what lasts, seldom enough to cost nothing. */
const EVERY_MS = 1000;

/** An operator wants to know of nothing having been answered for so long. */
const WARN_MS = 1000;

const BUCKETS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

interface EventLoopLagDependencies {
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Measures how late timers are: as long as this, whatever else the process had to do has waited as well. */
export function measureEventLoopLag({ metrics, clock, logger }: EventLoopLagDependencies): AsyncDisposable {
  const lag = metrics.histogram({
    name: "kubelith_event_loop_lag_seconds",
    help: "How late a timer of the process was, measured once a second.",
    labels: [],
    buckets: BUCKETS,
  });
  const tasks = new TaskGroup((error) => logger.error("Stopped measuring the event loop", { error }));
  tasks.run(async (signal) => {
    for (;;) {
      const due = clock.now() + EVERY_MS;
      await clock.sleep(EVERY_MS, signal);
      const lateMs = Math.max(0, clock.now() - due);
      lag.observe({}, lateMs / 1000);
      if (lateMs >= WARN_MS) logger.warn("Everything had to wait for the process", { ms: lateMs });
    }
  });
  return tasks;
}
