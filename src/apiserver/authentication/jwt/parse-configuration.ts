import { DecoderCompiler, newState } from "#apimachinery/codec/decoder.ts";
import { findStrictErrors } from "#apimachinery/codec/strict-errors.ts";
import { findTypeError } from "#apimachinery/codec/type-error.ts";
import { quote } from "#apimachinery/go-text.ts";
import { isJsonObject, type JsonObject } from "#apimachinery/json-value.ts";
import { parseYamlText } from "../../formats/yaml-text.ts";
import { type AuthenticationConfiguration, CONFIGURATION_SCHEMA } from "./authentication-configuration.ts";

const KIND = "AuthenticationConfiguration";
const GROUP = "apiserver.config.k8s.io";
const VERSIONS: readonly unknown[] = ["v1", "v1beta1", "v1alpha1"].map((version) => `${GROUP}/${version}`);

/** The configuration in a text of YAML or JSON; a text says why it is none, as Kubernetes' strict decoder does. */
export function parseAuthenticationConfiguration(text: string): AuthenticationConfiguration | string {
  if (text === "") return "empty config data";
  let parsed: ReturnType<typeof parseYamlText>;
  try {
    parsed = parseYamlText(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return error.message;
  }
  const { value, duplicateKeys } = parsed;
  if (!isJsonObject(value)) return "couldn't get version/kind; json parse error: it is not an object";
  return typeProblem(value) ?? decode(value, duplicateKeys);
}

function typeProblem({ apiVersion = "", kind = "" }: JsonObject): string | undefined {
  if (kind === "") return "Object 'Kind' is missing";
  if (apiVersion === "") return "Object 'apiVersion' is missing";
  if (kind === KIND && VERSIONS.includes(apiVersion)) return undefined;
  return `no kind ${quote(String(kind as string))} is registered for version ${quote(String(apiVersion as string))}: there is ${KIND} of ${VERSIONS.join(", ")}`;
}

function decode(value: JsonObject, duplicateKeys: readonly string[]): AuthenticationConfiguration | string {
  const mismatch = findTypeError(CONFIGURATION_SCHEMA, value);
  if (mismatch !== undefined) return mismatch;
  const duplicates =
    duplicateKeys.length === 0 ? [] : [["yaml: unmarshal errors:", ...duplicateKeys].join("\n  ")];
  const errors = [...duplicates, ...findStrictErrors(CONFIGURATION_SCHEMA, JSON.stringify(value))];
  if (errors.length > 0) return `strict decoding error: ${errors.join(", ")}`;
  // The schema is that of the type.
  return new DecoderCompiler().compile(CONFIGURATION_SCHEMA)(
    value,
    newState(),
  ) as AuthenticationConfiguration;
}
