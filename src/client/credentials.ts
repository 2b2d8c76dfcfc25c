import { readFile } from "node:fs/promises";
import type { Clock } from "#base/clock.ts";
import type { ClientCertificate } from "./http2-connection.ts";

/** How a client shows who it is. Both are asked before every request, so that what has rotated is used at once. */
export interface Credentials {
  /** A bearer token. */
  token?(): Promise<string>;
  /** The same object as long as the certificate is the same; another one opens a new connection. */
  certificate?(): Promise<ClientCertificate>;
}

/** Files are read again after this time (client-go reloads tokens after a minute, 10 seconds early). */
const RELOAD_MS = 50_000;

/** A token in a file that somebody else renews, such as a service account's. */
export function tokenFile(path: string, clock: Pick<Clock, "now">): Credentials {
  const read = reloaded(async () => (await readFile(path, "utf8")).trim(), clock);
  return { token: read };
}

/** A certificate and key in files that somebody else renews. */
export function certificateFiles(
  paths: { readonly certificate: string; readonly key: string },
  clock: Pick<Clock, "now">,
): Credentials {
  let current: ClientCertificate | undefined;
  const read = reloaded(async () => {
    const [certificate, key] = await Promise.all([
      readFile(paths.certificate, "utf8"),
      readFile(paths.key, "utf8"),
    ]);
    if (current?.certificate !== certificate || current.key !== key) current = { certificate, key };
    return current;
  }, clock);
  return { certificate: read };
}

/** A token that does not change. */
export function fixedToken(token: string): Credentials {
  return { token: () => Promise.resolve(token) };
}

/** A certificate that does not change. */
export function fixedCertificate(certificate: ClientCertificate): Credentials {
  return { certificate: () => Promise.resolve(certificate) };
}

/** Keeps what was read for a while. A failed read is an error the first time; later the old value is good enough. */
function reloaded<T>(read: () => Promise<T>, clock: Pick<Clock, "now">): () => Promise<T> {
  let kept: { readonly value: T; readonly at: number } | undefined;
  return async () => {
    if (kept !== undefined && clock.now() - kept.at < RELOAD_MS) return kept.value;
    try {
      kept = { value: await read(), at: clock.now() };
    } catch (error) {
      if (kept === undefined) throw error;
    }
    return kept.value;
  };
}
