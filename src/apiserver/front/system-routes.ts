import { genericNotFound } from "#apimachinery/status-error.ts";
import { Answer, textAnswer } from "#https/answer.ts";
import type { Exchange } from "#https/exchange.ts";
import type { HealthChecks, HealthEndpoint, HealthReport } from "#observability/health.ts";
import type { Logger } from "#observability/logger.ts";
import type { Metrics } from "#observability/metrics.ts";
import { prettyJsonFormat } from "../formats/json-format.ts";
import { documentAnswer, encoded } from "./document.ts";
import type { Route } from "./route.ts";
import type { ServerVersion } from "./server-version.ts";

export interface SystemRoutesDependencies {
  readonly health: HealthChecks;
  readonly metrics: Metrics;
  readonly version: ServerVersion;
  readonly logger: Logger;
}

const ENDPOINTS: readonly HealthEndpoint[] = ["healthz", "livez", "readyz"];

/** What the server tells of itself. */
export function systemRoutes(dependencies: SystemRoutesDependencies): readonly Route[] {
  const { metrics, version } = dependencies;
  return [
    ...ENDPOINTS.flatMap((endpoint) => healthRoutes(endpoint, dependencies)),
    {
      path: "/version",
      anonymous: true,
      handler: () => documentAnswer(200, encoded(version), prettyJsonFormat),
    },
    {
      path: "/metrics",
      handler: async () =>
        new Answer(200, { "content-type": metrics.contentType }, Buffer.from(await metrics.expose())),
    },
  ];
}

/** `/`: the paths that there are, for people who look around. */
export function indexRoute(paths: () => readonly string[]): Route {
  return {
    path: "/",
    handler: () => documentAnswer(200, encoded({ paths: paths() }), prettyJsonFormat),
  };
}

function healthRoutes(
  endpoint: HealthEndpoint,
  { health, logger }: Pick<SystemRoutesDependencies, "health" | "logger">,
): readonly Route[] {
  const answer = (report: HealthReport): Answer => {
    const { healthy, text, failures } = report;
    for (const { name, reason } of failures) logger.info("Health check failed", { endpoint, name, reason });
    return textAnswer(healthy ? 200 : 500, text, { "x-content-type-options": "nosniff" });
  };
  const answerAll = async ({ query }: Exchange): Promise<Answer> =>
    answer(
      await health.report(endpoint, { verbose: query.has("verbose"), exclude: query.getAll("exclude") }),
    );
  const answerOne = async ({ path }: Exchange): Promise<Answer> => {
    const report = await health.reportOne(endpoint, path.slice(endpoint.length + 2));
    if (report === undefined) throw genericNotFound();
    return answer(report);
  };
  return [
    { path: `/${endpoint}`, anonymous: true, handler: answerAll },
    { path: `/${endpoint}/*`, anonymous: true, label: () => `/${endpoint}`, handler: answerOne },
  ];
}
