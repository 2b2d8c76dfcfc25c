import { describe, expect, test } from "bun:test";
import { readAggregated, readResourceList } from "./read-discovery.ts";

const kind = { group: "", version: "", kind: "Flunder" };
const none = { group: "", version: "", kind: "" };
const flunders = { resource: "flunders", scope: "Namespaced", singularResource: "flunder", verbs: ["get"] };

describe("readAggregated", () => {
  test("knows the resources of every version", () => {
    const versions = [{ version: "v1", resources: [{ ...flunders, responseKind: kind }] }, { version: "v2" }];
    const items = [{ metadata: { name: "example.com" }, versions }];
    expect([...readAggregated(JSON.stringify({ items }))]).toEqual([
      ["example.com/v1", [{ ...flunders, responseKind: kind }]],
      ["example.com/v2", []],
    ]);
  });

  test("gives a kind to what has none", () => {
    const resources = [{ ...flunders, subresources: [{ subresource: "status", verbs: ["get"] }] }];
    const items = [{ metadata: { name: "example.com" }, versions: [{ version: "v1", resources }] }];
    expect(readAggregated(JSON.stringify({ items })).get("example.com/v1")).toEqual([
      {
        ...flunders,
        responseKind: none,
        subresources: [{ subresource: "status", verbs: ["get"], responseKind: none }],
      },
    ]);
  });
});

describe("readResourceList", () => {
  const resource = {
    name: "flunders",
    singularName: "flunder",
    namespaced: true,
    kind: "Flunder",
    verbs: ["get"],
  };

  test.each([
    ["nothing", [], []],
    [
      "names",
      [{ ...resource, shortNames: ["fl"], categories: ["all"] }],
      [{ ...flunders, responseKind: kind, shortNames: ["fl"], categories: ["all"] }],
    ],
    [
      "what is not in namespaces",
      [{ ...resource, namespaced: false }],
      [{ ...flunders, scope: "Cluster", responseKind: kind }],
    ],
    [
      "subresources, wherever they stand",
      [
        {
          ...resource,
          name: "flunders/scale",
          group: "autoscaling",
          version: "v1",
          kind: "Scale",
          verbs: ["update"],
        },
        resource,
      ],
      [
        {
          ...flunders,
          responseKind: kind,
          subresources: [
            {
              subresource: "scale",
              responseKind: { group: "autoscaling", version: "v1", kind: "Scale" },
              verbs: ["update"],
            },
          ],
        },
      ],
    ],
    [
      "a subresource of nothing",
      [{ ...resource, name: "flunders/connect", kind: "", verbs: ["create"] }],
      [
        {
          resource: "flunders",
          responseKind: none,
          scope: "Namespaced",
          singularResource: "",
          verbs: [],
          subresources: [{ subresource: "connect", responseKind: none, verbs: ["create"] }],
        },
      ],
    ],
  ])("reads %s", (_name, resources, expected) => {
    expect(readResourceList(JSON.stringify({ resources }))).toEqual(expected as never);
  });
});
