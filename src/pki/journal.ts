import { unlink } from "node:fs/promises";
import { join } from "node:path";
import { type NewFile, readIfPresent, syncPath, writeDurably } from "./durable-files.ts";

/** A file as it is to be; without content it is to be gone. */
export type FileChange = Pick<NewFile, "name"> & { readonly content: string | null };

const JOURNAL = "changes.json";

/**
 * Changes all of the files or none: after a crash at any moment, either nothing has been begun or `finishChanges`
 * carries out the rest.
 */
export async function changeTogether(directory: string, changes: readonly FileChange[]): Promise<void> {
  if (changes.length === 0) return;
  await writeDurably(directory, [{ name: JOURNAL, content: JSON.stringify(changes) }]);
  await finishChanges(directory);
}

/** Carries out a change that was interrupted, if there is one. */
export async function finishChanges(directory: string): Promise<void> {
  const text = await readIfPresent(join(directory, JOURNAL));
  if (text === undefined) return;
  const changes = JSON.parse(text) as readonly FileChange[];
  const present = changes.flatMap(({ name, content }) => (content === null ? [] : [{ name, content }]));
  await writeDurably(directory, present);
  const gone = changes.filter(({ content }) => content === null).map(({ name }) => name);
  for (const name of [...gone, JOURNAL]) await removeIfPresent(join(directory, name));
  await syncPath(directory);
}

async function removeIfPresent(path: string): Promise<void> {
  if ((await readIfPresent(path)) !== undefined) await unlink(path);
}
