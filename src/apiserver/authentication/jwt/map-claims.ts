/** From the claims of a token to its user (apiserver `plugin/pkg/authenticator/token/oidc/oidc.go`). */
import { findTypeError } from "#apimachinery/codec/type-error.ts";
import type { ScalarType } from "#apimachinery/schema.ts";
import { AUTHENTICATED_GROUP, type UserInfo } from "#apimachinery/user.ts";
import { AuthenticationError, CREDENTIAL_ID } from "#https/authenticator.ts";
import type { JWTAuthenticator } from "./authentication-configuration.ts";
import type { ClaimProgram } from "./claim-expressions.ts";
import type { ClaimPrograms, Condition } from "./claim-programs.ts";

export type Claims = Readonly<Record<string, unknown>>;

const NO_LIST = "expression must return a string or a list of strings";

/** Throws an `AuthenticationError` for claims that the authenticator does not accept. */
export function mapClaims(
  claims: Claims,
  authenticator: JWTAuthenticator,
  programs: ClaimPrograms,
): UserInfo {
  const username = usernameOf(claims, authenticator, programs);
  const groups = groupsOf(claims, authenticator, programs);
  const uid = uidOf(claims, authenticator, programs);
  const extra = extraOf(claims, programs);
  checkRequiredClaims(claims, authenticator);
  checkConditions(programs.claimRules, claims, "oidc: error evaluating claim validation expression");
  checkConditions(
    programs.userRules,
    { username, uid, groups, extra },
    "oidc: error evaluating user info validation rule",
  );
  return {
    name: username,
    ...(uid !== "" && { uid }),
    groups: [...new Set([...groups, AUTHENTICATED_GROUP])],
    ...(Object.keys(extra).length > 0 && { extra }),
  };
}

function usernameOf(
  claims: Claims,
  { claimMappings: { username } }: JWTAuthenticator,
  { username: program }: ClaimPrograms,
): string {
  if (program !== undefined) {
    const name = textValue(program, claims, "username");
    if (name === "") throw refusal("oidc: empty username via CEL expression is not allowed");
    return name;
  }
  const { claim = "", prefix = "" } = username;
  const name = textClaim(claims, claim, `oidc: parse username claims "${claim}"`);
  if (claim === "email") checkEmail(claims);
  return prefix + name;
}

/** An address is good where nothing says that it is not (OpenID Connect Core 1.0, section 5.1). */
function checkEmail(claims: Claims): void {
  if (!Object.hasOwn(claims, "email_verified")) return;
  const isVerified = readClaim(claims, "email_verified", "boolean", "oidc: parse 'email_verified' claim");
  if (isVerified !== true) throw refusal("oidc: email not verified");
}

/** One text stands for a list of it. */
function groupsOf(
  claims: Claims,
  { claimMappings: { groups } }: JWTAuthenticator,
  { groups: program }: ClaimPrograms,
): readonly string[] {
  const { claim = "", prefix = "" } = groups;
  if (claim !== "" && Object.hasOwn(claims, claim)) {
    const found = claims[claim] ?? [];
    if (isTextList(found)) return found.map((group) => prefix + group);
    return [prefix + textClaim(claims, claim, `oidc: parse groups claim "${claim}"`)];
  }
  if (program === undefined) return [];
  return textList(valueOf(program, claims, "group"), "oidc: error evaluating group claim expression");
}

function uidOf(
  claims: Claims,
  { claimMappings: { uid } }: JWTAuthenticator,
  { uid: program }: ClaimPrograms,
): string {
  const { claim = "" } = uid;
  if (claim !== "") return textClaim(claims, claim, `oidc: parse uid claim "${claim}"`);
  return program === undefined ? "" : textValue(program, claims, "uid");
}

function extraOf(claims: Claims, programs: ClaimPrograms): Readonly<Record<string, readonly string[]>> {
  const { jti } = claims;
  const found = programs.extra.map(({ key, text, program }) => {
    const values = textList(
      valueOf(program, claims, "extra"),
      `oidc: error evaluating extra claim expression: ${text}`,
    );
    return [key, values] as const;
  });
  const credential = typeof jti === "string" && jti !== "" ? [[CREDENTIAL_ID, [`JTI=${jti}`]] as const] : [];
  return Object.fromEntries([...credential, ...found.filter(([, values]) => values.length > 0)]);
}

/** Only texts can be required. */
function checkRequiredClaims(claims: Claims, { claimValidationRules = [] }: JWTAuthenticator): void {
  for (const { claim = "", requiredValue = "" } of claimValidationRules) {
    if (claim === "") continue;
    if (!Object.hasOwn(claims, claim)) {
      throw refusal(`oidc: required claim ${claim} not present in ID token`);
    }
    const value = textClaim(claims, claim, `oidc: parse claim ${claim}`);
    if (value !== requiredValue) {
      throw refusal(
        `oidc: required claim ${claim} value does not match. Got = ${value}, want = ${requiredValue}`,
      );
    }
  }
}

function checkConditions(conditions: readonly Condition[], value: object, what: string): void {
  for (const { text, message, program } of conditions) {
    const result = program.evaluate(value);
    if ("problem" in result) throw refusal(`${what}: ${result.problem}`);
    if (typeof result.value !== "boolean") {
      throw refusal(`${what}: validation expression must return a boolean`);
    }
    if (!result.value) throw refusal(`${what}: validation expression '${text}' failed: ${message}`);
  }
}

function textValue(program: ClaimProgram, claims: Claims, what: string): string {
  const value = valueOf(program, claims, what);
  if (typeof value === "string") return value;
  throw refusal(
    `oidc: error evaluating ${what} claim expression: ${what} claim expression must return a string`,
  );
}

function valueOf(program: ClaimProgram, claims: Claims, what: string): unknown {
  const result = program.evaluate(claims);
  if ("problem" in result) {
    throw refusal(`oidc: error evaluating ${what} claim expression: ${result.problem}`);
  }
  return result.value;
}

/** Texts that are empty, and null, count as absent. */
function textList(value: unknown, what: string): readonly string[] {
  const list = value === null ? [] : typeof value === "string" ? [value] : value;
  if (isTextList(list)) return list.filter((text) => text !== "");
  throw refusal(`${what}: ${NO_LIST}`);
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}

function textClaim(claims: Claims, name: string, parsing: string): string {
  const value = readClaim(claims, name, "string", parsing);
  return typeof value === "string" ? value : "";
}

/** Go takes null for any type, and leaves it empty. */
function readClaim(claims: Claims, name: string, type: ScalarType, parsing: string): unknown {
  if (!Object.hasOwn(claims, name)) throw refusal(`${parsing}: claim not present`);
  const problem = findTypeError({ type }, claims[name]);
  if (problem !== undefined) throw refusal(`${parsing}: ${problem}`);
  return claims[name];
}

function refusal(message: string): AuthenticationError {
  return new AuthenticationError(message);
}
