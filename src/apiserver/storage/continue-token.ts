/** Continue tokens of paged lists, byte for byte those of apiserver `pkg/storage/continue.go`. */
import { posix } from "node:path";
import { JsonSyntaxError, parseJson } from "#apimachinery/codec/parse-json.ts";
import { goValue } from "#apimachinery/go-text.ts";
import { badRequest } from "#apimachinery/status-error.ts";

const VERSION = "meta.k8s.io/v1";

/** Where a page starts and at which revision; a negative revision means the newest one. */
export interface ContinueToken {
  readonly revision: number;
  /** Only keys greater than this one are on the page. */
  readonly after: string;
}

/** The token that continues behind the key `after`, which must start with `prefix`. */
export function encodeContinue({ revision, after }: ContinueToken, prefix: string): string {
  const start = `${after.slice(prefix.length)}\0`;
  return Buffer.from(JSON.stringify({ v: VERSION, rv: revision, start })).toString("base64url");
}

/** Reads a token for a list under `prefix`. Throws BadRequest for anything that this server would not have made. */
export function decodeContinue(token: string, prefix: string): ContinueToken {
  const parsed = parseToken(token);
  if (parsed["v"] !== VERSION) {
    throw invalidToken(`server does not recognize this encoded version ${goValue(parsed["v"] ?? "")}`);
  }
  const { rv: revision, start } = parsed;
  if (typeof revision !== "number" || !Number.isSafeInteger(revision) || revision === 0) {
    throw invalidToken(`incorrect encoded start resourceVersion (version ${VERSION})`);
  }
  if (typeof start !== "string" || start === "") {
    throw invalidToken(`encoded start key empty (version ${VERSION})`);
  }
  return { revision, after: prefix + checkedKey(start).replace(/\0$/, "") };
}

/** Refuses keys such as `../` that would lead out of the prefix. */
function checkedKey(start: string): string {
  const key = start.startsWith("/") ? start : `/${start}`;
  if (posix.normalize(key) !== key || key.endsWith("/")) throw invalidToken(start);
  return key.slice(1);
}

function parseToken(token: string): Readonly<Record<string, unknown>> {
  const corrupt = corruptByte(token);
  if (corrupt !== undefined) throw invalidToken(`illegal base64 data at input byte ${String(corrupt)}`);
  try {
    const parsed = parseJson(Buffer.from(token, "base64url").toString());
    return typeof parsed === "object" && parsed !== null ? (parsed as Readonly<Record<string, unknown>>) : {};
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw invalidToken(error.message);
    throw error;
  }
}

/** Where Go's decoder finds that a text is no base64url. */
function corruptByte(text: string): number | undefined {
  const stranger = text.search(/[^A-Za-z0-9_-]/);
  if (stranger >= 0) return stranger;
  // One character alone holds no byte.
  return text.length % 4 === 1 ? text.length - 1 : undefined;
}

function invalidToken(detail: string): Error {
  return badRequest(`invalid continue token: continue key is not valid: ${detail}`);
}
