import type { Clock } from "#base/clock.ts";
import type { Counter, Histogram, Metrics } from "#observability/metrics.ts";

/** Whether a sender is known, and why not: it has shown nothing, or something that is refused. */
export type AuthenticationResult = "success" | "failure" | "error";

/** The name is that of a sender who is known. */
export type AuthenticationEnd = (result: AuthenticationResult, userName?: string) => void;

/** From a millisecond, each twice the one before. */
const BUCKETS = Array.from({ length: 15 }, (_, index) => 0.001 * 2 ** index);

const KNOWN_NAMES: readonly string[] = [
  "admin",
  "client",
  "kube_proxy",
  "kubelet",
  "system:serviceaccount:kube-system:default",
];

/** Counts who comes, under the names of kube-apiserver (apiserver `pkg/endpoints/filters/metrics.go`). */
export class AuthenticationMetrics {
  readonly #users: Counter<"username">;
  readonly #attempts: Counter<"result">;
  readonly #durations: Histogram<"result">;
  readonly #userSeries = new Map<string, ReturnType<Counter<never>["series"]>>();
  readonly #series = new Map<AuthenticationResult, AttemptSeries>();

  constructor(metrics: Metrics) {
    this.#users = metrics.counter({
      name: "authenticated_user_requests",
      help: "Counter of authenticated requests broken out by username.",
      labels: ["username"],
    });
    this.#attempts = metrics.counter({
      name: "authentication_attempts",
      help: "Counter of authenticated attempts.",
      labels: ["result"],
    });
    this.#durations = metrics.histogram({
      name: "authentication_duration_seconds",
      help: "Authentication duration in seconds broken out by result.",
      labels: ["result"],
      buckets: BUCKETS,
    });
  }

  /** Call when somebody comes; the result must be called once. */
  start(clock: Pick<Clock, "now">): AuthenticationEnd {
    const startedAt = clock.now();
    return (result, userName) => {
      const { attempts, durations } = this.#seriesOf(result);
      attempts.add();
      durations.observe((clock.now() - startedAt) / 1000);
      if (userName !== undefined) this.#seriesOfUser(userLabel(userName)).add();
    };
  }

  #seriesOf(result: AuthenticationResult): AttemptSeries {
    const known = this.#series.get(result);
    if (known !== undefined) return known;
    const created = {
      attempts: this.#attempts.series({ result }),
      durations: this.#durations.series({ result }),
    };
    this.#series.set(result, created);
    return created;
  }

  #seriesOfUser(username: string) {
    const series = this.#userSeries.get(username) ?? this.#users.series({ username });
    this.#userSeries.set(username, series);
    return series;
  }
}

interface AttemptSeries {
  readonly attempts: ReturnType<Counter<never>["series"]>;
  readonly durations: ReturnType<Histogram<never>["series"]>;
}

/** Names of people are not for metrics. */
function userLabel(name: string): string {
  if (KNOWN_NAMES.includes(name)) return name;
  return name.includes("@") ? "email_id" : "other";
}
