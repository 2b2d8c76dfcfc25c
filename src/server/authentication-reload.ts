import type {
  AnonymousAuthConfig,
  AuthenticationConfiguration,
} from "#apiserver/authentication/jwt/authentication-configuration.ts";
import type { JwtAuthenticators } from "#apiserver/authentication/jwt/jwt-authenticators.ts";
import {
  ConfigurationReload,
  type ConfigurationReloadDependencies,
  type ConfigurationReloadOptions,
} from "./configuration-reload.ts";

/** What a configuration says, or why it cannot be used. */
export type ParseConfiguration = (text: string) => AuthenticationConfiguration | string;

interface AuthenticationReloadOptions extends Omit<ConfigurationReloadOptions, "subject"> {
  readonly anonymous: AnonymousAuthConfig | undefined;
}

interface AuthenticationReloadDependencies
  extends Pick<ConfigurationReloadDependencies<AuthenticationConfiguration>, "clock" | "logger" | "metrics"> {
  readonly parse: ParseConfiguration;
  readonly tokens: Pick<JwtAuthenticators, "replace">;
}

/** Takes issuers from the file of the authentication configuration. Who may be anonymous is settled at the start. */
export function authenticationReload(
  { anonymous, ...options }: AuthenticationReloadOptions,
  { parse, tokens, ...dependencies }: AuthenticationReloadDependencies,
): ConfigurationReload<AuthenticationConfiguration> {
  return new ConfigurationReload(
    { ...options, subject: "authentication" },
    {
      ...dependencies,
      parse: (text) => {
        const configuration = parse(text);
        if (typeof configuration === "string") return configuration;
        return Bun.deepEquals(configuration.anonymous, anonymous)
          ? configuration
          : "anonymous: Forbidden: changed from initial configuration file";
      },
      apply: ({ jwt = [] }) => tokens.replace(jwt),
    },
  );
}
