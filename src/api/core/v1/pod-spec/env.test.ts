import { describe, expect, test } from "bun:test";
import { containerErrors } from "#testing/pod-spec.ts";
import type { EnvFromSource, EnvVarSource } from "../../../generated/core-v1.ts";

const ENV_NAME =
  "a valid environment variable name must consist only of printable ASCII characters other than '='";
const SUBDOMAIN =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const KEY =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
const FIELDS =
  'supported values: "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"';
const BYTES = "1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei";
const NO_SOURCE =
  "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`";
const SEVERAL = "may not have more than one field specified at a time";

const volumes = [{ name: "env", emptyDir: {} }];
const AT = "spec.containers[0].env[0]";

test.each(["abc", "ABC", "_x", "a.b-c", "1A", "A B", "~!@#$%^&*()"])(
  "a variable can be called %s",
  (name) => {
    expect(containerErrors([{ env: [{ name, value: "x" }] }])).toEqual([]);
  },
);

test.each([
  { name: "", want: [`${AT}.name: Required value`] },
  { name: "A=B", want: [`${AT}.name: Invalid value: "A=B": ${ENV_NAME}`] },
  { name: "ä", want: [`${AT}.name: Invalid value: "ä": ${ENV_NAME}`] },
  { name: "\t", want: [`${AT}.name: Invalid value: "\\t": ${ENV_NAME}`] },
])("a variable cannot be called $name", ({ name, want }) => {
  expect(containerErrors([{ env: [{ name }] }])).toEqual(want);
});

describe("the source of a variable", () => {
  const errorsOf = (valueFrom: EnvVarSource, value?: string) =>
    containerErrors([{ env: [{ name: "A", valueFrom, ...(value !== undefined && { value }) }] }], {
      volumes,
    });

  test.each<EnvVarSource>([
    { fieldRef: { fieldPath: "metadata.annotations['Key.example.com/A']" } },
    { fieldRef: { fieldPath: "metadata.labels['key']" } },
    { fieldRef: { fieldPath: "spec.host" } },
    { fieldRef: { fieldPath: "status.podIPs" } },
    { resourceFieldRef: { resource: "limits.cpu", divisor: "1m" } },
    { resourceFieldRef: { resource: "requests.memory", divisor: "1Gi" } },
    { resourceFieldRef: { resource: "requests.hugepages-2Mi" } },
    { configMapKeyRef: { name: "c", key: "a_b.c" } },
    { secretKeyRef: { name: "s", key: "k" } },
    { fileKeyRef: { volumeName: "env", path: "a/env", key: "A" } },
  ])("can be %o", (valueFrom) => {
    expect(errorsOf(valueFrom)).toEqual([]);
    expect(errorsOf(valueFrom, "")).toEqual([]);
  });

  test.each<{ name: string; valueFrom: EnvVarSource; value?: string; want: string[] }>([
    { name: "nothing", valueFrom: {}, want: [`: Invalid value: "": ${NO_SOURCE}`] },
    {
      name: "beside a value",
      valueFrom: { secretKeyRef: { name: "s", key: "k" } },
      value: "x",
      want: [': Invalid value: "": may not be specified when `value` is not empty'],
    },
    {
      name: "two",
      valueFrom: { secretKeyRef: { name: "s", key: "k" }, fieldRef: { fieldPath: "metadata.name" } },
      want: [`: Invalid value: "": ${SEVERAL}`],
    },
    {
      name: "a field of another version",
      valueFrom: { fieldRef: { apiVersion: "v2", fieldPath: "metadata.name" } },
      want: [
        '.fieldRef.fieldPath: Invalid value: "metadata.name": error converting fieldPath: unsupported pod version: v2',
      ],
    },
    {
      name: "no field",
      valueFrom: { fieldRef: { fieldPath: "" } },
      want: [".fieldRef.fieldPath: Required value"],
    },
    {
      name: "an unknown field",
      valueFrom: { fieldRef: { fieldPath: "metadata.whoops" } },
      want: [
        '.fieldRef.fieldPath: Invalid value: "metadata.whoops": error converting fieldPath: field label not supported: metadata.whoops',
      ],
    },
    ...["metadata.labels", "metadata.annotations", "status.phase", "spec.restartPolicy"].map((fieldPath) => ({
      name: fieldPath,
      valueFrom: { fieldRef: { fieldPath } },
      want: [`.fieldRef.fieldPath: Unsupported value: "${fieldPath}": ${FIELDS}`],
    })),
    {
      name: "one of something that has no parts",
      valueFrom: { fieldRef: { fieldPath: "metadata.name['a']" } },
      want: [
        ".fieldRef.fieldPath: Invalid value: \"metadata.name['a']\": error converting fieldPath: field label does not support subscript: metadata.name['a']",
      ],
    },
    {
      name: "a label without a name",
      valueFrom: { fieldRef: { fieldPath: "metadata.labels['']" } },
      want: [
        '.fieldRef: Invalid value: "": name part must be non-empty',
        ".fieldRef: Invalid value: \"\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      ],
    },
    {
      name: "no resource",
      valueFrom: { resourceFieldRef: { resource: "" } },
      want: [".resourceFieldRef.resource: Required value"],
    },
    {
      name: "another resource",
      valueFrom: { resourceFieldRef: { resource: "cpu" } },
      want: [
        '.resourceFieldRef.resource: Unsupported value: "cpu": supported values: "limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage", "requests.memory"',
      ],
    },
    ...[
      { resource: "limits.cpu", divisor: "1k", of: "1m and 1 are supported with the cpu resource" },
      { resource: "limits.memory", divisor: "1m", of: `${BYTES} are supported with the memory resource` },
      {
        resource: "requests.ephemeral-storage",
        divisor: "3",
        of: `${BYTES} are supported with the local ephemeral storage resource`,
      },
      {
        resource: "limits.hugepages-2Mi",
        divisor: "2Mi",
        of: `${BYTES} are supported with the hugepages resource`,
      },
    ].map(({ resource, divisor, of }) => ({
      name: `${resource} by ${divisor}`,
      valueFrom: { resourceFieldRef: { resource, divisor } },
      want: [`.resourceFieldRef.divisor: Invalid value: "${resource}": only divisor's values ${of}`],
    })),
    {
      name: "a key of nothing",
      valueFrom: { configMapKeyRef: { key: "" } },
      want: [
        `.configMapKeyRef.name: Invalid value: "": ${SUBDOMAIN}`,
        ".configMapKeyRef.key: Required value",
      ],
    },
    {
      name: "a bad key of a bad secret",
      valueFrom: { secretKeyRef: { name: "$%^&*#", key: "a b" } },
      want: [
        `.secretKeyRef.name: Invalid value: "$%^&*#": ${SUBDOMAIN}`,
        `.secretKeyRef.key: Invalid value: "a b": ${KEY}`,
      ],
    },
    {
      name: "nothing of a file",
      valueFrom: { fileKeyRef: { volumeName: "", path: "", key: "" } },
      want: [
        ".fileKeyRef.key: Required value",
        ".fileKeyRef.volumeName: Required value",
        ".fileKeyRef.path: Required value",
      ],
    },
    {
      name: "a file elsewhere",
      valueFrom: { fileKeyRef: { volumeName: "env", path: "../a", key: "A=" } },
      want: [
        `.fileKeyRef.key: Invalid value: "A=": ${ENV_NAME}`,
        ".fileKeyRef.path: Invalid value: \"../a\": must not contain '..'",
      ],
    },
  ])("cannot be $name", ({ valueFrom, value, want }) => {
    const errors = errorsOf(valueFrom, value).filter((error) => !error.includes("Not found"));
    expect(errors).toEqual(want.map((error) => `${AT}.valueFrom${error}`));
  });

  test("can be a file in an emptyDir alone", () => {
    const errors = (volumeName: string) =>
      containerErrors(
        [{ env: [{ name: "A", valueFrom: { fileKeyRef: { volumeName, path: "a", key: "A" } } }] }],
        {
          volumes: [...volumes, { name: "secret", secret: { secretName: "s" } }],
        },
      );
    const path = `${AT}.valueFrom.fileKeyRef.volumeName`;
    expect(errors("env")).toEqual([]);
    expect(errors("other")).toEqual([`${path}: Not found: "other"`]);
    expect(errors("secret")).toEqual([
      `${path}: Invalid value: "secret": referenced volume must be of type emptyDir`,
    ]);
  });
});

describe("all variables of a source", () => {
  const LIST = "spec.containers[0].envFrom";

  test.each<{ name: string; envFrom: EnvFromSource; want: string[] }>([
    { name: "a config map", envFrom: { configMapRef: { name: "c" } }, want: [] },
    { name: "a secret with a prefix", envFrom: { prefix: "1.a-", secretRef: { name: "s" } }, want: [] },
    {
      name: "nothing",
      envFrom: {},
      want: [`${LIST}: Invalid value: "": must specify one of: \`configMapRef\` or \`secretRef\``],
    },
    {
      name: "both, without names",
      envFrom: { configMapRef: {}, secretRef: { name: "" } },
      want: [
        `${LIST}[0].configMapRef.name: Required value`,
        `${LIST}[0].secretRef.name: Required value`,
        `${LIST}: Invalid value: "": ${SEVERAL}`,
      ],
    },
    {
      name: "a bad prefix and a bad name",
      envFrom: { prefix: "a=", configMapRef: { name: "$" } },
      want: [
        `${LIST}[0].prefix: Invalid value: "a=": ${ENV_NAME}`,
        `${LIST}[0].configMapRef.name: Invalid value: "$": ${SUBDOMAIN}`,
      ],
    },
  ])("of $name", ({ envFrom, want }) => {
    expect(containerErrors([{ envFrom: [envFrom] }])).toEqual(want);
  });
});
