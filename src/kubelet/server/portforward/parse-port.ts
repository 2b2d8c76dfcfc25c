/** The number of a port from 1 to 65535; NaN for a text that is none. */
export function parsePort(text: string): number {
  const port = /^[0-9]{1,5}$/.test(text) ? Number(text) : Number.NaN;
  return port >= 1 && port < 2 ** 16 ? port : Number.NaN;
}
