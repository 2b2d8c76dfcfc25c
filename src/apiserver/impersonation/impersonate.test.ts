import { describe, expect, test } from "bun:test";
import { StatusError } from "#apimachinery/status-error.ts";
import type { UserInfo } from "#apimachinery/user.ts";
import type { AuthorizationAttributes, Authorizer } from "../authorization/authorizer.ts";
import { impersonate } from "./impersonate.ts";
import { readImpersonation } from "./impersonation-headers.ts";

const requestor: UserInfo = {
  name: "system:serviceaccount:kube-system:agent",
  groups: ["system:serviceaccounts"],
  extra: { "authentication.kubernetes.io/node-name": ["n1"] },
};
const listPods: AuthorizationAttributes = {
  type: "resource",
  user: requestor,
  verb: "list",
  group: "",
  version: "v1",
  resource: "pods",
  subresource: "",
  namespace: "default",
  name: "",
};

/** `impersonate users jane`, `impersonate:user-info userextras/dept.authentication.k8s.io x`. */
function textOf(attributes: AuthorizationAttributes): string {
  if (attributes.type === "nonResource") return `${attributes.verb} ${attributes.path}`;
  const { verb, resource, subresource, group, namespace, name } = attributes;
  const target = `${resource}${group === "" ? "" : `.${group}`}${subresource === "" ? "" : `/${subresource}`}`;
  return [verb, target, namespace === "" ? name : `${namespace}/${name}`].join(" ").trim();
}

function allowing(...texts: readonly string[]): Pick<Authorizer, "authorize"> {
  return {
    authorize: (attributes) => ({
      outcome: texts.includes(textOf(attributes)) ? "allow" : "noOpinion",
      reason: "",
    }),
  };
}

const GROUP = "authentication.k8s.io";

const itself = (error: unknown): unknown => error;

describe("impersonate", () => {
  const on = (mode: string): string => `impersonate-on:${mode}:list pods default/`;
  const cases: { name: string; wanted: UserInfo; allowed: string[]; groups: string[] }[] = [
    {
      name: "a user in the older way",
      wanted: { name: "jane", groups: [] },
      allowed: ["impersonate users jane"],
      groups: ["system:authenticated"],
    },
    {
      name: "with groups, uid and extra",
      wanted: { name: "jane", uid: "7", groups: ["dev"], extra: { dept: ["it"] } },
      allowed: [
        "impersonate users jane",
        `impersonate uids.${GROUP} 7`,
        "impersonate groups dev",
        `impersonate userextras.${GROUP}/dept it`,
      ],
      groups: ["dev", "system:authenticated"],
    },
    {
      name: "even an administrator in the older way",
      wanted: { name: "jane", groups: ["system:masters"] },
      allowed: ["impersonate users jane", "impersonate groups system:masters"],
      groups: ["system:masters", "system:authenticated"],
    },
    {
      name: "a service account, with its groups",
      wanted: { name: "system:serviceaccount:web:robot", groups: [] },
      allowed: ["impersonate serviceaccounts web/robot"],
      groups: ["system:serviceaccounts", "system:serviceaccounts:web", "system:authenticated"],
    },
    {
      name: "nobody in particular",
      wanted: { name: "system:anonymous", groups: [] },
      allowed: ["impersonate users system:anonymous"],
      groups: ["system:unauthenticated"],
    },
    {
      name: "a user for one request",
      wanted: { name: "jane", groups: [] },
      allowed: [on("user-info"), `impersonate:user-info users.${GROUP} jane`],
      groups: ["system:authenticated"],
    },
    {
      name: "a service account for one request",
      wanted: { name: "system:serviceaccount:web:robot", groups: [] },
      allowed: [on("serviceaccount"), `impersonate:serviceaccount serviceaccounts.${GROUP} web/robot`],
      groups: ["system:serviceaccounts", "system:serviceaccounts:web", "system:authenticated"],
    },
    {
      name: "any node for one request",
      wanted: { name: "system:node:n2", groups: [] },
      allowed: [on("arbitrary-node"), `impersonate:arbitrary-node nodes.${GROUP} n2`],
      groups: ["system:nodes", "system:authenticated"],
    },
    {
      name: "the own node for one request",
      wanted: { name: "system:node:n1", groups: [] },
      allowed: [on("associated-node"), `impersonate:associated-node nodes.${GROUP} *`],
      groups: ["system:nodes", "system:authenticated"],
    },
  ];
  test.each(cases)(
    "lets act as $name, and not with one permission less",
    async ({ wanted, allowed, groups }) => {
      expect(await impersonate(allowing(...allowed), wanted, listPods)).toEqual({ ...wanted, groups });
      for (const missing of allowed) {
        const fewer = allowing(...allowed.filter((each) => each !== missing));
        expect(await impersonate(fewer, wanted, listPods).catch(itself), missing).toBeInstanceOf(StatusError);
      }
    },
  );

  test.each<[string, UserInfo, string[]]>([
    [
      "another node than the own",
      { name: "system:node:n2", groups: [] },
      [on("associated-node"), `impersonate:associated-node nodes.${GROUP} *`],
    ],
    [
      "an administrator in the newer ways",
      { name: "jane", groups: ["system:masters"] },
      [
        on("user-info"),
        `impersonate:user-info users.${GROUP} jane`,
        `impersonate:user-info groups.${GROUP} system:masters`,
      ],
    ],
    [
      "a service account as a user",
      { name: "system:serviceaccount:web:robot", groups: ["dev"] },
      ["impersonate users system:serviceaccount:web:robot", "impersonate groups dev"],
    ],
    [
      "a user for another request",
      { name: "jane", groups: [] },
      ["impersonate-on:user-info:get pods default/", `impersonate:user-info users.${GROUP} jane`],
    ],
  ])("does not let act as %s", async (_name, wanted, allowed) => {
    expect(await impersonate(allowing(...allowed), wanted, listPods).catch(itself)).toBeInstanceOf(
      StatusError,
    );
  });

  test("is refused for the first way that was tried", async () => {
    const refused = impersonate(allowing(), { name: "jane", groups: [] }, listPods);
    await expect(refused).rejects.toThrow(
      'pods is forbidden: User "system:serviceaccount:kube-system:agent" cannot impersonate-on:user-info:list resource "pods" in API group "" in the namespace "default"',
    );
  });
});

describe("readImpersonation", () => {
  test("reads every line of a header by itself", () => {
    expect(
      readImpersonation([
        ["impersonate-user", "jane"],
        ["impersonate-user", "joe"],
        ["impersonate-group", "a, b"],
        ["impersonate-group", "c"],
        ["impersonate-uid", "7"],
        ["impersonate-extra-example.com%2fdept", "it"],
        ["impersonate-extra-example.com%2fdept", "hr"],
        ["impersonate-extra-%zz", "x"],
      ]),
    ).toEqual({
      name: "jane",
      uid: "7",
      groups: ["a, b", "c"],
      extra: { "example.com/dept": ["it", "hr"], "%zz": ["x"] },
    });
  });

  test("asks for nobody without a name", () => {
    expect(readImpersonation([["impersonate-user", ""]])).toBeUndefined();
    expect(() => readImpersonation([["impersonate-uid", "7"]])).toThrow(
      'requested &user.DefaultInfo{Name:"", UID:"7", Groups:[]string(nil), Extra:map[string][]string(nil)} without impersonating a user name',
    );
    expect(() => readImpersonation([["impersonate-extra-a", "b"]])).toThrow(
      'Groups:[]string(nil), Extra:map[string][]string{"a":[]string{"b"}}} without impersonating a user name',
    );
  });
});
