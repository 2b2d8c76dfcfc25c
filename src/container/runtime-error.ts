import { DomainError } from "#base/domain-error.ts";

export type RuntimeErrorDetail =
  /** The container, sandbox or image does not exist. */
  | { readonly code: "notFound" }
  /** The runtime does not answer at its endpoint. */
  | { readonly code: "unreachable"; readonly endpoint: string }
  /** No registry has the image. */
  | { readonly code: "imageNotFound"; readonly image: string }
  /** The registry refused or failed. */
  | { readonly code: "imagePullFailed"; readonly image: string }
  /** The name of the image cannot be parsed. */
  | { readonly code: "invalidImageName"; readonly image: string }
  /** The runtime created the container but could not start its process; the message is the runtime's. */
  | { readonly code: "cannotRun" }
  | { readonly code: "execTimeout"; readonly timeoutMs: number }
  /** The container does not run, so it has no streams to join and no process to execute beside. */
  | { readonly code: "notRunning" }
  /** Anything else the runtime reported. */
  | { readonly code: "failed" };

export class RuntimeError extends DomainError<RuntimeErrorDetail> {}
