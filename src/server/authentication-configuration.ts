import { readFile } from "node:fs/promises";
import { formatFieldError } from "#apimachinery/field-error.ts";
import type {
  AuthenticationConfiguration,
  JWTAuthenticator,
} from "#apiserver/authentication/jwt/authentication-configuration.ts";
import { JwtAuthenticators } from "#apiserver/authentication/jwt/jwt-authenticators.ts";
import { JwtMetrics } from "#apiserver/authentication/jwt/jwt-metrics.ts";
import { SIGNING_ALGORITHMS } from "#apiserver/authentication/jwt/jwt-tokens.ts";
import { lazyExpressions } from "#apiserver/authentication/jwt/lazy-expressions.ts";
import { parseAuthenticationConfiguration } from "#apiserver/authentication/jwt/parse-configuration.ts";
import { validateAuthenticationConfiguration } from "#apiserver/authentication/jwt/validate-configuration.ts";
import type { Clock } from "#base/clock.ts";
import { StartupError } from "#base/startup-error.ts";
import type { Logger } from "#observability/logger.ts";
import type { Metrics } from "#observability/metrics.ts";
import { authenticationReload, type ParseConfiguration } from "./authentication-reload.ts";
import type { OidcConfig, ServerConfig } from "./config.ts";
import type { ConfigurationReload } from "./configuration-reload.ts";
import { readAuthorityFile } from "./read-authority-file.ts";
import { unusableFile } from "./unusable-file.ts";

const FLAG = "authentication-config";

type JwtConfig = OidcConfig & Pick<ServerConfig, "authenticationConfig" | "anonymousAuth" | "nodeName">;

interface JwtDependencies {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

interface OpenedAuthentication {
  readonly tokens: JwtAuthenticators;
  /** Undefined where nothing is said of it. */
  readonly anonymous: AuthenticationConfiguration["anonymous"] | undefined;
  /** Follows the file, where there is one, from its start until it is disposed of. */
  readonly reload: ConfigurationReload<AuthenticationConfiguration> | undefined;
}

/** Whose tokens of OpenID Connect are good, and what nobody may ask. Rejects with a StartupError. */
export async function openAuthenticationConfiguration(
  config: JwtConfig,
  ownIssuers: readonly string[],
  dependencies: JwtDependencies,
): Promise<OpenedAuthentication> {
  const metrics = new JwtMetrics(dependencies.metrics, { serverId: config.nodeName });
  const shared = { expressions: lazyExpressions(), clock: dependencies.clock, metrics };
  const problemOf = (configuration: AuthenticationConfiguration): string | undefined => {
    const errors = validateAuthenticationConfiguration(configuration, ownIssuers, shared.expressions);
    return errors.length === 0 ? undefined : errors.map(formatFieldError).join("; ");
  };
  const { authenticationConfig: file, anonymousAuth } = config;
  if (file !== "") {
    const parse: ParseConfiguration = (text) => {
      const configuration = parseAuthenticationConfiguration(text);
      return typeof configuration === "string" ? configuration : (problemOf(configuration) ?? configuration);
    };
    return await openFile(config, parse, shared, dependencies);
  }
  const jwt = await authenticatorOfFlags(config);
  const problem = problemOf({ jwt });
  if (problem !== undefined) throw new StartupError(`Cannot use the flags --oidc-…: ${oneLine(problem)}`);
  return {
    tokens: new JwtAuthenticators({ jwt, signingAlgorithms: config.oidcSigningAlgs }, shared),
    anonymous: anonymousAuth === undefined ? undefined : { enabled: anonymousAuth },
    reload: undefined,
  };
}

async function openFile(
  { authenticationConfig: file, anonymousAuth, nodeName }: JwtConfig,
  parse: ParseConfiguration,
  shared: ConstructorParameters<typeof JwtAuthenticators>[1],
  dependencies: JwtDependencies,
): Promise<OpenedAuthentication> {
  const text = await readConfigurationFile(file);
  const configuration = parse(text);
  if (typeof configuration === "string") throw unusableFile(FLAG, file, oneLine(configuration));
  const { jwt = [], anonymous } = configuration;
  if (anonymous !== undefined && anonymousAuth !== undefined) {
    throw unusableFile(
      FLAG,
      file,
      "anonymous: Forbidden: --anonymous-auth flag cannot be set when anonymous field is configured in authentication configuration file",
    );
  }
  const tokens = new JwtAuthenticators({ jwt, signingAlgorithms: SIGNING_ALGORITHMS }, shared);
  const reload = authenticationReload(
    { file, text, anonymous, serverId: nodeName },
    { ...dependencies, parse, tokens },
  );
  return {
    tokens,
    anonymous: anonymousAuth === undefined ? anonymous : { enabled: anonymousAuth },
    reload,
  };
}

async function readConfigurationFile(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw unusableFile(FLAG, file, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

/** Errors of expressions show where they are in lines of their own. */
function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, " ");
}

/** The flags are an authenticator without expressions. */
async function authenticatorOfFlags(config: OidcConfig): Promise<readonly JWTAuthenticator[]> {
  const { oidcIssuerUrl: url, oidcClientId, oidcCaFile, oidcUsernameClaim, oidcUsernamePrefix } = config;
  if (url === "") return [];
  const defaultPrefix = oidcUsernameClaim === "email" ? "" : `${url}#`;
  const required = new Map(config.oidcRequiredClaims.map(splitClaim));
  return [
    {
      issuer: {
        url,
        audiences: [oidcClientId],
        ...(oidcCaFile !== "" && {
          certificateAuthority: await readAuthorityFile("oidc-ca-file", oidcCaFile),
        }),
      },
      claimValidationRules: [...required].map(([claim, requiredValue]) => ({ claim, requiredValue })),
      claimMappings: {
        username: {
          claim: oidcUsernameClaim,
          prefix: oidcUsernamePrefix === "-" ? "" : oidcUsernamePrefix || defaultPrefix,
        },
        groups:
          config.oidcGroupsClaim === ""
            ? {}
            : { claim: config.oidcGroupsClaim, prefix: config.oidcGroupsPrefix },
        uid: {},
      },
    },
  ];
}

function splitClaim(text: string): [claim: string, value: string] {
  const mark = text.indexOf("=");
  return [text.slice(0, mark), text.slice(mark + 1)];
}
