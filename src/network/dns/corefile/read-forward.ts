import { checkDNS1123Subdomain } from "#apimachinery/formats.ts";
import { parseIP } from "#base/cidr.ts";
import type { UpstreamPolicy } from "../forwarder.ts";
import { DNS_PORT, type Upstream } from "../upstream.ts";
import { codeNumber } from "../wire/record-type.ts";
import { CorefileError, type Directive } from "./directive.ts";
import { parseDomain } from "./domain-argument.ts";
import { parseDuration } from "./duration-argument.ts";

const POLICIES: readonly UpstreamPolicy[] = ["random", "round_robin", "sequential"];
const MAX_UPSTREAMS = 15;
/** The port of DNS over TLS (RFC 7858 3.1). */
const TLS_PORT = 853;
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
  /** Codes of answers after which the next server is asked. */
  readonly failover: readonly number[];
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
    failover: [],
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
      return { ...declaration, readTimeoutMs: readTimeout(first) };
    case "failover":
      return { ...declaration, failover: args.map(readCode) };
    case "tls":
      if (args.length > 0) throw new CorefileError("files of keys and certificates are not read");
      return declaration;
    case "tls_servername":
      return { ...declaration, upstreams: declaration.upstreams.map((each) => withServername(each, first)) };
    default:
      throw new CorefileError(`the option "${name}" of forward is not known`);
  }
}

function readPolicy(text: string): UpstreamPolicy {
  const policy = POLICIES.find((each) => each === text);
  if (policy === undefined) throw new CorefileError(`the policy "${text}" is none of ${POLICIES.join(", ")}`);
  return policy;
}

function readTimeout(text: string): number {
  const timeoutMs = parseDuration(text);
  if (timeoutMs === 0) throw new CorefileError("read_timeout must be longer than nothing");
  return timeoutMs;
}

function readCode(text: string): number {
  const code = codeNumber(text);
  if (code === undefined || code === 0)
    throw new CorefileError(`"${text}" is no code of a failure that is known`);
  return code;
}

function withServername(upstream: Upstream, servername: string): Upstream {
  if (checkDNS1123Subdomain(servername).length > 0)
    throw new CorefileError(`"${servername}" is no name of a server`);
  if (upstream.tls?.servername !== undefined)
    throw new CorefileError("tls_servername cannot be given for a server that has a name of its own");
  return upstream.tls === undefined ? upstream : { ...upstream, tls: { servername } };
}

/** `192.0.2.1`, `192.0.2.1:5353`, `2001:db8::1`, `[2001:db8::1]:53`, with or without `dns://`; `tls://192.0.2.1%dns.example:853`. */
function parseUpstream(text: string): Upstream {
  const [, scheme, bare = ""] = /^(?:(dns|tls):\/\/)?(.*)$/.exec(text) ?? [];
  const [, inBrackets, v4, servername, port] =
    /^(?:\[([^\]]+)\]|([^:%]+))(?:%([^:]+))?(?::(\d+))?$/.exec(bare) ?? [];
  const address = inBrackets ?? v4 ?? bare;
  const isTls = scheme === "tls";
  const number = port === undefined ? (isTls ? TLS_PORT : DNS_PORT) : Number(port);
  if (parseIP(address) === undefined || number < 1 || number > 65_535 || (servername !== undefined && !isTls))
    throw new CorefileError(`"${text}" is no address of a DNS server; names and HTTPS are not known`);
  const upstream: Upstream = { address, port: number, ...(isTls && { tls: {} }) };
  return servername === undefined ? upstream : withServername(upstream, servername);
}
