import { expect, test } from "bun:test";
import fc from "fast-check";
import { CERTIFICATE } from "#testing/certificates.ts";
import { certificateProblem, countCertificates } from "./x509.ts";

const bytes = Uint8Array.fromBase64(CERTIFICATE.split("\n").slice(1, -2).join(""));

/** The certificate with some other bytes in the place of those that occur first. */
function altered(from: string, to: string): Uint8Array {
  const hex = bytes.toHex();
  if (!hex.includes(from)) throw new RangeError(`The certificate has no ${from}`);
  return Uint8Array.fromHex(hex.replace(from, to));
}

test.each<{ from: string; to: string; want: string }>([
  { from: "30820170", to: "30800170", want: "malformed certificate" },
  { from: "30820170", to: "30820171", want: "malformed certificate" },
  { from: "30820117", to: "31820117", want: "malformed tbs certificate" },
  { from: "a003020102", to: "a003040102", want: "malformed version" },
  { from: "a003020102", to: "a003020182", want: "malformed version" },
  { from: "a003020102", to: "a003020103", want: "invalid version" },
  { from: "021410d7", to: "041410d7", want: "malformed serial number" },
  { from: "021410d7", to: "02140010", want: "malformed serial number" },
  { from: "021410d7", to: "021490d7", want: "negative serial number" },
  { from: "300a0608", to: "310a0608", want: "malformed signature algorithm identifier" },
  {
    from: "3d040302300d",
    to: "3d040303300d",
    want: "inner and outer signature algorithm identifiers don't match",
  },
  { from: "300d310b", to: "310d310b", want: "malformed issuer" },
  { from: "300d310b", to: "300d300b", want: "invalid RDNSequence" },
  { from: "310b3009", to: "310b3109", want: "invalid RDNSequence: invalid attribute" },
  { from: "30090603", to: "30090403", want: "invalid RDNSequence: invalid attribute type" },
  { from: "5504030c02", to: "5504030c03", want: "invalid RDNSequence: invalid attribute value" },
  { from: "3020170d", to: "3120170d", want: "malformed validity" },
  { from: "3020170d", to: "3020040d", want: "unsupported time format" },
  { from: "30593013", to: "31593013", want: "malformed spki" },
  { from: "30593013", to: "30593113", want: "malformed public key algorithm identifier" },
  { from: "03420004", to: "04420004", want: "malformed subjectPublicKey" },
  { from: "a3533051", to: "a3533151", want: "malformed extensions" },
  { from: "301d0603", to: "311d0603", want: "malformed extension" },
  { from: "301d0603", to: "301d0403", want: "malformed extension OID field" },
  { from: "551d0e0416", to: "551d0e0516", want: "malformed extension value field" },
  {
    from: "0603551d23",
    to: "0603551d0e",
    want: 'certificate contains duplicate extension with OID "2.5.29.14"',
  },
  { from: "03470030", to: "04470030", want: "malformed signature" },
])("certificateProblem finds $want in $to", ({ from, to, want }) => {
  expect(certificateProblem(altered(from, to))).toBe(`x509: ${want}`);
});

test("certificateProblem wants one certificate", () => {
  expect(certificateProblem(bytes)).toBeUndefined();
  expect(certificateProblem(Uint8Array.of())).toBe("x509: malformed certificate");
  expect(certificateProblem(Uint8Array.of(...bytes, ...bytes))).toBe("x509: trailing data");
});

test("countCertificates reads them one behind the other", () => {
  expect(countCertificates(Uint8Array.of())).toEqual({ count: 0 });
  expect(countCertificates(Uint8Array.of(...bytes, ...bytes))).toEqual({ count: 2 });
  expect(countCertificates(Uint8Array.of(...bytes, 0))).toEqual({ problem: "x509: malformed certificate" });
});

test("countCertificates never fails, whatever becomes of a certificate", () => {
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.nat(255), (index, byte) => {
      countCertificates(bytes.map((each, at) => (at === index ? byte : each)));
    }),
  );
});
