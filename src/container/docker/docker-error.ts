import { RuntimeError, type RuntimeErrorDetail } from "../runtime-error.ts";

/** What dockerode rejects with: an HTTP answer of the engine, or an error of its socket. */
interface DockerFailure {
  readonly statusCode?: number;
  readonly code?: string;
  readonly json?: { readonly message?: string };
  readonly message?: string;
}

const SOCKET_ERRORS = new Set([
  "ENOENT",
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "EACCES",
  "FailedToOpenSocket",
]);

/** What docker-modem puts before the engine's own words. */
const MODEM_PREFIX = /^\(HTTP code \d+\) [\w ]+ - /;

/** Whether a call failed because what it asks for is gone, or so already: 304 is "already started" or "already stopped". */
export function isSettled(error: unknown): boolean {
  const { statusCode } = error as DockerFailure;
  return statusCode === 304 || statusCode === 404;
}

export function dockerError(endpoint: string, what: string, error: unknown): RuntimeError {
  if (error instanceof RuntimeError) return error;
  const failure = error as DockerFailure;
  const reason = failure.json?.message ?? failure.message?.replace(MODEM_PREFIX, "") ?? String(error);
  return new RuntimeError(detailOf(failure, endpoint), `Cannot ${what}: ${reason.trim()}`, { cause: error });
}

/** Why a container did not start: 400 and 500 stand for a process that cannot run, as without its executable or a mount. */
export function startError(endpoint: string, containerId: string, error: unknown): RuntimeError {
  const { statusCode, json } = error as DockerFailure;
  if (statusCode !== 400 && statusCode !== 500) {
    return dockerError(endpoint, `start container "${containerId}"`, error);
  }
  return new RuntimeError({ code: "cannotRun" }, json?.message ?? String(error), { cause: error });
}

/**
 * Why a pull failed, by the engine's words: registries say `manifest unknown` or `not found` for a missing
 * image, and `pull access denied` for a missing repository.
 */
export function pullError(endpoint: string, image: string, error: unknown): RuntimeError {
  const { message, detail } = dockerError(endpoint, `pull image "${image}"`, error);
  if (detail.code === "unreachable") return new RuntimeError(detail, message, { cause: error });
  if (/invalid reference format/.test(message)) {
    return new RuntimeError({ code: "invalidImageName", image }, message, { cause: error });
  }
  const isMissing = /manifest unknown|not found|pull access denied/.test(message);
  return new RuntimeError({ code: isMissing ? "imageNotFound" : "imagePullFailed", image }, message, {
    cause: error,
  });
}

function detailOf({ statusCode, code }: DockerFailure, endpoint: string): RuntimeErrorDetail {
  if (code !== undefined && SOCKET_ERRORS.has(code)) return { code: "unreachable", endpoint };
  return { code: statusCode === 404 ? "notFound" : "failed" };
}
