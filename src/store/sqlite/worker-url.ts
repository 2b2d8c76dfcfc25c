/** Where `bun build --compile` puts entry points: below this, by their path under the root of all of them. */
const EXECUTABLE_ROOT = "file:///$bunfs/root/";

/**
 * Where the worker's file is. Run from source it lies beside this one. In an executable it is the second entry
 * point, which scripts/build names together with the root of both:
 *
 *     bun build --compile --root src src/main.ts src/store/sqlite/worker.ts
 */
export function workerUrl(moduleUrl: string): URL {
  return moduleUrl.startsWith(EXECUTABLE_ROOT)
    ? new URL("store/sqlite/worker.ts", EXECUTABLE_ROOT)
    : new URL("./worker.ts", moduleUrl);
}
