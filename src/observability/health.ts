/** Fails by throwing (or rejecting); the error's message is only shown to those who ask for this check by name. */
export type HealthCheck = () => void | Promise<void>;

export type HealthEndpoint = "healthz" | "livez" | "readyz";

export interface HealthReport {
  readonly healthy: boolean;
  /** What the endpoint answers, in the format of apiserver `pkg/server/healthz`. */
  readonly text: string;
  /** Failed checks and why, for the log. */
  readonly failures: readonly { readonly name: string; readonly reason: string }[];
}

export interface HealthQuery {
  readonly verbose: boolean;
  /** Names of checks to leave out. */
  readonly exclude: readonly string[];
}

interface NamedCheck {
  readonly name: string;
  readonly check: HealthCheck;
  readonly endpoints: readonly HealthEndpoint[];
}

const EVERYWHERE: readonly HealthEndpoint[] = ["healthz", "livez", "readyz"];

/** The health of one process: named checks behind `/healthz`, `/livez` and `/readyz`, in the order of their adding. */
export class HealthChecks {
  #checks: readonly NamedCheck[] = [{ name: "ping", check: () => undefined, endpoints: EVERYWHERE }];

  add(name: string, check: HealthCheck, endpoints: readonly HealthEndpoint[] = EVERYWHERE): void {
    this.#checks = [...this.#checks, { name, check, endpoints }];
  }

  /** The names of the checks of an endpoint. */
  names(endpoint: HealthEndpoint): readonly string[] {
    return this.#checksOf(endpoint).map(({ name }) => name);
  }

  /** Runs all checks of an endpoint. */
  async report(endpoint: HealthEndpoint, { verbose, exclude }: HealthQuery): Promise<HealthReport> {
    const checks = this.#checksOf(endpoint);
    const results = await Promise.all(
      checks.map(async ({ name, check }) => ({
        name,
        outcome: exclude.includes(name) ? ("excluded" as const) : await runCheck(check),
      })),
    );
    const failures = results.flatMap(({ name, outcome }) =>
      typeof outcome === "object" ? [{ name, reason: outcome.failure }] : [],
    );
    const lines = [...results.map(resultLine), ...unknownExclusions(exclude, checks)].join("");
    if (failures.length > 0) return { healthy: false, text: `${lines}${endpoint} check failed\n`, failures };
    return { healthy: true, text: verbose ? `${lines}${endpoint} check passed\n` : "ok", failures };
  }

  /** Runs one check (`/readyz/<name>`); undefined when the endpoint has no check of that name. */
  async reportOne(endpoint: HealthEndpoint, name: string): Promise<HealthReport | undefined> {
    const found = this.#checksOf(endpoint).find((check) => check.name === name);
    if (found === undefined) return undefined;
    const outcome = await runCheck(found.check);
    if (outcome === "ok") return { healthy: true, text: "ok", failures: [] };
    const reason = outcome.failure;
    return { healthy: false, text: `internal server error: ${reason}\n`, failures: [{ name, reason }] };
  }

  #checksOf(endpoint: HealthEndpoint): readonly NamedCheck[] {
    return this.#checks.filter(({ endpoints }) => endpoints.includes(endpoint));
  }
}

type Outcome = "ok" | "excluded" | { readonly failure: string };

async function runCheck(check: HealthCheck): Promise<Exclude<Outcome, "excluded">> {
  try {
    await check();
    return "ok";
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}

function resultLine({ name, outcome }: { readonly name: string; readonly outcome: Outcome }): string {
  if (outcome === "ok") return `[+]${name} ok\n`;
  return outcome === "excluded" ? `[+]${name} excluded: ok\n` : `[-]${name} failed: reason withheld\n`;
}

function unknownExclusions(exclude: readonly string[], checks: readonly NamedCheck[]): string[] {
  const unknown = exclude.filter((name) => !checks.some((check) => check.name === name)).toSorted();
  if (unknown.length === 0) return [];
  const names = unknown.map((name) => JSON.stringify(name)).join(",");
  return [`warn: some health checks cannot be excluded: no matches for ${names}\n`];
}
