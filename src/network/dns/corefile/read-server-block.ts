import type { FileZone } from "../file-zone.ts";
import type { HostsTable } from "../hosts-table.ts";
import type { Rewrite } from "../rewrite.ts";
import type { CacheLimits } from "../server-block.ts";
import type { TemplateRule } from "../template-rule.ts";
import { CorefileError, type Directive, parseCorefile } from "./directive.ts";
import { parseDomain } from "./domain-argument.ts";
import { readCache } from "./read-cache.ts";
import { type Files, readFile } from "./read-file.ts";
import { type ForwardDeclaration, readForward } from "./read-forward.ts";
import { readHosts } from "./read-hosts.ts";
import { readRewrite } from "./read-rewrite.ts";
import { readTemplateRule } from "./read-template-rule.ts";

/** What a Corefile says about some domains. */
export interface ServerDeclaration {
  readonly zones: readonly string[];
  readonly cache: CacheLimits | undefined;
  readonly log: boolean;
  readonly rewrites: readonly Rewrite[];
  readonly templates: readonly TemplateRule[];
  readonly hosts: readonly HostsTable[];
  /** Whether the cluster's own names are served. */
  readonly kubernetes: boolean;
  readonly fileZones: readonly FileZone[];
  readonly forwards: readonly ForwardDeclaration[];
}

export interface ReadCorefile {
  readonly servers: readonly ServerDeclaration[];
  /** What is not done, and why: a line each. */
  readonly problems: readonly string[];
}

/** What this server does without being told, or has in another place. */
const WITHOUT_EFFECT = new Set([
  "any",
  "bufsize",
  "debug",
  "errors",
  "health",
  "loadbalance",
  "loop",
  "prometheus",
  "ready",
  "reload",
]);
const EMPTY = {
  cache: undefined,
  log: false,
  rewrites: [],
  templates: [],
  hosts: [],
  kubernetes: false,
  fileZones: [],
  forwards: [],
} as const;

/** Reads directives that belong to the server block of all names, as k3s imports `*.override`. */
export function readOverride(text: string, files: Files = {}): ReadCorefile {
  return guarded(() => {
    const { server, problems } = readDirectives([""], parseCorefile(text), files);
    return { servers: [server], problems };
  });
}

/** Reads server blocks, as k3s imports `*.server`. */
export function readServers(text: string, files: Files = {}): ReadCorefile {
  return guarded(() => {
    const read = parseCorefile(text).map((directive) => guarded(() => readServer(directive, files)));
    return {
      servers: read.flatMap(({ servers }) => servers),
      problems: read.flatMap(({ problems }) => problems),
    };
  });
}

function readServer({ name, args, block }: Directive, files: Files): ReadCorefile {
  const zones = [name, ...args].flatMap((word) => word.split(",")).filter((word) => word !== "");
  const { server, problems } = readDirectives(zones.map(parseDomain), block, files);
  return { servers: [server], problems };
}

/** A mistake leaves out what it is in, and nothing else. */
function guarded(read: () => ReadCorefile): ReadCorefile {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof CorefileError)) throw error;
    return { servers: [], problems: [error.message] };
  }
}

function readDirectives(
  zones: readonly string[],
  directives: readonly Directive[],
  files: Files,
): { readonly server: ServerDeclaration; readonly problems: readonly string[] } {
  const problems: string[] = [];
  let server: ServerDeclaration = { ...EMPTY, zones };
  for (const directive of directives) {
    try {
      server = addDirective(server, directive, files);
    } catch (error) {
      if (!(error instanceof CorefileError)) throw error;
      problems.push(`${directive.name} (line ${String(directive.line)}): ${error.message}`);
    }
  }
  return { server, problems };
}

function addDirective(server: ServerDeclaration, directive: Directive, files: Files): ServerDeclaration {
  if (WITHOUT_EFFECT.has(directive.name)) return server;
  switch (directive.name) {
    case "hosts":
      return { ...server, hosts: [...server.hosts, readHosts(directive, server.zones, files)] };
    case "template":
      return { ...server, templates: [...server.templates, readTemplateRule(directive, server.zones)] };
    case "file":
      return { ...server, fileZones: [...server.fileZones, ...readFile(directive, server.zones, files)] };
    case "kubernetes":
      return { ...server, kubernetes: true };
    case "forward":
      return { ...server, forwards: [...server.forwards, readForward(directive)] };
    case "rewrite":
      return { ...server, rewrites: [...server.rewrites, readRewrite(directive)] };
    case "log":
      return { ...server, log: true };
    case "cache":
      return { ...server, cache: readCache(directive) };
    default:
      throw new CorefileError("the cluster DNS does not know this directive");
  }
}
