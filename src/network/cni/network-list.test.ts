import { describe, expect, test } from "bun:test";
import { isSince, parseNetworkList } from "./network-list.ts";

describe("parseNetworkList", () => {
  test("reads a chain, and keeps what belongs to plugins", () => {
    const plugins = [{ type: "bridge", mtu: 1400 }, { type: "portmap" }];
    const text = JSON.stringify({ name: "pods", cniVersion: "1.0.0", disableCheck: "True", plugins });
    expect(parseNetworkList("/a.conflist", text)).toEqual({
      name: "pods",
      cniVersion: "1.0.0",
      disableCheck: true,
      disableGC: false,
      plugins,
    });
  });

  test("takes a file with one plugin for a chain of one", () => {
    const plugin = { name: "pods", type: "bridge" };
    expect(parseNetworkList("/a.conf", JSON.stringify(plugin))).toEqual({
      name: "pods",
      cniVersion: "0.1.0",
      disableCheck: false,
      disableGC: false,
      plugins: [plugin],
    });
  });

  test.each([
    { versions: { cniVersion: "0.4.0" }, chosen: "0.4.0" },
    { versions: { cniVersion: "0.4.0", cniVersions: ["1.0.0", "1.1.0", "0.3.1"] }, chosen: "1.1.0" },
    { versions: { cniVersions: ["1.0.0", "2.0.0"] }, chosen: "1.0.0" },
    { versions: {}, chosen: "0.1.0" },
  ])("speaks $chosen of $versions", ({ versions, chosen }) => {
    const text = JSON.stringify({ name: "pods", type: "bridge", ...versions });
    expect(parseNetworkList("/a.conf", text).cniVersion).toBe(chosen);
  });

  const refused = [
    { name: "no JSON", path: "/a.conflist", text: "{", says: "not a JSON object" },
    { name: "no plugins", path: "/a.conflist", text: '{"name":"a"}', says: "no plugins in list" },
    {
      name: "an empty chain",
      path: "/a.conflist",
      text: '{"name":"a","plugins":[]}',
      says: "no plugins in list",
    },
    { name: "a plugin without a type", path: "/a.conf", text: '{"name":"a"}', says: "missing 'type'" },
    { name: "no name", path: "/a.json", text: '{"type":"a"}', says: "no name" },
    { name: "a name that is a path", path: "/a.json", text: '{"type":"a","name":"../b"}', says: "../b" },
    {
      name: "a number as version",
      path: "/a.json",
      text: '{"type":"a","name":"a","cniVersion":1}',
      says: "cniVersion",
    },
  ];
  test.each(refused)("refuses $name", ({ path, text, says }) => {
    const why = `cni plugin not initialized: failed to load CNI config ${path.endsWith("list") ? "list " : ""}file ${path}: `;
    expect(() => parseNetworkList(path, text)).toThrow(why);
    expect(() => parseNetworkList(path, text)).toThrow(says);
  });
});

describe("isSince", () => {
  test.each([
    { cniVersion: "0.3.1", expected: false },
    { cniVersion: "0.4.0", expected: true },
    { cniVersion: "1.0.0", expected: true },
    { cniVersion: "", expected: false },
  ])("knows whether $cniVersion is 0.4.0 or later", ({ cniVersion, expected }) => {
    expect(
      isSince({ name: "a", disableCheck: false, disableGC: false, plugins: [], cniVersion }, "0.4.0"),
    ).toBe(expected);
  });
});
