import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Status } from "#apimachinery/generated/meta-v1.ts";
import type { HttpClient } from "./http-client.ts";
import { startTestServer, type TestServer } from "./server.ts";

const apiVersion = "admissionregistration.k8s.io/v1";

let server: TestServer;
let client: HttpClient;
beforeAll(async () => {
  server = await startTestServer();
  client = server.connect();
  await server.client.create("ValidatingAdmissionPolicy", {
    apiVersion,
    kind: "ValidatingAdmissionPolicy",
    metadata: { name: "p" },
    spec: {
      matchConstraints: {
        resourceRules: [
          {
            apiGroups: [""],
            apiVersions: ["v1"],
            resources: ["pods/exec", "pods/portforward", "services/proxy"],
            operations: ["CONNECT"],
          },
        ],
      },
      validations: [
        { expression: "!has(object.command) || object.command != ['rm', '-r']", message: "no rm" },
        { expression: "!has(object.tty) || !object.tty", message: "no terminal" },
        { expression: "!has(object.ports) || object.ports == [80, 81]", message: "other ports" },
        { expression: "!has(object.path) || object.path != '/admin/x'", message: "not there" },
      ],
    },
  });
  await server.client.create("ValidatingAdmissionPolicyBinding", {
    apiVersion,
    kind: "ValidatingAdmissionPolicyBinding",
    metadata: { name: "b" },
    spec: { policyName: "p", validationActions: ["Deny"] },
  });
});
afterAll(() => server[Symbol.asyncDispose]());

test.each([
  ["pods/a/exec?command=ls&stdout=true", "not found"],
  ["pods/a/exec?command=rm&command=-r", "no rm"],
  ["pods/a/exec?command=ls&tty=true", "no terminal"],
  ["pods/a/exec?command=ls&tty=false", "not found"],
  ["pods/a/portforward?ports=80&ports=81", "not found"],
  ["pods/a/portforward?ports=22", "other ports"],
  ["services/a/proxy/admin/x", "not there"],
  ["services/a/proxy/admin", "not found"],
  ["pods/a/log?container=x", "not found"],
])("connections pass admission: %s", async (path, want) => {
  const { text } = await client.send({ path: `/api/v1/namespaces/default/${path}` });
  expect((JSON.parse(text) as Status & { message: string }).message).toContain(want);
});
