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

/** Runs a call of dockerode and turns what it rejects with into a RuntimeError. */
export async function translated<T>(endpoint: string, what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw dockerError(endpoint, what, error);
  }
}

/** As `translated`, where something that is already gone or already so is success. */
export async function tolerant(endpoint: string, what: string, call: () => Promise<unknown>): Promise<void> {
  try {
    await call();
  } catch (error) {
    const { statusCode } = error as DockerFailure;
    // 304: already started or stopped.
    if (statusCode === 304 || statusCode === 404) return;
    throw dockerError(endpoint, what, error);
  }
}

export function dockerError(endpoint: string, what: string, error: unknown): RuntimeError {
  if (error instanceof RuntimeError) return error;
  const failure = error as DockerFailure;
  const reason = failure.json?.message ?? failure.message?.replace(MODEM_PREFIX, "") ?? String(error);
  return new RuntimeError(detailOf(failure, endpoint), `Cannot ${what}: ${reason.trim()}`, { cause: error });
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
