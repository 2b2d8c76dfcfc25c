/**
 * Descriptions of the options of requests, which the OpenAPI documents show as parameters of operations. Of the
 * devDependencies only the request types of `@kubernetes/client-node` have them; those have lost all line ends.
 */
import { join } from "node:path";

const REQUESTS = join(
  import.meta.dir,
  "../node_modules/@kubernetes/client-node/dist/gen/types/ObjectParamAPI.d.ts",
);

const CORE = "io.k8s.api.core.v1";
const META = "io.k8s.apimachinery.pkg.apis.meta.v1";

/** A request that has all fields of the options as its parameters. */
const REQUEST_OF: Readonly<Record<string, string>> = {
  [`${META}.ListOptions`]: "ListNamespacedPod",
  [`${META}.GetOptions`]: "ListNamespacedPod",
  [`${META}.CreateOptions`]: "CreateNamespacedPod",
  [`${META}.UpdateOptions`]: "ReplaceNamespacedPod",
  [`${META}.PatchOptions`]: "PatchNamespacedPod",
  [`${CORE}.PodLogOptions`]: "ReadNamespacedPodLog",
  [`${CORE}.PodExecOptions`]: "ConnectGetNamespacedPodExec",
  [`${CORE}.PodAttachOptions`]: "ConnectGetNamespacedPodAttach",
  [`${CORE}.PodPortForwardOptions`]: "ConnectGetNamespacedPodPortforward",
  [`${CORE}.PodProxyOptions`]: "ConnectGetNamespacedPodProxy",
  [`${CORE}.ServiceProxyOptions`]: "ConnectGetNamespacedServiceProxy",
  [`${CORE}.NodeProxyOptions`]: "ConnectGetNodeProxy",
};

/** Where lines end, by the names of parameters: there a blank stands now. */
const LINE_ENDS: Readonly<Record<string, readonly number[]>> = {
  continue: [1057, 1058],
  limit: [747, 748],
  resourceVersion: [185, 186],
  resourceVersionMatch: [275, 276],
  sendInitialEvents: [564, 565, 753, 830, 888, 971, 1053, 1126, 1166, 1223, 1252, 1253],
  shardSelector: [
    205, 206, 269, 412, 413, 564, 588, 618, 619, 879, 880, 890, 907, 996, 1086, 1103, 1192, 1281, 1370, 1460,
    1461,
  ],
};

/** By the OpenAPI names of the options; parameters that are in none are under `parameters`. */
export async function describeParameters(
  fieldsOf: (type: string) => readonly string[],
): Promise<Readonly<Record<string, Readonly<Record<string, string>>>>> {
  const text = await Bun.file(REQUESTS).text();
  const options = Object.entries(REQUEST_OF).map(([type, request]) => {
    const found = parametersOf(text, request);
    return [type, pick(found, fieldsOf(type))] as const;
  });
  const list = parametersOf(text, "ListNamespacedPod");
  const proxy = parametersOf(text, "ConnectGetNodeProxyWithPath");
  return {
    ...Object.fromEntries(options),
    parameters: { ...pick(list, ["pretty", "namespace"]), ...pick(proxy, ["path"]) },
  };
}

function parametersOf(text: string, request: string): Readonly<Record<string, string>> {
  const start = text.indexOf(`export interface CoreV1Api${request}Request {`);
  const declaration = text.slice(start, text.indexOf("\n}", start));
  const parameters = [
    ...declaration.matchAll(/\/\*\*\n {5}\* (.*)\n(?: {5}\*.*\n)*? {5}\*\/\n {4}_?(\w+)\??:/g),
  ];
  return Object.fromEntries(
    parameters.map(([, comment = "", name = ""]) => [name, withLineEnds(name, unescape(comment))]),
  );
}

function pick(
  found: Readonly<Record<string, string>>,
  names: readonly string[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    names.flatMap((name) => (found[name] === undefined ? [] : [[name, found[name]]])),
  );
}

function withLineEnds(name: string, text: string): string {
  const characters = text.split("");
  for (const index of LINE_ENDS[name] ?? []) {
    if (characters[index] !== " ")
      throw new RangeError(`Parameter "${name}" has no blank at ${String(index)}`);
    characters[index] = "\n";
  }
  return characters.join("");
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#39;": "'",
  "&#x3D;": "=",
  "&#x60;": "`",
};

function unescape(comment: string): string {
  return comment.replace(/\\?(&#?\w+;)/g, (whole, entity: string) => ENTITIES[entity] ?? whole);
}
