import { JsonSyntaxError, parseJson } from "#apimachinery/codec/parse-json.ts";
import { jsonKind } from "#apimachinery/codec/type-error.ts";
import { type FieldError, invalid, keyPath, required, tooLong } from "#apimachinery/field-error.ts";
import { checkConfigMapKey } from "#apimachinery/formats.ts";
import type { Secret } from "../../generated/core-v1.ts";
import { checkFormat, validateEntries } from "../../validation/checks.ts";
import { collectErrors } from "../../validation/collect-errors.ts";
import { base64Size, MAX_DATA_BYTES, totalSize } from "./key-data.ts";
import { SERVICE_ACCOUNT_NAME, SERVICE_ACCOUNT_TOKEN_TYPE } from "./service-account-token.ts";

type Data = Readonly<Record<string, string>>;

const decoder = new TextDecoder();

type TypeRule = (data: Data, secret: Secret) => readonly FieldError[];

/** What the well-known types of secrets must hold. */
const TYPE_RULES: Readonly<Record<string, TypeRule>> = {
  [SERVICE_ACCOUNT_TOKEN_TYPE]: (_, { metadata }) =>
    (metadata.annotations?.[SERVICE_ACCOUNT_NAME] ?? "") === ""
      ? [required(keyPath("metadata.annotations", SERVICE_ACCOUNT_NAME))]
      : [],
  "kubernetes.io/dockercfg": (data) => requireJsonObject(data, ".dockercfg"),
  "kubernetes.io/dockerconfigjson": (data) => requireJsonObject(data, ".dockerconfigjson"),
  "kubernetes.io/basic-auth": (data) =>
    "username" in data || "password" in data ? [] : requireKeys(data, "username", "password"),
  "kubernetes.io/ssh-auth": (data) =>
    (data["ssh-privatekey"] ?? "") === "" ? [required(dataPath("ssh-privatekey"))] : [],
  "kubernetes.io/tls": (data) => requireKeys(data, "tls.crt", "tls.key"),
};

export function validateSecret(secret: Secret): readonly FieldError[] {
  const { data = {}, type = "" } = secret;
  return collectErrors(
    validateEntries(data, "data", (key, _, path) => checkFormat(key, path, checkConfigMapKey)),
    totalSize(data, base64Size) > MAX_DATA_BYTES && tooLong("data", MAX_DATA_BYTES),
    Object.hasOwn(TYPE_RULES, type) && TYPE_RULES[type]?.(data, secret),
  );
}

function requireKeys(data: Data, ...keys: readonly string[]): readonly FieldError[] {
  return keys.filter((key) => !Object.hasOwn(data, key)).map((key) => required(dataPath(key)));
}

/** The message tells what is wrong with the text, and nothing of the text. */
function requireJsonObject(data: Data, key: string): readonly FieldError[] {
  const encoded = data[key];
  if (encoded === undefined) return [required(dataPath(key))];
  const problem = describeNoObject(decoder.decode(Uint8Array.fromBase64(encoded)));
  return problem === undefined ? [] : [invalid(dataPath(key), "<secret contents redacted>", problem)];
}

function describeNoObject(text: string): string | undefined {
  try {
    const value = parseJson(text);
    const kind = jsonKind(value);
    if (kind === "object") return undefined;
    return `json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`;
  } catch (error) {
    if (error instanceof JsonSyntaxError) return error.message;
    throw error;
  }
}

function dataPath(key: string): string {
  return keyPath("data", key);
}
