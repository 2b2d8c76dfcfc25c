import { formatDuration } from "#apimachinery/duration.ts";
import type { Status } from "#apimachinery/generated/meta-v1.ts";
import type { RequestOperation, RequestTarget } from "#apimachinery/request.ts";
import type { StatusError } from "#apimachinery/status-error.ts";
import type { UserInfo } from "#apimachinery/user.ts";
import type { Clock } from "#base/clock.ts";
import { bytesOf } from "#https/answer.ts";
import { AuditAnnotations } from "../audit-annotations.ts";
import type { AuthorizationAttributes } from "../authorization/authorizer.ts";
import type { PipelineResponse } from "../pipeline.ts";
import type { AuditEvent } from "./audit-event.ts";
import { type AuditConfig, type AuditPolicy, evaluatePolicy, includes, type Stage } from "./audit-policy.ts";
import type { AuditBackend, Recorded } from "./backends/audit-backend.ts";
import type { AuditMetrics } from "./backends/audit-metrics.ts";
import { withoutManagedFields } from "./omit-managed-fields.ts";
import { referenceOf, requestDocument, withObject } from "./request-object.ts";
import { UnrecordedRequest } from "./unrecorded-request.ts";

export interface RequestAuditDependencies {
  readonly policy: AuditPolicy;
  readonly backend: Pick<AuditBackend, "process">;
  readonly metrics: Pick<AuditMetrics, "decided" | "sent" | "rejected">;
  readonly clock: Pick<Clock, "now">;
}

/** What is known of a request before anybody has looked at it. */
export interface AuditedRequest
  extends Pick<AuditEvent, "auditID" | "requestURI" | "sourceIPs" | "userAgent"> {
  /** Whether it lasts as long as its client likes: such requests are recorded when their answer begins, too. */
  readonly isLongRunning: boolean;
  /** What `user` asks for, as authorization sees it. */
  attributesFor(user: UserInfo): AuthorizationAttributes;
}

/** How long requests may take without an account of it (apiserver `pkg/endpoints/filters/audit.go`). */
const SLOW_MS = 500;

const NOBODY: UserInfo = { name: "", groups: [] };

const UNDECIDED: AuditConfig = { level: "None", omitStages: [], omitManagedFields: false };

/** Follows one request and records what the policy says of it (apiserver `pkg/endpoints/filters/audit.go`). */
export class RequestAudit {
  readonly annotations: AuditAnnotations;
  readonly #request: AuditedRequest;
  readonly #dependencies: RequestAuditDependencies;
  readonly #receivedAt: number;
  #config = UNDECIDED;
  #about: Pick<AuditEvent, "verb" | "user" | "impersonatedUser" | "objectRef"> = {
    verb: "",
    user: undefined,
  };
  #requestObject: string | undefined;
  #responseObject: string | undefined;
  #responseStatus: Partial<Status> | undefined;
  #isDecided = false;
  #hasStarted = false;
  #hasPanicked = false;
  #isRefused = false;

  constructor(request: AuditedRequest, dependencies: RequestAuditDependencies) {
    this.#request = request;
    this.#dependencies = dependencies;
    this.#receivedAt = dependencies.clock.now();
    this.annotations = new AuditAnnotations(dependencies.clock);
  }

  get isLongRunning(): boolean {
    return this.#request.isLongRunning;
  }

  /**
   * The sender is known, and has not become another user yet. Rejects with an `UnrecordedRequest` when that cannot be
   * recorded although it has to be; nothing is recorded of such a request then.
   */
  async authenticated(user: UserInfo): Promise<void> {
    // Its time was over before.
    if (this.#isRefused) return;
    this.#decide(user, user);
    if (await this.#record("RequestReceived")) return;
    this.#config = UNDECIDED;
    this.#dependencies.metrics.rejected();
    throw new UnrecordedRequest(this.#request.requestURI);
  }

  /** The sender could not prove who it is, or was not asked any more: only the beginning of the answer is recorded. */
  refused(): void {
    this.#decide(NOBODY, undefined);
    this.#isRefused = true;
  }

  impersonated(user: UserInfo): void {
    this.#about = { ...this.#about, impersonatedUser: user };
  }

  /** To be called when the body has been read; one that cannot be read is not recorded. */
  asked(target: RequestTarget, operation: RequestOperation): void {
    const { level, omitManagedFields } = this.#config;
    if (level === "None") return;
    const document = requestDocument(target, operation);
    if (document === undefined) return;
    const { objectRef } = this.#about;
    const isObject = operation.verb === "create" || operation.verb === "update";
    if (isObject) this.#about = { ...this.#about, objectRef: objectRef && withObject(objectRef, document) };
    if (!includes(level, "Request")) return;
    const json = JSON.stringify(document);
    this.#requestObject = isObject && omitManagedFields ? withoutManagedFields(json) : json;
  }

  responded(response: PipelineResponse): void {
    if (response.type === "object" && response.object.kind === "Status") {
      this.#responseStatus = response.object as Partial<Status>;
    }
    if (response.type === "watch" || !includes(this.#config.level, "RequestResponse")) return;
    this.#keepResponse(response.type === "object" ? response.bytes() : bytesOf(response.pieces()));
  }

  /** The client gets something else that tells of the object, such as a table or metadata alone: that is recorded instead. */
  transformed(bytes: () => Buffer): void {
    if (includes(this.#config.level, "RequestResponse")) this.#keepResponse(bytes());
  }

  failed({ status }: StatusError): void {
    this.#responseStatus = status;
    if (includes(this.#config.level, "RequestResponse")) this.#responseObject = JSON.stringify(status);
  }

  /** Something is wrong with the server itself. */
  panicked(message: string): void {
    this.#hasPanicked = true;
    this.#responseStatus = {
      status: "Failure",
      message: `APIServer panic'd: ${message}`,
      reason: "InternalError",
      code: 500,
    };
  }

  /** The answer begins, as soon as that has been recorded. */
  async answered(code: number): Promise<void> {
    if (!this.#isDecided) this.refused();
    this.#hasStarted = true;
    this.#responseStatus = { ...this.#responseStatus, code };
    if (this.isLongRunning || this.#isRefused) await this.#record("ResponseStarted");
  }

  /** There is nothing to be added to the answer, or its client has gone. */
  async completed(): Promise<void> {
    if (this.#isRefused) return;
    if (this.#hasPanicked) {
      await this.#record("Panic");
      return;
    }
    if (!this.#hasStarted) {
      this.#responseStatus = { status: "Success", message: "Connection closed early", code: 200 };
      if (this.isLongRunning) await this.#record("ResponseStarted");
    }
    this.#noteLatencies();
    await this.#record("ResponseComplete");
  }

  #keepResponse(bytes: Buffer): void {
    const json = bytes.toString().trimEnd();
    this.#responseObject = this.#config.omitManagedFields ? withoutManagedFields(json) : json;
  }

  #decide(subject: UserInfo, user: UserInfo | undefined): void {
    this.#isDecided = true;
    const attributes = this.#request.attributesFor(subject);
    this.#config = evaluatePolicy(this.#dependencies.policy, attributes);
    this.#dependencies.metrics.decided(this.#config.level);
    this.#about = { verb: attributes.verb, user, objectRef: referenceOf(attributes) };
  }

  /** What a slow request has spent its time on. */
  #noteLatencies(): void {
    const totalMs = this.#dependencies.clock.now() - this.#receivedAt;
    if (totalMs <= SLOW_MS) return;
    for (const [layer, ms] of [...this.annotations.latencies, ["total", totalMs] as const])
      if (ms > 0) this.annotations.add(`apiserver.latency.k8s.io/${layer}`, formatDuration(nanos(ms)));
  }

  #record(stage: Stage): Recorded {
    const { level, omitStages } = this.#config;
    if (level === "None" || omitStages.includes(stage)) return true;
    const { backend, metrics, clock } = this.#dependencies;
    const { auditID, requestURI, sourceIPs, userAgent } = this.#request;
    const event: AuditEvent = {
      ...this.#about,
      level,
      auditID,
      stage,
      requestURI,
      sourceIPs,
      userAgent,
      responseStatus: this.#responseStatus,
      requestObject: this.#requestObject,
      responseObject: this.#responseObject,
      requestReceivedTimestamp: this.#receivedAt,
      stageTimestamp: stage === "RequestReceived" ? this.#receivedAt : clock.now(),
      annotations: this.annotations.entries(level),
    };
    metrics.sent();
    return backend.process([event]);
  }
}

function nanos(ms: number): bigint {
  return BigInt(Math.round(ms * 1e6));
}
