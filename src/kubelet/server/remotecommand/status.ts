/** The outcome of a remote command as clients read it (kubernetes `cri-streaming/pkg/streaming/remotecommand/status.go`). */
export interface RemoteCommandStatus {
  readonly status: "Success" | "Failure";
  readonly message?: string;
  readonly reason?: string;
  readonly details?: {
    readonly causes: readonly { readonly reason?: string; readonly message: string }[];
  };
  readonly code?: number;
}

export const SUCCESS: RemoteCommandStatus = { status: "Success" };

const NON_ZERO_EXIT_CODE = "NonZeroExitCode";

/** How a command ended that ran to its end. */
export function exitStatus(command: readonly string[], exitCode: number): RemoteCommandStatus {
  if (exitCode === 0) return SUCCESS;
  const why = `error executing command [${command.join(" ")}], exit code ${String(exitCode)}`;
  return {
    status: "Failure",
    message: `command terminated with non-zero exit code: ${why}`,
    reason: NON_ZERO_EXIT_CODE,
    details: { causes: [{ reason: "ExitCode", message: String(exitCode) }] },
  };
}

/** Nothing could be run. */
export function failureStatus(
  message: string,
  details?: RemoteCommandStatus["details"],
): RemoteCommandStatus {
  return {
    status: "Failure",
    message: `Internal error occurred: ${message}`,
    reason: "InternalError",
    ...(details && { details }),
    code: 500,
  };
}

/** How the error stream tells the outcome. */
export type StatusForm =
  /** The text of an error, and nothing for a success. */
  | "text"
  /** A Status in JSON. */
  | "json"
  /**
   * A Status as apiserver `util/proxy/streamtranslator.go` makes it of what it is told in JSON. On Kubernetes the runtime
   * says the one and the kubelet the other.
   */
  | "retoldJson";

/** What the error stream carries. */
export function formatStatus(status: RemoteCommandStatus, form: StatusForm): string {
  if (form === "retoldJson") return JSON.stringify({ metadata: {}, ...retold(status) });
  if (form === "json") return JSON.stringify(status);
  return status.status === "Success" ? "" : (status.message ?? "");
}

function retold(status: RemoteCommandStatus): RemoteCommandStatus {
  const { message = "", reason, details } = status;
  if (status.status === "Success") return SUCCESS;
  if (reason !== NON_ZERO_EXIT_CODE) return failureStatus(message, { causes: [{ message }] });
  const code = details?.causes[0]?.message ?? "";
  return {
    ...status,
    message: `command terminated with non-zero exit code: command terminated with exit code ${code}`,
  };
}
