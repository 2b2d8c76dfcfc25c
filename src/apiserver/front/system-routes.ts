import { genericMethodNotAllowed } from "#apimachinery/status-error.ts";
import { Answer, textAnswer } from "#https/answer.ts";
import type { Exchange } from "#https/exchange.ts";
import type { HealthChecks, HealthEndpoint, HealthReport } from "#observability/health.ts";
import type { Logger } from "#observability/logger.ts";
import type { Metrics } from "#observability/metrics.ts";
import { prettyJsonFormat } from "../formats/json-format.ts";
import { documentAnswer, encoded } from "./document.ts";
import { PageNotFound } from "./page-not-found.ts";
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
    ...["/version", "/version/"].map((path) => versionRoute(path, version)),
    {
      path: "/metrics",
      methods: "any",
      handler: async () =>
        new Answer(200, { "content-type": metrics.contentType }, Buffer.from(await metrics.expose())),
    },
  ];
}

/** The paths of `systemRoutes`, with one for each health check. */
export function systemPaths(health: HealthChecks): readonly string[] {
  const checks = ENDPOINTS.flatMap((endpoint) => [
    `/${endpoint}`,
    ...health.names(endpoint).map((name) => `/${endpoint}/${name}`),
  ]);
  return [...checks, "/metrics", "/version"];
}

/** `/`: the paths that there are, for people who look around. */
export function indexRoutes(paths: () => readonly string[]): readonly Route[] {
  const handler: Route["handler"] = () =>
    documentAnswer(200, encoded({ paths: [...new Set(paths())].sort() }), prettyJsonFormat);
  return ["/", "/index.html"].map((path) => ({ path, methods: "any", handler }));
}

function versionRoute(path: string, version: ServerVersion): Route {
  return {
    path,
    methods: "any",
    anonymous: "default",
    label: () => "/version",
    handler: ({ method }) => {
      if (method !== "GET" && method !== "HEAD") throw genericMethodNotAllowed();
      return documentAnswer(200, encoded(version), prettyJsonFormat);
    },
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
    if (report === undefined) throw new PageNotFound();
    return answer(report);
  };
  return [
    { path: `/${endpoint}`, methods: "any", anonymous: "default", handler: answerAll },
    {
      path: `/${endpoint}/*`,
      methods: "any",
      anonymous: "default",
      label: () => `/${endpoint}`,
      handler: answerOne,
    },
  ];
}
