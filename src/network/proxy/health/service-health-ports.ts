import type { Logger } from "#observability/logger.ts";
import type { EventRecorder } from "#reconcile/event-recorder.ts";
import { answerServiceHealth, type ListenForHealth } from "./health-answer.ts";
import type { ServiceHealth } from "./service-health.ts";

export interface ServiceHealthPortsDependencies {
  readonly nodeName: string;
  readonly listen: ListenForHealth;
  /** Whether the rules keep up. */
  readonly isProxyHealthy: () => boolean;
  readonly events: EventRecorder;
  readonly logger: Logger;
}

interface OpenPort {
  readonly port: number;
  readonly listener: Disposable;
}

/** The health check node ports of all Services of this node. */
export class ServiceHealthPorts implements Disposable {
  readonly #dependencies: ServiceHealthPortsDependencies;
  readonly #wanted = new Map<string, ServiceHealth>();
  readonly #open = new Map<string, OpenPort>();

  constructor(dependencies: ServiceHealthPortsDependencies) {
    this.#dependencies = dependencies;
  }

  /** Notes what the Service of this key needs from now on. Ports change with `apply`, answers at once. */
  set(key: string, health: ServiceHealth | undefined): void {
    if (health === undefined) this.#wanted.delete(key);
    else this.#wanted.set(key, health);
  }

  /** Closes what is not wanted, then opens what is missing; a port that another program has is tried again next time. */
  apply(): void {
    for (const [key, { port, listener }] of this.#open) {
      if (this.#wanted.get(key)?.port === port) continue;
      listener[Symbol.dispose]();
      this.#open.delete(key);
    }
    for (const [key, health] of this.#wanted) if (!this.#open.has(key)) this.#listen(key, health);
  }

  [Symbol.dispose](): void {
    this.#wanted.clear();
    this.apply();
  }

  #listen(key: string, health: ServiceHealth): void {
    const { listen, isProxyHealthy } = this.#dependencies;
    const { port } = health;
    try {
      const listener = listen({ address: "0.0.0.0", port }, () =>
        answerServiceHealth(this.#wanted.get(key) ?? { ...health, localEndpoints: 0 }, isProxyHealthy()),
      );
      this.#open.set(key, { port, listener });
    } catch (error) {
      this.#report(health, error);
    }
  }

  #report({ namespace, name, port }: ServiceHealth, error: unknown): void {
    const { nodeName, events, logger } = this.#dependencies;
    const key = `${namespace}/${name}`;
    const reason = error instanceof Error ? error.message : String(error);
    logger.error("Could not open a health check node port", { service: key, port, error });
    events.record(
      // Upstream's reference has the name as uid.
      { kind: "Service", namespace, name, uid: key },
      {
        type: "Warning",
        reason: "FailedToStartServiceHealthcheck",
        message: `node ${nodeName} failed to start healthcheck "${key}" on port ${String(port)}: ${reason}`,
      },
    );
  }
}
