/** Where an executable made by `bun build --compile` has its entry points, by their path under the root of all of them. */
const EXECUTABLE_ROOT = "/$bunfs/root/";

/**
 * Where the worker's file is. Run from source it lies beside the module that asks. In an executable, whose main file
 * tells, it is the second entry point, which scripts/build names together with the root of both:
 *
 *     bun build --compile --root src src/main.ts src/store/sqlite/worker.ts
 */
export function workerUrl(mainPath: string, moduleUrl: string): URL {
  return mainPath.startsWith(EXECUTABLE_ROOT)
    ? new URL(`file://${EXECUTABLE_ROOT}store/sqlite/worker.ts`)
    : new URL("./worker.ts", moduleUrl);
}
