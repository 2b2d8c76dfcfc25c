/** Selection of custom resources by fields that their definition names, and that have other names in each version. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { CustomResourceDefinition, JSONSchemaProps } from "#api/generated/apiextensions-v1.ts";
import type { Resource } from "#api/resource.ts";
import type { KubeObject, NewObject } from "#apimachinery/meta.ts";
import type { RequestOperation } from "#apimachinery/request.ts";
import type { EncodedWatchEvent } from "#apiserver/pipeline.ts";
import { answer, type Review, settled } from "./conversion-fixture.ts";
import { failureOf } from "./failure.ts";
import { startServer, type TestServer } from "./server.ts";

const GROUP = "tests.example.com";
const WEBHOOK = "https://shirts.example.com/convert";
const VERSIONS = ["v1", "v1beta1"] as const;
type Version = (typeof VERSIONS)[number];

interface ShirtSpec {
  readonly color?: string | undefined;
  readonly hue?: string | undefined;
  readonly quantity?: number;
  readonly size?: string;
  readonly branded?: boolean;
}

type Shirt = KubeObject & { readonly spec: ShirtSpec };

const COLOR: Readonly<Record<Version, "color" | "hue">> = { v1: "color", v1beta1: "hue" };

function aShirtDefinition(): NewObject<CustomResourceDefinition> {
  const properties: Readonly<Record<string, JSONSchemaProps>> = {
    quantity: { type: "integer" },
    size: { type: "string", enum: ["S", "M", "L", "XL"] },
    branded: { type: "boolean" },
  };
  const aVersion = (name: Version) => {
    const spec = { type: "object", properties: { ...properties, [COLOR[name]]: { type: "string" } } };
    return {
      name,
      served: true,
      storage: name === "v1",
      schema: { openAPIV3Schema: { type: "object", properties: { spec } } },
      selectableFields: [COLOR[name], "quantity", "size", "branded"].map((field) => ({
        jsonPath: `.spec.${field}`,
      })),
    };
  };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `shirts.${GROUP}` },
    spec: {
      group: GROUP,
      scope: "Cluster",
      names: { plural: "shirts", kind: "Shirt" },
      versions: VERSIONS.map(aVersion),
      conversion: {
        strategy: "Webhook",
        webhook: { clientConfig: { url: WEBHOOK }, conversionReviewVersions: ["v1"] },
      },
    },
  };
}

function shirts(version: Version): Resource {
  return {
    group: GROUP,
    version,
    kind: "Shirt",
    name: "shirts",
    singular: "shirt",
    namespaced: false,
    verbs: [],
    shortNames: [],
    categories: [],
    subresources: [],
  };
}

/** A shirt as clients of a version write it. */
function aShirt(name: string, { color, hue = color, ...spec }: ShirtSpec, version: Version = "v1"): Shirt {
  return {
    apiVersion: `${GROUP}/${version}`,
    kind: "Shirt",
    metadata: { name, uid: "" },
    spec: { ...spec, ...(hue !== undefined && { [COLOR[version]]: hue }) },
  };
}

function convertShirts(review: Review): object {
  const { objects, desiredAPIVersion } = review.request;
  const version: Version = desiredAPIVersion.endsWith("v1") ? "v1" : "v1beta1";
  return answer(
    review,
    objects.map((object) => {
      const { metadata, spec } = object as unknown as Shirt;
      return { ...aShirt(metadata.name, spec, version), metadata };
    }),
  );
}

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
  server.webhooks.answer(WEBHOOK, convertShirts);
  await server.client.create("CustomResourceDefinition", aShirtDefinition());
  await settled();
});
beforeEach(deleteShirts);
afterAll(() => server[Symbol.asyncDispose]());

async function deleteShirts(): Promise<void> {
  await server.send({ kind: shirts("v1") }, { verb: "deletecollection" });
}

const SHIRTS = [
  aShirt("shirt1", { color: "blue", quantity: 2, size: "S", branded: true }),
  aShirt("shirt2", { color: "blue", quantity: 3, size: "M", branded: false }),
  aShirt("shirt3", { color: "green", quantity: 2, branded: false }),
];

async function createShirts(): Promise<void> {
  for (const shirt of SHIRTS) await server.client.create(shirts("v1"), shirt);
}

async function namesIn(version: Version, fieldSelector = ""): Promise<readonly string[]> {
  const { items } = await server.client.list(shirts(version), { fieldSelector });
  return items.map(({ metadata }) => metadata.name);
}

function described({ type, object }: EncodedWatchEvent): string {
  return `${type} ${(object as KubeObject).metadata.name}`;
}

const cases = VERSIONS.flatMap((version) => {
  const blue = `spec.${COLOR[version]}=blue`;
  return [
    { version, selector: blue, want: ["shirt1", "shirt2"], gone: ["shirt1", "shirt2"] },
    { version, selector: "spec.quantity=2", want: ["shirt1", "shirt3"], gone: ["shirt1"] },
    { version, selector: "spec.size=M", want: ["shirt2"], gone: [] },
    { version, selector: "spec.size=", want: ["shirt3"], gone: [] },
    { version, selector: "spec.size!=M,metadata.name!=shirt1", want: ["shirt3"], gone: [] },
    { version, selector: "spec.branded=false", want: ["shirt2", "shirt3"], gone: [] },
    { version, selector: `${blue},spec.quantity=2`, want: ["shirt1"], gone: ["shirt1"] },
    { version, selector: `${blue},spec.branded=false`, want: ["shirt2"], gone: ["shirt2"] },
  ];
});

describe.each(cases)("$version by $selector", ({ version, selector, want, gone }) => {
  test("is listed", async () => {
    await createShirts();
    expect(await namesIn(version, selector)).toEqual(want);
  });

  test("is watched, and seen to leave when it is deleted or changed", async () => {
    await using watching = await server.watch({ kind: shirts(version) }, { fieldSelector: selector });
    await createShirts();
    await server.client.delete(shirts("v1"), { name: "shirt1" });
    const shirt = await server.client.get(shirts("v1"), { name: "shirt2" });
    await server.client.update(shirts("v1"), {
      ...shirt,
      spec: { ...SHIRTS[1]?.spec, color: "green" },
    } as Shirt);
    await watching.settled();
    const events = watching.events.map(described).filter((event) => !event.startsWith("MODIFIED"));
    expect(events).toEqual([
      ...want.map((name) => `ADDED ${name}`),
      ...gone.map((name) => `DELETED ${name}`),
    ]);
  });

  test("is deleted", async () => {
    await createShirts();
    const list = { fieldSelector: selector };
    await server.send({ kind: shirts(version) }, { verb: "deletecollection", list });
    const left = SHIRTS.map(({ metadata }) => metadata.name).filter((name) => !want.includes(name));
    expect(await namesIn("v1")).toEqual(left);
  });
});

describe.each([
  ["v1", "spec.nosuchfield"],
  ["v1", "spec.hue"],
  ["v1beta1", "spec.color"],
  ["v1", "metadata.namespace"],
] as const)("%s by %s", (version, field) => {
  const options = { fieldSelector: `${field}=xyz` };
  test.each<RequestOperation>([
    { verb: "list", options },
    { verb: "watch", options },
    { verb: "deletecollection", list: options },
  ])("is refused to $verb", async (operation) => {
    expect(await failureOf(server.send({ kind: shirts(version) }, operation))).toBe(
      `400 BadRequest: field label not supported: ${field}`,
    );
  });
});

interface Change {
  readonly name: string;
  readonly version: Version;
  /** Absent to delete it. */
  readonly spec: ShirtSpec | undefined;
}

const changes = fc.array(
  fc.record<Change>({
    name: fc.constantFrom("a", "b", "c"),
    version: fc.constantFrom(...VERSIONS),
    spec: fc.option(fc.record({ color: fc.constantFrom("blue", "green"), quantity: fc.constantFrom(1, 2) }), {
      nil: undefined,
    }),
  }),
  { maxLength: 12 },
);

async function make({ name, version, spec }: Change): Promise<void> {
  const kind = shirts(version);
  const isThere = (await namesIn(version)).includes(name);
  if (spec === undefined) {
    if (isThere) await server.client.delete(kind, { name });
    return;
  }
  const shirt = aShirt(name, spec, version);
  if (isThere) {
    const { metadata } = await server.client.get(kind, { name });
    await server.client.update(kind, { ...shirt, metadata });
  } else {
    await server.client.create(kind, shirt);
  }
}

/** The objects that a client has which follows a watch. */
function followed(events: readonly EncodedWatchEvent[]): readonly KubeObject[] {
  const objects = new Map<string, KubeObject>();
  for (const { type, object } of events) {
    const { metadata } = object as KubeObject;
    if (type === "DELETED") objects.delete(metadata.name);
    else objects.set(metadata.name, object as KubeObject);
  }
  return [...objects.values()].toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}

test("what a watch tells adds up to what a list shows, in every version", async () => {
  await fc.assert(
    fc.asyncProperty(changes, changes, async (before, after) => {
      await deleteShirts();
      for (const change of before) await make(change);
      const selectors = VERSIONS.flatMap((version) =>
        ["", "spec.quantity=2", `spec.${COLOR[version]}=blue`].map((fieldSelector) => ({
          version,
          fieldSelector,
        })),
      );
      await using watches = new AsyncDisposableStack();
      const running = [];
      for (const { version, fieldSelector } of selectors) {
        running.push(watches.use(await server.watch({ kind: shirts(version) }, { fieldSelector })));
      }
      for (const change of after) await make(change);
      for (const [index, { version, fieldSelector }] of selectors.entries()) {
        await running[index]?.settled();
        const { items } = await server.client.list(shirts(version), { fieldSelector });
        expect(followed(running[index]?.events ?? [])).toEqual([...items]);
      }
    }),
    { numRuns: 15 },
  );
});
