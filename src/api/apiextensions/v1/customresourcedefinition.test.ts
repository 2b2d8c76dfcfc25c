import { describe, expect, test } from "bun:test";
import { aDefinition, aVersion, errorsOf, names, under, withVersion } from "#testing/definitions.ts";
import { errorTexts, rowOf, someWrite } from "#testing/kinds.ts";
import { clusterMetadataOf } from "#testing/metadata.ts";
import type {
  CustomResourceColumnDefinition,
  CustomResourceConversion,
  CustomResourceDefinition,
  CustomResourceDefinitionSpec,
  CustomResourceDefinitionStatus,
  CustomResourceSubresourceScale,
  ServiceReference,
} from "../../generated/apiextensions-v1.ts";
import { customResourceDefinition } from "./customresourcedefinition.ts";

describe("customResourceDefinition.setDefaults", () => {
  test("derives names, converts nothing and stores the storage version", () => {
    const { spec, status } = aDefinition();
    expect(spec.names).toEqual({ ...names, singular: "widget", listKind: "WidgetList" });
    expect(spec.conversion).toEqual({ strategy: "None" });
    expect(status).toEqual({
      conditions: [],
      acceptedNames: { plural: "", kind: "" },
      storedVersions: ["v1"],
    });
  });

  test("gives webhooks their port and leaves complete objects as they are", () => {
    const service: ServiceReference = { name: "hook", namespace: "default" };
    const definition = aDefinition({
      conversion: {
        strategy: "Webhook",
        webhook: { clientConfig: { service }, conversionReviewVersions: ["v1"] },
      },
    });
    expect(definition.spec.conversion?.webhook?.clientConfig?.service).toEqual({ ...service, port: 443 });
    expect(customResourceDefinition.setDefaults?.(definition)).toBe(definition);
  });
});

describe("versions in which objects are stored", () => {
  test("are those of the definition at first", () => {
    const stored = { ...aDefinition().status, storedVersions: ["v0"] } as CustomResourceDefinitionStatus;
    const created = customResourceDefinition.prepareForCreate?.(aDefinition({}, stored), someWrite);
    expect(created?.status?.storedVersions).toEqual(["v1"]);
  });

  test("grow with it", () => {
    const previous = aDefinition();
    const { status } = previous;
    const versions = [aVersion("v1", { storage: false }), aVersion("v2")];
    const next = { ...aDefinition({ versions }), ...(status && { status }) };
    const prepared = customResourceDefinition.prepareForUpdate?.(next, previous, someWrite);
    expect(prepared?.status?.storedVersions).toEqual(["v1", "v2"]);
  });

  test("must be in it", () => {
    const status: CustomResourceDefinitionStatus = {
      conditions: [],
      acceptedNames: { plural: "W", kind: "" },
      storedVersions: ["v0"],
    };
    const label =
      "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
    const next = aDefinition({}, status);
    expect(errorTexts(customResourceDefinition.validateUpdate?.(next, aDefinition()))).toEqual([
      `status.acceptedNames.plural: Invalid value: "W": ${label}`,
      'status.storedVersions: Invalid value: ["v0"]: must have the storage version v1',
      'status.storedVersions[0]: Invalid value: "v0": missing from spec.versions; v0 was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in v0 and removes v0 from status.storedVersions',
    ]);
    expect(errorTexts(customResourceDefinition.validateStatusUpdate?.(next, next))).toEqual([
      `status.acceptedNames.plural: Invalid value: "W": ${label}`,
    ]);
  });
});

describe("customResourceDefinition.validate", () => {
  test.each<{ name: string; spec: Partial<CustomResourceDefinitionSpec>; want: string[] }>([
    { name: "a definition", spec: {}, want: [] },
    {
      name: "another name, group and scope",
      spec: { group: "example", scope: "Global" },
      want: [
        'metadata.name: Invalid value: "widgets.example.com": must be spec.names.plural+"."+spec.group',
        'spec.group: Invalid value: "example": should be a domain with at least one dot',
        'spec.scope: Unsupported value: "Global": supported values: "Cluster", "Namespaced"',
      ],
    },
    {
      name: "versions without schemas and names",
      spec: {
        versions: [
          aVersion("v1", { schema: {} }),
          aVersion("v1", { storage: false, deprecated: true, deprecationWarning: "a\tb" }),
          aVersion("v2", { storage: false, deprecationWarning: "old" }),
        ],
        preserveUnknownFields: true,
      },
      want: [
        "spec.versions[0].schema.openAPIV3Schema: Required value",
        'spec.versions[1].deprecationWarning: Invalid value: "a\\tb": must only contain printable UTF-8 characters; non-printable character found at index 1',
        'spec.versions[2].deprecationWarning: Invalid value: "old": can only be set for deprecated versions',
        expect.stringContaining("must contain unique version names") as unknown as string,
        "spec.preserveUnknownFields: Invalid value: true: cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead",
      ],
    },
    {
      name: "defaults and conversion without pruning",
      spec: {
        versions: [aVersion("v1", { schema: { openAPIV3Schema: { type: "object", default: {} } } })],
        conversion: {
          strategy: "Webhook",
          webhook: { clientConfig: { url: "https://hook.example.com" }, conversionReviewVersions: ["v1"] },
        },
        preserveUnknownFields: true,
      },
      want: [
        "spec.preserveUnknownFields: Invalid value: true: must be false in order to use defaults in the schema",
        'spec.conversion.strategy: Invalid value: "Webhook": must be None if spec.preserveUnknownFields is true',
        "spec.preserveUnknownFields: Invalid value: true: cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead",
      ],
    },
    {
      name: "nothing to store",
      spec: { versions: [aVersion("v1", { storage: false, deprecated: true, deprecationWarning: "" })] },
      want: [
        'spec.versions[0].deprecationWarning: Invalid value: "": must not be an empty string',
        expect.stringContaining(
          "must have exactly one version marked as storage version",
        ) as unknown as string,
        "status.storedVersions: Invalid value: []: must have at least one stored version",
      ],
    },
    {
      name: "bad names",
      spec: { names: { plural: "widgets", kind: "A", listKind: "A", shortNames: ["W"], categories: [""] } },
      want: [
        expect.stringContaining('spec.names.shortNames[0]: Invalid value: "W"') as unknown as string,
        'spec.names.listKind: Invalid value: "A": kind and listKind may not be the same',
        expect.stringContaining('spec.names.categories[0]: Invalid value: ""') as unknown as string,
      ],
    },
    {
      name: "missing names",
      spec: { names: { plural: "widgets", kind: "" } },
      want: [
        "spec.names.singular: Required value",
        "spec.names.kind: Required value",
        "spec.names.listKind: Required value",
      ],
    },
  ])("judges $name", ({ spec, want }) => {
    expect(errorsOf(aDefinition(spec))).toEqual(want);
  });

  test.each<{ approval?: string; want: string[] }>([
    { approval: "https://github.com/kubernetes/kubernetes/pull/1", want: [] },
    { approval: "unapproved, experimental", want: [] },
    {
      want: [
        'Required value: protected groups must have approval annotation "api-approved.kubernetes.io", see https://github.com/kubernetes/enhancements/pull/1111',
      ],
    },
    {
      approval: "sure",
      want: [
        'Invalid value: "sure": protected groups must have approval annotation "api-approved.kubernetes.io" with either a URL or a reason starting with "unapproved", see https://github.com/kubernetes/enhancements/pull/1111',
      ],
    },
  ])("judges the approval $approval", ({ approval, want }) => {
    const annotations = approval === undefined ? {} : { "api-approved.kubernetes.io": approval };
    const metadata = clusterMetadataOf("widgets.x.k8s.io", { annotations });
    const definition = { ...aDefinition({ group: "x.k8s.io" }), metadata };
    expect(errorsOf(definition)).toEqual(under("metadata.annotations[api-approved.kubernetes.io]: ", want));
    expect(errorTexts(customResourceDefinition.validateUpdate?.(definition, definition))).toEqual([]);
  });
});

test("what objects are stored under cannot be changed", () => {
  const established = { type: "Established", status: "True" };
  const previous = aDefinition(
    {},
    { conditions: [established], acceptedNames: names, storedVersions: ["v1"] },
  );
  const next = aDefinition({
    group: "example.org",
    scope: "Cluster",
    names: { plural: "gadgets", kind: "Gadget" },
  });
  expect(errorTexts(customResourceDefinition.validateUpdate?.(next, previous))).toEqual([
    'spec.scope: Invalid value: "Cluster": field is immutable',
    'spec.names.kind: Invalid value: "Gadget": field is immutable',
    'spec.group: Invalid value: "example.org": field is immutable',
    'spec.names.plural: Invalid value: "gadgets": field is immutable',
  ]);
});

describe("validation of conversions", () => {
  const BUNDLE = btoa("x");
  test.each<{ conversion: CustomResourceConversion; want: string[] }>([
    {
      conversion: { strategy: "Some" },
      want: ['strategy: Unsupported value: "Some": supported values: "None", "Webhook"'],
    },
    {
      conversion: {
        strategy: "None",
        webhook: { clientConfig: { url: "https://a" }, conversionReviewVersions: ["v1"] },
      },
      want: [
        "webhookClientConfig: Forbidden: should not be set when strategy is not set to Webhook",
        "conversionReviewVersions: Forbidden: should not be set when strategy is not set to Webhook",
      ],
    },
    {
      conversion: { strategy: "Webhook" },
      want: [
        "webhookClientConfig: Required value: required when strategy is set to Webhook",
        "conversionReviewVersions: Required value",
      ],
    },
    {
      conversion: {
        strategy: "Webhook",
        webhook: { clientConfig: {}, conversionReviewVersions: ["v2", "v2"] },
      },
      want: [
        "webhookClientConfig: Required value: exactly one of url or service is required",
        'conversionReviewVersions[1]: Invalid value: "v2": duplicate version',
        'conversionReviewVersions: Invalid value: ["v2","v2"]: must include at least one of v1, v1beta1',
      ],
    },
    {
      conversion: {
        strategy: "Webhook",
        webhook: {
          clientConfig: { service: { name: "", namespace: "default" } },
          conversionReviewVersions: ["v1"],
        },
      },
      want: ["webhookClientConfig.service.namespace: Required value"],
    },
  ])("judges $conversion", ({ conversion, want }) => {
    expect(errorsOf(aDefinition({ conversion }))).toEqual(under("spec.conversion.", want));
  });

  test("certificates matter once the resource is served", () => {
    const withBundle = (caBundle: string) =>
      aDefinition(
        {
          conversion: {
            strategy: "Webhook",
            webhook: {
              clientConfig: { url: "https://a", caBundle },
              conversionReviewVersions: ["v1"],
            },
          },
        },
        {
          conditions: [{ type: "Established", status: "True" }],
          acceptedNames: names,
          storedVersions: ["v1"],
        },
      );
    const update = (next: string, previous: string) =>
      errorTexts(customResourceDefinition.validateUpdate?.(withBundle(next), withBundle(previous)));
    expect(errorsOf(withBundle(BUNDLE))).toEqual([]);
    expect(update(BUNDLE, BUNDLE)).toEqual([]);
    const path = "spec.conversion.webhookClientConfig.caBundle";
    expect(update(BUNDLE, "")).toEqual([
      `${path}: Invalid value: "${BUNDLE}": unable to load root certificates: unable to parse bytes as PEM block`,
    ]);
    const block = (type: string) => btoa(`-----BEGIN ${type}-----\nAAAA\n-----END ${type}-----\n`);
    expect(update(block("CERTIFICATE"), "")).toEqual([
      expect.stringContaining("failed to parse certificate: x509: malformed certificate"),
    ]);
    expect(update(block("KEY"), "")).toEqual([
      expect.stringContaining("no valid certificate authority data seen"),
    ]);
  });
});

describe("validation of what versions have", () => {
  test.each<{ scale: CustomResourceSubresourceScale; want: string[] }>([
    {
      scale: {
        specReplicasPath: ".spec.replicas",
        statusReplicasPath: ".status.replicas",
        labelSelectorPath: ".status.selector",
      },
      want: [],
    },
    {
      scale: { specReplicasPath: "", statusReplicasPath: "status.replicas", labelSelectorPath: ".selector" },
      want: [
        "specReplicasPath: Required value",
        'statusReplicasPath: Invalid value: "status.replicas": must be a simple json path starting with .',
        'labelSelectorPath: Invalid value: ".selector": should be a json path under either .spec or .status',
      ],
    },
    {
      scale: { specReplicasPath: ".replicas", statusReplicasPath: ".spec.replicas" },
      want: [
        'specReplicasPath: Invalid value: ".replicas": should be a json path under .spec',
        'statusReplicasPath: Invalid value: ".spec.replicas": should be a json path under .status',
      ],
    },
  ])("judges $scale", ({ scale, want }) => {
    expect(errorsOf(withVersion({ subresources: { scale } }))).toEqual(
      under("spec.subresources.scale.", want),
    );
  });

  test.each<{ column: CustomResourceColumnDefinition; want: string[] }>([
    { column: { name: "Size", type: "integer", format: "int32", jsonPath: ".spec.size" }, want: [] },
    {
      column: { name: "", type: "", jsonPath: "" },
      want: [
        "name: Required value",
        "type: Required value: must be one of boolean,date,integer,number,string",
        "JSONPath: Required value",
      ],
    },
    {
      column: { name: "Size", type: "int", format: "big", jsonPath: "spec" },
      want: [
        'type: Invalid value: "int": must be one of boolean,date,integer,number,string',
        'format: Invalid value: "big": must be one of byte,date,date-time,double,float,int32,int64,password',
        'JSONPath: Invalid value: "spec": must be a simple json path starting with .',
      ],
    },
  ])("judges $column", ({ column, want }) => {
    expect(errorsOf(withVersion({ additionalPrinterColumns: [column] }))).toEqual(
      under("spec.additionalPrinterColumns[0].", want),
    );
  });

  test("is reported at the version where versions differ", () => {
    const columns = [{ name: "", type: "string", jsonPath: ".a" }];
    const versions = [
      aVersion("v1", { additionalPrinterColumns: columns, schema: { openAPIV3Schema: { type: "string" } } }),
      aVersion("v2", { storage: false }),
    ];
    expect(errorsOf(aDefinition({ versions }))).toEqual([
      'spec.versions[0].schema.openAPIV3Schema.type: Invalid value: "string": must be object at the root',
      "spec.versions[0].additionalPrinterColumns[0].name: Required value",
    ]);
  });
});

describe("unknown formats", () => {
  const withFormat = (type: string, format: string) =>
    withVersion({
      schema: { openAPIV3Schema: { type: "object", properties: { a: { type, format } } } },
    });
  const warningsOf = (next: CustomResourceDefinition, previous?: CustomResourceDefinition) =>
    customResourceDefinition.warnings?.(next, previous);

  test.each([
    { type: "string", format: "date-time", want: [] },
    { type: "integer", format: "int64", want: [] },
    { type: "number", format: "double", want: [] },
    { type: "string", format: "int64", want: ['unrecognized format "int64"'] },
    { type: "boolean", format: "date", want: ['unrecognized format "date"'] },
  ])("of $type: $format", ({ type, format, want }) => {
    expect(warningsOf(withFormat(type, format))).toEqual(want);
  });

  test("are warned of once", () => {
    expect(warningsOf(withFormat("string", "x"), withFormat("string", "x"))).toEqual([]);
  });
});

test("the table shows when definitions were created", () => {
  const metadata = clusterMetadataOf("widgets.example.com", { creationTimestamp: "2026-01-01T00:00:00Z" });
  expect(rowOf(customResourceDefinition, { ...aDefinition(), metadata })).toEqual({
    Name: "widgets.example.com",
    "Created At": "2026-01-01T00:00:00Z",
  });
});
