import type Docker from "dockerode";

export interface LogQuery {
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly timestamps: boolean;
  readonly follow: boolean;
  readonly tail?: number;
  /** Seconds since the epoch. */
  readonly since?: string;
}

/**
 * Opens a container's log as the engine sends it. dockerode's own `logs` collects a log that is not followed in memory,
 * whatever its length.
 */
export function openLog(
  docker: Docker,
  containerId: string,
  query: LogQuery,
  abortSignal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  const { promise, resolve, reject } = Promise.withResolvers<AsyncIterable<Uint8Array>>();
  const call = {
    path: `/containers/${containerId}/logs?`,
    method: "GET",
    isStream: true,
    statusCodes: { 200: true, 404: "no such container", 500: "server error" },
    abortSignal,
    options: query,
  };
  docker.modem.dial(call, (error: unknown, result: unknown) => {
    // With `isStream` the result is the answer of the engine, unread.
    if (error === null) resolve(result as AsyncIterable<Uint8Array>);
    else reject(error);
  });
  return promise;
}
