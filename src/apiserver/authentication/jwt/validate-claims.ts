/** What is wrong with what is asked of claims and made of them. */
import { collectErrors } from "#api/validation/collect-errors.ts";
import { validateDomainPrefixedPath } from "#api/validation/domain-paths.ts";
import { duplicate, type FieldError, indexPath, invalid, required } from "#apimachinery/field-error.ts";
import type {
  ClaimMappings,
  ClaimOrExpression,
  ClaimValidationRule,
  ExtraMapping,
  JWTAuthenticator,
  PrefixedClaimOrExpression,
  UserValidationRule,
} from "./authentication-configuration.ts";
import type { CheckedClaimExpression, ExpressionVariable } from "./claim-expressions.ts";
import type { LazyExpressions } from "./lazy-expressions.ts";

type Errors = readonly FieldError[];

const BOTH_SET = "claim and expression can't both be set";
const NONE_SET = "claim or expression is required";
const UNVERIFIED_EMAIL =
  "claims.email_verified must be used in claimMappings.username.expression or claimMappings.extra[*].valueExpression or claimValidationRules[*].expression when claims.email is used in claimMappings.username.expression";

export function validateClaims(
  { claimValidationRules = [], claimMappings, userValidationRules = [] }: JWTAuthenticator,
  path: string,
  expressions: LazyExpressions,
): Errors {
  return new ClaimValidation(expressions).validate(
    claimValidationRules,
    claimMappings,
    userValidationRules,
    path,
  );
}

/** The validation of one authenticator: an address that names users must be verified somewhere. */
class ClaimValidation {
  readonly #expressions: LazyExpressions;
  #usesEmailVerified = false;

  constructor(expressions: LazyExpressions) {
    this.#expressions = expressions;
  }

  validate(
    claimRules: readonly ClaimValidationRule[],
    mappings: ClaimMappings,
    userRules: readonly UserValidationRule[],
    path: string,
  ): Errors {
    return [
      ...claimRules.flatMap((rule, index) =>
        this.#claimRule(rule, claimRules.slice(0, index), indexPath(`${path}.claimValidationRules`, index)),
      ),
      ...this.#mappings(mappings, `${path}.claimMappings`),
      ...userRules.flatMap((rule, index) =>
        this.#userRule(rule, userRules.slice(0, index), indexPath(`${path}.userValidationRules`, index)),
      ),
    ];
  }

  #claimRule(rule: ClaimValidationRule, before: readonly ClaimValidationRule[], path: string): Errors {
    const { claim = "", expression = "", message = "", requiredValue = "" } = rule;
    if (claim !== "" && expression !== "") return [invalid(path, claim, BOTH_SET)];
    if (claim === "" && expression === "") return [required(path, NONE_SET)];
    if (claim !== "") {
      return collectErrors(
        message !== "" && invalid(`${path}.message`, message, "may not be specified when claim is set"),
        before.some((each) => each.claim === claim && !each.expression) && duplicate(`${path}.claim`, claim),
      );
    }
    const misplaced =
      requiredValue === ""
        ? []
        : [invalid(`${path}.requiredValue`, requiredValue, "may not be specified when expression is set")];
    if (before.some((each) => each.expression === expression && !each.claim)) {
      return [...misplaced, duplicate(`${path}.expression`, expression)];
    }
    const checked = this.#verifying(this.#check(expression, `${path}.expression`, "claims", true));
    return [...misplaced, ...checked.errors];
  }

  #mappings({ username, groups, uid, extra = [] }: ClaimMappings, path: string): Errors {
    const name = this.#mapping(username, `${path}.username`);
    const isRequired = (username.claim ?? "") === "" && (username.expression ?? "") === "";
    const errors = [
      ...(isRequired ? [required(`${path}.username`, NONE_SET)] : []),
      ...name.errors,
      ...this.#mapping(groups, `${path}.groups`).errors,
      ...this.#uid(uid, `${path}.uid`),
      ...extra.flatMap((each, index) =>
        this.#extra(each, extra.slice(0, index), indexPath(`${path}.extra`, index)),
      ),
    ];
    // Upstream takes no notice of an expression beside a prefix, which is refused anyhow.
    if (name.errors.length === 0) this.#verifying(name);
    const isUnverified = name.errors.length === 0 && name.usesClaim("email") && !this.#usesEmailVerified;
    return isUnverified
      ? [...errors, invalid(`${path}.username.expression`, username.expression, UNVERIFIED_EMAIL)]
      : errors;
  }

  #mapping(mapping: PrefixedClaimOrExpression, path: string): CheckedClaimExpression {
    const { claim = "", expression = "", prefix } = mapping;
    if (claim !== "" && expression !== "") return refused(invalid(path, "", BOTH_SET));
    if (claim !== "" && prefix === undefined) {
      return refused(
        required(
          `${path}.prefix`,
          "prefix is required when claim is set. It can be set to an empty string to disable prefixing",
        ),
      );
    }
    if (expression === "") return NOTHING;
    const checked = this.#check(expression, `${path}.expression`, "claims", false);
    if (prefix === undefined) return checked;
    const misplaced = invalid(`${path}.prefix`, prefix, "may not be specified when expression is set");
    return { ...checked, errors: [misplaced, ...checked.errors] };
  }

  #uid({ claim = "", expression = "" }: ClaimOrExpression, path: string): Errors {
    if (claim !== "" && expression !== "") return [invalid(path, "", BOTH_SET)];
    return expression === "" ? [] : this.#check(expression, `${path}.expression`, "claims", false).errors;
  }

  #extra({ key, valueExpression }: ExtraMapping, before: readonly ExtraMapping[], path: string): Errors {
    const keyPath = `${path}.key`;
    const errors = collectErrors(
      validateDomainPrefixedPath(key, keyPath),
      key !== key.toLowerCase() && invalid(keyPath, key, "must be lowercase"),
      isReserved(key) &&
        invalid(keyPath, key, "k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use"),
    );
    if (before.some((each) => each.key === key)) return [...errors, duplicate(keyPath, key)];
    if (valueExpression === "") return [...errors, required(`${path}.valueExpression`)];
    const checked = this.#check(valueExpression, `${path}.valueExpression`, "claims", false);
    return [...errors, ...this.#verifying(checked).errors];
  }

  #userRule({ expression }: UserValidationRule, before: readonly UserValidationRule[], path: string): Errors {
    if (expression === "") return [required(`${path}.expression`)];
    if (before.some((each) => each.expression === expression)) {
      return [duplicate(`${path}.expression`, expression)];
    }
    return this.#check(expression, `${path}.expression`, "user", true).errors;
  }

  /** Of an expression that can show that an address is verified. */
  #verifying(checked: CheckedClaimExpression): CheckedClaimExpression {
    this.#usesEmailVerified ||= checked.usesClaim("email_verified");
    return checked;
  }

  #check(
    text: string,
    path: string,
    variable: ExpressionVariable,
    isCondition: boolean,
  ): CheckedClaimExpression {
    return this.#expressions().check({ text, path, variable, isCondition });
  }
}

const NOTHING: CheckedClaimExpression = { errors: [], usesClaim: () => false };

function refused(error: FieldError): CheckedClaimExpression {
  return { ...NOTHING, errors: [error] };
}

/** Whether the domain of a key is Kubernetes' own. */
function isReserved(key: string): boolean {
  const slash = key.indexOf("/");
  return slash >= 0 && /(?:^|\.)(?:kubernetes|k8s)\.io$/.test(key.slice(0, slash));
}
