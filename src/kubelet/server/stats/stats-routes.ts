import { textAnswer } from "#https/answer.ts";
import type { Logger } from "#observability/logger.ts";
import type { KubeletRoute } from "../route.ts";
import { ServingError } from "../serving-error.ts";
import { jsonAnswer } from "../status-routes.ts";
import { type MeasureDependencies, measure } from "./measure.ts";
import { formatResourceMetrics } from "./resource-metrics.ts";
import { type Summary, summarize } from "./summary.ts";

export interface StatsRoutesDependencies extends MeasureDependencies {
  readonly logger: Logger;
}

const TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8";

/** What the node and its pods use, for the metrics server and for people. */
export function statsRoutes(dependencies: StatsRoutesDependencies): readonly KubeletRoute[] {
  return [
    {
      methods: ["GET", "POST"],
      path: "/stats/summary",
      answer: async () => {
        try {
          return jsonAnswer(summarize(await measure(dependencies)));
        } catch (cause) {
          throw new ServingError(
            500,
            `Internal Error: ${cause instanceof Error ? cause.message : String(cause)}`,
            { cause },
          );
        }
      },
    },
    {
      methods: ["GET"],
      path: "/metrics/resource",
      answer: async () =>
        textAnswer(200, formatResourceMetrics(await trySummary(dependencies)), {
          "content-type": TEXT_FORMAT,
        }),
    },
  ];
}

async function trySummary(dependencies: StatsRoutesDependencies): Promise<Summary | undefined> {
  try {
    return summarize(await measure(dependencies));
  } catch (error) {
    dependencies.logger.warn("Failed to measure the pods", { error });
    return undefined;
  }
}
