import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { MutatingAdmissionPolicySpec, Mutation } from "#api/generated/admissionregistration-v1.ts";
import { aConfigMap, aPod, aServiceAccount } from "#testing/objects.ts";
import { failureOf } from "../apiserver/failure.ts";
import { startServer, type TestServer } from "../apiserver/server.ts";
import { mutateBy, removePolicies } from "./policy-fixture.ts";
import { answerReviews, configure, jsonPatch, removeAll, URL } from "./webhook-fixture.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
  await server.client.create("ServiceAccount", aServiceAccount("default", { namespace: "default" }));
});
afterEach(async () => {
  await removePolicies(server);
  await removeAll(server);
});
afterAll(() => server[Symbol.asyncDispose]());

const create = () =>
  server.client.create("ConfigMap", aConfigMap("a", { namespace: "default", data: { start: "0" } }));

async function outcome(request: Promise<{ readonly data?: object }> = create()): Promise<string> {
  return await request.then(
    ({ data = {} }) =>
      JSON.stringify(Object.fromEntries(Object.entries(data).toSorted(([a], [b]) => a.localeCompare(b)))),
    (error: unknown) => failureOf(Promise.reject(error as Error)),
  );
}

const patch = (expression: string): Mutation => ({ patchType: "JSONPatch", jsonPatch: { expression } });
const apply = (expression: string): Mutation => ({
  patchType: "ApplyConfiguration",
  applyConfiguration: { expression },
});
const denied = (why: string): string => `403 Invalid: policy 'p' with binding 'b' denied request: ${why}`;

describe("a mutation", () => {
  const cases: readonly { name: string; spec: MutatingAdmissionPolicySpec; want: string }[] = [
    {
      name: "patches",
      spec: { mutations: [patch("[JSONPatch{op: 'add', path: '/data/more', value: object.data.start}]")] },
      want: '{"more":"0","start":"0"}',
    },
    {
      name: "patches nothing when its test fails",
      spec: {
        mutations: [
          patch(
            "[JSONPatch{op: 'test', path: '/data/start', value: '1'}, JSONPatch{op: 'remove', path: '/data/start'}]",
          ),
        ],
      },
      want: '{"start":"0"}',
    },
    {
      name: "knows how keys are written in paths",
      spec: {
        mutations: [
          patch("[JSONPatch{op: 'add', path: '/metadata/labels', value: {'example.com/a': 'b'}}]"),
          patch(
            "[JSONPatch{op: 'move', from: '/metadata/labels/' + jsonpatch.escapeKey('example.com/a'), path: '/data/moved'}]",
          ),
        ],
      },
      want: '{"moved":"b","start":"0"}',
    },
    {
      name: "applies a configuration",
      spec: { mutations: [apply("Object{data: {'applied': object.data.start}}")] },
      want: '{"applied":"0","start":"0"}',
    },
    {
      name: "sees what the one before has done",
      spec: {
        mutations: [
          apply("Object{data: {'first': 'x'}}"),
          apply("Object{data: {'second': object.data.first + 'y'}}"),
        ],
      },
      want: '{"first":"x","second":"xy","start":"0"}',
    },
    {
      name: "may have variables and conditions",
      spec: {
        variables: [{ name: "who", expression: "request.userInfo.username" }],
        matchConditions: [{ name: "c", expression: "request.userInfo.username == 'admin'" }],
        mutations: [apply("Object{data: {'who': variables.who}}")],
      },
      want: '{"start":"0","who":"admin"}',
    },
    {
      name: "is left alone by conditions that do not hold",
      spec: {
        matchConditions: [{ name: "c", expression: "false" }],
        mutations: [apply("Object{data: {'who': 'x'}}")],
      },
      want: '{"start":"0"}',
    },
    {
      name: "that fails denies the request",
      spec: { mutations: [apply("Object{data: {'x': object.data.none}}")] },
      want: denied("expression 'Object{data: {'x': object.data.none}}' resulted in error: no such key: none"),
    },
    {
      name: "that fails may not matter",
      spec: { failurePolicy: "Ignore", mutations: [apply("Object{data: {'x': object.data.none}}")] },
      want: '{"start":"0"}',
    },
    {
      name: "makes no fields that there are not",
      spec: { mutations: [apply("Object{spec: Object.spec{replicas: 1}}")] },
      want: denied(
        "error applying patch: failed to convert patch object to typed object: .spec: field not declared in schema",
      ),
    },
    {
      name: "calls objects after their fields",
      spec: { mutations: [apply("Object{metadata: Object.spec{name: 'a'}}")] },
      want: denied(
        'type mismatch: unexpected type name "Object.spec", expected "Object.metadata", which matches field name path from root Object type',
      ),
    },
    {
      name: "cannot patch what is not there",
      spec: { mutations: [patch("[JSONPatch{op: 'remove', path: '/data/none'}]")] },
      want: denied(
        "JSON Patch: error in remove for path: '/data/none': Unable to remove nonexistent key: none: missing value",
      ),
    },
  ];
  test.each(cases)("$name", async ({ spec, want }) => {
    await mutateBy(server, spec);
    expect(await outcome()).toBe(want);
  });
});

const PODS = {
  resourceRules: [
    { apiGroups: [""], apiVersions: ["v1"], resources: ["pods"], operations: ["CREATE" as const] },
  ],
};

describe("a configuration for a pod", () => {
  const createPod = () =>
    server.client.create(
      "Pod",
      aPod("a", { namespace: "default", spec: { containers: [{ name: "web", image: "web" }] } }),
    );
  afterEach(() =>
    server.send(
      { kind: "Pod", namespace: "default" },
      { verb: "deletecollection", options: { gracePeriodSeconds: 0 } },
    ),
  );

  test("adds a container, which gets its defaults", async () => {
    const expression =
      "Object{spec: Object.spec{initContainers: [Object.spec.initContainers{name: 'mesh', image: 'mesh', restartPolicy: 'Always'}]}}";
    await mutateBy(server, { matchConstraints: PODS, mutations: [apply(expression)] });
    const { spec } = await createPod();
    expect(spec.containers.map(({ name }) => name)).toEqual(["web"]);
    expect(spec.initContainers).toMatchObject([
      { name: "mesh", image: "mesh", restartPolicy: "Always", imagePullPolicy: "Always" },
    ]);
  });

  test("replaces no list as a whole", async () => {
    const expression =
      "Object{spec: Object.spec{containers: [Object.spec.containers{name: 'web', args: ['x']}]}}";
    await mutateBy(server, { matchConstraints: PODS, mutations: [apply(expression)] });
    expect(await failureOf(createPod())).toBe(
      denied(
        "error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: .spec.containers[0].args",
      ),
    );
  });
});

test("a policy sees again what a webhook has changed", async () => {
  answerReviews(server, URL, () => ({
    allowed: true,
    ...jsonPatch({ op: "add", path: "/data/hook", value: "1" }),
  }));
  await configure(server, "MutatingWebhookConfiguration");
  await mutateBy(server, {
    reinvocationPolicy: "IfNeeded",
    mutations: [apply("Object{data: {'seen': string(object.data.size())}}")],
  });
  expect(await outcome()).toBe('{"hook":"1","seen":"3","start":"0"}');
});

test("a policy with parameters changes an object for each of them", async () => {
  const add = (name: string) =>
    server.client.create(
      "ConfigMap",
      aConfigMap(name, { namespace: "kube-public", labels: { role: "param" } }),
    );
  await add("one");
  await add("two");
  await mutateBy(
    server,
    {
      paramKind: { apiVersion: "v1", kind: "ConfigMap" },
      mutations: [patch("[JSONPatch{op: 'add', path: '/data/' + params.metadata.name, value: 'x'}]")],
    },
    {
      paramRef: {
        namespace: "kube-public",
        selector: { matchLabels: { role: "param" } },
        parameterNotFoundAction: "Deny",
      },
    },
  );
  expect(await outcome()).toBe('{"one":"x","start":"0","two":"x"}');
});
