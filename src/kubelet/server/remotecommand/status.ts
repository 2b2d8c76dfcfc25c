/** The outcome of a remote command as clients read it (kubernetes `cri-streaming/pkg/streaming/remotecommand/status.go`). */
export interface RemoteCommandStatus {
  readonly status: "Success" | "Failure";
  readonly message?: string;
  readonly reason?: string;
  readonly details?: {
    readonly causes: readonly { readonly reason: string; readonly message: string }[];
  };
  readonly code?: number;
}

export const SUCCESS: RemoteCommandStatus = { status: "Success" };

/** How a command ended that ran to its end. */
export function exitStatus(command: readonly string[], exitCode: number): RemoteCommandStatus {
  if (exitCode === 0) return SUCCESS;
  const why = `error executing command [${command.join(" ")}], exit code ${String(exitCode)}`;
  return {
    status: "Failure",
    message: `command terminated with non-zero exit code: ${why}`,
    reason: "NonZeroExitCode",
    details: { causes: [{ reason: "ExitCode", message: String(exitCode) }] },
  };
}

/** Nothing could be run. */
export function failureStatus(message: string): RemoteCommandStatus {
  return {
    status: "Failure",
    message: `Internal error occurred: ${message}`,
    reason: "InternalError",
    code: 500,
  };
}

/** What the error stream carries. */
export function formatStatus(status: RemoteCommandStatus, hasJsonStatus: boolean): string {
  if (hasJsonStatus) return JSON.stringify(status);
  return status.status === "Success" ? "" : (status.message ?? "");
}
