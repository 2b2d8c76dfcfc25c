import { beforeAll, expect, test } from "bun:test";
import { dirname, join, relative } from "node:path";
import { parseSync } from "oxc-parser";

const root = join(import.meta.dir, "../../src");

/** What a start has to load is part of how long it takes; a package belongs here only if every server needs it at once. */
const PACKAGES = ["clipanion", "dockerode", "elysia", "jose", "prom-client", "ws", "yaml"];

let files: ReadonlyMap<string, string>;
let packages: ReadonlyMap<string, string>;
beforeAll(async () => {
  ({ files, packages } = await loadedBy("main.ts"));
});

test("a start loads nothing that is loaded on demand elsewhere", async () => {
  expect(files.size).toBeGreaterThan(500);
  const onDemand = new Set<string>();
  for await (const file of new Bun.Glob("**/*.ts").scan(root)) {
    const text = file.endsWith(".test.ts") ? "" : await Bun.file(join(root, file)).text();
    for (const [, target = ""] of text.matchAll(/\brequire\("(\.[^"]+)"\)/g))
      onDemand.add(join(dirname(file), target));
  }
  expect(onDemand.size).toBeGreaterThan(5);
  const loaded = [...onDemand]
    .map((file) => ({ file, importedBy: files.get(file) }))
    .filter(({ importedBy }) => importedBy !== undefined);
  expect(loaded).toEqual([]);
});

test("a start loads no packages but those that every server needs", () => {
  const others = [...packages].filter(([name]) => !/^(node|bun):/.test(name));
  expect(others.map(([name]) => name).toSorted()).toEqual(PACKAGES);
});

interface Loaded {
  /** Files of `src` with the file that imports each. */
  readonly files: ReadonlyMap<string, string>;
  readonly packages: ReadonlyMap<string, string>;
}

/** What is evaluated before the first line of `entry`. */
async function loadedBy(entry: string): Promise<Loaded> {
  const loaded = { files: new Map([[entry, ""]]), packages: new Map<string, string>() };
  // A map goes on to what is added to it meanwhile.
  for (const file of loaded.files.keys()) {
    for (const specifier of await evaluatedBy(file)) {
      const target = targetOf(file, specifier);
      const found = target === undefined ? loaded.packages : loaded.files;
      if (!found.has(target ?? specifier)) found.set(target ?? specifier, file);
    }
  }
  return loaded;
}

/** Of types nothing is left when code runs. */
async function evaluatedBy(file: string): Promise<readonly string[]> {
  if (!file.endsWith(".ts")) return [];
  const { module } = parseSync(file, await Bun.file(join(root, file)).text());
  const imported = module.staticImports
    .filter(({ entries }) => entries.length === 0 || entries.some(({ isType }) => !isType))
    .map(({ moduleRequest }) => moduleRequest.value);
  const exported = module.staticExports
    .flatMap(({ entries }) => entries)
    .flatMap(({ isType, moduleRequest }) => (isType ? [] : [moduleRequest?.value]));
  return [...imported, ...exported].filter((specifier) => specifier !== undefined);
}

function targetOf(file: string, specifier: string): string | undefined {
  if (specifier.startsWith("#")) return specifier.slice(1);
  if (specifier.startsWith(".")) return relative(root, join(root, dirname(file), specifier));
  return undefined;
}
