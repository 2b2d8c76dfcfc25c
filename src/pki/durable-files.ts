import { chmod, mkdir, open, readdir, readFile, rename, unlink } from "node:fs/promises";
import { join } from "node:path";

export interface NewFile {
  readonly name: string;
  readonly content: string;
}

const TEMPORARY = /^\..*\.tmp$/;

/** Creates the directory for its owner alone and drops what an interrupted write left behind. */
export async function preparePrivateDirectory(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await chmod(directory, 0o700);
  const leftovers = (await readdir(directory)).filter((name) => TEMPORARY.test(name));
  await Promise.all(leftovers.map((name) => unlink(join(directory, name))));
}

/** The file's text, or undefined when there is none. */
export async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Whether the directory is there, with anything in it. */
export async function hasFiles(directory: string): Promise<boolean> {
  try {
    return (await readdir(directory)).length > 0;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/**
 * Replaces files whole (mode 0600) and in order: after a crash at any moment each has its old or its new content,
 * and a later one is never new while an earlier one is old. All are on disk when the promise resolves.
 */
export async function writeDurably(directory: string, files: readonly NewFile[]): Promise<void> {
  if (files.length === 0) return;
  await Promise.all(files.map((file) => writeTemporary(directory, file)));
  for (const { name } of files) await rename(temporaryPath(directory, name), join(directory, name));
  await syncPath(directory);
}

async function writeTemporary(directory: string, { name, content }: NewFile): Promise<void> {
  await using handle = await open(temporaryPath(directory, name), "w", 0o600);
  await handle.writeFile(content);
  await handle.sync();
}

/** Has the entry of a directory, or the content of a file, on disk when it resolves. */
export async function syncPath(path: string): Promise<void> {
  await using handle = await open(path, "r");
  await handle.sync();
}

function temporaryPath(directory: string, name: string): string {
  return join(directory, `.${name}.tmp`);
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
