/** What server-side apply over HTTP refuses, and how (apiserver `endpoints/handlers/patch.go`, managed fields). */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Status } from "#apimachinery/generated/meta-v1.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import type { HttpClient } from "./http-client.ts";
import { startTestServer, type TestServer } from "./server.ts";

const MAPS = "/api/v1/namespaces/default/configmaps";
const DEPLOYMENT = "/apis/apps/v1/namespaces/default/deployments/web";
const ME = "fieldManager=me";

const configMap = (metadata: object = {}): object => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "a", ...metadata },
});

interface Deployed {
  readonly image?: string;
  readonly metadata?: object;
  readonly spec?: object;
}

function deployment({ image = "web:1", metadata = {}, spec = {} }: Deployed = {}): object {
  const labels = { app: "web" };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", ...metadata },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "web", image }] } },
      ...spec,
    },
  };
}

let server: TestServer;
let client: HttpClient;
beforeAll(async () => {
  server = await startTestServer();
  client = server.connect();
  await apply(`${DEPLOYMENT}?${ME}`, deployment());
  await patch(DEPLOYMENT, "merge", { spec: { replicas: 5 } });
});
afterAll(() => server[Symbol.asyncDispose]());

async function send(path: string, contentType: string, body: unknown) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return await client.send({ method: "PATCH", path, headers: { "content-type": contentType }, body: text });
}

const apply = (path: string, body: unknown) => send(path, "application/apply-patch+yaml", body);
const patch = (path: string, type: "merge" | "json", body: unknown) =>
  send(path, `application/${type}-patch+json`, body);

const TYPED = "failed to create typed patch object (/web; apps/v1, Kind=Deployment): ";
const CONFLICT = "Operation cannot be fulfilled on";

const refusals: readonly (readonly [
  what: string,
  path: string,
  body: unknown,
  refusal: readonly [code: number, reason: string, message: string],
])[] = [
  [
    "no field manager",
    `${MAPS}/a`,
    configMap(),
    [
      422,
      "Invalid",
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    ],
  ],
  [
    "a field manager with a long name",
    `${MAPS}/a?fieldManager=${"x".repeat(129)}`,
    configMap(),
    [
      422,
      "Invalid",
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Too long: may not be more than 128 bytes',
    ],
  ],
  [
    "a field manager that cannot be printed",
    `${MAPS}/a?fieldManager=a%0Ab`,
    configMap(),
    [
      422,
      "Invalid",
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Invalid value: "a\\nb": invalid character U+000A (at position 1)',
    ],
  ],
  [
    "what is no YAML",
    `${MAPS}/a?${ME}`,
    "a: *b",
    [
      400,
      "BadRequest",
      "error decoding YAML: error converting YAML to JSON: yaml: unknown anchor 'b' referenced",
    ],
  ],
  [
    "a list",
    `${MAPS}/a?${ME}`,
    "- a",
    [
      400,
      "BadRequest",
      "error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type map[string]interface {}",
    ],
  ],
  ["nothing", `${MAPS}/a?${ME}`, "", [400, "BadRequest", "invalid object type: /, Kind="]],
  ["no kind", `${MAPS}/a?${ME}`, { metadata: {} }, [400, "BadRequest", "invalid object type: /, Kind="]],
  [
    "another version",
    `${DEPLOYMENT}?${ME}`,
    { ...deployment(), apiVersion: "extensions/v1beta1" },
    [400, "BadRequest", "invalid object type: extensions/v1beta1, Kind=Deployment"],
  ],
  [
    "another kind of a subresource",
    `${DEPLOYMENT}/scale?${ME}`,
    deployment(),
    [400, "BadRequest", "invalid object type: apps/v1, Kind=Deployment"],
  ],
  [
    "managed fields",
    `${MAPS}/a?${ME}`,
    configMap({ managedFields: [] }),
    [400, "BadRequest", "metadata.managedFields must be nil"],
  ],
  [
    "another name",
    `${MAPS}/a?${ME}`,
    configMap({ name: "b" }),
    [400, "BadRequest", "the name of the object (b) does not match the name on the URL (a)"],
  ],
  [
    "no name",
    `${MAPS}/a?${ME}`,
    { apiVersion: "v1", kind: "ConfigMap" },
    [400, "BadRequest", "the name of the object (a based on URL) was undeterminable: name must be provided"],
  ],
  [
    "another namespace",
    `${MAPS}/a?${ME}`,
    configMap({ namespace: "other" }),
    [
      400,
      "BadRequest",
      "the namespace of the provided object does not match the namespace sent on the request",
    ],
  ],
  [
    "the uid of an object that is not there",
    `${MAPS}/a?${ME}`,
    configMap({ uid: "u" }),
    [
      409,
      "Conflict",
      `${CONFLICT} configmaps "a": uid mismatch: the provided object specified uid u, and no existing object was found`,
    ],
  ],
  [
    "another uid",
    `${DEPLOYMENT}?${ME}&force=true`,
    deployment({ metadata: { uid: "u" } }),
    [
      422,
      "Invalid",
      'Deployment.apps "web" is invalid: metadata.uid: Invalid value: "u": field is immutable',
    ],
  ],
  [
    "an old resource version",
    `${DEPLOYMENT}?${ME}&force=true`,
    deployment({ metadata: { resourceVersion: "1" } }),
    [
      409,
      "Conflict",
      `${CONFLICT} deployments.apps "web": the object has been modified; please apply your changes to the latest version and try again`,
    ],
  ],
  [
    "fields that are not declared",
    `${DEPLOYMENT}?${ME}`,
    deployment({ spec: { foo: 1 } }),
    [500, "", `${TYPED}.spec.foo: field not declared in schema`],
  ],
  [
    "a value of another type",
    `${DEPLOYMENT}?${ME}`,
    deployment({ spec: { replicas: "x" } }),
    [500, "", `${TYPED}.spec.replicas: expected numeric (int or float), got string`],
  ],
  [
    "the same element twice",
    `${DEPLOYMENT}?${ME}`,
    deployment({ spec: { template: { spec: { containers: [{ name: "a" }, { name: "a" }] } } } }),
    [500, "", `${TYPED}.spec.template.spec.containers: duplicate entries for key [name="a"]`],
  ],
  [
    "an object that is not valid",
    `/apis/apps/v1/namespaces/default/deployments/bad?${ME}`,
    deployment({ metadata: { name: "bad" }, spec: { replicas: -1 } }),
    [
      422,
      "Invalid",
      'Deployment.apps "bad" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0',
    ],
  ],
  [
    "the status of an object that is not there",
    `/apis/apps/v1/namespaces/default/deployments/none/status?${ME}`,
    { ...deployment({ metadata: { name: "none" } }), status: { replicas: 1 } },
    [404, "NotFound", 'deployments.apps "none" not found'],
  ],
  [
    "a field of another",
    `${DEPLOYMENT}?${ME}`,
    deployment(),
    [409, "Conflict", 'Apply failed with 1 conflict: conflict with "unknown" using apps/v1: .spec.replicas'],
  ],
  [
    "fields of several others",
    `${DEPLOYMENT}?fieldManager=you`,
    deployment({ image: "web:2" }),
    [
      409,
      "Conflict",
      'Apply failed with 2 conflicts: conflicts with "me":\n- .spec.template.spec.containers[name="web"].image\nconflicts with "unknown" using apps/v1:\n- .spec.replicas',
    ],
  ],
];

describe("apply refuses", () => {
  test.each(refusals)("%s", async (_what, path, body, [code, reason, message]) => {
    const answer = await apply(path, body);
    const status = answer.json() as Status;
    expect([answer.status, status.reason ?? "", status.message]).toEqual([code, reason, message]);
  });

  test("other patches that are to be forced", async () => {
    const answer = await patch(`${MAPS}/a?force=true`, "merge", {});
    expect([answer.status, (answer.json() as Status).message]).toEqual([
      422,
      'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch',
    ]);
  });

  test("each conflict with its cause", async () => {
    const { details } = (
      await apply(`${DEPLOYMENT}?fieldManager=you`, deployment({ image: "web:2" }))
    ).json() as Status;
    expect(details?.causes).toEqual([
      {
        reason: "FieldManagerConflict",
        message: 'conflict with "me"',
        field: '.spec.template.spec.containers[name="web"].image',
      },
      {
        reason: "FieldManagerConflict",
        message: 'conflict with "unknown" using apps/v1',
        field: ".spec.replicas",
      },
    ]);
  });
});

describe("apply accepts", () => {
  const managersOf = (object: unknown): readonly string[] =>
    (object as KubeObject).metadata.managedFields?.map(({ manager = "" }) => manager) ?? [];

  test.each<[what: string, name: string, body: unknown]>([
    ["YAML", "yaml", "# by hand\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: yaml\ndata: {a: x}\n"],
    [
      "JSON",
      "json",
      '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "json"}, "data": {"a": "x"}}',
    ],
    ["no managed fields", "null", { ...configMap({ name: "null", managedFields: null }), data: { a: "x" } }],
    [
      "the resource version of nothing",
      "version",
      { ...configMap({ name: "version", resourceVersion: "1" }), data: { a: "x" } },
    ],
  ])("%s", async (_what, name, body) => {
    const answer = await apply(`${MAPS}/${name}?${ME}`, body);
    expect([answer.status, managersOf(answer.json())]).toEqual([201, ["me"]]);
  });
});
