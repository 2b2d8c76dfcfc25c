import { StatusError } from "#apimachinery/status-error.ts";

/** The failure of a request as `409 AlreadyExists: configmaps "a" already exists`. */
export async function failureOf(request: Promise<unknown>): Promise<string> {
  const { status } = await statusErrorOf(request);
  return `${String(status.code)} ${status.reason ?? "Unknown"}: ${status.message ?? ""}`;
}

export async function statusErrorOf(request: Promise<unknown>): Promise<StatusError> {
  try {
    await request;
  } catch (error) {
    if (error instanceof StatusError) return error;
    throw error;
  }
  throw new TypeError("Expected the request to fail");
}
