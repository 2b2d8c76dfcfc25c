import { closeSync, openSync } from "node:fs";
import { libc } from "./libc.ts";
import { NetlinkError } from "./netlink-error.ts";

/** linux/sched.h */
const CLONE_NEWNET = 0x40000000;

/** The namespace of the calling thread; `/proc/self` would name that of the process's first thread. */
const OWN_NAMESPACE = "/proc/thread-self/ns/net";

/**
 * Runs `action` with the calling thread inside another network namespace, given by a path such as
 * `/proc/1234/ns/net` or `/run/netns/name`, and returns to the own one before it returns. Without a path the
 * action runs where it is.
 *
 * The excursion is synchronous from end to end: nothing else runs on this thread meanwhile, so no other code
 * can open a socket in the wrong namespace. What the action opens (sockets, files under /proc/sys/net) stays
 * bound to the other namespace for its whole life. A promise must not be returned, since its continuation
 * would run after the way back.
 */
export function inNetworkNamespace<T>(
  path: string | undefined,
  action: () => T extends PromiseLike<unknown> ? never : T,
): T {
  if (path === undefined) return action();
  const home = openSync(OWN_NAMESPACE, "r");
  try {
    enter(path);
    try {
      return action();
    } finally {
      goHome(home);
    }
  } finally {
    closeSync(home);
  }
}

function enter(path: string): void {
  try {
    const target = openSync(path, "r");
    try {
      libc().setns(target, CLONE_NEWNET);
    } finally {
      closeSync(target);
    }
  } catch (error) {
    throw NetlinkError.namespace(path, error);
  }
}

/** A thread that is stuck in a pod's namespace would do the host's work there; no process is the lesser harm. */
function goHome(home: number): void {
  try {
    libc().setns(home, CLONE_NEWNET);
  } catch {
    process.abort();
  }
}
