import { describe, expect, test } from "bun:test";
import { formatFieldError } from "#apimachinery/field-error.ts";
import type { ObjectMeta } from "#apimachinery/generated/meta-v1.ts";
import { checkLabelName, checkSubdomainName } from "./names.ts";
import { validateObjectMeta, validateObjectMetaUpdate, validateTemplateObjectMeta } from "./object-meta.ts";

const valid: ObjectMeta = {
  name: "web",
  namespace: "default",
  uid: "u-1",
  resourceVersion: "1",
  generation: 1,
};
const owner = { apiVersion: "apps/v1", kind: "ReplicaSet", name: "web", uid: "u-2" };

const SUBDOMAIN =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const NAME_PART =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const LABEL_VALUE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

describe("validateObjectMeta", () => {
  const cases: { name: string; meta: Partial<ObjectMeta>; want: string[] }[] = [
    { name: "accepts a plain object", meta: {}, want: [] },
    {
      name: "needs a name",
      meta: { name: "" },
      want: ["metadata.name: Required value: name or generateName is required"],
    },
    {
      name: "checks the name",
      meta: { name: "Web" },
      want: [`metadata.name: Invalid value: "Web": ${SUBDOMAIN}`],
    },
    { name: "lets a prefix end in a dash", meta: { generateName: "web-" }, want: [] },
    {
      name: "checks the prefix",
      meta: { generateName: "Web-" },
      want: [`metadata.generateName: Invalid value: "Web-": ${SUBDOMAIN}`],
    },
    { name: "needs a namespace", meta: { namespace: "" }, want: ["metadata.namespace: Required value"] },
    {
      name: "refuses a negative generation",
      meta: { generation: -1 },
      want: ["metadata.generation: Invalid value: -1: must be greater than or equal to 0"],
    },
    {
      name: "names the map, not the key, of a bad label",
      meta: { labels: { "a/b/c": "x", app: "-x" } },
      want: [
        `metadata.labels: Invalid value: "a/b/c": a valid label key ${NAME_PART.slice(10)} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
        `metadata.labels: Invalid value: "-x": ${LABEL_VALUE}`,
      ],
    },
    { name: "allows capitals in annotation keys", meta: { annotations: { "Example.com/A": "" } }, want: [] },
    {
      name: "bounds annotations by their bytes",
      meta: { annotations: { a: "ä".repeat(128 * 1024) } },
      want: ["metadata.annotations: Too long: may not be more than 262144 bytes"],
    },
    { name: "accepts annotations at the bound", meta: { annotations: { a: "x".repeat(262_143) } }, want: [] },
    {
      name: "needs all of an owner",
      meta: { ownerReferences: [owner, { apiVersion: "", kind: "", name: "", uid: "" }] },
      want: [
        'metadata.ownerReferences.apiVersion: Invalid value: "": version must not be empty',
        'metadata.ownerReferences.kind: Invalid value: "": must not be empty',
        'metadata.ownerReferences.name: Invalid value: "": must not be empty',
        'metadata.ownerReferences.uid: Invalid value: "": must not be empty',
      ],
    },
    {
      name: "checks the owner's version",
      meta: {
        ownerReferences: ["v1", "apps/v1", "a/b/c", "a/"].map((apiVersion) => ({ ...owner, apiVersion })),
      },
      want: [
        'metadata.ownerReferences.apiVersion: Invalid value: "a/b/c": version must not be empty',
        'metadata.ownerReferences.apiVersion: Invalid value: "a/": version must not be empty',
      ],
    },
    {
      name: "refuses an Event of the core group as owner",
      meta: {
        ownerReferences: [
          { ...owner, apiVersion: "v1", kind: "Event" },
          { ...owner, apiVersion: "events.k8s.io/v1", kind: "Event" },
        ],
      },
      want: [
        'metadata.ownerReferences: Invalid value: {"apiVersion":"v1","kind":"Event","name":"web","uid":"u-2"}: /v1, Kind=Event is disallowed from being an owner',
      ],
    },
    {
      name: "refuses a second controller",
      meta: {
        ownerReferences: [
          { ...owner, controller: true },
          { ...owner, name: "api", controller: true },
        ],
      },
      want: [
        'metadata.ownerReferences: Invalid value: [{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"web","uid":"u-2","controller":true},{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"api","uid":"u-2","controller":true}]: Only one reference can have Controller set to true. Found "true" in references for ReplicaSet/web and ReplicaSet/api',
      ],
    },
    {
      name: "knows the finalizers without a domain",
      meta: { finalizers: ["kubernetes", "orphan", "example.com/x", "mine"] },
      want: [
        'metadata.finalizers[3]: Invalid value: "mine": name is neither a standard finalizer name nor is it fully qualified',
      ],
    },
    {
      name: "refuses contradicting finalizers",
      meta: { finalizers: ["orphan", "foregroundDeletion"] },
      want: [
        'metadata.finalizers: Invalid value: ["orphan","foregroundDeletion"]: finalizer orphan and foregroundDeletion cannot be both set',
      ],
    },
    {
      name: "checks managed fields",
      meta: {
        managedFields: [
          { operation: "Apply", manager: "kubectl", fieldsType: "FieldsV1" },
          { operation: "Merge", fieldsType: "V2", manager: "a\u0007" },
          { manager: "x".repeat(129), subresource: "x".repeat(257) },
        ],
      },
      want: [
        'metadata.managedFields[1].operation: Invalid value: "Merge": must be `Apply` or `Update`',
        'metadata.managedFields[1].fieldsType: Invalid value: "V2": must be `FieldsV1`',
        'metadata.managedFields[1].manager: Invalid value: "a\\a": invalid character U+0007 (at position 1)',
        'metadata.managedFields[2].operation: Invalid value: "": must be `Apply` or `Update`',
        "metadata.managedFields[2].manager: Too long: may not be more than 128 bytes",
        "metadata.managedFields[2].subresource: Too long: may not be more than 256 bytes",
      ],
    },
  ];

  test.each(cases)("$name", ({ meta, want }) => {
    const options = { namespaced: true, validateName: checkSubdomainName };
    expect(validateObjectMeta({ ...valid, ...meta }, options, "metadata").map(formatFieldError)).toEqual(
      want,
    );
  });

  test("refuses a namespace on a cluster-scoped object", () => {
    const errors = validateObjectMeta(valid, { namespaced: false, validateName: checkLabelName }, "metadata");
    expect(errors.map(formatFieldError)).toEqual(["metadata.namespace: Forbidden: not allowed on this type"]);
  });

  test("lets custom resources use any finalizer name", () => {
    const options = { namespaced: true, validateName: checkSubdomainName, anyFinalizer: true };
    expect(validateObjectMeta({ ...valid, finalizers: ["mine"] }, options, "metadata")).toEqual([]);
  });
});

describe("validateObjectMetaUpdate", () => {
  const deleted = { deletionTimestamp: "2026-01-01T00:00:00Z", finalizers: ["example.com/a"] };
  const cases: { name: string; previous?: Partial<ObjectMeta>; next: Partial<ObjectMeta>; want: string[] }[] =
    [
      { name: "accepts no change", next: {}, want: [] },
      {
        name: "needs a resource version",
        next: { resourceVersion: "" },
        want: ['metadata.resourceVersion: Invalid value: "": must be specified for an update'],
      },
      {
        name: "refuses a lower generation",
        next: { generation: 0 },
        want: ["metadata.generation: Invalid value: 0: must not be decremented"],
      },
      {
        name: "leaves a negative generation of an old object alone",
        previous: { generation: -2 },
        next: { generation: -1 },
        want: [],
      },
      {
        name: "keeps the identity",
        next: { name: "api", namespace: "other", uid: "u-9" },
        want: [
          'metadata.name: Invalid value: "api": field is immutable',
          'metadata.namespace: Invalid value: "other": field is immutable',
          'metadata.uid: Invalid value: "u-9": field is immutable',
        ],
      },
      {
        name: "keeps the times of creation and deletion",
        next: { creationTimestamp: "2026-01-01T00:00:00Z", deletionGracePeriodSeconds: 3 },
        want: [
          'metadata.creationTimestamp: Invalid value: "2026-01-01T00:00:00Z": field is immutable',
          "metadata.deletionGracePeriodSeconds: Invalid value: 3: field is immutable",
        ],
      },
      {
        name: "refuses new finalizers of a deleted object",
        previous: deleted,
        next: { ...deleted, finalizers: ["example.com/b", "example.com/a"] },
        want: [
          'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"example.com/b"}',
        ],
      },
    ];

  test.each(cases)("$name", ({ previous, next, want }) => {
    const errors = validateObjectMetaUpdate({ ...valid, ...next }, { ...valid, ...previous }, "metadata");
    expect(errors.map(formatFieldError)).toEqual(want);
  });
});

test("a template's metadata may have labels and annotations only", () => {
  const meta = { name: "x", labels: { app: "web" }, annotations: {}, generateName: "" };
  expect(validateTemplateObjectMeta(meta, "metadata").map(formatFieldError)).toEqual([
    "metadata.name: Forbidden: cannot be set",
  ]);
});
