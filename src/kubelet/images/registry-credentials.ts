import type { Secret } from "#api/generated/core-v1.ts";
import type { RegistryAuth } from "#container/runtime.ts";

/** The registry of names that do not say any (`credentialprovider/keyring.go`). */
const DEFAULT_REGISTRY = "index.docker.io";

interface DockerConfigEntry {
  readonly username?: string;
  readonly password?: string;
  /** `username:password` in base64. */
  readonly auth?: string;
}

/** The host and path that an image is pulled from: `registry.example:5000/team/app`. */
export function repositoryOf(image: string): string {
  const name = image.replace(/@.*$/, "").replace(/:[^/:]*$/, "");
  const [first = "", ...rest] = name.split("/");
  const isHost = rest.length > 0 && (first === "localhost" || /[.:]/.test(first));
  const [host, path] = isHost ? [first, rest.join("/")] : [DEFAULT_REGISTRY, name];
  return `${host === "docker.io" ? DEFAULT_REGISTRY : host}/${path}`;
}

/**
 * The credentials for an image in the pod's pull secrets (`kubernetes.io/dockerconfigjson` and `dockercfg`), those for
 * the most specific place first. Secrets that cannot be read are left out.
 */
export function credentialsFor(image: string, secrets: readonly Secret[]): readonly RegistryAuth[] {
  const repository = repositoryOf(image);
  return secrets
    .flatMap((secret) => Object.entries(entriesOf(secret)))
    .map(([server, entry]) => ({ place: placeOf(server), auth: authOf(server, entry) }))
    .filter(({ place }) => covers(place, repository))
    .toSorted((a, b) => b.place.length - a.place.length)
    .map(({ auth }) => auth);
}

function entriesOf({ type, data = {} }: Secret): Readonly<Record<string, DockerConfigEntry>> {
  try {
    if (type === "kubernetes.io/dockerconfigjson") {
      const config = parse(data[".dockerconfigjson"]) as {
        readonly auths?: Record<string, DockerConfigEntry>;
      };
      return config.auths ?? {};
    }
    // The older form has the entries at the top.
    return type === "kubernetes.io/dockercfg"
      ? (parse(data[".dockercfg"]) as Record<string, DockerConfigEntry>)
      : {};
  } catch {
    // Whoever pulls without credentials is told by the registry that they are missing.
    return {};
  }
}

function parse(base64 = ""): unknown {
  const value: unknown = JSON.parse(Buffer.from(base64, "base64").toString());
  return typeof value === "object" && value !== null ? value : {};
}

/** Entries are written as hosts, as hosts with paths, and as URLs of an API version. */
function placeOf(server: string): string {
  const bare = server.replace(/^https?:\/\//, "").replace(/\/(v1|v2)?\/?$/, "");
  const [host = "", ...path] = bare.split("/");
  const canonical = host === "docker.io" || host === "registry-1.docker.io" ? DEFAULT_REGISTRY : host;
  return [canonical, ...path].join("/");
}

/** Parts of a host may be `*`, each for one part; a path covers what is below it. */
function covers(place: string, repository: string): boolean {
  const [placeHost = "", ...placePath] = place.split("/");
  const [host = "", ...path] = repository.split("/");
  const patterns = placeHost.split(".");
  const parts = host.split(".");
  const isHost =
    patterns.length === parts.length && patterns.every((pattern, i) => fits(pattern, parts[i] ?? ""));
  return isHost && path.join("/").startsWith(placePath.join("/"));
}

function fits(pattern: string, part: string): boolean {
  if (!pattern.includes("*")) return pattern === part;
  const expression = pattern
    .split("*")
    .map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .join(".*");
  return new RegExp(`^${expression}$`).test(part);
}

function authOf(server: string, { username, password, auth }: DockerConfigEntry): RegistryAuth {
  const decoded = auth === undefined ? "" : Buffer.from(auth, "base64").toString();
  const colon = decoded.indexOf(":");
  return {
    username: username ?? decoded.slice(0, Math.max(0, colon)),
    password: password ?? decoded.slice(colon + 1),
    serverAddress: server,
  };
}
