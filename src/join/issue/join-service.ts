import type { Logger } from "#observability/logger.ts";
import type { ClusterSettings } from "../cluster-settings.ts";
import {
  type JoinAnswer,
  type JoinRefusal,
  type JoinRequest,
  NODE_CERTIFICATES,
  type PerCertificate,
  readJoinRequest,
} from "../join-protocol.ts";
import { type AdmissionDependencies, type Sender, senderProblem } from "./admit-sender.ts";
import { nameProblem, type ReservedNames } from "./check-names.ts";
import { issueNodeCertificates } from "./issue-node-certificates.ts";
import type { NodePasswords } from "./node-passwords.ts";
import { requestedKey } from "./read-request.ts";

export interface JoinServiceOptions {
  readonly settings: ClusterSettings;
  /** What nodes may not have at present. */
  readonly reserved: () => ReservedNames;
  /** The directory of the authorities. */
  readonly directory: string;
  /** Whom nodes are to trust at present: the authorities of servers, and of those who may call kubelets, in PEM. */
  readonly authorities: () => Pick<JoinAnswer, "serverAuthority" | "clientAuthority">;
  /** How long certificates of nodes are valid, and from when on. */
  readonly lifetimeMs: number;
  readonly issuedAt: () => number;
}

export interface JoinServiceDependencies extends AdmissionDependencies {
  readonly passwords: NodePasswords;
  readonly logger: Logger;
}

export type JoinOutcome =
  | { readonly type: "joined"; readonly answer: JoinAnswer }
  | { readonly type: "refused"; readonly refusal: JoinRefusal };

/** Lets machines in that show a token, and nodes that come back: gives them their certificates. */
export class JoinService {
  readonly #options: JoinServiceOptions;
  readonly #dependencies: JoinServiceDependencies;

  constructor(options: JoinServiceOptions, dependencies: JoinServiceDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  async join(document: unknown, sender: Sender): Promise<JoinOutcome> {
    const request = readJoinRequest(document);
    if (request === undefined) return refused(400, "the request cannot be read; use one version everywhere");
    const problem = await senderProblem(request.nodeName, sender, this.#dependencies);
    if (problem !== undefined) return refused(401, problem);
    const reserved = nameProblem(request, this.#options.reserved());
    if (reserved !== undefined) {
      return refused(403, `${reserved}; choose others with --node-name and --node-ip`);
    }
    const keys = requestedKeys(request);
    if (keys === undefined) return refused(400, "a request for a certificate is not signed with its key");
    if (!(await this.#dependencies.passwords.claim(request.nodeName, request.password))) {
      return refused(403, takenText(request.nodeName));
    }
    return { type: "joined", answer: await this.#admit(request, keys) };
  }

  async #admit(request: JoinRequest, keys: PerCertificate<string>): Promise<JoinAnswer> {
    const { settings, directory, authorities, lifetimeMs, issuedAt } = this.#options;
    const { logger } = this.#dependencies;
    const options = { directory, lifetimeMs, now: issuedAt() };
    const certificates = await issueNodeCertificates(request, keys, options);
    logger.info("Issued certificates", { node: request.nodeName, addresses: request.addresses.join(",") });
    return { certificates, ...authorities(), settings };
  }
}

function requestedKeys({ requests }: JoinRequest): PerCertificate<string> | undefined {
  const keys = NODE_CERTIFICATES.map((name) => [name, requestedKey(requests[name])] as const);
  if (keys.some(([, key]) => key === undefined)) return undefined;
  return Object.fromEntries(keys) as PerCertificate<string>;
}

function takenText(nodeName: string): string {
  return `the name "${nodeName}" belongs to another host; choose another with --node-name, or if that host is gone remove it with kubectl delete node ${nodeName}`;
}

function refused(code: number, message: string): JoinOutcome {
  return { type: "refused", refusal: { code, message } };
}
