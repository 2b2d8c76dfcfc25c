/**
 * Writes the descriptions of all API types and their fields, as `kubectl explain` shows them, from the declarations of
 * the devDependency `kubernetes-models`, whose comments are those of the Kubernetes sources. (The models of
 * `@kubernetes/client-node` lack the descriptions of every field that is an object, and all line breaks.) The file is
 * embedded in the executable and not kept under version control; `bun install` makes it through the package's
 * `prepare` script.
 */
import { readdirSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import schema from "../src/api/generated/schema.json";

/** Descriptions of a type (under the empty name) and of its fields by their JSON names. */
type TypeDescriptions = Readonly<Record<string, string>>;

const OUTPUT = join(import.meta.dir, "../src/apiserver/openapi/descriptions.json.gz");
const MODELS = packageFolder("kubernetes-models", import.meta.dir);
const META_MODELS = join(packageFolder("@kubernetes-models/apimachinery", MODELS), "apis/meta/v1");
const GROUPS = readdirSync(MODELS);

const COMMENT = String.raw`/\*\*\n((?: *\*(?: .*)?\n)+?) *\*/\n *`;
const TYPE = new RegExp(`${COMMENT}export `);
const FIELD = new RegExp(String.raw`^ {4}${COMMENT}"([^"]+)"\??:`, "gm");

await main();

async function main(): Promise<void> {
  const entries = await Promise.all(Object.keys(schema.types).map(describeType));
  const found = entries.filter((entry) => entry !== undefined);
  await mkdir(dirname(OUTPUT), { recursive: true });
  await Bun.write(OUTPUT, gzipSync(JSON.stringify(Object.fromEntries(found)), { level: 9 }));
  console.log(`Described ${String(found.length)} of ${String(entries.length)} types`);
}

async function describeType(name: string): Promise<readonly [string, TypeDescriptions] | undefined> {
  const declaration = Bun.file(declarationPath(name));
  if (!(await declaration.exists())) return undefined;
  const text = await declaration.text();
  // The class behind the interface repeats its comments.
  const [model = ""] = text.split("\nexport declare class");
  const own = TYPE.exec(text)?.[1];
  const fields = [...model.matchAll(FIELD)].map(
    ([, comment = "", field = ""]) => [field, plain(comment)] as const,
  );
  return [name, Object.fromEntries([...(own === undefined ? [] : [["", plain(own)] as const]), ...fields])];
}

/** `io.k8s.api.apps.v1.Deployment` is in `apps/v1/Deployment`, a type of the core group in `v1/`. */
function declarationPath(typeName: string): string {
  const [kind = "", version = "", group = ""] = typeName.split(".").toReversed();
  if (typeName.startsWith("io.k8s.apimachinery.")) return join(META_MODELS, `${kind}.d.ts`);
  const folder = GROUPS.find((name) => name === group || name.startsWith(`${group}.`));
  return join(MODELS, group === "core" ? "" : (folder ?? group), version, `${kind}.d.ts`);
}

/** The text of a comment without its margin; asterisks are escaped so that they do not end it. */
function plain(comment: string): string {
  const lines = comment.split("\n").map((line) => line.replace(/^ *\* ?/, ""));
  return lines.join("\n").replaceAll("\\*", "*").trim();
}

function packageFolder(name: string, from: string): string {
  return dirname(Bun.resolveSync(`${name}/package.json`, from));
}
