import type { FieldError } from "#apimachinery/field-error.ts";
import { indexPath, invalid, invalidWithoutValue, required } from "#apimachinery/field-error.ts";
import type { EncryptionConfiguration } from "./encryption-configuration.ts";
import { decodeKey, KEY_SIZES, KEYED_SCHEMES } from "./encryption-configuration.ts";

/** The configuration in a parsed YAML or JSON document, or what is wrong with it, by upstream's rules. */
export function parseEncryptionConfiguration(document: unknown): EncryptionConfiguration | FieldError[] {
  const root = recordOf(document);
  const errors = [
    ...(root["kind"] === "EncryptionConfiguration"
      ? []
      : [invalid("kind", root["kind"], "must be EncryptionConfiguration")]),
    ...(root["apiVersion"] === "apiserver.config.k8s.io/v1"
      ? []
      : [invalid("apiVersion", root["apiVersion"], "must be apiserver.config.k8s.io/v1")]),
    ...unknownFields(root, ["kind", "apiVersion", "resources"], ""),
    ...atLeastOne(root["resources"], "resources", checkResourceConfiguration),
  ];
  return errors.length > 0 ? errors : (document as EncryptionConfiguration);
}

function checkResourceConfiguration(value: unknown, path: string): FieldError[] {
  const configuration = recordOf(value);
  const names = configuration["resources"];
  return [
    ...unknownFields(configuration, ["resources", "providers"], path),
    ...atLeastOne(names, `${path}.resources`, checkResourceName),
    ...(Array.isArray(names) ? checkOverlap(names.map(String), `${path}.resources`) : []),
    ...atLeastOne(configuration["providers"], `${path}.providers`, checkProvider),
  ];
}

function checkResourceName(name: unknown, path: string): FieldError[] {
  if (typeof name !== "string") return [invalid(path, name, "must be a string")];
  const problem = problemOfName(name);
  return problem === undefined ? [] : [invalid(path, name, problem)];
}

function problemOfName(name: string): string | undefined {
  const [resource, group] = splitName(name);
  if (name !== name.toLowerCase()) return "resource name should not contain capital letters";
  if (name === "*") {
    return "use '*.' to encrypt all the resources from core API group or *.* to encrypt all resources";
  }
  if (["apiserveripinfo", "serviceipallocations", "servicenodeportallocations"].includes(name)) {
    return "resources which do not have REST API/s cannot be encrypted";
  }
  if (group === "events.k8s.io") {
    return "'*.events.k8s.io' objects are stored using the 'events' API group in etcd. Use 'events' instead in the config file";
  }
  if (group === "extensions") {
    return "'extensions' group has been removed and cannot be used for encryption";
  }
  if (group === "*" && resource !== "*") {
    return "encrypting the same resource across groups is not supported";
  }
  return undefined;
}

function checkOverlap(names: readonly string[], path: string): FieldError[] {
  const groups = names.map((name) => splitName(name)[1]);
  const isDuplicate = new Set(names).size < names.length;
  const isMasked = names.some(
    (name, index) =>
      (name === "*.*" && names.length > 1) ||
      (name.startsWith("*.") &&
        groups.indexOf(groups[index] ?? "") !== groups.lastIndexOf(groups[index] ?? "")),
  );
  return [
    ...(isDuplicate ? [invalid(path, names, "the same resource cannot be specified multiple times")] : []),
    ...(isMasked && !isDuplicate
      ? [
          invalid(
            path,
            names,
            "using overlapping resources such as 'secrets' and '*.' in the same resource list is not allowed as they will be masked",
          ),
        ]
      : []),
  ];
}

function checkProvider(value: unknown, path: string): FieldError[] {
  const provider = recordOf(value);
  const names = Object.keys(provider).filter((name) => provider[name] !== null);
  if (names.includes("kms")) {
    return [invalidWithoutValue(`${path}.kms`, "key management services are not supported")];
  }
  const unknown = unknownFields(provider, [...KEYED_SCHEMES, "identity"], path);
  if (unknown.length > 0) return unknown;
  if (names.length === 0) {
    const expected = "KMS, AESGCM, AESCBC, Secretbox, Identity";
    return [
      invalidWithoutValue(path, `provider does not contain any of the expected providers: ${expected}`),
    ];
  }
  if (names.length > 1) {
    const detail =
      "more than one provider specified in a single element, should split into different list elements";
    return [invalidWithoutValue(path, detail)];
  }
  return KEYED_SCHEMES.filter((scheme) => names.includes(scheme)).flatMap((scheme) =>
    atLeastOne(recordOf(provider[scheme])["keys"], `${path}.${scheme}.keys`, (key, keyPath) =>
      checkKey(recordOf(key), keyPath, KEY_SIZES[scheme]),
    ),
  );
}

/** Secrets are never part of a message. */
function checkKey(
  key: Readonly<Record<string, unknown>>,
  path: string,
  sizes: readonly number[],
): FieldError[] {
  const { name, secret } = key;
  if (typeof name !== "string" || name === "") {
    return [required(`${path}.name`, "name is a mandatory field for a key")];
  }
  if (typeof secret !== "string" || secret === "") {
    return [required(`${path}.secret`, "secret is a mandatory field for a key")];
  }
  const bytes = decodeKey({ name, secret });
  if (Buffer.from(bytes).toString("base64").replace(/=+$/, "") !== secret.trim().replace(/=+$/, "")) {
    return [invalidWithoutValue(`${path}.secret`, "secrets must be base64 encoded")];
  }
  if (sizes.includes(bytes.length)) return [];
  const expected = sizes.join(" ");
  const detail = `secret is not of the expected length, got ${String(bytes.length)}, expected one of [${expected}]`;
  return [invalidWithoutValue(`${path}.secret`, detail)];
}

function atLeastOne(
  value: unknown,
  path: string,
  check: (element: unknown, path: string) => FieldError[],
): FieldError[] {
  if (!Array.isArray(value) || value.length === 0) {
    return [required(path, `at least one ${path.endsWith(".keys") ? "keys" : path} is required`)];
  }
  return value.flatMap((element: unknown, index) => check(element, indexPath(path, index)));
}

function unknownFields(
  value: Readonly<Record<string, unknown>>,
  known: readonly string[],
  path: string,
): FieldError[] {
  return Object.keys(value)
    .filter((name) => !known.includes(name))
    .map((name) => invalidWithoutValue(path === "" ? name : `${path}.${name}`, "unknown field"));
}

/** `deployments.apps` as its two parts; resources of the core group have an empty second one. */
export function splitName(name: string): readonly [resource: string, group: string] {
  const dot = name.indexOf(".");
  return dot < 0 ? [name, ""] : [name.slice(0, dot), name.slice(dot + 1)];
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
