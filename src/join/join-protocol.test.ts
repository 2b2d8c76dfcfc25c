import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { authorizationOf, readAuthorization, readJoinAnswer, readJoinRequest } from "./join-protocol.ts";

const requests = {
  "client-kubelet": "a",
  "client-kube-proxy": "b",
  "client-cluster-dns": "c",
  "serving-kubelet": "d",
};
const request = { nodeName: "n1", password: "p", addresses: ["192.0.2.20"], requests };

describe("readAuthorization", () => {
  test("reads what authorizationOf writes", () => {
    const token = fc.record({
      user: fc.constantFrom("server" as const, "node" as const, "bootstrap" as const),
      secret: fc.stringMatching(/^[\x21-\x7e]{1,40}$/),
    });
    fc.assert(
      fc.property(token, (each) => {
        expect(readAuthorization(authorizationOf(each))).toEqual(each);
      }),
    );
  });

  test.each([
    undefined,
    "",
    "Basic",
    "Bearer abc",
    "Basic !",
    `Basic ${btoa("admin:x")}`,
    `Basic ${btoa("server")}`,
  ])("finds no token in %p", (header) => {
    expect(readAuthorization(header)).toBeUndefined();
  });
});

describe("readJoinRequest", () => {
  test("takes what is complete, and leaves out the rest", () => {
    expect(readJoinRequest({ ...request, more: 1 })).toEqual(request);
  });

  const cases: { name: string; document: unknown }[] = [
    { name: "nothing", document: undefined },
    { name: "null", document: null },
    { name: "a list", document: [] },
    { name: "an empty object", document: {} },
    { name: "a number as name", document: { ...request, nodeName: 1 } },
    { name: "one address", document: { ...request, addresses: "192.0.2.20" } },
    { name: "an address that is no text", document: { ...request, addresses: [1] } },
    {
      name: "too few requests",
      document: { ...request, requests: { ...requests, "serving-kubelet": null } },
    },
  ];

  test.each(cases)("is undefined for $name", ({ document }) => {
    expect(readJoinRequest(document)).toBeUndefined();
  });

  test("never fails", () => {
    fc.assert(
      fc.property(fc.anything(), (document) => {
        readJoinRequest(document);
      }),
    );
  });
});

describe("readJoinAnswer", () => {
  const cases: { name: string; document: unknown }[] = [
    { name: "nothing", document: undefined },
    { name: "an empty object", document: {} },
    { name: "no authority", document: { certificates: requests, settings: {} } },
    { name: "no settings", document: { certificates: requests, clientAuthority: "ca", settings: {} } },
  ];

  test.each(cases)("refuses $name", ({ document }) => {
    expect(() => readJoinAnswer(document)).toThrow(TypeError);
  });
});
