import type { CacheLimits } from "../server-block.ts";
import { CorefileError, type Directive } from "./directive.ts";
import { parseDuration } from "./duration-argument.ts";

/** The numbers of CoreDNS' cache plugin. */
const MAX_SUCCESS_SECONDS = 3600;
const MAX_DENIAL_SECONDS = 1800;
const MIN_SECONDS = 5;
const FAILURE_SECONDS = 5;
const MAX_FAILURE_SECONDS = 300;

/** What this server does by itself: it fetches anew what is asked for, and gives old answers while others are away. */
const WITHOUT_EFFECT = new Set(["keepttl", "prefetch", "serve_stale"]);

/** Limits of an answer of `cache SECONDS`. */
export function cacheFor(seconds: number): CacheLimits {
  const limit = { minSeconds: Math.min(MIN_SECONDS, seconds), maxSeconds: seconds };
  return { success: limit, denial: limit, failureSeconds: Math.min(FAILURE_SECONDS, seconds) };
}

/** `cache [TTL] { success CAPACITY [TTL] [MINTTL]; denial ...; servfail DURATION; disable success|denial }`. */
export function readCache({ args: [ttl], block }: Directive): CacheLimits {
  const seconds = ttl === undefined ? undefined : parseSeconds(ttl);
  const start: CacheLimits = {
    success: { minSeconds: MIN_SECONDS, maxSeconds: Math.min(seconds ?? Infinity, MAX_SUCCESS_SECONDS) },
    denial: { minSeconds: MIN_SECONDS, maxSeconds: Math.min(seconds ?? Infinity, MAX_DENIAL_SECONDS) },
    failureSeconds: FAILURE_SECONDS,
  };
  return block.reduce(readOption, start);
}

function readOption(limits: CacheLimits, { name, args }: Directive): CacheLimits {
  if (WITHOUT_EFFECT.has(name)) return limits;
  switch (name) {
    case "success":
    case "denial": {
      const [, most, least] = args;
      const { maxSeconds, minSeconds } = limits[name];
      const range = {
        maxSeconds: most === undefined ? maxSeconds : parseSeconds(most),
        minSeconds: least === undefined ? minSeconds : parseSeconds(least),
      };
      return { ...limits, [name]: range };
    }
    case "servfail":
      return { ...limits, failureSeconds: readFailure(args[0] ?? "") };
    case "disable":
      return args.length === 1 && (args[0] === "success" || args[0] === "denial")
        ? { ...limits, [args[0]]: { minSeconds: 0, maxSeconds: 0 } }
        : refuse(`"disable ${args.join(" ")}" of cache is not known`);
    default:
      return refuse(`the option "${name}" of cache is not known`);
  }
}

function readFailure(text: string): number {
  const seconds = parseDuration(text) / 1000;
  if (seconds > MAX_FAILURE_SECONDS) refuse("servfail of cache has at most 5 minutes");
  return seconds;
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  return /^\d+$/.test(text) ? seconds : refuse(`"${text}" is no number of seconds`);
}

function refuse(why: string): never {
  throw new CorefileError(why);
}
