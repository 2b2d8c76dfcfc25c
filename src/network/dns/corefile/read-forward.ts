import { parseIP } from "#base/cidr.ts";
import type { UpstreamPolicy } from "../forwarder.ts";
import { DNS_PORT, type Upstream } from "../upstream.ts";
import { CorefileError, type Directive } from "./directive.ts";
import { parseDomain } from "./domain-argument.ts";

const POLICIES: readonly UpstreamPolicy[] = ["random", "round_robin", "sequential"];
const MAX_UPSTREAMS = 15;
const DURATION_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
/** Options about connections that are kept, which there are none of, and limits that hold for the whole server. */
const WITHOUT_EFFECT = new Set([
  "prefer_udp",
  "expire",
  "max_age",
  "max_idle_conns",
  "max_connect_attempts",
  "health_check",
  "max_concurrent",
]);

/** `forward FROM TO... { ... }` as far as this server can do it. */
export interface ForwardDeclaration {
  readonly from: string;
  readonly except: readonly string[];
  readonly upstreams: readonly Upstream[];
  /** Whether a file was named: the host's servers are asked. */
  readonly usesHost: boolean;
  readonly policy: UpstreamPolicy;
  readonly forceTcp: boolean;
  readonly maxFails: number | undefined;
  readonly readTimeoutMs: number | undefined;
}

export function readForward({ args: [from, ...to], block }: Directive): ForwardDeclaration {
  if (from === undefined || to.length === 0)
    throw new CorefileError("forward needs a domain and servers to ask");
  if (to.length > MAX_UPSTREAMS)
    throw new CorefileError(`more than ${String(MAX_UPSTREAMS)} servers cannot be asked`);
  const files = to.filter((each) => each.startsWith("/"));
  const declaration = {
    from: parseDomain(from),
    except: [],
    upstreams: to.filter((each) => !each.startsWith("/")).map(parseUpstream),
    usesHost: files.length > 0,
    policy: "random",
    forceTcp: false,
    maxFails: undefined,
    readTimeoutMs: undefined,
  } as const;
  return block.reduce<ForwardDeclaration>(readOption, declaration);
}

function readOption(declaration: ForwardDeclaration, { name, args }: Directive): ForwardDeclaration {
  const [first = ""] = args;
  if (WITHOUT_EFFECT.has(name)) return declaration;
  switch (name) {
    case "except":
      return { ...declaration, except: [...declaration.except, ...args.map(parseDomain)] };
    case "force_tcp":
      return { ...declaration, forceTcp: true };
    case "policy":
      return { ...declaration, policy: readPolicy(first) };
    case "max_fails":
      if (!/^\d+$/.test(first)) throw new CorefileError("max_fails needs a number");
      return { ...declaration, maxFails: Number(first) };
    case "read_timeout":
      return { ...declaration, readTimeoutMs: parseDuration(first) };
    default:
      throw new CorefileError(`the option "${name}" of forward is not known`);
  }
}

function readPolicy(text: string): UpstreamPolicy {
  const policy = POLICIES.find((each) => each === text);
  if (policy === undefined) throw new CorefileError(`the policy "${text}" is none of ${POLICIES.join(", ")}`);
  return policy;
}

/** `192.0.2.1`, `192.0.2.1:5353`, `2001:db8::1`, `[2001:db8::1]:53`, with or without `dns://`. */
function parseUpstream(text: string): Upstream {
  const bare = text.replace(/^dns:\/\//, "");
  const [, inBrackets, v4, port] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(bare) ?? [];
  const address = inBrackets ?? v4 ?? bare;
  const number = port === undefined ? DNS_PORT : Number(port);
  if (parseIP(address) === undefined || number < 1 || number > 65_535)
    throw new CorefileError(`"${text}" is no address of a DNS server; names, TLS and HTTPS are not known`);
  return { address, port: number };
}

function parseDuration(text: string): number {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? [];
  const ms = Number(number) * (DURATION_MS[unit] ?? Number.NaN);
  if (!(ms > 0)) throw new CorefileError(`"${text}" is no duration`);
  return ms;
}
