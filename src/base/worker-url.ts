/** Where an executable made by `bun build --compile` has its entry points, by their path under the root of all of them. */
const EXECUTABLE_ROOT = "/$bunfs/root/";

/**
 * Where the file of a worker is, by its path below `src`. In an executable, whose main file tells, it is one of the entry
 * points that scripts/build names together with the root of all.
 */
export function workerUrl(path: string, mainPath: string): URL {
  return mainPath.startsWith(EXECUTABLE_ROOT)
    ? new URL(`file://${EXECUTABLE_ROOT}${path}`)
    : new URL(`../${path}`, import.meta.url);
}
