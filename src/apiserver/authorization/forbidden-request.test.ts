import { expect, test } from "bun:test";
import type { AuthorizationAttributes, ResourceAttributes } from "./authorizer.ts";
import { forbiddenRequest } from "./forbidden-request.ts";

const user = { name: "jane <x>", groups: [] };
const resource: ResourceAttributes = {
  type: "resource",
  user,
  verb: "get",
  group: "apps",
  version: "v1",
  resource: "deployments",
  subresource: "",
  namespace: "default",
  name: "web",
};

test.each<[string, AuthorizationAttributes, string, string]>([
  [
    "an object",
    resource,
    "",
    'deployments.apps "web" is forbidden: User "jane &lt;x&gt;" cannot get resource "deployments" in API group "apps" in the namespace "default"',
  ],
  [
    "a subresource at the cluster scope",
    { ...resource, subresource: "status", namespace: "" },
    "because",
    'deployments.apps "web" is forbidden: User "jane &lt;x&gt;" cannot get resource "deployments/status" in API group "apps" at the cluster scope: because',
  ],
  [
    "a path",
    { type: "nonResource", user, verb: "get", path: "/metrics" },
    "",
    'forbidden: User "jane &lt;x&gt;" cannot get path "/metrics"',
  ],
])("the refusal of %s", (_what, attributes, reason, message) => {
  expect(forbiddenRequest(attributes, reason).status).toMatchObject({
    code: 403,
    reason: "Forbidden",
    message,
  });
});
