import { expect, test } from "bun:test";
import { dirname, join, relative } from "node:path";
import { parseSync } from "oxc-parser";

interface Layer {
  /** Folders under src/ that it may import, besides itself. */
  readonly folders: readonly string[];
  /** npm packages and runtime modules that it may import; a prefix ends in `*`. */
  readonly packages: readonly string[];
}

const PURE = ["base", "apimachinery", "api"];
const COMPONENT = [...PURE, "observability", "client", "reconcile"];

/** Bottom to top. Adding a word here changes the architecture: think twice. */
const LAYERS: Readonly<Record<string, Layer>> = {
  base: { folders: [], packages: ["node:*"] },
  observability: { folders: ["base"], packages: ["prom-client", "node:*"] },
  apimachinery: { folders: ["base"], packages: ["yaml"] },
  api: { folders: ["base", "apimachinery"], packages: [] },
  https: { folders: ["base", "observability", "apimachinery"], packages: ["node:*"] },
  pki: { folders: ["base"], packages: ["jose", "yaml", "node:*"] },
  store: {
    folders: ["base", "observability"],
    packages: ["better-sqlite3", "better-sqlite3/*", "node:*"],
  },
  client: { folders: [...PURE, "observability"], packages: ["node:*", "yaml"] },
  apiserver: {
    folders: [...PURE, "observability", "https", "store", "client", "pki"],
    packages: ["elysia", "ws", "yaml", "jose", "re2js", "@noble/ciphers/*", "node:*"],
  },
  reconcile: { folders: [...PURE, "observability", "client"], packages: [] },
  controllers: { folders: [...PURE, "reconcile"], packages: [] },
  scheduler: { folders: [...PURE, "reconcile"], packages: [] },
  container: { folders: ["base", "observability"], packages: ["dockerode", "node:*"] },
  network: { folders: COMPONENT, packages: ["bun:ffi", "re2js", "node:*"] },
  kubelet: {
    folders: [...COMPONENT, "https", "container", "network", "pki"],
    packages: ["bun:ffi", "ws", "elysia", "yaml", "node:*"],
  },
  join: { folders: [...COMPONENT, "https", "pki"], packages: ["ws", "node:*"] },
  server: {
    folders: [
      ...COMPONENT,
      "https",
      "store",
      "apiserver",
      "pki",
      "controllers",
      "scheduler",
      "join",
      "agent",
    ],
    packages: ["node:*"],
  },
  agent: {
    folders: [...COMPONENT, "https", "container", "network", "kubelet", "join", "pki"],
    packages: ["yaml", "node:*"],
  },
  cli: {
    folders: ["base", "observability", "apimachinery", "api", "server", "agent", "pki", "join"],
    packages: ["clipanion", "yaml", "node:*"],
  },
  testing: {
    folders: [
      ...COMPONENT,
      "https",
      "store",
      "apiserver",
      "pki",
      "container",
      "network",
      "kubelet",
      "controllers",
      "scheduler",
      "server",
    ],
    packages: ["bun:test", "fast-check", "node:*", "yaml"],
  },
};

/** What tests beside their source may import beyond their own layer. */
const TEST_PACKAGES = ["bun:test", "dns-packet", "fast-check", "fast-json-patch", "node:*", "bun"];

/** Folders whose code may not know the time by itself; `new Date()` is the one way the linter cannot see. */
const CLOCKLESS = /^(apimachinery|api|controllers|scheduler|network\/proxy)\//;

/** Folders of equal members; what two of them share lives elsewhere. */
const SIBLINGS = ["controllers", "scheduler/plugins", "apiserver/admission/plugins", "cli/commands"];

const root = join(import.meta.dir, "../../src");

test("imports follow the layer table", async () => {
  const violations: string[] = [];
  for await (const file of new Bun.Glob("**/*.ts").scan(root)) {
    const layer = layerOf(file);
    if (layer === "main.ts") continue;
    const allowed = LAYERS[layer];
    if (allowed === undefined) {
      violations.push(`${file}: folder "${layer}" is not in the layer table`);
      continue;
    }
    const isTest = file.endsWith(".test.ts");
    for (const specifier of await importsOf(file)) {
      const to = targetLayer(file, specifier);
      const ok =
        to === undefined
          ? matches(specifier, isTest ? [...allowed.packages, ...TEST_PACKAGES] : allowed.packages)
          : to === layer || allowed.folders.includes(to) || (isTest && to === "testing");
      if (!ok) violations.push(`${file} -> ${specifier}`);
    }
  }
  expect(violations).toEqual([]);
});

test("siblings of one shape never import each other", async () => {
  const violations: string[] = [];
  for (const family of SIBLINGS) {
    for await (const file of new Bun.Glob(`${family}/**/*.ts`).scan(root)) {
      if (file.endsWith(".test.ts")) continue;
      for (const specifier of await importsOf(file)) {
        const target = specifier.startsWith(".") ? join(dirname(file), specifier) : specifier.slice(1);
        const isSibling = target.startsWith(`${family}/`) && unitOf(family, target) !== unitOf(family, file);
        if (isSibling) violations.push(`${file} -> ${specifier}`);
      }
    }
  }
  expect(violations).toEqual([]);
});

test("pure folders get the time from their caller", async () => {
  const violations: string[] = [];
  for await (const file of new Bun.Glob("**/*.ts").scan(root)) {
    if (!CLOCKLESS.test(file) || file.endsWith(".test.ts")) continue;
    const text = await Bun.file(join(root, file)).text();
    if (/new Date\(\)/.test(text)) violations.push(file);
  }
  expect(violations).toEqual([]);
});

async function importsOf(file: string): Promise<string[]> {
  const { module } = parseSync(file, await Bun.file(join(root, file)).text());
  return [
    ...module.staticImports.map((entry) => entry.moduleRequest.value),
    ...module.staticExports.flatMap((entry) => entry.entries.map((each) => each.moduleRequest?.value)),
  ].filter((specifier) => specifier !== undefined);
}

/** A sibling is a file (`controllers/replicaset.ts`) or a folder (`controllers/deployment/`). */
function unitOf(family: string, path: string): string {
  return (path.slice(family.length + 1).split("/")[0] ?? "").replace(/\.ts$/, "");
}

function layerOf(file: string): string {
  return file.split("/")[0] ?? "";
}

function targetLayer(file: string, specifier: string): string | undefined {
  if (specifier.startsWith("#")) return layerOf(specifier.slice(1));
  if (specifier.startsWith(".")) return layerOf(relative(root, join(root, dirname(file), specifier)));
  return undefined;
}

function matches(specifier: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) =>
    pattern.endsWith("*") ? specifier.startsWith(pattern.slice(0, -1)) : specifier === pattern,
  );
}
