import { join } from "node:path";
import { systemClock } from "#base/clock.ts";
import { StartupError } from "#base/startup-error.ts";
import { readMembership } from "#join/enroll/membership-file.ts";
import { NODE_CERTIFICATES } from "#join/join-protocol.ts";
import { type CheckedCertificate, checkCertificate, checkCertificates } from "#pki/check-certificates.ts";
import { hasFiles } from "#pki/durable-files.ts";
import { inspectCredential } from "#pki/inspect.ts";
import { PkiError } from "#pki/pki-error.ts";
import {
  finishReplacement,
  type ReplaceOptions,
  replaceAuthorities,
} from "#pki/replace/replace-authorities.ts";
import { rotateCertificates } from "#pki/rotate.ts";
import { finishServiceAccountKey, rotateServiceAccountKey } from "#pki/rotate-service-account-key.ts";

/** What a data directory holds for a server, for an agent, or for both. Rejects with a StartupError. */
export async function checkHostCertificates(
  dataDir: string,
  now: number,
): Promise<readonly CheckedCertificate[]> {
  const directory = tlsDirectory(dataDir);
  const [server, agent] = await forOperator(() =>
    Promise.all([
      hasFiles(directory).then((held) => (held ? checkCertificates(directory, now) : [])),
      checkMembership(join(dataDir, "agent"), now),
    ]),
  );
  const checked = [...server, ...agent];
  if (checked.length > 0) return checked;
  throw new StartupError(
    `There are no certificates in "${dataDir}": name the data directory with --data-dir`,
  );
}

/** Gives the names of what has been issued. Rejects with a StartupError. */
export async function rotateServerCertificates(dataDir: string): Promise<readonly string[]> {
  const names = await forOperator(() => rotateCertificates(tlsDirectory(dataDir), { clock: systemClock }));
  if (names.length > 0) return names;
  throw new StartupError(`There is no server in "${dataDir}": name its data directory with --data-dir`);
}

/** Has another key sign the tokens of service accounts. Rejects with a StartupError. */
export async function rotateServerAccountKey(dataDir: string): Promise<void> {
  const directory = await serverDirectory(dataDir);
  await forOperator(() => rotateServiceAccountKey(directory, { clock: systemClock }));
}

/** Takes tokens of the keys before for good no more. Rejects with a StartupError. */
export async function finishServerAccountKey(dataDir: string, force: boolean): Promise<void> {
  const directory = await serverDirectory(dataDir);
  const had = await forOperator(() => finishServiceAccountKey(directory, { force }, { clock: systemClock }));
  if (!had) throw new StartupError("The key of tokens has not been replaced: there is nothing to finish");
}

/** Gives the names of the authorities that were replaced. Rejects with a StartupError. */
export async function replaceServerAuthorities(
  dataDir: string,
  options: ReplaceOptions,
): Promise<readonly string[]> {
  const directory = await serverDirectory(dataDir);
  return await forOperator(() => replaceAuthorities(directory, options, { clock: systemClock }));
}

/** Gives the names of the authorities of which the ones before count no more. Rejects with a StartupError. */
export async function finishServerAuthorities(dataDir: string): Promise<readonly string[]> {
  const directory = await serverDirectory(dataDir);
  const names = await forOperator(() => finishReplacement(directory));
  if (names.length > 0) return names;
  throw new StartupError("No authorities have been replaced: there is nothing to finish");
}

async function serverDirectory(dataDir: string): Promise<string> {
  const directory = tlsDirectory(dataDir);
  if (await hasFiles(directory)) return directory;
  throw new StartupError(`There is no server in "${dataDir}": name its data directory with --data-dir`);
}

function tlsDirectory(dataDir: string): string {
  return join(dataDir, "server", "tls");
}

async function checkMembership(directory: string, now: number): Promise<readonly CheckedCertificate[]> {
  const membership = await readMembership(directory);
  if (membership === undefined) return [];
  const { credentials, serverAuthority, clientAuthority } = membership;
  return NODE_CERTIFICATES.map((name) => {
    const [authority, pem] = name.startsWith("serving-")
      ? ["server-ca", serverAuthority]
      : ["client-ca", clientAuthority];
    const facts = inspectCredential(credentials[name], pem);
    return checkCertificate({ name: `agent/${name}`, authority }, facts, now);
  });
}

async function forOperator<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    if (!(cause instanceof PkiError)) throw cause;
    throw new StartupError(cause.message, { cause });
  }
}
