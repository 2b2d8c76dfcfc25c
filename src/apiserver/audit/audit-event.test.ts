import { expect, test } from "bun:test";
import { formatAuditEvent } from "./audit-event.ts";

test("an event is one line, with the fields in upstream's order", () => {
  const line = formatAuditEvent({
    level: "RequestResponse",
    auditID: "the-id",
    stage: "ResponseComplete",
    requestURI: "/api/v1/namespaces/default/configmaps?fieldManager=a&dryRun=All",
    verb: "create",
    user: { name: "system:admin", uid: "u", groups: ["system:masters"], extra: { b: ["2"], a: ["1"] } },
    impersonatedUser: { name: "jane", groups: ["system:authenticated"] },
    sourceIPs: ["10.0.0.1", "::1"],
    userAgent: "kubectl/v1.36.3",
    objectRef: {
      resource: "configmaps",
      namespace: "default",
      name: "a",
      uid: "",
      apiGroup: "",
      apiVersion: "v1",
      resourceVersion: "7",
      subresource: "",
    },
    responseStatus: { code: 201 },
    requestObject: '{"data":{"k":"<v>"}}',
    responseObject: '{"kind":"ConfigMap"}',
    requestReceivedTimestamp: Date.UTC(2026, 10, 29, 22, 10, 0, 5),
    stageTimestamp: Date.UTC(2026, 10, 29, 22, 10, 1) + 0.25,
    annotations: new Map([
      ["authorization.k8s.io/reason", ""],
      ["authorization.k8s.io/decision", "allow"],
    ]),
  });
  expect(
    line
      .trimEnd()
      .split(/,(?="[a-zA-Z]+":)/)
      .join("\n"),
  ).toMatchInlineSnapshot(`
    "{"kind":"Event"
    "apiVersion":"audit.k8s.io/v1"
    "level":"RequestResponse"
    "auditID":"the-id"
    "stage":"ResponseComplete"
    "requestURI":"/api/v1/namespaces/default/configmaps?fieldManager=a\\u0026dryRun=All"
    "verb":"create"
    "user":{"username":"system:admin"
    "uid":"u"
    "groups":["system:masters"]
    "extra":{"a":["1"]
    "b":["2"]}}
    "impersonatedUser":{"username":"jane"
    "groups":["system:authenticated"]}
    "sourceIPs":["10.0.0.1","::1"]
    "userAgent":"kubectl/v1.36.3"
    "objectRef":{"resource":"configmaps"
    "namespace":"default"
    "name":"a"
    "apiVersion":"v1"
    "resourceVersion":"7"}
    "responseStatus":{"metadata":{}
    "code":201}
    "requestObject":{"data":{"k":"\\u003cv\\u003e"}}
    "responseObject":{"kind":"ConfigMap"}
    "requestReceivedTimestamp":"2026-11-29T22:10:00.005000Z"
    "stageTimestamp":"2026-11-29T22:10:01.000250Z"
    "annotations":{"authorization.k8s.io/decision":"allow","authorization.k8s.io/reason":""}}"
  `);
  expect(line).toEndWith("}\n");
  expect(() => JSON.parse(line) as unknown).not.toThrow();
});

test("what is empty is left out, and nobody is an empty user", () => {
  const line = formatAuditEvent({
    level: "Metadata",
    auditID: "a",
    stage: "RequestReceived",
    requestURI: "/version",
    verb: "get",
    user: undefined,
    sourceIPs: [],
    userAgent: "",
    requestReceivedTimestamp: 0,
    stageTimestamp: 0,
    annotations: new Map(),
  });
  expect(line).toMatchInlineSnapshot(`
    "{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"a","stage":"RequestReceived","requestURI":"/version","verb":"get","user":{},"requestReceivedTimestamp":"1970-01-01T00:00:00.000000Z","stageTimestamp":"1970-01-01T00:00:00.000000Z"}
    "
  `);
});
