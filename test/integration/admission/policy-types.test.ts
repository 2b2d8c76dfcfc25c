import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type {
  MatchResources,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicySpec,
} from "#api/generated/admissionregistration-v1.ts";
import type { CustomResourceDefinition, JSONSchemaProps } from "#api/generated/apiextensions-v1.ts";
import type { NewObject } from "#apimachinery/meta.ts";
import { startServer, type TestServer } from "../apiserver/server.ts";
import { until } from "../until.ts";
import { removePolicies } from "./policy-fixture.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterEach(() => removePolicies(server));
afterAll(() => server[Symbol.asyncDispose]());

function match(...resources: readonly string[]): MatchResources {
  return {
    resourceRules: resources.map((each) => {
      const [group = "", version = "", ...resource] = each.split("/");
      return {
        apiGroups: [group],
        apiVersions: [version],
        resources: [resource.join("/")],
        operations: ["CREATE", "UPDATE"],
      };
    }),
  };
}

async function create(spec: ValidatingAdmissionPolicySpec): Promise<void> {
  await server.client.create("ValidatingAdmissionPolicy", {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicy",
    metadata: { name: "p" },
    spec,
  });
}

async function policyOf(generation: number): Promise<ValidatingAdmissionPolicy> {
  const observed = () =>
    server.state.objects
      .list("ValidatingAdmissionPolicy")
      .find(({ status }) => status?.observedGeneration === generation);
  await until(() => observed() !== undefined);
  return observed() as ValidatingAdmissionPolicy;
}

/** Each warning with the field that it is about, up to its picture of the expression. */
async function warningsOf(generation = 1): Promise<readonly string[]> {
  const { status } = await policyOf(generation);
  return textsOf(status?.typeChecking?.expressionWarnings);
}

function textsOf(
  warnings: readonly { readonly fieldRef: string; readonly warning: string }[] = [],
): readonly string[] {
  return warnings.map(({ fieldRef, warning }) => {
    const texts = warning.split("\n").filter((line) => line !== "" && !line.startsWith(" |"));
    return `${fieldRef} ${texts.join(" ")}`;
  });
}

interface Case {
  readonly name: string;
  readonly spec: Omit<ValidatingAdmissionPolicySpec, "matchConstraints">;
  readonly about?: MatchResources;
  readonly want: readonly string[];
}

const DEPLOYMENT = "apps/v1, Kind=Deployment: ERROR: <input>";
const check = (expression: string, messageExpression?: string) => ({
  validations: [{ expression, ...(messageExpression !== undefined && { messageExpression }) }],
});

describe("the expressions of a policy", () => {
  const cases: readonly Case[] = [
    { name: "fit", spec: check("object.spec.replicas <= 5"), want: [] },
    {
      name: "name a field that is not there",
      spec: check("object.foo == 'bar'"),
      want: [`spec.validations[0].expression ${DEPLOYMENT}:1:7: undefined field 'foo'`],
    },
    {
      name: "compare what cannot be equal",
      spec: check("object.spec.replicas == '5'"),
      want: [
        `spec.validations[0].expression ${DEPLOYMENT}:1:22: found no matching overload for '_==_' applied to '(int, string)'`,
      ],
    },
    {
      name: "are told of one by one",
      spec: {
        validations: [{ expression: "object.kind == 'x'" }, { expression: "oldObject.bar == 'foo'" }],
      },
      want: [`spec.validations[1].expression ${DEPLOYMENT}:1:10: undefined field 'bar'`],
    },
    {
      name: "include those of messages",
      spec: check("object.spec.replicas < 5", "object.spec.replicas + ' of them'"),
      want: [
        `spec.validations[0].messageExpression ${DEPLOYMENT}:1:22: found no matching overload for '_+_' applied to '(int, string)'`,
      ],
    },
    {
      name: "ask an authorizer",
      spec: check("authorizer.group('').resource('endpoints').check('create').allowed()"),
      want: [],
    },
    {
      name: "name of the authorizer what is known with a request alone",
      spec: check("authorizer.requestResource.check('create').allowed()"),
      want: [`spec.validations[0].expression ${DEPLOYMENT}:1:11: undefined field 'requestResource'`],
    },
    {
      name: "use variables",
      spec: { variables: [{ name: "works", expression: "true" }], ...check("variables.works") },
      want: [],
    },
    {
      name: "compare variables with other types",
      spec: {
        variables: [{ name: "name", expression: "'something'" }],
        ...check("variables.name == object.spec.replicas"),
      },
      want: [
        `spec.validations[0].expression ${DEPLOYMENT}:1:16: found no matching overload for '_==_' applied to '(string, int)'`,
      ],
    },
    {
      name: "are not told of as far as they are of variables",
      spec: {
        variables: [{ name: "name", expression: "object.spec.replicas == 'str'" }],
        ...check("variables.name == object.spec.replicas"),
      },
      want: [],
    },
    {
      name: "name a field of parameters that is not there",
      spec: {
        paramKind: { apiVersion: "v1", kind: "ConfigMap" },
        ...check("object.spec.replicas <= int(params.data.replicas) && params.bar"),
      },
      want: [`spec.validations[0].expression ${DEPLOYMENT}:1:60: undefined field 'bar'`],
    },
    {
      name: "name parameters that nobody serves",
      spec: { paramKind: { apiVersion: "v1", kind: "DoesNotMatter" }, ...check("params.bar == 1") },
      want: [],
    },
    {
      name: "are checked for each kind",
      spec: check("object.spec.replicas < 5"),
      about: match("/v1/pods", "apps/v1/deployments", "apps/v1/daemonsets"),
      want: [
        "spec.validations[0].expression /v1, Kind=Pod: ERROR: <input>:1:12: undefined field 'replicas' apps/v1, Kind=DaemonSet: ERROR: <input>:1:12: undefined field 'replicas'",
      ],
    },
    {
      name: "are not checked for all resources",
      spec: check("object.foo == 1"),
      about: match("apps/v1/*", "apps/*/deployments", "*/v1/deployments", "apps/v1/deployments/scale"),
      want: [],
    },
    {
      name: "know whole objects",
      spec: check("object.spec.template.spec.containers.all(c, c.name != '')"),
      want: [],
    },
    {
      name: "know int or string",
      spec: check("object.spec.strategy.rollingUpdate.maxSurge == '1'"),
      want: [],
    },
  ];

  test.each(cases)("$name", async ({ spec, about = match("apps/v1/deployments"), want }) => {
    await create({ matchConstraints: about, ...spec });
    expect(await warningsOf()).toEqual(want);
  });
});

test("a warning has the words and the picture of kube-controller-manager", async () => {
  await create({ matchConstraints: match("apps/v1/deployments"), ...check("object.spec.replicas == '5'") });
  const { status, metadata } = await policyOf(1);
  const { managedFields = [] } = metadata;
  expect(status?.typeChecking).toEqual({
    expressionWarnings: [
      {
        fieldRef: "spec.validations[0].expression",
        warning:
          "apps/v1, Kind=Deployment: ERROR: <input>:1:22: found no matching overload for '_==_' applied to '(int, string)'\n" +
          " | object.spec.replicas == '5'\n" +
          " | .....................^\n",
      },
    ],
  });
  const manager = "validatingadmissionpolicy-status-controller";
  expect(managedFields).toContainEqual(
    expect.objectContaining({ manager, operation: "Apply", subresource: "status" }),
  );
});

test("a policy is checked again when it changes", async () => {
  await create({ matchConstraints: match("apps/v1/deployments"), ...check("object.foo == 'bar'") });
  const policy = await policyOf(1);
  await server.client.update("ValidatingAdmissionPolicy", {
    ...policy,
    spec: { ...policy.spec, ...check("true") },
  });
  const { status } = await policyOf(2);
  expect(status?.typeChecking?.expressionWarnings).toBeUndefined();
});

function definition(spec: JSONSchemaProps): NewObject<CustomResourceDefinition> {
  const schema: JSONSchemaProps = { type: "object", properties: { spec } };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "widgets.example.com" },
    spec: {
      group: "example.com",
      scope: "Namespaced",
      names: { plural: "widgets", kind: "Widget" },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema } }],
    },
  };
}

test("a policy is checked again when the schema of a custom resource comes and changes", async () => {
  const warnings = () =>
    textsOf(
      server.state.objects.list("ValidatingAdmissionPolicy")[0]?.status?.typeChecking?.expressionWarnings,
    );
  await create({ matchConstraints: match("example.com/v1/widgets"), ...check("object.spec.size > 1") });
  expect(await warningsOf()).toEqual([]);

  await server.client.create(
    "CustomResourceDefinition",
    definition({ type: "object", properties: { size: { type: "string" } } }),
  );
  const mismatch =
    "spec.validations[0].expression example.com/v1, Kind=Widget: ERROR: <input>:1:18: found no matching overload for '_>_' applied to '(string, int)'";
  await until(() => warnings().length > 0);
  expect(warnings()).toEqual([mismatch]);

  const stored = await server.client.get("CustomResourceDefinition", { name: "widgets.example.com" });
  const { spec } = definition({ type: "object", properties: { size: { type: "integer" } } });
  await server.client.update("CustomResourceDefinition", { ...stored, spec: { ...stored.spec, ...spec } });
  await until(() => warnings().length === 0);
});
