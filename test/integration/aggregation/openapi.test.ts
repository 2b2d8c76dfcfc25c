import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { HttpClient } from "../front/http-client.ts";
import { until } from "../until.ts";
import { ExtendedCluster } from "./cluster.ts";
import { gadgets } from "./gadgets.ts";

const FLUNDER = "com.example.wardle.v1alpha1.Flunder";
const META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";
const FLUNDERS = "/apis/wardle.example.com/v1alpha1/namespaces/{namespace}/flunders";
const LIMIT = "limit-1NfNmdNH";
const DOCUMENT = "apis/wardle.example.com/v1alpha1";

interface V2 {
  readonly info: { readonly title: string };
  readonly paths: Readonly<Record<string, object>>;
  readonly parameters: Readonly<Record<string, { readonly description: string }>>;
  readonly definitions: Readonly<Record<string, { readonly properties: Readonly<Record<string, object>> }>>;
}

interface V3Index {
  readonly paths: Readonly<Record<string, { readonly serverRelativeURL: string }>>;
}

describe.each([false, true])("OpenAPI with an extension server that is old: %p", (isOld) => {
  let cluster: ExtendedCluster;
  let client: HttpClient;
  beforeAll(async () => {
    cluster = await ExtendedCluster.start({ isOld });
    client = cluster.server.connect();
    await cluster.register("wardle.example.com", "v1alpha1");
    await until(async () => FLUNDERS in (await v2()).paths);
  });
  afterAll(() => cluster[Symbol.asyncDispose]());

  const v2 = async (): Promise<V2> => (await client.send({ path: "/openapi/v2" })).json<V2>();
  const index = async (): Promise<V3Index> => (await client.send({ path: "/openapi/v3" })).json<V3Index>();

  test("v2 has the paths and types of all servers", async () => {
    const { info, paths, definitions } = await v2();
    expect(info.title).toBe("Kubernetes");
    expect(Object.keys(paths)).toEqual(expect.arrayContaining(["/api/v1/nodes", FLUNDERS]));
    expect(Object.keys(paths)).not.toContain("/apis/wardle.example.com/");
    // Its own type of the same name is another one.
    expect(definitions[FLUNDER]?.properties["metadata"]).toMatchObject({ $ref: `#/definitions/${META}_v2` });
    expect(Object.keys(definitions[`${META}_v2`]?.properties ?? {})).toEqual(["name", "namespace"]);
    expect(Object.keys(definitions[META]?.properties ?? {})).toContain("resourceVersion");
  });

  test("v2 tells the parameters of servers apart", async () => {
    const { paths, parameters } = await v2();
    expect(paths[FLUNDERS]).toMatchObject({ parameters: [{ $ref: `#/parameters/${LIMIT}_v2` }] });
    expect(parameters[`${LIMIT}_v2`]?.description).toBe("How many.");
    expect(parameters[LIMIT]?.description).toStartWith("limit is a maximum number");
  });

  test("v3 leads to the document of the extension server", async () => {
    await until(async () => DOCUMENT in (await index()).paths);
    const { paths } = await index();
    expect(paths["api/v1"]).toBeDefined();
    const { serverRelativeURL = "" } = paths[DOCUMENT] ?? {};
    const answer = await client.send({ path: serverRelativeURL });
    expect(answer.status).toBe(200);
    const { components } = answer.json<{ components: { schemas: Record<string, { properties: object }> } }>();
    expect(Object.keys(components.schemas[FLUNDER]?.properties ?? {})).toContain("spec");
    expect((await client.send({ path: "/openapi/v3/apis/gone/v1" })).status).toBe(404);
  });

  test("v3 leads there also when this server has custom resources in the same group version", async () => {
    const { [DOCUMENT]: before } = (await index()).paths;
    const definition: typeof gadgets = {
      ...gadgets,
      metadata: { name: "gadgets.wardle.example.com" },
      spec: {
        ...gadgets.spec,
        group: "wardle.example.com",
        versions: gadgets.spec.versions.map((version) => ({ ...version, name: "v1alpha1" })),
      },
    };
    await cluster.server.client.create("CustomResourceDefinition", definition);
    await until(async () => "/apis/wardle.example.com/v1alpha1/gadgets" in (await v2()).paths);
    expect((await index()).paths[DOCUMENT]?.serverRelativeURL).toBe(before?.serverRelativeURL ?? "");
    const answer = await client.send({ path: `/openapi/v3/${DOCUMENT}` });
    expect(answer.text).toContain(FLUNDER);
    await cluster.server.client.delete("CustomResourceDefinition", { name: definition.metadata.name ?? "" });
  });

  test("forgets an extension server that is not registered any more", async () => {
    await cluster.server.client.delete("APIService", { name: "v1alpha1.wardle.example.com" });
    await until(async () => !(FLUNDERS in (await v2()).paths));
    expect(DOCUMENT in (await index()).paths).toBe(false);
    expect((await client.send({ path: `/openapi/v3/${DOCUMENT}` })).status).toBe(404);
  });
});
