import { join } from "node:path";
import { systemClock } from "#base/clock.ts";
import { StartupError } from "#base/startup-error.ts";
import { readMembership } from "#join/enroll/membership-file.ts";
import { NODE_CERTIFICATES } from "#join/join-protocol.ts";
import { type CheckedCertificate, checkCertificate, checkCertificates } from "#pki/check-certificates.ts";
import { hasFiles } from "#pki/durable-files.ts";
import { inspectCredential } from "#pki/inspect.ts";
import { PkiError } from "#pki/pki-error.ts";
import { rotateCertificates } from "#pki/rotate.ts";

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
