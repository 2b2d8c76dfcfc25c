import { type FieldError, forbidden, invalid } from "#apimachinery/field-error.ts";
import { checkDNS1123Subdomain } from "#apimachinery/formats.ts";
import type { PodSpec, WindowsSecurityContextOptions } from "../../../generated/core-v1.ts";
import { checkFormat, validateOptional } from "../../../validation/checks.ts";
import { allContainers } from "./context.ts";

const MAX_CREDENTIAL_SPEC_KIB = 64;
const MAX_DOMAIN_LENGTH = 256;
const MAX_USER_LENGTH = 104;

const NETBIOS_DOMAIN = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/;
const DNS_LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?";
const DNS_DOMAIN = new RegExp(`^${DNS_LABEL}(?:\\.${DNS_LABEL})*$`);
const CONTROL_CHARACTERS = /[\p{Cc}&&\p{ASCII}]/v;
const USER_CHARACTERS = /["/\\:;|=,+*?<>@[\]]/;

export function validateWindowsOptions(
  options: WindowsSecurityContextOptions,
  path: string,
): readonly FieldError[] {
  const { gmsaCredentialSpecName, gmsaCredentialSpec, runAsUserName } = options;
  return [
    ...validateOptional(gmsaCredentialSpecName, `${path}.gmsaCredentialSpecName`, (name, namePath) =>
      checkFormat(name, namePath, checkDNS1123Subdomain),
    ),
    ...validateOptional(gmsaCredentialSpec, `${path}.gmsaCredentialSpec`, (text, textPath) =>
      checkFormat(text, textPath, checkCredentialSpec),
    ),
    ...validateOptional(runAsUserName, `${path}.runAsUserName`, (name, namePath) =>
      checkFormat(name, namePath, checkUserName),
    ),
  ];
}

/** HostProcess containers come all or none, and need the host's network. */
export function validateHostProcess(spec: PodSpec, path: string): readonly FieldError[] {
  const ofPod = spec.securityContext?.windowsOptions?.hostProcess;
  const containers = allContainers(spec, path).map((each) => ({
    path: each.path,
    own: each.container.securityContext?.windowsOptions?.hostProcess,
  }));
  const count = containers.filter(({ own }) => own ?? ofPod ?? false).length;
  const differing = containers.filter(({ own }) => own !== undefined && ofPod !== undefined && own !== ofPod);
  return [
    ...differing.map((container) =>
      invalid(
        `${container.path}.securityContext.windowsOptions.hostProcess`,
        container.own,
        `pod hostProcess value must be identical if both are specified, was ${String(ofPod)}`,
      ),
    ),
    ...(count === 0 ? [] : validateHostProcessPod(spec, count === containers.length, path)),
  ];
}

/** What only one operating system has may not be set for the other. */
export function validateOperatingSystem(spec: PodSpec, path: string): readonly FieldError[] {
  if (spec.os?.name === "windows") return validateWindows(spec, path);
  if (spec.os?.name !== "linux") return [];
  const message = "windows options cannot be set for a linux pod";
  return [
    ...(spec.securityContext?.windowsOptions === undefined
      ? []
      : [forbidden(`${path}.securityContext.windowsOptions`, message)]),
    ...allContainers(spec, path)
      .filter(({ container }) => container.securityContext?.windowsOptions !== undefined)
      .map((each) => forbidden(`${each.path}.securityContext.windowsOptions`, message)),
  ];
}

/** In the order in which they are reported. What is false is absent, except where false means something else. */
const LINUX_POD_FIELDS = [
  "securityContext.appArmorProfile",
  "securityContext.seLinuxOptions",
  "hostUsers",
  "hostPID",
  "hostIPC",
  "securityContext.seccompProfile",
  "securityContext.fsGroup",
  "securityContext.fsGroupChangePolicy",
  "securityContext.sysctls",
  "shareProcessNamespace",
  "securityContext.runAsUser",
  "securityContext.runAsGroup",
  "securityContext.supplementalGroups",
  "securityContext.supplementalGroupsPolicy",
  "securityContext.seLinuxChangePolicy",
] as const;
const LINUX_CONTAINER_CONTEXT_FIELDS = [
  "appArmorProfile",
  "seLinuxOptions",
  "seccompProfile",
  "capabilities",
  "readOnlyRootFilesystem",
  "privileged",
  "allowPrivilegeEscalation",
  "procMount",
  "runAsUser",
  "runAsGroup",
] as const;

function validateWindows(spec: PodSpec, path: string): readonly FieldError[] {
  return [
    ...forbidFields(spec, LINUX_POD_FIELDS, path),
    ...allContainers(spec, path).flatMap((each) =>
      forbidFields(
        each.container.securityContext ?? {},
        LINUX_CONTAINER_CONTEXT_FIELDS,
        `${each.path}.securityContext`,
      ),
    ),
  ];
}

function forbidFields(object: object, fields: readonly string[], path: string): readonly FieldError[] {
  return fields
    .filter((field) => (valueAt(object, field) ?? null) !== null)
    .map((field) => forbidden(`${path}.${field}`, "cannot be set for a windows pod"));
}

function valueAt(object: object, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>(
      (value, field) => (value as Readonly<Record<string, unknown>> | undefined)?.[field],
      object,
    );
}

function validateHostProcessPod(spec: PodSpec, isComplete: boolean, path: string): readonly FieldError[] {
  const hostNetwork = spec.hostNetwork ?? false;
  return [
    ...(isComplete
      ? []
      : [
          invalid(
            path,
            "",
            "If pod contains any hostProcess containers then all containers must be HostProcess containers",
          ),
        ]),
    ...(hostNetwork
      ? []
      : [
          invalid(
            `${path}.hostNetwork`,
            hostNetwork,
            "hostNetwork must be true if pod contains any hostProcess containers",
          ),
        ]),
  ];
}

function checkCredentialSpec(text: string): readonly string[] {
  if (text === "") return ["gmsaCredentialSpec cannot be an empty string"];
  return Buffer.byteLength(text) > MAX_CREDENTIAL_SPEC_KIB * 1024
    ? [`gmsaCredentialSpec size must be under ${String(MAX_CREDENTIAL_SPEC_KIB)} KiB`]
    : [];
}

/** `USER` or `DOMAIN\USER`. */
function checkUserName(name: string): readonly string[] {
  if (name === "") return ["runAsUserName cannot be an empty string"];
  if (CONTROL_CHARACTERS.test(name)) return ["runAsUserName cannot contain control characters"];
  const parts = name.split("\\");
  if (parts.length > 2) return ["runAsUserName cannot contain more than one backslash"];
  const domain = parts.length === 2 ? parts[0] : undefined;
  return [...(domain === undefined ? [] : checkDomain(domain)), ...checkUser(parts.at(-1) ?? "")];
}

function checkDomain(domain: string): readonly string[] {
  const limit = String(MAX_DOMAIN_LENGTH);
  return [
    ...(Buffer.byteLength(domain) >= MAX_DOMAIN_LENGTH
      ? [`runAsUserName's Domain length must be under ${limit} characters`]
      : []),
    ...(NETBIOS_DOMAIN.test(domain) || DNS_DOMAIN.test(domain)
      ? []
      : ["runAsUserName's Domain doesn't match the NetBios nor the DNS format"]),
  ];
}

function checkUser(user: string): readonly string[] {
  const limit = String(MAX_USER_LENGTH);
  return [
    ...(user === "" ? ["runAsUserName's User cannot be empty"] : []),
    ...(Buffer.byteLength(user) > MAX_USER_LENGTH
      ? [`runAsUserName's User length must not be longer than ${limit} characters`]
      : []),
    ...(/^[. ]+$/.test(user) ? ["runAsUserName's User cannot contain only periods or spaces"] : []),
    ...(USER_CHARACTERS.test(user)
      ? ["runAsUserName's User cannot contain the following characters: \"/\\:;|=,+*?<>@[]"]
      : []),
  ];
}
