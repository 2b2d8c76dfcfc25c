import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type {
  ValidatingAdmissionPolicyBindingSpec,
  ValidatingAdmissionPolicySpec,
} from "#api/generated/admissionregistration-v1.ts";
import { aConfigMap, aNamespace } from "#testing/objects.ts";
import { failureOf, statusErrorOf } from "../apiserver/failure.ts";
import { JANE, startServer, type TestServer } from "../apiserver/server.ts";
import { enforce, MATCH_CONFIG_MAPS, removePolicies } from "./policy-fixture.ts";
import { removeAll } from "./webhook-fixture.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
  await server.client.create("Namespace", aNamespace("team", { labels: { team: "a" } }));
});
afterEach(async () => {
  await removePolicies(server);
  await removeAll(server);
});
afterAll(() => server[Symbol.asyncDispose]());

const object = aConfigMap("a", { namespace: "default", labels: { app: "web" }, data: { replicas: "5" } });
const create = () => server.client.create("ConfigMap", object);

async function outcome(request: Promise<unknown> = create()): Promise<string> {
  return await request.then(
    () => "admitted",
    (error: unknown) => failureOf(Promise.reject(error as Error)),
  );
}

const denied = (message: string): string =>
  `422 Invalid: configmaps "a" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: ${message}`;

interface Case {
  readonly name: string;
  readonly spec: ValidatingAdmissionPolicySpec;
  readonly binding?: ValidatingAdmissionPolicyBindingSpec;
  readonly want: string;
}

const check = (expression: string): ValidatingAdmissionPolicySpec => ({ validations: [{ expression }] });
const fails = { validations: [{ expression: "false" }] };

describe("a policy", () => {
  const cases: readonly Case[] = [
    { name: "admits what fits", spec: check("int(object.data.replicas) <= 5"), want: "admitted" },
    {
      name: "denies what does not",
      spec: check("int(object.data.replicas) < 5"),
      want: denied("failed expression: int(object.data.replicas) < 5"),
    },
    {
      name: "says why",
      spec: { validations: [{ expression: "false", message: "too many" }] },
      want: denied("too many"),
    },
    {
      name: "says it with an expression",
      spec: {
        validations: [
          {
            expression: "false",
            message: "no",
            messageExpression: "'has ' + object.data.replicas + ' of them'",
          },
        ],
      },
      want: denied("has 5 of them"),
    },
    {
      name: "falls back on its message",
      spec: {
        validations: [{ expression: "false", message: "no", messageExpression: "string(object.data.none)" }],
      },
      want: denied("no"),
    },
    {
      name: "gives a reason",
      spec: { validations: [{ expression: "false", message: "no", reason: "Forbidden" }] },
      want: denied("no").replace("422 Invalid", "403 Forbidden"),
    },
    {
      name: "denies what it cannot judge",
      spec: check("object.data.none == ''"),
      want: denied("expression 'object.data.none == ''' resulted in error: no such key: none"),
    },
    {
      name: "admits it where that is wanted",
      spec: { failurePolicy: "Ignore", ...check("object.data.none == ''") },
      want: "admitted",
    },
    {
      name: "costs no more than it may",
      spec: check(
        "[1,2,3,4,5,6,7,8,9,10].all(a, [1,2,3,4,5,6,7,8,9,10].all(b, [1,2,3,4,5,6,7,8,9,10].all(c, [1,2,3,4,5,6,7,8,9,10].all(d, [1,2,3,4,5,6,7,8,9,10].all(e, [1,2,3,4,5,6,7,8,9,10].all(f, a + b + c + d + e + f > 0))))))",
      ),
      want: denied(
        "expression '[1,2,3,4,5,6,7,8,9,10].all(a, [1,2,3,4,5,6,7,8,9,10].all(b, [1,2,3,4,5,6,7,8,9,10].all(c, [1,2,3,4,5,6,7,8,9,10].all(d, [1,2,3,4,5,6,7,8,9,10].all(e, [1,2,3,4,5,6,7,8,9,10].all(f, a + b + c + d + e + f > 0))))))' resulted in error: operation cancelled: actual cost limit exceeded",
      ),
    },
    {
      name: "knows the request",
      spec: check(
        "request.operation == 'CREATE' && request.userInfo.username == 'admin' && request.kind.kind == 'ConfigMap' && request.name == 'a' && !request.dryRun",
      ),
      want: "admitted",
    },
    { name: "knows that there is no old object", spec: check("oldObject == null"), want: "admitted" },
    {
      name: "knows the namespace",
      spec: check("namespaceObject.metadata.labels['kubernetes.io/metadata.name'] == 'default'"),
      want: "admitted",
    },
    {
      name: "has variables, which know those before them",
      spec: {
        variables: [
          { name: "count", expression: "int(object.data.replicas)" },
          { name: "isMany", expression: "variables.count > 3" },
        ],
        validations: [{ expression: "!variables.isMany", message: "too many" }],
      },
      want: denied("too many"),
    },
    {
      name: "says which variable has none",
      spec: { variables: [{ name: "x", expression: "object.data.none" }], ...check("variables.x == ''") },
      want: denied(
        `expression 'variables.x == ''' resulted in error: composited variable "x" fails to evaluate: no such key: none`,
      ),
    },
    {
      name: "may have conditions that do not hold",
      spec: {
        matchConditions: [{ name: "c", expression: "request.userInfo.username != 'admin'" }],
        ...fails,
      },
      want: "admitted",
    },
    {
      name: "denies when its conditions cannot be judged",
      spec: { matchConditions: [{ name: "c", expression: "object.data.none == ''" }], ...fails },
      want: denied("expression 'object.data.none == ''' resulted in error: no such key: none"),
    },
    {
      name: "asks who may do what",
      spec: check(
        "authorizer.group('').resource('secrets').namespace('default').check('delete').allowed() && !authorizer.serviceAccount('default', 'nobody').group('').resource('pods').check('get').allowed()",
      ),
      want: "admitted",
    },
    {
      name: "asks about the request itself",
      spec: check(
        "authorizer.requestResource.check('create').allowed() && authorizer.path('/x').check('get').allowed()",
      ),
      want: "admitted",
    },
    {
      name: "is about other resources",
      spec: {
        matchConstraints: {
          resourceRules: [{ apiGroups: [""], apiVersions: ["*"], resources: ["pods"], operations: ["*"] }],
        },
        ...fails,
      },
      want: "admitted",
    },
    {
      name: "leaves some out",
      spec: {
        matchConstraints: {
          ...MATCH_CONFIG_MAPS,
          excludeResourceRules: [
            {
              apiGroups: [""],
              apiVersions: ["*"],
              resources: ["configmaps"],
              operations: ["*"],
              resourceNames: ["a"],
            },
          ],
        },
        ...fails,
      },
      want: "admitted",
    },
    {
      name: "is bound elsewhere",
      spec: fails,
      binding: { matchResources: { namespaceSelector: { matchLabels: { team: "a" } } } },
      want: "admitted",
    },
    {
      name: "is bound to such objects",
      spec: fails,
      binding: { matchResources: { objectSelector: { matchLabels: { app: "web" } } } },
      want: denied("failed expression: false"),
    },
    { name: "only warns", spec: fails, binding: { validationActions: ["Warn"] }, want: "admitted" },
    {
      name: "only tells the audit",
      spec: fails,
      binding: { validationActions: ["Audit"] },
      want: "admitted",
    },
  ];
  test.each(cases)("$name", async ({ spec, binding, want }) => {
    await enforce(server, spec, binding);
    expect(await outcome()).toBe(want);
  });

  test("says it in the details, too", async () => {
    await enforce(server, { validations: [{ expression: "false", message: "no" }] });
    const { status } = await statusErrorOf(create());
    expect(status.details).toEqual({
      name: "a",
      kind: "configmaps",
      causes: [{ message: "ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no" }],
    });
  });

  test("sees both objects of a change", async () => {
    await create();
    await enforce(server, check("object.data.replicas == oldObject.data.replicas"));
    const place = { kind: "ConfigMap", namespace: "default", name: "a" } as const;
    const patch = (data: object) =>
      server.send(place, { verb: "patch", patchType: "merge", patch: { data } });
    expect(await outcome(patch({ more: "1" }))).toBe("admitted");
    expect(await outcome(patch({ replicas: "6" }))).toContain("failed expression");
  });

  test("is not in force any more when its binding has gone", async () => {
    await enforce(server, fails);
    await server.client.delete("ValidatingAdmissionPolicyBinding", { name: "b" });
    expect(await outcome()).toBe("admitted");
  });

  test("never judges who judges", async () => {
    const all = [{ apiGroups: ["*"], apiVersions: ["*"], resources: ["*"], operations: ["*" as const] }];
    await enforce(server, { matchConstraints: { resourceRules: all }, ...fails });
    await server.client.delete("ValidatingAdmissionPolicyBinding", { name: "b" });
    expect(await outcome()).toBe("admitted");
  });
});

/** What the client, and the audit, are told besides the answer. */
describe("what a policy tells", () => {
  test("is a warning where that is wanted", async () => {
    await enforce(
      server,
      { validations: [{ expression: "false", message: "no" }] },
      { validationActions: ["Warn"] },
    );
    const { warnings } = await server.sendForObject(
      { kind: "ConfigMap", namespace: "default" },
      { verb: "create", object },
    );
    expect(warnings).toEqual(["Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b': no"]);
  });
});

describe("parameters", () => {
  const paramKind = { apiVersion: "v1", kind: "ConfigMap" };
  const limits = (name: string, most: string, labels = {}) =>
    server.client.create("ConfigMap", aConfigMap(name, { namespace: "team", data: { most }, labels }));
  const spec: ValidatingAdmissionPolicySpec = {
    paramKind,
    validations: [
      {
        expression: "params == null || int(object.data.replicas) <= int(params.data.most)",
        messageExpression: "'at most ' + params.data.most",
      },
    ],
  };
  afterEach(() => server.send({ kind: "ConfigMap", namespace: "team" }, { verb: "deletecollection" }));

  const missing = denied(
    "failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction",
  );
  const cases: readonly {
    readonly name: string;
    readonly paramRef?: ValidatingAdmissionPolicyBindingSpec["paramRef"];
    readonly want: string;
  }[] = [
    { name: "are not needed", want: "admitted" },
    { name: "are found by name", paramRef: { name: "low", namespace: "team" }, want: denied("at most 3") },
    { name: "let pass what fits", paramRef: { name: "high", namespace: "team" }, want: "admitted" },
    {
      name: "are all looked at that are selected",
      paramRef: { selector: { matchLabels: { level: "any" } }, namespace: "team" },
      want: denied("at most 3"),
    },
    { name: "are in the namespace of the request", paramRef: { name: "low" }, want: missing },
    {
      name: "need not be there where that is allowed",
      paramRef: { name: "none", namespace: "team", parameterNotFoundAction: "Allow" },
      want: "admitted",
    },
  ];
  test.each(cases)("$name", async ({ paramRef, want }) => {
    await limits("low", "3", { level: "any" });
    await limits("high", "7", { level: "any" });
    const complete = paramRef && { parameterNotFoundAction: "Deny", ...paramRef };
    await enforce(server, spec, { ...(complete && { paramRef: complete }) });
    expect(await outcome()).toBe(want);
  });

  test("of a kind that is not there deny everything", async () => {
    await enforce(
      server,
      { ...spec, paramKind: { apiVersion: "example.com/v1", kind: "Limit" } },
      { paramRef: { name: "low", parameterNotFoundAction: "Deny" } },
    );
    expect(await outcome()).toBe(
      "422 Invalid: configmaps \"a\" is forbidden: ValidatingAdmissionPolicy 'p' denied request: failed to configure policy: failed to find resource referenced by paramKind: 'example.com/v1, Kind=Limit'",
    );
  });
});

test("components and others are held to the same rules", async () => {
  await enforce(server, check("request.userInfo.username != 'jane'"));
  await server.client.create("ClusterRoleBinding", {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: "jane" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "jane" }],
  });
  expect(await outcome(server.as(JANE).create("ConfigMap", object))).toContain("failed expression");
});
