import { X509Certificate } from "node:crypto";
import { Backoff } from "#base/backoff.ts";
import type { Clock } from "#base/clock.ts";
import { LinkedAbort } from "#base/linked-abort.ts";
import { Listeners } from "#base/listeners.ts";
import { StartupError } from "#base/startup-error.ts";
import { TaskGroup } from "#base/task-group.ts";
import type { Credentials } from "#client/credentials.ts";
import type { Logger } from "#observability/logger.ts";
import type { Credential } from "#pki/certificate.ts";
import type { NodeCertificateName } from "../join-protocol.ts";
import type { Enrollment } from "./enroll.ts";
import type { Membership } from "./membership-file.ts";
import { membershipEnd } from "./plan-join.ts";

export interface NodeCredentialsDependencies {
  readonly enrollment: Pick<Enrollment, "attempt">;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** How soon it is noticed that the clock was set. */
const GLANCE_MS = 60_000;

/** Times between tries: certificates that are due are good for a third of their life yet. */
const BACKOFF = { initialMs: 5000, maxMs: 600_000, factor: 2, jitter: 0.2 };

/** The certificates of a node that runs, renewed when a third of their life is left. Disposal ends that. */
export class NodeCredentials implements AsyncDisposable {
  /** Hears when all of them are others, and maybe the authorities. */
  readonly onRenewed = new Listeners();
  readonly #dependencies: NodeCredentialsDependencies;
  readonly #tasks: TaskGroup;
  #current: Membership;
  /** What servers say of their authorities, until that has been looked into. */
  #told: string | undefined;
  /** Whether they are to say something else than they do. */
  #isDue = false;
  #waiting: LinkedAbort | undefined;

  constructor(membership: Membership, dependencies: NodeCredentialsDependencies) {
    this.#current = membership;
    this.#dependencies = dependencies;
    this.#tasks = new TaskGroup((error) => dependencies.logger.error("Renewal ended", { error }));
    this.#tasks.run((signal) => this.#renewForEver(signal));
  }

  get serving(): Credential {
    return this.#current.credentials["serving-kubelet"];
  }

  /** Whom servers' certificates are from, in PEM. */
  get serverAuthority(): string {
    return this.#current.serverAuthority;
  }

  /** Whom the certificates of those are from who may call the kubelet, in PEM. */
  get clientAuthority(): string {
    return this.#current.clientAuthority;
  }

  /** Asks for certificates of other authorities at once, when servers have others than this node knows. */
  tellAuthority(serverAuthority: string): void {
    if (serverAuthority === this.#current.serverAuthority) return;
    this.#told = serverAuthority;
    this.#waiting?.abort();
  }

  /** Of a client, as the newest certificate has them. */
  of(name: NodeCertificateName): Credentials {
    return { certificate: () => Promise.resolve(this.#current.credentials[name]) };
  }

  /** Asks for new certificates now, because they are to say something else. */
  renewSoon(): void {
    this.#isDue = true;
    this.#waiting?.abort();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#tasks[Symbol.asyncDispose]();
  }

  async #renewForEver(signal: AbortSignal): Promise<void> {
    const { clock } = this.#dependencies;
    const backoff = new Backoff(BACKOFF, this.#dependencies);
    while (!signal.aborted) {
      const waitMs = this.#told === undefined && !this.#isDue ? this.#restMs(clock.now()) : 0;
      if (waitMs > 0) await this.#wait(waitMs, signal);
      else if (await this.#renew(signal)) backoff.reset();
      else await clock.sleep(backoff.next(), signal);
    }
  }

  /** Looks at the clock now and then, which may be set meanwhile. Certificates from a time that is to come are no good. */
  #restMs(now: number): number {
    if (now < validFrom(this.#current)) return 0;
    return Math.min(renewalTime(this.#current) - now, GLANCE_MS);
  }

  /** Ends early when there is news of the authorities, or others are wanted. */
  async #wait(ms: number, signal: AbortSignal): Promise<void> {
    using waiting = new LinkedAbort(signal);
    this.#waiting = waiting;
    await this.#dependencies.clock.sleep(ms, waiting.signal).catch(() => undefined);
  }

  async #renew(signal: AbortSignal): Promise<boolean> {
    const { logger } = this.#dependencies;
    const before = this.#current;
    this.#isDue = false;
    const reply = await this.#tryRenewal(before, signal);
    if (typeof reply === "string" || reply === before) {
      logger.warn("Failed to renew the node's certificates", {
        reason: reply === before ? "no server" : reply,
      });
      this.#isDue = true;
      return false;
    }
    this.#current = reply;
    this.#told = undefined;
    this.onRenewed.tell();
    logger.info("Renewed the node's certificates", { until: new Date(membershipEnd(reply)).toISOString() });
    return true;
  }

  async #tryRenewal(before: Membership, signal: AbortSignal): Promise<Membership | string> {
    try {
      return await this.#dependencies.enrollment.attempt(before, signal);
    } catch (error) {
      // The server may change its mind: somebody has deleted a node by mistake, or set a clock right.
      if (error instanceof StartupError) return error.message;
      throw error;
    }
  }
}

/** When the last of the certificates begins, in milliseconds since the epoch. */
function validFrom({ credentials }: Membership): number {
  return Math.max(
    ...Object.values(credentials).map(({ certificate }) =>
      Date.parse(new X509Certificate(certificate).validFrom),
    ),
  );
}

/** When a third of the life is left, in milliseconds since the epoch. */
export function renewalTime(membership: Membership): number {
  const end = membershipEnd(membership);
  return end - (end - membership.issuedAt) / 3;
}
