import type { JWTAuthenticator } from "./authentication-configuration.ts";
import type { ClaimProgram, ExpressionVariable } from "./claim-expressions.ts";
import type { LazyExpressions } from "./lazy-expressions.ts";

/** The expressions of an authenticator, ready to be evaluated. */
export interface ClaimPrograms {
  readonly username: ClaimProgram | undefined;
  readonly groups: ClaimProgram | undefined;
  readonly uid: ClaimProgram | undefined;
  readonly extra: readonly { readonly key: string; readonly text: string; readonly program: ClaimProgram }[];
  readonly claimRules: readonly Condition[];
  readonly userRules: readonly Condition[];
}

/** What has to be true. */
export interface Condition {
  readonly text: string;
  readonly message: string;
  readonly program: ClaimProgram;
}

/** The expressions must make sense, which validation finds out. */
export function compilePrograms(
  { claimMappings, claimValidationRules = [], userValidationRules = [] }: JWTAuthenticator,
  expressions: LazyExpressions,
): ClaimPrograms {
  const { username, groups, uid, extra = [] } = claimMappings;
  const programOf = ({ expression = "" }: { readonly expression?: string }) =>
    expression === "" ? undefined : expressions().program(expression, "claims");
  const conditionsOf = (
    rules: readonly { readonly expression?: string; readonly message?: string }[],
    variable: ExpressionVariable,
  ) =>
    rules.flatMap(({ expression: text = "", message = "" }) =>
      text === "" ? [] : [{ text, message, program: expressions().program(text, variable) }],
    );
  return {
    username: programOf(username),
    groups: programOf(groups),
    uid: programOf(uid),
    extra: extra.map(({ key, valueExpression: text }) => ({
      key,
      text,
      program: expressions().program(text, "claims"),
    })),
    claimRules: conditionsOf(claimValidationRules, "claims"),
    userRules: conditionsOf(userValidationRules, "user"),
  };
}
