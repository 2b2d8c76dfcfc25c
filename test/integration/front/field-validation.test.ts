/** What becomes of unknown and duplicate fields, in every kind of body (cases of apiserver's `TestFieldValidation`). */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { HttpClient } from "./http-client.ts";
import { startTestServer, type TestServer } from "./server.ts";
import { warningTexts } from "./warning-texts.ts";

const IN_DEFAULT = "/api/v1/namespaces/default/configmaps";
const POST = "POST /api/v1/namespaces/kube-system/configmaps?dryRun=All";
const PUT = `PUT ${IN_DEFAULT}/a`;
const PATCH = `PATCH ${IN_DEFAULT}/a`;

const JSON_TYPE = "application/json";
const YAML_TYPE = "application/yaml";
const JSON_PATCH = "application/json-patch+json";
const MERGE_PATCH = "application/merge-patch+json";
const STRATEGIC_PATCH = "application/strategic-merge-patch+json";
const APPLY = "application/apply-patch+yaml";

const CANNOT_BE_HANDLED =
  'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: ';
const DUPLICATE = 'duplicate field "immutable"';
const UNKNOWN = 'unknown field "unknown"';
const YAML_DUPLICATE = 'line 6: key "immutable" already set in map';

interface Case {
  readonly name: string;
  /** Method and path. */
  readonly request: string;
  readonly contentType: string;
  readonly body: string;
  /** What is said where it is let pass. */
  readonly warnings: readonly string[];
  /** Where it is not, the status and what its message ends with. */
  readonly refusal: readonly [status: number, message: string];
}

const json = `{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a"},"unknown":1,"immutable":true,"immutable":false}`;
const yaml = `kind: ConfigMap
apiVersion: v1
metadata:
  name: a
immutable: true
immutable: false
unknown: 1
absent: 1`;

const asJson = {
  body: json,
  contentType: JSON_TYPE,
  warnings: [UNKNOWN, DUPLICATE],
  refusal: [400, `${CANNOT_BE_HANDLED}${UNKNOWN}, ${DUPLICATE}`],
} as const;
const asYaml = {
  body: yaml,
  contentType: YAML_TYPE,
  warnings: [YAML_DUPLICATE, 'unknown field "absent"', UNKNOWN],
  refusal: [
    400,
    `${CANNOT_BE_HANDLED}yaml: unmarshal errors:\n  ${YAML_DUPLICATE}, unknown field "absent", ${UNKNOWN}`,
  ],
} as const;

const cases: readonly Case[] = [
  { name: "a created object", request: POST, ...asJson },
  { name: "a created object in YAML", request: POST, ...asYaml },
  { name: "an updated object", request: PUT, ...asJson },
  { name: "an updated object in YAML", request: PUT, ...asYaml },
  {
    name: "the case of the name of a field",
    request: PUT,
    contentType: JSON_TYPE,
    body: '{"metadata":{"name":"a"},"Immutable":true}',
    warnings: ['unknown field "Immutable"'],
    refusal: [400, `${CANNOT_BE_HANDLED}unknown field "Immutable"`],
  },
  {
    name: "a merge patch",
    request: PATCH,
    contentType: MERGE_PATCH,
    body: '{"unknown":1,"immutable":true,"immutable":false}',
    warnings: [DUPLICATE, UNKNOWN],
    refusal: [422, `strict decoding error: ${DUPLICATE}, ${UNKNOWN}`],
  },
  {
    name: "a strategic merge patch",
    request: PATCH,
    contentType: STRATEGIC_PATCH,
    body: '{"unknown":1,"immutable":true,"immutable":false}',
    warnings: [DUPLICATE, UNKNOWN],
    refusal: [422, `strict decoding error: ${DUPLICATE}, ${UNKNOWN}`],
  },
  {
    name: "a JSON patch",
    request: PATCH,
    contentType: JSON_PATCH,
    body: '[{"op":"add","path":"/unknown","path":"/unknown","value":1,"foo":1},{"op":"add","path":"/immutable","value":false}]',
    warnings: ['json patch duplicate field "[0].path"', 'json patch unknown field "[0].foo"', UNKNOWN],
    refusal: [
      422,
      `strict decoding error: json patch duplicate field "[0].path", json patch unknown field "[0].foo", ${UNKNOWN}`,
    ],
  },
  {
    name: "an apply",
    request: `${PATCH}?fieldManager=test`,
    contentType: APPLY,
    body: "kind: ConfigMap\napiVersion: v1\nimmutable: false\nimmutable: false",
    warnings: ['line 4: key "immutable" already set in map'],
    refusal: [
      400,
      'error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n  line 4: key "immutable" already set in map',
    ],
  },
];

let server: TestServer;
let client: HttpClient;
beforeAll(async () => {
  server = await startTestServer();
  client = server.connect();
  const body = '{"metadata":{"name":"a"}}';
  await client.send({ method: "POST", path: IN_DEFAULT, headers: { "content-type": JSON_TYPE }, body });
});
afterAll(() => server[Symbol.asyncDispose]());

async function answerTo({ request, contentType, body }: Case, fieldValidation: string) {
  const [method = "", path = ""] = request.split(" ");
  const query = fieldValidation === "" ? "" : `fieldValidation=${fieldValidation}`;
  const { status, headers, text } = await client.send({
    method,
    path: `${path}${path.includes("?") ? "&" : "?"}${query}`,
    headers: { "content-type": contentType },
    body,
  });
  return { status, text, warnings: warningTexts(headers["warning"]) };
}

describe.each(cases)("$name", (each) => {
  const success = each.request.startsWith("POST") ? 201 : 200;

  test("is refused", async () => {
    const { status, text, warnings } = await answerTo(each, "Strict");
    const { message } = JSON.parse(text) as { message: string };
    const [code, end] = each.refusal;
    expect([status, warnings, message.slice(-end.length)]).toEqual([code, [], end]);
  });

  test.each(["", "Warn"])("is warned of: %j", async (fieldValidation) => {
    const { status, warnings } = await answerTo(each, fieldValidation);
    expect([status, ...warnings]).toEqual([success, ...each.warnings]);
  });

  test("is ignored", async () => {
    const { status, warnings } = await answerTo(each, "Ignore");
    expect([status, ...warnings]).toEqual([success]);
  });
});

test("no more than 100 fields are told of", async () => {
  const fields = Array.from({ length: 150 }, (_, index) => `"f${String(index)}":1`);
  const body = `{"metadata":{"name":"a"},${fields.join(",")}}`;
  const answer = await answerTo({ ...(cases[0] as Case), body }, "Warn");
  expect([answer.status, answer.warnings.length]).toEqual([201, 100]);
});
