/**
 * Writes the descriptions of all API types and their fields, as `kubectl explain` shows them, from the declarations of
 * the devDependency `kubernetes-models`, whose comments are those of the Kubernetes sources. (The models of
 * `@kubernetes/client-node`, of which versions that are not stable are taken, lack line breaks, and the descriptions of
 * every field that is an object.) That of
 * quantities only `kubernetes-types` has. `parameter-descriptions.ts` adds the options of requests. The file is
 * embedded in the executable and not kept under version control; `bun install` makes it through the package's
 * `prepare` script.
 */
import { readdirSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import schema from "../src/api/generated/schema.json";
import { describeParameters } from "./parameter-descriptions.ts";

/** Descriptions of a type (under the empty name) and of its fields by their JSON names. */
type TypeDescriptions = Readonly<Record<string, string>>;

const OUTPUT = join(import.meta.dir, "../src/apiserver/openapi/descriptions.json.gz");
const MODELS = packageFolder("kubernetes-models", import.meta.dir);
const MACHINERY_MODELS = packageFolder("@kubernetes-models/apimachinery", MODELS);
const GROUPS = readdirSync(MODELS);
const QUANTITY = join(packageFolder("kubernetes-types", import.meta.dir), "api/resource.d.ts");
const CLIENT_MODELS = join(import.meta.dir, "../node_modules/@kubernetes/client-node/dist/gen/models");

const MACHINERY = "io.k8s.apimachinery.pkg";

/** Types that are scalars in the facts and named schemas in OpenAPI. */
const NAMED_SCALARS = [
  "apis.meta.v1.Time",
  "apis.meta.v1.MicroTime",
  "apis.meta.v1.Patch",
  "util.intstr.IntOrString",
  "runtime.RawExtension",
];

const COMMENT = String.raw`/\*\*\n((?: *\*(?: .*)?\n)+?) *\*/\n *`;
const TYPE = new RegExp(`${COMMENT}export `);
const FIELD = new RegExp(String.raw`^ {4}${COMMENT}"([^"]+)"\??:`, "gm");
const CLIENT_COMMENT = /\/\*\*\n *\* (.*)\n *\*\/\n *(?:export declare class|'([^']+)'\??:)/g;

await main();

async function main(): Promise<void> {
  const names = [...Object.keys(schema.types), ...NAMED_SCALARS.map((name) => `${MACHINERY}.${name}`)];
  const entries = await Promise.all([...names.map(describeType), describeTypeMeta(), describeQuantity()]);
  const found = entries.filter((entry) => entry !== undefined);
  const descriptions = { ...Object.fromEntries(found), ...(await describeParameters(fieldsOf)) };
  await mkdir(dirname(OUTPUT), { recursive: true });
  await Bun.write(OUTPUT, gzipSync(JSON.stringify(descriptions), { level: 9 }));
  console.log(`Described ${String(found.length)} of ${String(entries.length)} types`);
}

function fieldsOf(name: string): readonly string[] {
  const types: Readonly<Record<string, { readonly fields: object }>> = schema.types;
  return Object.keys(types[name]?.fields ?? {});
}

async function describeType(name: string): Promise<readonly [string, TypeDescriptions] | undefined> {
  const declaration = Bun.file(declarationPath(name));
  if (!(await declaration.exists())) return describeClientModel(name);
  const text = await declaration.text();
  // The class behind the interface repeats its comments.
  const [model = ""] = text.split("\nexport declare class");
  const own = TYPE.exec(text)?.[1];
  const fields = [...model.matchAll(FIELD)].map(
    ([, comment = "", field = ""]) => [field, plain(comment)] as const,
  );
  return [name, Object.fromEntries([...(own === undefined ? [] : [["", plain(own)] as const]), ...fields])];
}

/** Types of versions that are not stable only the client's models tell. */
async function describeClientModel(name: string): Promise<readonly [string, TypeDescriptions] | undefined> {
  const [kind = "", version = ""] = name.split(".").toReversed();
  const model = `${version.slice(0, 1).toUpperCase()}${version.slice(1)}${kind}.d.ts`;
  const declaration = Bun.file(join(CLIENT_MODELS, model));
  if (!/(alpha|beta)\d+$/.test(version) || !(await declaration.exists())) return undefined;
  const matches = (await declaration.text()).matchAll(CLIENT_COMMENT);
  const entries = [...matches].map(([, comment = "", field = ""]) => [field, plain(comment)] as const);
  return [name, Object.fromEntries(entries)];
}

/** The fields `apiVersion` and `kind` of every object: only the client's models tell them. */
async function describeTypeMeta(): Promise<readonly [string, TypeDescriptions]> {
  const text = await Bun.file(join(CLIENT_MODELS, "V1ConfigMap.d.ts")).text();
  const fields = ["apiVersion", "kind"].map((field) => {
    const comment = new RegExp(String.raw`/\*\*\s*\* (.*)\s*\*/\s*'${field}'`).exec(text)?.[1] ?? "";
    return [field, comment] as const;
  });
  return [`${MACHINERY}.apis.meta.v1.TypeMeta`, Object.fromEntries(fields)];
}

async function describeQuantity(): Promise<readonly [string, TypeDescriptions]> {
  const [, comment = ""] = TYPE.exec(await Bun.file(QUANTITY).text()) ?? [];
  return [`${MACHINERY}.api.resource.Quantity`, { "": plain(comment) }];
}

/** `io.k8s.api.apps.v1.Deployment` is in `apps/v1/Deployment`, a type of the core group in `v1/`. */
function declarationPath(typeName: string): string {
  const [kind = "", version = "", group = ""] = typeName.split(".").toReversed();
  if (typeName.startsWith(`${MACHINERY}.`)) {
    const folders = typeName.slice(MACHINERY.length + 1).replaceAll(".", "/");
    return join(MACHINERY_MODELS, `${folders}.d.ts`);
  }
  const folder = GROUPS.find((name) => name === group || name.startsWith(`${group}.`));
  return join(MODELS, group === "core" ? "" : (folder ?? group), version, `${kind}.d.ts`);
}

/** The text of a comment without its margin and tags; what would end it is escaped. */
function plain(comment: string): string {
  const lines = comment.split("\n").map((line) => line.replace(/^ *\* ?/, ""));
  const text = lines.filter((line) => line !== "@deprecated").join("\n");
  return text.replaceAll("\\*", "*").replaceAll("*\\/", "*/").trim();
}

function packageFolder(name: string, from: string): string {
  return dirname(Bun.resolveSync(`${name}/package.json`, from));
}
