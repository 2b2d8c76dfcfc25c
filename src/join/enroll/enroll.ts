import { Backoff } from "#base/backoff.ts";
import type { Clock } from "#base/clock.ts";
import { StartupError } from "#base/startup-error.ts";
import { ConnectionError } from "#client/connection-error.ts";
import type { Logger } from "#observability/logger.ts";
import { createCertificateRequest, generateKey } from "#pki/certificate.ts";
import { splitCertificates } from "#pki/inspect.ts";
import { type JoinRequest, NODE_CERTIFICATES, type PerCertificate } from "../join-protocol.ts";
import { hashAuthority, type JoinToken } from "../join-token.ts";
import { JoinClient, type JoinReply, type ServerFacts } from "./join-client.ts";
import { type Membership, readMembership, readNodePassword, writeMembership } from "./membership-file.ts";
import { type JoinQuestion, planJoin, usableMembership } from "./plan-join.ts";

export interface EnrollOptions {
  /** Servers of the cluster as `host:port`, at present; the first that answers is asked. */
  readonly servers: () => readonly string[];
  readonly token: JoinToken | undefined;
  readonly nodeName: string;
  /** Addresses at which the kubelet serves at present. */
  readonly addresses: () => readonly string[];
  /** Where the membership is kept, and the password, which outlives it. */
  readonly directory: string;
  readonly passwordDirectory: string;
}

export interface EnrollDependencies {
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** client-go has nothing like it; short enough that a server that starts is not waited for. */
const BACKOFF = { initialMs: 500, maxMs: 10_000, factor: 1.5, jitter: 0.2 };

/** Makes this host a node of the server's cluster, and asks for new certificates when the old ones end. */
export class Enrollment {
  readonly #options: EnrollOptions;
  readonly #dependencies: EnrollDependencies;

  constructor(options: EnrollOptions, dependencies: EnrollDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  /**
   * Waits for a server as long as it takes, unless an earlier process has left what the host needs. Rejects with a
   * StartupError when the server does not let it in.
   */
  async begin(signal: AbortSignal): Promise<Membership> {
    const { clock, logger } = this.#dependencies;
    const known = await readMembership(this.#options.directory);
    const backoff = new Backoff(BACKOFF, this.#dependencies);
    let told: string | undefined;
    for (;;) {
      const outcome = await this.attempt(known, signal);
      if (typeof outcome !== "string") return outcome;
      const usable = usableMembership({ ...this.#options, known, now: clock.now() });
      if (usable !== undefined) {
        logger.warn("Went on with what is known of the cluster", { reason: outcome });
        return usable;
      }
      if (outcome !== told) logger.warn("Waiting for a server", { reason: outcome });
      told = outcome;
      await clock.sleep(backoff.next(), signal);
    }
  }

  /** One try; a text says why it was in vain. Rejects with a StartupError when the server refuses. */
  async attempt(known: Membership | undefined, signal: AbortSignal): Promise<Membership | string> {
    const reasons: string[] = [];
    for (const server of this.#options.servers()) {
      const outcome = await this.#attemptAt(`https://${server}`, known, signal);
      if (typeof outcome !== "string") return outcome;
      reasons.push(outcome);
    }
    return reasons.join("; ");
  }

  async #attemptAt(url: string, known: Membership | undefined, signal: AbortSignal) {
    const client = new JoinClient(url, this.#dependencies);
    const facts = await factsOf(client, signal);
    if (typeof facts === "string") return facts;
    const step = planJoin({
      ...this.#options,
      url,
      known,
      server: facts,
      now: this.#dependencies.clock.now(),
    });
    if (step.type === "refuse") throw new StartupError(step.message);
    return await this.#ask(client, step, signal);
  }

  async #ask(
    client: JoinClient,
    { authority, authorityHashes, proofs }: JoinQuestion,
    signal: AbortSignal,
  ): Promise<Membership | string> {
    const { nodeName, addresses, directory, passwordDirectory } = this.#options;
    const keys = newKeys();
    const request: JoinRequest = {
      nodeName,
      addresses: addresses(),
      password: await readNodePassword(passwordDirectory),
      requests: perCertificate((name) => createCertificateRequest({ commonName: nodeName }, keys[name])),
    };
    let reply: JoinReply = { type: "failed", why: "nothing was tried" };
    for (const proof of proofs) {
      reply = await client.join(request, { authority, proof }, signal);
      if (reply.type !== "refused" || reply.refusal.code !== 401) break;
    }
    if (reply.type === "failed") return reply.why;
    if (reply.type === "refused") throw new StartupError(`Cannot join the cluster: ${reply.refusal.message}`);
    const { certificates, ...answer } = reply.answer;
    const credentials = perCertificate((name) => ({ certificate: certificates[name], key: keys[name] }));
    const membership = {
      nodeName,
      ...answer,
      authorityHashes: hashesOf(authorityHashes, answer.serverAuthority),
      credentials,
      issuedAt: this.#dependencies.clock.now(),
    };
    await writeMembership(directory, membership);
    return membership;
  }
}

async function factsOf(client: JoinClient, signal: AbortSignal): Promise<ServerFacts | string> {
  try {
    return await client.facts(signal);
  } catch (error) {
    if (error instanceof ConnectionError) return error.message;
    throw error;
  }
}

function hashesOf(known: readonly string[], authorities: string): readonly string[] {
  return [...new Set([...known, ...splitCertificates(authorities).map(hashAuthority)])];
}

function newKeys(): PerCertificate<string> {
  return perCertificate(generateKey);
}

function perCertificate<T>(make: (name: (typeof NODE_CERTIFICATES)[number]) => T): PerCertificate<T> {
  return Object.fromEntries(NODE_CERTIFICATES.map((name) => [name, make(name)])) as PerCertificate<T>;
}
