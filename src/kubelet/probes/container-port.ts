import type { Container } from "#api/generated/core-v1.ts";
import type { IntOrString } from "#apimachinery/generated/meta-v1.ts";

/** The number of a port that is given by number or by its name in the container; undefined when there is none. */
export function containerPort({ ports = [] }: Container, port: IntOrString): number | undefined {
  const named = ports.find(({ name }) => name === port)?.containerPort;
  const value = named ?? Number(port);
  return Number.isInteger(value) && value > 0 && value < 65_536 ? value : undefined;
}

/** Why there is none (`probe.ResolveContainerPort`). */
export function noSuchPort(port: IntOrString): string {
  const isNumber = typeof port === "number" || /^\d+$/.test(port);
  return isNumber
    ? `invalid port number: ${String(port)}`
    : `strconv.Atoi: parsing "${port}": invalid syntax`;
}
