import { expect, test } from "bun:test";
import {
  EC_REQUEST,
  NODE_NAMES_REQUEST,
  NODE_REQUEST,
  NODE_SERVING_REQUEST,
  RSA_REQUEST,
} from "#testing/certificates.ts";
import { readCertificateRequest } from "./certificatesigningrequest.validation.ts";
import { type RequestedNames, readRequestedNames } from "./requested-names.ts";

function namesIn(pem: string): RequestedNames {
  const request = readCertificateRequest(btoa(pem));
  if (request === undefined) throw new TypeError("The PEM is no request");
  return readRequestedNames(request);
}

test.each<[string, string, string, string[], string[]]>([
  ["a common name", EC_REQUEST, "jane", [], []],
  ["an organization behind it", RSA_REQUEST, "jane", ["team"], []],
  ["an organization before it", NODE_REQUEST, "system:node:n1", ["system:nodes"], []],
  ["other names", NODE_SERVING_REQUEST, "system:node:n1", ["system:nodes"], ["DNS", "IP"]],
  ["all kinds of names", NODE_NAMES_REQUEST, "system:node:n1", ["system:nodes"], ["DNS", "Email", "URI"]],
])("reads %s", (_case, pem, commonName, organizations, types) => {
  const names = namesIn(pem);
  expect(names).toMatchObject({ commonName, organizations });
  expect(names.altNames.map(({ type }) => String(type))).toEqual(types);
});
