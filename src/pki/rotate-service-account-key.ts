import { createPublicKey } from "node:crypto";
import type { Clock } from "#base/clock.ts";
import { generateKey } from "./certificate.ts";
import {
  FORMER_SERVICE_ACCOUNT_KEYS,
  readDirectory,
  SERVICE_ACCOUNT_KEY,
  usingDirectory,
} from "./directory.ts";
import { changeTogether, finishChanges } from "./journal.ts";
import type { PkiFiles } from "./perform.ts";
import { PkiError } from "./pki-error.ts";

/** So long a token lives that is mounted into a pod, for clients that read it only once. */
const LIFETIME_MS = 365 * 24 * 60 * 60 * 1000;

/** Stands before each key that tokens are not signed with any more, and says since when. */
const REPLACED = "# replaced ";

/**
 * Has a new key sign the tokens of service accounts. Of the one before the public half stays, with which its tokens are
 * verified until `finishServiceAccountKey`. Rejects with a `PkiError`.
 */
export async function rotateServiceAccountKey(
  directory: string,
  { clock }: { readonly clock: Pick<Clock, "now"> },
): Promise<void> {
  const files = await readKeys(directory);
  const present = files.get(SERVICE_ACCOUNT_KEY);
  const replaced = present === undefined ? "" : formerKey(present, directory, clock.now());
  await usingDirectory(directory, () =>
    changeTogether(directory, [
      {
        name: FORMER_SERVICE_ACCOUNT_KEYS,
        content: `${replaced}${files.get(FORMER_SERVICE_ACCOUNT_KEYS) ?? ""}`,
      },
      { name: SERVICE_ACCOUNT_KEY, content: generateKey() },
    ]),
  );
}

/**
 * Takes tokens of the keys before for good no more. Gives whether there were any. Rejects with a `PkiError` while some of
 * those tokens may be in use, unless that is forced.
 */
export async function finishServiceAccountKey(
  directory: string,
  { force }: { readonly force: boolean },
  { clock }: { readonly clock: Pick<Clock, "now"> },
): Promise<boolean> {
  const former = (await readKeys(directory)).get(FORMER_SERVICE_ACCOUNT_KEYS);
  if (former === undefined) return false;
  const until = lastReplaced(former) + LIFETIME_MS;
  if (!force && clock.now() < until) {
    throw new PkiError(
      { code: "replacementRefused" },
      `Tokens of the key before may be good until ${new Date(until).toISOString()}: wait until then, or give --force, and whoever has not got another token since is not known any more`,
    );
  }
  await usingDirectory(directory, () =>
    changeTogether(directory, [{ name: FORMER_SERVICE_ACCOUNT_KEYS, content: null }]),
  );
  return true;
}

async function readKeys(directory: string): Promise<PkiFiles> {
  await usingDirectory(directory, () => finishChanges(directory));
  return await readDirectory(directory, []);
}

function formerKey(privateKey: string, directory: string, now: number): string {
  try {
    const key = createPublicKey(privateKey).export({ type: "spki", format: "pem" });
    return `${REPLACED}${new Date(now).toISOString()}\n${String(key)}`;
  } catch (cause) {
    throw new PkiError(
      { code: "replacementRefused" },
      `Cannot read "${SERVICE_ACCOUNT_KEY}" in "${directory}": a server that starts makes another one`,
      { cause },
    );
  }
}

/** The newest comes first. */
function lastReplaced(former: string): number {
  const [line = ""] = former.split("\n");
  return Date.parse(line.slice(REPLACED.length)) || 0;
}
