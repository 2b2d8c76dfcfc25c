import { describe, expect, test } from "bun:test";
import { CERTIFICATE, EC_REQUEST } from "#testing/certificates.ts";
import { errorTexts, rowOf, someWrite } from "#testing/kinds.ts";
import { clusterMetadataOf } from "#testing/metadata.ts";
import type {
  CertificateSigningRequest,
  CertificateSigningRequestSpec,
  CertificateSigningRequestStatus,
} from "../../generated/certificates-v1.ts";
import { certificateSigningRequest } from "./certificatesigningrequest.ts";

/** What Go prints of the options of a field that has none. */
const OPTIONS =
  "{optional:false explicit:false application:false private:false defaultValue:<nil> tag:<nil> stringType:0 timeType:0 set:false omitEmpty:false}";

function aRequest(
  spec: Partial<CertificateSigningRequestSpec> = {},
  status?: CertificateSigningRequestStatus,
): CertificateSigningRequest {
  return {
    apiVersion: "certificates.k8s.io/v1",
    kind: "CertificateSigningRequest",
    metadata: clusterMetadataOf("jane"),
    spec: {
      request: btoa(EC_REQUEST),
      signerName: "kubernetes.io/kube-apiserver-client",
      usages: ["client auth"],
      ...spec,
    },
    ...(status && { status }),
  };
}

const bad = (value: string) => value as "any";
const errorsOf = (request: CertificateSigningRequest) =>
  errorTexts(certificateSigningRequest.validate?.(request));

test("the requester is the authenticated user", () => {
  const forged = aRequest({ username: "root", uid: "0", groups: ["system:masters"], extra: { a: ["b"] } });
  expect(certificateSigningRequest.prepareForCreate?.(forged, someWrite).spec).toEqual({
    ...aRequest().spec,
    username: "jane",
    uid: "jane-1",
    groups: ["system:authenticated"],
    extra: { from: ["laptop"] },
  });
  const anonymous = { ...someWrite, user: { name: "system:anonymous", groups: [] } };
  expect(certificateSigningRequest.prepareForCreate?.(forged, anonymous).spec).toEqual({
    ...aRequest().spec,
    username: "system:anonymous",
  });
  const changed = aRequest({ signerName: "example.com/other" });
  expect(certificateSigningRequest.prepareForUpdate?.(changed, aRequest(), someWrite)).toEqual(aRequest());
});

describe("certificateSigningRequest.validate", () => {
  test.each<{ name: string; spec: Partial<CertificateSigningRequestSpec>; want: string[] }>([
    { name: "a request", spec: {}, want: [] },
    { name: "a request behind other text", spec: { request: btoa(`# mine\n${EC_REQUEST}`) }, want: [] },
    {
      name: "a request that is none",
      spec: { request: btoa("x"), usages: [], signerName: "", expirationSeconds: 599 },
      want: [
        'spec.request: Invalid value: "eA==": PEM block type must be CERTIFICATE REQUEST',
        "spec.usages: Required value",
        "spec.signerName: Required value",
        "spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 600 seconds (10 minutes)",
      ],
    },
    {
      name: "unknown and repeated usages",
      spec: { usages: ["any", bad("all"), "any"] },
      want: [
        'spec.usages[1]: Unsupported value: "all": supported values: "any", "cert sign", "client auth", "code signing", "content commitment", "crl sign", "data encipherment", "decipher only", "digital signature", "email protection", "encipher only", "ipsec end system", "ipsec tunnel", "ipsec user", "key agreement", "key encipherment", "microsoft sgc", "netscape sgc", "ocsp signing", "s/mime", "server auth", "signing", "timestamping"',
        'spec.usages[2]: Duplicate value: "any"',
      ],
    },
    {
      name: "the legacy signer",
      spec: { signerName: "kubernetes.io/legacy-unknown" },
      want: [
        'spec.signerName: Invalid value: "kubernetes.io/legacy-unknown": the legacy signerName is not allowed via this API version',
      ],
    },
    {
      name: "a signer without a path",
      spec: { signerName: "example.com" },
      want: [
        "spec.signerName: Invalid value: \"example.com\": must be a fully qualified domain and path of the form 'example.com/signer-name'",
      ],
    },
    {
      name: "a signer of bad labels",
      spec: { signerName: "Example/a." },
      want: [
        "spec.signerName: Invalid value: \"Example\": validating label \"Example\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
        'spec.signerName: Invalid value: "Example": should be a domain with at least two segments separated by dots',
        "spec.signerName: Invalid value: \"a.\": validating label \"\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      ],
    },
    {
      name: "a signer that is too long",
      spec: { signerName: `example.com/${"a.".repeat(280)}a` },
      want: ["spec.signerName: Too long: may not be more than 571 bytes"],
    },
  ])("judges $name", ({ spec, want }) => {
    expect(errorsOf(aRequest(spec))).toEqual(want);
  });

  test.each([
    { contents: "", problem: "asn1: syntax error: sequence truncated" },
    { contents: btoa("\x30\x02\x30\x00"), problem: "asn1: syntax error: sequence truncated" },
    { contents: btoa("\x30\x80\x00\x00"), problem: "asn1: syntax error: indefinite length found (not DER)" },
    { contents: btoa("\x30\x00\x05\x00"), problem: "asn1: syntax error: trailing data" },
    {
      contents: btoa("\x30\x05\x30\x03\x04\x01\x00"),
      problem: `asn1: structure error: tags don't match (2 vs {class:0 tag:4 length:1 isCompound:false}) ${OPTIONS} int @2`,
    },
  ])("refuses a request with the contents $contents", ({ contents, problem }) => {
    const request = btoa(
      `-----BEGIN CERTIFICATE REQUEST-----\n${contents}\n-----END CERTIFICATE REQUEST-----\n`,
    );
    expect(errorsOf(aRequest({ request }))).toEqual([
      `spec.request: Invalid value: "${request}": ${problem}`,
    ]);
  });

  test("conditions have a type and a status, and do not contradict each other", () => {
    const conditions = [
      { type: "", status: "" },
      { type: "Approved", status: "False" },
      { type: "Denied", status: "True" },
      { type: "Other", status: "Maybe" },
      { type: "Denied", status: "True" },
    ];
    expect(errorsOf(aRequest({}, { conditions }))).toEqual([
      "status.conditions[0].type: Required value",
      "status.conditions[0].status: Required value",
      'status.conditions[1].status: Unsupported value: "False": supported values: "True"',
      'status.conditions: Invalid value: "Denied": Approved and Denied conditions are mutually exclusive',
      'status.conditions[3].status: Unsupported value: "Maybe": supported values: "False", "True", "Unknown"',
      'status.conditions: Invalid value: "Denied": Approved and Denied conditions are mutually exclusive',
      'status.conditions[4].type: Duplicate value: "Denied"',
    ]);
  });
});

describe("updates of the status", () => {
  const certificateBytes = atob(CERTIFICATE.split("\n").slice(1, -2).join(""));
  const block = (bytes: string) => `-----BEGIN CERTIFICATE-----\n${btoa(bytes)}\n-----END CERTIFICATE-----\n`;

  const approved = { type: "Approved", status: "True", lastUpdateTime: null, lastTransitionTime: null };
  const update = (status: CertificateSigningRequestStatus, previous: CertificateSigningRequestStatus) =>
    errorTexts(
      certificateSigningRequest.validateStatusUpdate?.(aRequest({}, status), aRequest({}, previous)),
    );

  test.each<{ name: string; certificate: string; want: string[] }>([
    { name: "a certificate", certificate: CERTIFICATE, want: [] },
    { name: "a chain", certificate: CERTIFICATE + CERTIFICATE, want: [] },
    { name: "no block", certificate: "x", want: ["must contain at least one CERTIFICATE PEM block"] },
    {
      name: "another block",
      certificate: EC_REQUEST,
      want: ['only CERTIFICATE PEM blocks are allowed, found "CERTIFICATE REQUEST"'],
    },
    {
      name: "headers",
      certificate: CERTIFICATE.replace("\n", "\nA: b\n\n"),
      want: ["no PEM block headers are permitted"],
    },
    {
      name: "an empty block",
      certificate: "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----",
      want: ["found CERTIFICATE PEM block containing 0 certificates"],
    },
    {
      name: "a certificate that is cut off",
      certificate: block(certificateBytes.slice(0, -1)),
      want: ["x509: malformed certificate"],
    },
    {
      name: "a certificate with a negative serial number",
      certificate: block(certificateBytes.replace("\x02\x14\x10", "\x02\x14\x90")),
      want: ["x509: negative serial number"],
    },
    {
      name: "something else",
      certificate: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
      want: ["x509: malformed certificate"],
    },
  ])("judge $name", ({ certificate, want }) => {
    const expected = want.map((text) => `status.certificate: Invalid value: "<certificate data>": ${text}`);
    expect(update({ certificate: btoa(certificate) }, {})).toEqual(expected);
  });

  test("do not replace a certificate", () => {
    expect(update({ certificate: btoa(CERTIFICATE) }, { certificate: btoa(`\n${CERTIFICATE}`) })).toEqual([
      "status.certificate: Forbidden: updates may not modify existing certificate content",
    ]);
  });

  test("let pass what was wrong before", () => {
    const wrong = {
      certificate: btoa("x"),
      conditions: [approved, { type: "Denied", status: "True" }, { type: "", status: "True" }, approved],
    };
    const old = aRequest(
      { usages: [bad("all"), bad("all")], signerName: "kubernetes.io/legacy-unknown" },
      wrong,
    );
    expect(errorTexts(certificateSigningRequest.validateStatusUpdate?.(old, old))).toEqual([]);
  });

  test("do not decide", () => {
    expect(update({ conditions: [approved] }, {})).toEqual([
      'status.conditions: Forbidden: updates may not add a condition of type "Approved"',
    ]);
    expect(update({}, { conditions: [approved] })).toEqual([
      'status.conditions: Forbidden: updates may not remove a condition of type "Approved"',
    ]);
    expect(update({ conditions: [{ ...approved, message: "x" }] }, { conditions: [approved] })).toEqual([
      [
        'status.conditions: Forbidden: updates may not modify a condition of type "Approved"',
        "@@ -2,6 +2,7 @@",
        "  {",
        '   "lastTransitionTime": null,',
        '   "lastUpdateTime": null,',
        '+  "message": "x",',
        '   "status": "True",',
        '   "type": "Approved"',
        "  }",
        "",
      ].join("\n"),
    ]);
  });

  test("keep decisions and fill in times", () => {
    const previous = aRequest(
      {},
      {
        conditions: [
          approved,
          { type: "Slow", status: "True", lastTransitionTime: "2026-01-01T00:00:00Z", lastUpdateTime: null },
        ],
      },
    );
    const next = aRequest(
      {},
      {
        conditions: [
          { type: "Slow", status: "True" },
          { type: "Approved", status: "True", message: "changed" },
          { type: "Failed", status: "True", lastUpdateTime: "2026-01-02T00:00:00Z" },
        ],
      },
    );
    const prepared = certificateSigningRequest.prepareForStatusUpdate?.(next, previous, someWrite);
    const { now } = someWrite;
    expect(prepared?.status?.conditions).toEqual([
      {
        type: "Slow",
        status: "True",
        lastUpdateTime: now,
        lastTransitionTime: "2026-01-01T00:00:00Z",
      },
      { type: "Approved", status: "True", lastUpdateTime: now, lastTransitionTime: now },
      {
        type: "Failed",
        status: "True",
        lastUpdateTime: "2026-01-02T00:00:00Z",
        lastTransitionTime: now,
      },
    ]);
  });
});

describe("the subresource approval", () => {
  const approval = certificateSigningRequest.updateSubresources?.["approval"];
  const approved = { type: "Approved", status: "True" };
  const conditions = [approved];

  test("changes conditions only", () => {
    const next = aRequest({ signerName: "example.com/x" }, { conditions, certificate: btoa(CERTIFICATE) });
    const { now } = someWrite;
    expect(approval?.prepareForUpdate(next, aRequest(), someWrite)).toEqual(
      aRequest({}, { conditions: [{ ...approved, lastUpdateTime: now, lastTransitionTime: now }] }),
    );
  });

  test("may decide, once", () => {
    const next = aRequest({}, { conditions });
    expect(errorTexts(approval?.validateUpdate(next, aRequest()))).toEqual([]);
    expect(errorTexts(approval?.validateUpdate(aRequest(), next))).toEqual([
      'status.conditions: Forbidden: updates may not remove a condition of type "Approved"',
    ]);
  });
});

test("any name will do", () => {
  expect(certificateSigningRequest.validateName?.("Jane's request", false)).toEqual([]);
});

describe("the table", () => {
  test("shows who asks whom", () => {
    const request = aRequest({ username: "jane", expirationSeconds: 3600 });
    expect(rowOf(certificateSigningRequest, request)).toMatchObject({
      SignerName: "kubernetes.io/kube-apiserver-client",
      Requestor: "jane",
      RequestedDuration: "60m",
      Condition: "Pending",
    });
  });

  test.each([
    { types: ["Approved"], certificate: "x", want: "Approved,Issued" },
    { types: ["Approved", "Failed"], certificate: "", want: "Approved,Failed" },
    { types: ["Approved", "Denied"], certificate: "", want: "Denied" },
  ])("shows $types as $want", ({ types, certificate, want }) => {
    const conditions = types.map((type) => ({ type, status: "True" }));
    const request = aRequest({}, { conditions, certificate });
    expect(rowOf(certificateSigningRequest, request)).toMatchObject({ Condition: want });
  });
});
